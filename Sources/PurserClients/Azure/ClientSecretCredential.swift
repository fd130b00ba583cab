/// A service principal with a client secret.
///
/// Tokens are kept in memory for as long as they are good for; several askers at once wait for one request. Source:
/// Microsoft identity platform, "OAuth 2.0 client credentials flow".
package actor ClientSecretCredential: AzureCredential {
    private struct Key: Hashable {
        var scope: String
        var tenant: String
        var claims: String?
    }

    private struct Issued {
        var token: AccessToken
        var at: Duration
    }

    package nonisolated let tenant: String?
    private let clientID: String
    private let secret: SecretString
    private let home: String
    private let authority: @Sendable () async throws(ServiceError) -> String
    private let sender: RequestSender
    private var issued: [Key: Issued] = [:]
    private var running: [Key: Task<Result<AccessToken, ServiceError>, Never>] = [:]

    /// `authority` gives the root of the token service, without a trailing slash.
    init(
        tenant: String,
        clientID: String,
        secret: SecretString,
        authority: @escaping @Sendable () async throws(ServiceError) -> String,
        sender: RequestSender
    ) {
        self.tenant = tenant
        self.home = tenant
        self.clientID = clientID
        self.secret = secret
        self.authority = authority
        self.sender = sender
    }

    package func token(_ request: TokenRequest) async throws(ServiceError) -> AccessToken {
        let key = Key(scope: request.scope, tenant: request.tenant ?? home, claims: request.claims)
        if let known = issued[key], isFresh(known), known.token != request.rejected { return known.token }
        let asking = running[key] ?? ask(key)
        running[key] = asking
        let result = await asking.value
        if running[key] == asking { running[key] = nil }
        return try settle(result, key: key, rejected: request.rejected)
    }

    private func isFresh(_ known: Issued) -> Bool { sender.clock.now() - known.at < known.token.renewal }

    /// A token that is due for renewal but still valid serves when the renewal fails.
    private func settle(
        _ result: Result<AccessToken, ServiceError>, key: Key, rejected: AccessToken?
    ) throws(ServiceError) -> AccessToken {
        switch result {
        case .success(let token):
            if issued[key]?.token != token { issued[key] = Issued(token: token, at: sender.clock.now()) }
            return token
        case .failure(let error):
            guard error.isRetryable, let known = issued[key], known.token != rejected,
                sender.clock.now() - known.at < known.token.lifetime - .seconds(60)
            else { throw error }
            return known.token
        }
    }

    private func ask(_ key: Key) -> Task<Result<AccessToken, ServiceError>, Never> {
        Task {
            do throws(ServiceError) { return .success(try await requested(key)) } catch { return .failure(error) }
        }
    }

    private func requested(_ key: Key) async throws(ServiceError) -> AccessToken {
        var form = [
            (key: "grant_type", value: "client_credentials"),
            (key: "client_id", value: clientID),
            (key: "client_secret", value: secret.reveal()),
            (key: "scope", value: key.scope),
        ]
        if let claims = key.claims { form.append((key: "claims", value: claims)) }
        let endpoint = try await authority() + "/\(PercentEncoding.component(key.tenant))/oauth2/v2.0/token"
        let request = HTTPRequest(
            method: "POST",
            url: endpoint,
            headers: [
                HTTPHeader("Content-Type", "application/x-www-form-urlencoded"),
                HTTPHeader("Accept", "application/json"),
                HTTPHeader("User-Agent", UserAgent.text),
                HTTPHeader("client-request-id", Identifier.random()),
            ],
            body: Array(PercentEncoding.query(form).utf8),
            timeout: .seconds(30)
        )
        let exchange = try await sender.exchange(request, service: .entra, repeatable: true)
        return try token(in: exchange, of: request)
    }

    private func token(in exchange: Exchange, of request: HTTPRequest) throws(ServiceError) -> AccessToken {
        guard exchange.response.status == 200 else {
            var error = ServiceError(exchange, service: .entra, request: request, secrets: [secret])
            error.outcomeUnknown = false
            throw error
        }
        let body = try exchange.response.json(of: request, service: .entra)
        guard let value = body["access_token"]?.string, !value.isEmpty, let lifetime = Self.seconds(body["expires_in"])
        else {
            throw .unexpectedAnswer(
                "the answer holds no token", service: .entra, response: exchange.response, request: request)
        }
        return AccessToken(
            value: SecretString(value), lifetime: lifetime, refreshAfter: Self.seconds(body["refresh_in"]))
    }

    /// Numbers come as JSON numbers from the v2 endpoint and as strings from others.
    private static func seconds(_ value: JSONValue?) -> Duration? {
        (value?.int ?? value?.string.flatMap { Int($0) }).map { .seconds(max($0, 0)) }
    }
}

/// Stands where no credential is configured: asking it says what is missing.
package struct MissingCredential: AzureCredential {
    package var tenant: String?
    /// The environment variables that are not set.
    package var missing: [String]

    package func token(_ request: TokenRequest) async throws(ServiceError) -> AccessToken {
        throw ServiceError(
            service: .entra, code: ServiceError.Code.notSignedIn,
            message: "not signed in to Azure: set \(missing.joined(separator: ", "))")
    }
}

/// How purser introduces itself.
enum UserAgent {
    static let text = "purser swift (\(system))"

    private static var system: String {
        #if os(Linux)
            "linux"
        #elseif os(macOS)
            "macos"
        #else
            "other"
        #endif
    }
}
