extension ServiceError {
    /// There was no whole answer.
    init(_ error: TransportError, service: Service, request: HTTPRequest, correlationID: String? = nil) {
        let summary = RequestSummary(request)
        self.init(
            service: service,
            code: Self.code(for: error.kind),
            innerCode: error.kind == .unknownHost ? InnerCode.hostUnknown : nil,
            message: Self.message(for: error, host: Address(request.url)?.origin ?? "the service"),
            correlationID: correlationID,
            outcomeUnknown: summary.isWrite && error.requestMayHaveBeenSent,
            isRetryable: [.connect, .reset, .timeout, .truncated, .unknownHost].contains(error.kind),
            request: summary
        )
    }

    private static func code(for kind: TransportError.Kind) -> String {
        switch kind {
        case .connect, .reset, .timeout, .truncated, .unknownHost: Code.unreachable
        case .tls: Code.untrusted
        case .cancelled: Code.cancelled
        case .tooLarge: Code.unexpectedAnswer
        }
    }

    private static func message(for error: TransportError, host: String) -> String {
        switch error.kind {
        case .connect: "no connection to \(host): \(error.detail)"
        case .unknownHost: "\(host) is not known: \(error.detail)"
        case .tls: "no trusted connection to \(host): \(error.detail)"
        case .timeout: "no answer from \(host): \(error.detail)"
        case .reset: "the connection to \(host) broke before an answer: \(error.detail)"
        case .truncated: "the answer of \(host) broke off: \(error.detail)"
        case .cancelled: "cancelled while waiting for \(host)"
        case .tooLarge: "the answer of \(host) is not read: \(error.detail)"
        }
    }

    /// An answer of success that does not hold what the reference promises.
    static func unexpectedAnswer(
        _ reason: String, service: Service, response: HTTPResponse, request: HTTPRequest
    ) -> ServiceError {
        let summary = RequestSummary(request)
        return ServiceError(
            service: service, status: response.status, code: Code.unexpectedAnswer, message: reason,
            requestID: response.header("x-ms-request-id"),
            correlationID: response.header("x-ms-correlation-request-id"), outcomeUnknown: summary.isWrite,
            request: summary)
    }
}

extension HTTPResponse {
    /// The body as JSON; `.null` for an empty one.
    func json(of request: HTTPRequest, service: ServiceError.Service) throws(ServiceError) -> JSONValue {
        guard !body.isEmpty else { return .null }
        do throws(JSONSyntaxError) {
            return try JSONValue(parsing: body)
        } catch {
            throw .unexpectedAnswer(
                "the answer is not JSON: \(error)", service: service, response: self, request: request)
        }
    }
}
