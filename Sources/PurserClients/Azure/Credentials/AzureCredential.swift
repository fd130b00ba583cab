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

    /// The audience, as endpoints want it that know no scopes.
    var resource: String { scope.hasSuffix("/.default") ? String(scope.dropLast("/.default".count)) : scope }
}

/// A way to prove to Azure who is calling.
package protocol AzureCredential: Sendable {
    /// The tenant it signs in to, or nil if any will do.
    var tenant: String? { get }

    /// A valid token, from memory where there is one.
    func token(_ request: TokenRequest) async throws(ServiceError) -> AccessToken

    /// The way by which the tokens come that were handed out; nil before the first one.
    func servedBy() async -> CredentialName?

    /// The ways that were considered until now, in their order, with what became of each; empty where there is no choice.
    func attempts() async -> [CredentialAttempt]
}

extension AzureCredential {
    /// A valid token of the credential's own tenant.
    package func token(scope: String) async throws(ServiceError) -> AccessToken {
        try await token(TokenRequest(scope: scope))
    }

    package func servedBy() async -> CredentialName? { nil }

    package func attempts() async -> [CredentialAttempt] { [] }
}

/// One way of getting tokens, without a memory of its own.
///
/// An error with the code `CredentialUnavailable` says that there is nothing here to sign in with: another way may be
/// tried. Any other error says that what there is does not serve.
protocol TokenSource: Sendable {
    var name: CredentialName { get }
    /// The tenant it signs in to, if it knows.
    var tenant: String? { get }

    /// A new token.
    func issue(_ request: TokenRequest) async throws(ServiceError) -> AccessToken
}

extension ServiceError {
    /// There is nothing here to sign in with.
    static func unavailable(_ reason: String) -> ServiceError {
        ServiceError(service: .entra, code: Code.credentialUnavailable, message: reason)
    }

    /// What is configured to sign in with cannot be used.
    static func credential(_ reason: String) -> ServiceError {
        ServiceError(service: .entra, code: Code.configuration, message: reason)
    }
}
