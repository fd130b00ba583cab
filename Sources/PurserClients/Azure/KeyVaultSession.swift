/// One call to a vault: the request without a token, and the secret texts within its body.
struct KeyVaultCall: Sendable {
    var request: HTTPRequest
    var vault: Address
    var secrets: [SecretString]
    /// Whether carrying it out twice does no harm.
    var isRepeatable = true

    init(
        _ method: String,
        vaultURL: String,
        path: String,
        apiVersion: String,
        query: KeyValuePairs<String, String> = [:],
        body: JSONValue? = nil,
        secrets: [String: SecretString] = [:]
    ) throws(ServiceError) {
        let base = CloudEnvironment.withoutTrailingSlashes(vaultURL)
        guard let vault = Address(base), vault.scheme == "https" else {
            throw ServiceError(
                service: .keyVault, code: ServiceError.Code.configuration,
                message: "'\(vaultURL)' is not the https address of a vault")
        }
        let parameters = [(key: "api-version", value: apiVersion)] + query.map { $0 }
        self.vault = vault
        self.secrets = Array(secrets.values)
        request = HTTPRequest(
            method: method,
            url: "\(base)\(PercentEncoding.path(path))?\(PercentEncoding.query(parameters))",
            headers: Self.headers()
        )
        guard body != nil || !secrets.isEmpty else { return }
        request.headers.append(HTTPHeader("Content-Type", "application/json"))
        request.body = secrets.reduce(into: body ?? [:]) { $0[$1.key] = .string($1.value.reveal()) }.encoded
    }

    func correlated(by id: String) -> KeyVaultCall {
        var call = self
        call.request.headers.append(HTTPHeader("x-ms-correlation-request-id", id))
        return call
    }

    static func headers() -> [HTTPHeader] {
        [
            HTTPHeader("Accept", "application/json"),
            HTTPHeader("User-Agent", UserAgent.text),
            HTTPHeader("x-ms-client-request-id", Identifier.random()),
        ]
    }

    /// Goes on to the next page of a list, which must be the same vault's. The service writes `:443` into its links.
    mutating func turn(to url: String) throws(ServiceError) {
        guard let address = Address(url), address.isSameServer(as: vault) else {
            throw ServiceError(
                service: .keyVault, code: ServiceError.Code.foreignHost,
                message: "the vault points to \(Address(url)?.origin ?? "an address that is none"), "
                    + "which is not its own: not followed",
                request: RequestSummary(request))
        }
        request = HTTPRequest(method: "GET", url: url, headers: Self.headers())
    }
}

