import Crypto
import CryptoExtras
import Foundation

/// A JSON Web Token as others sign it. Source: RFC 7515, RFC 7518 (RS256, PS256), RFC 7519.
struct JSONWebToken: Sendable {
    let header: JSON
    let claims: JSON
    private let signed: Data
    private let signature: Data

    /// Nil if the text is no token; the signature is not looked at.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64URL.decoded(parts[0]), let payload = Base64URL.decoded(parts[1]),
            let header = try? JSON(parsing: [UInt8](head)), let claims = try? JSON(parsing: [UInt8](payload)),
            let signature = Base64URL.decoded(parts[2])
        else { return nil }
        self.header = header
        self.claims = claims
        self.signature = signature
        signed = Data("\(parts[0]).\(parts[1])".utf8)
    }

    /// Whether the key has signed it, by one of the two algorithms that Entra takes.
    func isSigned(by key: _RSA.Signing.PublicKey) -> Bool {
        let padding: _RSA.Signing.Padding
        switch header["alg"]?.stringValue {
        case "RS256": padding = .insecurePKCS1v1_5
        case "PS256": padding = .PSS
        default: return false
        }
        return key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: signed), padding: padding)
    }

    /// The audience, or the first of several.
    var audience: String? { claims["aud"]?.stringValue ?? claims["aud"]?.arrayValue?.first?.stringValue }
}

/// The key by which the sandbox's cluster signs its service accounts' tokens: drawn at the first use, and kept.
struct IssuerKey: Sendable {
    private let key: _RSA.Signing.PrivateKey

    static func loaded(from store: isolated Store) throws -> IssuerKey {
        if let pem = store.get("world", "issuerKey")?.stringValue {
            return IssuerKey(key: try _RSA.Signing.PrivateKey(pemRepresentation: pem))
        }
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        try store.put("world", "issuerKey", .string(key.pemRepresentation))
        return IssuerKey(key: key)
    }

    var publicKey: _RSA.Signing.PublicKey { key.publicKey }

    private var identifier: String {
        Base64URL.encoded(Data(SHA256.hash(data: key.publicKey.derRepresentation)))
    }

    func signed(_ claims: JSON) throws -> String {
        let header: JSON = ["alg": "RS256", "kid": .string(identifier), "typ": "JWT"]
        let text = Base64URL.encoded(header.bytes()) + "." + Base64URL.encoded(claims.bytes())
        let signature = try key.signature(for: SHA256.hash(data: Data(text.utf8)), padding: .insecurePKCS1v1_5)
        return text + "." + Base64URL.encoded(signature.rawRepresentation)
    }

    /// The key set that the issuer publishes (RFC 7517).
    func keySet() throws -> JSON {
        let parts = try key.publicKey.getKeyPrimitives()
        return [
            "keys": [
                [
                    "use": "sig", "kty": "RSA", "kid": .string(identifier), "alg": "RS256",
                    "n": .string(Base64URL.encoded(parts.modulus)),
                    "e": .string(Base64URL.encoded(parts.publicExponent)),
                ]
            ]
        ]
    }
}

/// Issuers of tokens outside the tenant that federated credentials may name, and their keys.
enum OutsideIssuers {
    /// Key sets by issuer, byte for byte.
    static let collection = "issuers"

    /// The RSA keys of an issuer; nil if its key set cannot be had.
    static func keys(of issuer: String, in store: isolated Store) throws -> [_RSA.Signing.PublicKey]? {
        if issuer == WorldFacts.clusterIssuer { return [try IssuerKey.loaded(from: store).publicKey] }
        return store.get(collection, issuer)?["keys"]?.arrayValue?.compactMap { key in
            guard let modulus = key["n"]?.stringValue.flatMap({ Base64URL.decoded($0) }),
                let exponent = key["e"]?.stringValue.flatMap({ Base64URL.decoded($0) })
            else { return nil }
            return try? _RSA.Signing.PublicKey(n: modulus, e: exponent)
        }
    }
}

/// What the cluster's issuer publishes for those who check its tokens.
/// Source: Kubernetes documentation, "Service account issuer discovery"; AKS, "OIDC issuer".
struct OIDCIssuer: SandboxService {
    static let host = "oidc.\(WorldFacts.domain)"

    let store: Store

    func respond(to request: SandboxRequest) async -> SandboxResponse {
        switch (request.method, Array(request.segments.dropFirst())) {
        case ("GET", [".well-known", "openid-configuration"]):
            return .json([
                "issuer": .string(WorldFacts.clusterIssuer),
                "jwks_uri": .string("\(WorldFacts.clusterIssuer)openid/v1/jwks"),
                "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            ])
        case ("GET", ["openid", "v1", "jwks"]):
            guard let keys = try? await store.transaction({ try IssuerKey.loaded(from: $0).keySet() }) else {
                return .text(500, "")
            }
            return .json(keys)
        default: return .text(404, "")
        }
    }
}
