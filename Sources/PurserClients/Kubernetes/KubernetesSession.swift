/// Sends requests to the API server of the kubeconfig's context.
struct KubernetesSession: Sendable {
    let connection: Once<KubernetesConnection>
    let sender: RequestSender
    let readFile: @Sendable (String) throws -> [UInt8]?

    /// A request with authentication. `query` and `path` are complete but for encoding of the query.
    func request(
        _ method: String,
        _ path: String,
        query: [(key: String, value: String)] = [],
        body: JSONValue? = nil,
        contentType: String = "application/json",
        timeout: Duration = .seconds(60)
    ) async throws(ServiceError) -> HTTPRequest {
        let connection = try await connection.value()
        let suffix = query.isEmpty ? "" : "?\(PercentEncoding.query(query))"
        var request = HTTPRequest(
            method: method,
            url: "\(connection.server)\(path)\(suffix)",
            headers: [HTTPHeader("Accept", "application/json"), HTTPHeader("User-Agent", UserAgent.text)],
            body: body?.encoded,
            timeout: timeout,
            tls: connection.tls
        )
        if body != nil { request.headers.append(HTTPHeader("Content-Type", contentType)) }
        if let token = try token(of: connection) {
            request.headers.append(HTTPHeader("Authorization", "Bearer \(token.reveal())"))
        }
        request.headers += connection.impersonation
        return request
    }

    func exchange(_ request: HTTPRequest, repeatable: Bool = true) async throws(ServiceError) -> Exchange {
        try await sender.exchange(request, service: .kubernetes, repeatable: repeatable)
    }

    /// The body of a successful answer.
    func result(
        _ request: HTTPRequest, repeatable: Bool = true, secrets: [SecretBytes] = []
    ) async throws(ServiceError) -> JSONValue {
        let exchange = try await exchange(request, repeatable: repeatable)
        guard (200..<300).contains(exchange.response.status) else {
            throw ServiceError(kubernetes: exchange, request: request, secrets: secrets)
        }
        return try exchange.response.json(of: request, service: .kubernetes)
    }

    private func token(of connection: KubernetesConnection) throws(ServiceError) -> SecretString? {
        switch connection.authentication {
        case .none: return nil
        case .token(let token): return token
        case .tokenFile(let path):
            let content: [UInt8]?
            do { content = try readFile(path) } catch { throw .kubeconfig("\(path) cannot be read: \(error)") }
            guard let content else { throw .kubeconfig("the token file \(path) is not there") }
            let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
            return SecretString(String(decoding: content.filter { !blanks.contains($0) }, as: UTF8.self))
        }
    }
}

extension JSONValue {
    /// A Secret with its keys but without its values, and without the copy of them that kubectl leaves.
    var withoutSecretData: JSONValue {
        var object = self
        for member in ["data", "stringData"] {
            if let values = object[member]?.object { object[member] = .object(values.mapValues { _ in .null }) }
        }
        let copy = "kubectl.kubernetes.io/last-applied-configuration"
        if var metadata = object["metadata"], var annotations = metadata["annotations"], annotations[copy] != nil {
            annotations[copy] = .null
            metadata["annotations"] = annotations
            object["metadata"] = metadata
        }
        return object
    }

    func shown(at path: ResourcePath) -> JSONValue { path.holdsSecrets ? withoutSecretData : self }

    /// Adds values of a Secret, in the encoding that the API wants.
    func adding(secretData: [String: SecretBytes]) -> JSONValue {
        guard !secretData.isEmpty else { return self }
        var object = self
        object["data"] = secretData.reduce(into: object["data"] ?? [:]) { data, entry in
            data[entry.key] = .string(Base64.encoded(entry.value.reveal()))
        }
        return object
    }
}
