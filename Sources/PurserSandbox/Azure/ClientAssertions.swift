import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
import X509

/// A client's proof by a signed token: its own, signed with a registered certificate, or an outside issuer's.
/// Source: Microsoft identity platform, "Certificate credentials" and "Workload identity federation".
struct ClientAssertions: Sendable {
    let store: Store
    let timing: Timing

    /// `endpoints` are the addresses at which the client may say that it asks.
    func accept(
        _ assertion: String, type: String?, for principal: Principal, endpoints: [String]
    ) async throws(EntraRefusal) {
        guard type == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" else {
            throw .missing("client_assertion_type")
        }
        guard let token = JSONWebToken(assertion) else { throw .malformedAssertion }
        if token.claims["iss"]?.stringValue?.lowercased() == principal.clientID.lowercased() {
            try acceptOwn(token, of: principal, endpoints: endpoints)
        } else {
            try await FederatedCredentials(store: store, timing: timing).accept(assertion, for: principal)
            try await checkSignature(token)
        }
    }

    // MARK: The client's own

    private func acceptOwn(
        _ token: JSONWebToken, of principal: Principal, endpoints: [String]
    ) throws(EntraRefusal) {
        guard token.claims["sub"]?.stringValue?.lowercased() == principal.clientID.lowercased() else {
            throw .malformedAssertion
        }
        guard let key = key(of: token, principal) else {
            throw .unknownAssertionKey(thumbprint: Self.thumbprint(of: token) ?? "")
        }
        guard token.isSigned(by: key) else { throw .badAssertionSignature }
        guard let audience = token.audience, endpoints.contains(audience) else {
            throw .wrongAssertionAudience(token.audience ?? "")
        }
        guard let expiry = token.claims["exp"]?.numberValue else { throw .malformedAssertion }
        let start = token.claims["nbf"]?.numberValue ?? 0
        // Clocks may differ by five minutes.
        guard expiry + 300 > timing.seconds, start - 300 <= timing.seconds else { throw .assertionExpired }
    }

    private static func thumbprint(of token: JSONWebToken) -> String? {
        // Some clients write the padding of base64, which is not in the standard.
        (token.header["x5t#S256"] ?? token.header["x5t"])?.stringValue?.replacing("=", with: "")
    }

    private func key(of token: JSONWebToken, _ principal: Principal) -> _RSA.Signing.PublicKey? {
        let named = Self.thumbprint(of: token)
        let der = principal.certificates.compactMap { Data(base64Encoded: $0) }.first { der in
            named == Base64URL.encoded(Data(SHA256.hash(data: der)))
                || named == Base64URL.encoded(Data(Insecure.SHA1.hash(data: der)))
        }
        guard let der, let certificate = try? Certificate(derEncoded: [UInt8](der)),
            let document = try? certificate.publicKey.serializeAsPEM()
        else { return nil }
        return try? _RSA.Signing.PublicKey(derRepresentation: document.derBytes)
    }

    // MARK: An outside issuer's

    private func checkSignature(_ token: JSONWebToken) async throws(EntraRefusal) {
        let issuer = token.claims["iss"]?.stringValue ?? ""
        let keys = try? await store.transaction { try OutsideIssuers.keys(of: issuer, in: $0) }
        guard let keys = keys ?? nil else { throw .issuerUnreachable(issuer) }
        guard keys.contains(where: token.isSigned) else { throw .badAssertionSignature }
    }
}
