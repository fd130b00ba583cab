import Foundation

/// Federated identity credentials of managed identities: which outside tokens count as the identity.
/// Source: Azure REST reference, `userAssignedIdentities/federatedIdentityCredentials`, api-version 2024-11-30.
struct FederatedCredentials: Sendable {
    let store: Store
    let timing: Timing

    /// By identity's client id and the credential's name, both in lower case.
    static let collection = "federatedCredentials"

    /// Accepts an assertion that a credential of the principal names by issuer, subject and audience, each byte for
    /// byte. The assertion's own signature stays unchecked: its issuer is the sandbox's cluster, in this process.
    func accept(_ assertion: String, for principal: Principal) async throws(EntraRefusal) {
        let parts = assertion.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64URL.decoded(parts[1]),
            let claims = try? JSON(parsing: [UInt8](payload)), let issuer = claims["iss"]?.stringValue,
            let subject = claims["sub"]?.stringValue, let audience = Self.audience(claims)
        else { throw .malformedAssertion }
        if let expiry = claims["exp"]?.numberValue, expiry <= timing.seconds { throw .assertionExpired }
        let prefix = principal.clientID.lowercased() + "/"
        let known = await store.list(Self.collection).filter { $0.key.hasPrefix(prefix) }.map(\.value)
        let isNamed = known.contains { credential in
            credential["issuer"]?.stringValue == issuer && credential["subject"]?.stringValue == subject
                && credential["audiences"]?.arrayValue == [.string(audience)]
                && (credential["visibleFrom"]?.numberValue ?? 0) <= timing.seconds
        }
        guard isNamed else { throw .noFederatedCredential(issuer: issuer, subject: subject, audience: audience) }
    }

    private static func audience(_ claims: JSON) -> String? {
        claims["aud"]?.stringValue ?? claims["aud"]?.arrayValue?.first?.stringValue
    }
}
