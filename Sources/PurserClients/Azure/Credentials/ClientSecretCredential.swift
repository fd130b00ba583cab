/// A service principal with a client secret.
///
/// Source: Microsoft identity platform, "OAuth 2.0 client credentials flow", first case.
struct ClientSecretCredential: TokenSource {
    let name = CredentialName.clientSecret
    private let home: String
    private let clientID: String
    private let secret: SecretString
    private let endpoint: TokenEndpoint

    init(tenant: String, clientID: String, secret: SecretString, endpoint: TokenEndpoint) {
        home = tenant
        self.clientID = clientID
        self.secret = secret
        self.endpoint = endpoint
    }

    var tenant: String? { home }

    func issue(_ request: TokenRequest) async throws(ServiceError) -> AccessToken {
        try await endpoint.token(request, tenant: request.tenant ?? home, clientID: clientID, proof: .secret(secret))
    }
}
