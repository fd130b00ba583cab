/// An identity that trusts another issuer's tokens: the issuer's token is the client's assertion.
///
/// Where the token comes from makes the difference: a file that the cluster writes (`WorkloadIdentityToken`), GitHub
/// Actions (`GitHubToken`), Azure Pipelines (`AzurePipelinesToken`). It is fetched anew for every access token.
///
/// Source: Microsoft identity platform, "OAuth 2.0 client credentials flow", third case.
struct FederatedCredential: TokenSource {
    let name: CredentialName
    private let home: String
    private let clientID: String
    private let assertion: @Sendable () async throws(ServiceError) -> SecretString
    private let endpoint: TokenEndpoint

    init(
        _ name: CredentialName, tenant: String, clientID: String, endpoint: TokenEndpoint,
        assertion: @escaping @Sendable () async throws(ServiceError) -> SecretString
    ) {
        self.name = name
        home = tenant
        self.clientID = clientID
        self.assertion = assertion
        self.endpoint = endpoint
    }

    var tenant: String? { home }

    func issue(_ request: TokenRequest) async throws(ServiceError) -> AccessToken {
        let assertion = try await assertion()
        return try await endpoint.token(
            request, tenant: request.tenant ?? home, clientID: clientID, proof: .assertion(assertion))
    }
}

/// The token in a file that somebody rotates. AKS's workload identity webhook names the file in
/// `AZURE_FEDERATED_TOKEN_FILE` (Azure Workload Identity documentation, "Mutating admission webhook").
struct WorkloadIdentityToken: Sendable {
    let path: String
    let readFile: @Sendable (String) throws -> [UInt8]?

    func read() throws(ServiceError) -> SecretString {
        let content: [UInt8]?
        do { content = try readFile(path) } catch {
            throw .credential("the token file \(path) cannot be read: \(error)")
        }
        guard let content else { throw .credential("the token file \(path) is not there") }
        let text = String(decoding: content, as: UTF8.self).filter { !$0.isWhitespace }
        guard !text.isEmpty else { throw .credential("the token file \(path) is empty") }
        return SecretString(text)
    }
}

/// The token of a GitHub Actions job with `permissions: id-token: write`.
///
/// Source: GitHub documentation, "OpenID Connect reference": `GET ACTIONS_ID_TOKEN_REQUEST_URL&audience=…` with the
/// bearer token of `ACTIONS_ID_TOKEN_REQUEST_TOKEN` is answered with `{"value": "<JWT>"}`.
struct GitHubToken: Sendable {
    let url: String
    let token: SecretString
    let sender: RequestSender

    func fetch() async throws(ServiceError) -> SecretString {
        let separator = url.contains("?") ? "&" : "?"
        let audience = PercentEncoding.query([(key: "audience", value: IssuedToken.audience)])
        let request = HTTPRequest(
            method: "GET", url: url + separator + audience, headers: IssuedToken.headers(token), timeout: .seconds(30))
        return try await IssuedToken.fetch(request, member: "value", service: .gitHub, sender, secret: token)
    }
}

/// The token of an Azure Pipelines job that uses a service connection with workload identity federation.
///
/// Source: Azure DevOps REST reference, "Oidctoken - Create", api-version 7.1: `POST SYSTEM_OIDCREQUESTURI` with the
/// job's access token is answered with `{"oidcToken": "<JWT>"}`.
struct AzurePipelinesToken: Sendable {
    let url: String
    let serviceConnection: String
    let token: SecretString
    let sender: RequestSender

    func fetch() async throws(ServiceError) -> SecretString {
        let query = PercentEncoding.query([
            (key: "api-version", value: "7.1"), (key: "serviceConnectionId", value: serviceConnection),
        ])
        let request = HTTPRequest(
            method: "POST", url: "\(url)?\(query)",
            headers: IssuedToken.headers(token) + [
                HTTPHeader("Content-Type", "application/json"),
                // Without it a refusal is a redirect to a sign-in page.
                HTTPHeader("X-TFS-FedAuthRedirect", "Suppress"),
            ], body: [], timeout: .seconds(30))
        return try await IssuedToken.fetch(
            request, member: "oidcToken", service: .azurePipelines, sender, secret: token)
    }
}

/// Fetching a token for Entra from another issuer.
private enum IssuedToken {
    /// The audience that Entra wants tokens of other issuers to have.
    static let audience = "api://AzureADTokenExchange"

    static func headers(_ token: SecretString) -> [HTTPHeader] {
        [
            HTTPHeader("Accept", "application/json"), HTTPHeader("User-Agent", UserAgent.text),
            HTTPHeader("Authorization", "Bearer \(token.reveal())"),
        ]
    }

    static func fetch(
        _ request: HTTPRequest, member: String, service: ServiceError.Service, _ sender: RequestSender,
        secret: SecretString
    ) async throws(ServiceError) -> SecretString {
        guard Address(request.url)?.scheme == "https" else {
            throw .credential("the address to get a token of \(service.rawValue) from is not an https address")
        }
        let exchange = try await sender.exchange(request, service: service, repeatable: true)
        guard exchange.response.status == 200 else {
            var error = ServiceError(exchange, service: service, request: request, secrets: [secret])
            error.outcomeUnknown = false
            throw error
        }
        let body = try exchange.response.json(of: request, service: service)
        guard let token = body[member]?.string, !token.isEmpty else {
            throw .unexpectedAnswer(
                "the answer holds no token", service: service, response: exchange.response, request: request)
        }
        return SecretString(token)
    }
}