/// Knows for each vault whom it trusts, and sends calls with a token of that issuer.
///
/// Source: Key Vault, "Authentication, requests and responses": a request without a token is answered with 401 and
/// `WWW-Authenticate: Bearer authorization="…/TENANT", resource="…"`.
actor KeyVaultSession {
    /// What a vault asked for.
    private struct Trust: Sendable, Hashable {
        var scope: String
        var tenant: String?
    }

    private let credential: any AzureCredential
    private let sender: RequestSender
    private let correlationID: String
    nonisolated let polling: Polling
    private var trusts: [Address: Once<Trust>] = [:]

    /// `correlationID` goes with every request: one for a whole run.
    init(credential: any AzureCredential, sender: RequestSender, correlationID: String = Identifier.random()) {
        self.correlationID = correlationID
        self.credential = credential
        self.sender = sender
        polling = Polling(clock: sender.clock)
    }

    /// The body of a successful answer.
    nonisolated func result(of call: KeyVaultCall) async throws(ServiceError) -> JSONValue {
        let call = call.correlated(by: correlationID)
        let exchange = try await authorized(call)
        guard (200..<300).contains(exchange.response.status) else {
            throw ServiceError(exchange, service: .keyVault, request: call.request, secrets: call.secrets)
        }
        return try exchange.response.json(of: call.request, service: .keyVault)
    }

    nonisolated func isReachable(vaultURL: String) async throws(ServiceError) -> Bool {
        let probe = try Self.probe(vaultURL)
        do throws(ServiceError) {
            return try await sender.exchange(probe.request, service: .keyVault, repeatable: false).response.status
                == 401
        } catch {
            if error.isCancellation { throw error }
            return false
        }
    }

    /// A token that is refused (401) is replaced once, by what the new challenge asks for.
    private nonisolated func authorized(_ call: KeyVaultCall) async throws(ServiceError) -> Exchange {
        let trust = try await trust(of: call)
        let token = try await credential.token(TokenRequest(scope: trust.scope, tenant: trust.tenant))
        let first = try await send(call, token)
        guard first.response.status == 401 else { return first }
        let challenge = BearerChallenge(first.response.header("WWW-Authenticate"))
        let renewed = challenge == nil ? trust : try self.trust(in: first.response, call.vault)
        let replacement = try await credential.token(
            TokenRequest(scope: renewed.scope, tenant: renewed.tenant, claims: challenge?.claims, rejected: token))
        if renewed != trust { await forget(call.vault) }
        return try await send(call, replacement)
    }

    private nonisolated func send(_ call: KeyVaultCall, _ token: AccessToken) async throws(ServiceError) -> Exchange {
        try await sender.exchange(
            call.request.authorized(token), service: .keyVault, repeatable: call.isRepeatable)
    }

    private nonisolated func trust(of call: KeyVaultCall) async throws(ServiceError) -> Trust {
        try await asked(call.vault).value()
    }

    private func asked(_ vault: Address) -> Once<Trust> {
        let key = Self.server(of: vault)
        if let known = trusts[key] { return known }
        let asking = Once { () async throws(ServiceError) in try await self.ask(vault) }
        trusts[key] = asking
        return asking
    }

    private func forget(_ vault: Address) { trusts[Self.server(of: vault)] = nil }

    private static func server(of vault: Address) -> Address {
        var key = vault
        key.target = "/"
        return key
    }

    /// The first call to a vault goes without token and body, and changes nothing.
    private nonisolated func ask(_ vault: Address) async throws(ServiceError) -> Trust {
        let probe = try Self.probe(vault.origin).correlated(by: correlationID)
        let exchange = try await sender.exchange(probe.request, service: .keyVault, repeatable: true)
        guard exchange.response.status == 401 else {
            if exchange.response.status >= 400 {
                throw ServiceError(exchange, service: .keyVault, request: probe.request)
            }
            throw .unexpectedAnswer(
                "the vault does not ask for a token", service: .keyVault, response: exchange.response,
                request: probe.request)
        }
        return try trust(in: exchange.response, vault)
    }

    private static func probe(_ vaultURL: String) throws(ServiceError) -> KeyVaultCall {
        try KeyVaultCall(
            "GET", vaultURL: vaultURL, path: "/secrets", apiVersion: KeyVaultClient.defaultAPIVersion,
            query: ["maxresults": "1"])
    }
}

// MARK: - Challenges

extension KeyVaultSession {
    /// Reads a challenge and checks that it is safe to follow: a token for `resource` goes to hosts in the resource's own
    /// domain alone, port included, so that a foreign host cannot collect tokens.
    private nonisolated func trust(in response: HTTPResponse, _ vault: Address) throws(ServiceError) -> Trust {
        guard let challenge = BearerChallenge(response.header("WWW-Authenticate")), let scope = challenge.scope,
            let tenant = challenge.tenant
        else { throw Self.refused(vault, "its challenge names no authority or no resource") }
        guard let resource = Address(scope), Self.isTrusted(vault, for: resource) else {
            throw Self.refused(vault, "its challenge asks for a token of another domain")
        }
        return Trust(scope: scope, tenant: try checked(tenant, vault))
    }

    static func isTrusted(_ vault: Address, for resource: Address) -> Bool {
        vault.scheme == "https" && resource.scheme == "https" && vault.port == resource.port
            && vault.host.hasSuffix("." + resource.host)
    }

    /// The tenant that must issue the token. A vault of another tenant than the one signed in to cannot be used.
    private nonisolated func checked(_ tenant: String, _ vault: Address) throws(ServiceError) -> String {
        guard let home = credential.tenant, Self.isGUID(home), Self.isGUID(tenant),
            home.lowercased() != tenant.lowercased()
        else { return Self.isGUID(tenant) ? tenant : credential.tenant ?? tenant }
        throw Self.refused(vault, "it belongs to tenant \(tenant), the sign-in is to tenant \(home)")
    }

    private static func isGUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12] && groups.joined().allSatisfy(\.isHexDigit)
    }

    private static func refused(_ vault: Address, _ reason: String) -> ServiceError {
        ServiceError(
            service: .keyVault, status: 401, code: "ChallengeRefused",
            message: "vault \(vault.host) is not given a token: \(reason)")
    }
}
