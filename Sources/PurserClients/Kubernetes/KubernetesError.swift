extension ServiceError {
    /// A refusal by the API server.
    ///
    /// Source: Kubernetes API reference, `Status` of `meta/v1`: `reason` is the machine-readable code, `details.causes`
    /// the fields at fault. Paths that are not served answer with plain text.
    init(kubernetes exchange: Exchange, request: HTTPRequest, secrets: [SecretBytes] = []) {
        let response = exchange.response
        let status = try? JSONValue(parsing: response.body)
        let summary = RequestSummary(request)
        let isStatus = status?["kind"]?.string == "Status"
        self.init(
            service: .kubernetes,
            status: response.status,
            code: isStatus ? status?["reason"]?.string ?? "HTTP\(response.status)" : "HTTP\(response.status)",
            message: Self.message(isStatus ? status : nil, response, secrets),
            requestID: response.header("Audit-Id"),
            outcomeUnknown: summary.isWrite && (response.status >= 500 || exchange.mayHaveRunBefore),
            isRetryable: [408, 429].contains(response.status) || response.status >= 500,
            conflicts: Self.conflicts(status?.at("details", "causes")),
            request: summary
        )
    }

    private static func message(_ status: JSONValue?, _ response: HTTPResponse, _ secrets: [SecretBytes]) -> String {
        guard let message = status?["message"]?.string else {
            return "no reason given (\(response.body.isEmpty ? "empty answer" : "answer without a Status"))"
        }
        return secrets.reduce(message) { message, secret in
            [String(validating: secret.reveal(), as: UTF8.self), Base64.encoded(secret.reveal())]
                .compactMap(\.self).filter { !$0.isEmpty }
                .reduce(message) { $0.replacing($1, with: "\(secret)") }
        }
    }

    /// Server-side apply names the other manager in the cause's message alone: `conflict with "kubectl" using v1`.
    private static func conflicts(_ causes: JSONValue?) -> [FieldConflict] {
        (causes?.array ?? []).compactMap { cause in
            guard cause["reason"]?.string == "FieldManagerConflict", let field = cause["field"]?.string else {
                return nil
            }
            let quoted = (cause["message"]?.string ?? "").split(separator: "\"", omittingEmptySubsequences: false)
            let manager = quoted.count > 2 ? String(quoted[1]) : "another manager"
            return FieldConflict(
                field: ServiceError.cleaned(field, longest: 300), manager: ServiceError.cleaned(manager, longest: 120))
        }
    }
}
