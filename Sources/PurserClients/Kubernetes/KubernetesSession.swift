/// Sends requests to the API server of the kubeconfig's context.
struct KubernetesSession: Sendable {
    let connection: Once<KubernetesConnection>
    let sender: RequestSender
    let readFile: @Sendable (String) throws -> [UInt8]?
    let credentials: ExecCredentials

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
        request.headers += connection.impersonation
        try await sign(&request, connection)
        return request
    }

    /// A plugin's credential that the server does not accept any more is fetched anew, once: the server has not begun
    /// with a request that it refuses so.
    func exchange(_ request: HTTPRequest, repeatable: Bool = true) async throws(ServiceError) -> Exchange {
        let exchange = try await sender.exchange(request, service: .kubernetes, repeatable: repeatable)
        guard exchange.response.status == 401, let renewed = try await renewed(request) else { return exchange }
        return try await sender.exchange(renewed, service: .kubernetes, repeatable: repeatable)
    }

    /// The request with another credential; nil if it was not made with one of a plugin.
    func renewed(_ request: HTTPRequest) async throws(ServiceError) -> HTTPRequest? {
        let connection = try await connection.value()
        guard case .exec(let plugin) = connection.authentication else { return nil }
        let refused = try await credentials.credential(of: plugin)
        guard request.isSigned(by: refused) else { return nil }
        await credentials.discard(refused, of: plugin)
        var request = request
        try await sign(&request, connection)
        return request
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

    private func sign(_ request: inout HTTPRequest, _ connection: KubernetesConnection) async throws(ServiceError) {
        request.headers.removeAll { $0.name == HTTPRequest.authorization }
        switch connection.authentication {
        case .none: break
        case .token(let token): request.authorize("Bearer \(token.reveal())")
        case .tokenFile(let path, let other):
            request.authorize("Bearer \(try token(in: path, otherwise: other).reveal())")
        case .basic(let user, let password):
            request.authorize("Basic \(Base64.encoded(Array("\(user):\(password.reveal())".utf8)))")
        case .exec(let plugin):
            let credential = try await credentials.credential(of: plugin)
            if let token = credential.token { request.authorize("Bearer \(token.reveal())") }
            if let certificate = credential.certificate {
                request.tls?.clientCertificate = certificate
                request.tls?.clientKey = credential.key
            }
        }
    }

    private func token(in path: String, otherwise: SecretString?) throws(ServiceError) -> SecretString {
        let content: [UInt8]?
        do { content = try readFile(path) } catch {
            if let otherwise { return otherwise }
            throw .kubeconfig("\(path) cannot be read: \(error)")
        }
        guard let content else {
            if let otherwise { return otherwise }
            throw .kubeconfig("the token file \(path) is not there")
        }
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        return SecretString(String(decoding: content.filter { !blanks.contains($0) }, as: UTF8.self))
    }
}

extension HTTPRequest {
    fileprivate static let authorization = "Authorization"

    fileprivate mutating func authorize(_ value: String) {
        headers.append(HTTPHeader(Self.authorization, value))
    }

    fileprivate func isSigned(by credential: ExecCredential) -> Bool {
        if let token = credential.token { return header(Self.authorization) == "Bearer \(token.reveal())" }
        return tls?.clientCertificate == credential.certificate
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
