/// A service principal with a certificate: it signs an assertion with the certificate's key.
///
/// Source: Microsoft identity platform, "OAuth 2.0 client credentials flow", second case.
struct ClientCertificateCredential: TokenSource {
    let name = CredentialName.clientCertificate
    private let home: String
    private let clientID: String
    private let identity: Once<SigningIdentity>
    private let sendsChain: Bool
    private let now: @Sendable () -> Int
    private let endpoint: TokenEndpoint

    /// `sendsChain` adds the certificates themselves, for applications that trust an issuer and a subject name.
    init(
        tenant: String, clientID: String, identity: Once<SigningIdentity>, sendsChain: Bool,
        now: @escaping @Sendable () -> Int, endpoint: TokenEndpoint
    ) {
        home = tenant
        self.clientID = clientID
        self.identity = identity
        self.sendsChain = sendsChain
        self.now = now
        self.endpoint = endpoint
    }

    var tenant: String? { home }

    func issue(_ request: TokenRequest) async throws(ServiceError) -> AccessToken {
        let identity = try await identity.value()
        let tenant = request.tenant ?? home
        let audience = try await endpoint.address(tenant: tenant)
        let assertion = try identity.assertion(
            clientID: clientID, audience: audience, at: now(), sendsChain: sendsChain)
        return try await endpoint.token(request, tenant: tenant, clientID: clientID, proof: .assertion(assertion))
    }
}
