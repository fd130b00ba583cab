/// What a token is asked for.
package struct TokenRequest: Sendable, Hashable {
    /// The audience with `/.default` after it.
    package var scope: String
    /// The tenant that must issue the token; nil for the credential's own.
    package var tenant: String?
    /// Claims that the service demanded in a challenge (continuous access evaluation), as JSON text.
    package var claims: String?
    /// A token that the service refused: it is not handed out again.
    package var rejected: AccessToken?

    package init(scope: String, tenant: String? = nil, claims: String? = nil, rejected: AccessToken? = nil) {
        self.scope = scope
        self.tenant = tenant
        self.claims = claims
        self.rejected = rejected
    }
}

/// A way to prove to Azure who is calling.
package protocol AzureCredential: Sendable {
    /// The tenant it signs in to, or nil if any will do.
    var tenant: String? { get }

    /// A valid token, from memory where there is one.
    func token(_ request: TokenRequest) async throws(ServiceError) -> AccessToken
}

extension AzureCredential {
    /// A valid token of the credential's own tenant.
    package func token(scope: String) async throws(ServiceError) -> AccessToken {
        try await token(TokenRequest(scope: scope))
    }
}
