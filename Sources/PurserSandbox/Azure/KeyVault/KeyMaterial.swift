import Crypto
import CryptoExtras
import Foundation
import X509

/// A private key as a vault holds it.
enum KeyMaterial: Sendable {
    case rsa(_RSA.Signing.PrivateKey)
    case p256(P256.Signing.PrivateKey)
    case p384(P384.Signing.PrivateKey)
    case p521(P521.Signing.PrivateKey)

    /// What a new key shall be.
    struct Shape: Sendable {
        let type: String
        let size: Int
        let curve: String
        /// Whether the key is to be kept in hardware; the sandbox keeps it where it keeps the others.
        let isInHardware: Bool

        /// Reads `kty`, `key_size` and `crv`, which keys and certificates' `key_props` share.
        init(_ document: JSON) throws {
            let asked = (document["kty"]?.stringValue ?? "RSA").uppercased()
            isInHardware = asked.hasSuffix("-HSM")
            type = asked.replacing("-HSM", with: "")
            size = document["key_size"]?.intValue ?? 2048
            curve = document["crv"]?.stringValue ?? "P-256"
            let isKnown = type == "RSA" ? [2048, 3072, 4096].contains(size) : Self.curves.contains(curve)
            guard ["RSA", "EC"].contains(type), isKnown else {
                throw AzureError(
                    400, "BadParameter",
                    "Property has invalid value\r\n: kty RSA with key_size 2048, 3072 or 4096, or kty EC with crv "
                        + "\(Self.curves.joined(separator: ", ")).")
            }
        }

        static let curves = ["P-256", "P-384", "P-521"]
    }

    init(_ shape: Shape) throws {
        switch (shape.type, shape.curve) {
        case ("RSA", _): self = .rsa(try _RSA.Signing.PrivateKey(keySize: .init(bitCount: shape.size)))
        case (_, "P-384"): self = .p384(P384.Signing.PrivateKey())
        case (_, "P-521"): self = .p521(P521.Signing.PrivateKey())
        default: self = .p256(P256.Signing.PrivateKey())
        }
    }

    /// The key that a call will need, made outside of the store, since a large RSA key takes a second.
    /// - Returns: nil for the calls that make none, and for those whose body will be refused.
    static func made(for call: VaultCall) async throws -> KeyMaterial? {
        let segments = call.request.segments.map { $0.lowercased() }
        guard call.method == "POST", segments.count == 3, segments[2] == "create",
            let body = try? call.request.json()
        else { return nil }
        let shape = segments[0] == "certificates" ? body[path: "policy", "key_props"] ?? [:] : body
        return (try? Shape(shape)).flatMap { try? KeyMaterial($0) }
    }

    /// Reads a key from DER: PKCS#8, PKCS#1 or SEC1.
    init?(der: some DataProtocol) {
        if let key = try? _RSA.Signing.PrivateKey(unsafeDERRepresentation: der) {
            self = .rsa(key)
        } else if let key = try? P256.Signing.PrivateKey(derRepresentation: der) {
            self = .p256(key)
        } else if let key = try? P384.Signing.PrivateKey(derRepresentation: der) {
            self = .p384(key)
        } else if let key = try? P521.Signing.PrivateKey(derRepresentation: der) {
            self = .p521(key)
        } else {
            return nil
        }
    }

    /// PKCS#8 as PEM.
    var pem: String {
        switch self {
        case .rsa(let key): key.pkcs8PEMRepresentation
        case .p256(let key): key.pemRepresentation
        case .p384(let key): key.pemRepresentation
        case .p521(let key): key.pemRepresentation
        }
    }

    var certificateKey: Certificate.PrivateKey {
        switch self {
        case .rsa(let key): Certificate.PrivateKey(key)
        case .p256(let key): Certificate.PrivateKey(key)
        case .p384(let key): Certificate.PrivateKey(key)
        case .p521(let key): Certificate.PrivateKey(key)
        }
    }

    var signatureAlgorithm: Certificate.SignatureAlgorithm {
        switch self {
        case .rsa: .sha256WithRSAEncryption
        case .p256: .ecdsaWithSHA256
        case .p384: .ecdsaWithSHA384
        case .p521: .ecdsaWithSHA512
        }
    }

    /// `key_props` as a certificate's policy names this key.
    var properties: JSON {
        switch self {
        case .rsa(let key): ["kty": "RSA", "key_size": .int(key.keySizeInBits)]
        case .p256: ["kty": "EC", "crv": "P-256", "key_size": 256]
        case .p384: ["kty": "EC", "crv": "P-384", "key_size": 384]
        case .p521: ["kty": "EC", "crv": "P-521", "key_size": 521]
        }
    }

    /// The public half as a JSON Web Key (RFC 7517).
    var publicJWK: JSON {
        switch self {
        case .rsa(let key):
            guard let numbers = try? key.publicKey.getKeyPrimitives() else { return ["kty": "RSA"] }
            return [
                "kty": "RSA", "n": .string(Base64URL.encoded(numbers.modulus)),
                "e": .string(Base64URL.encoded(numbers.publicExponent)),
            ]
        case .p256(let key): return Self.curveJWK("P-256", key.publicKey.rawRepresentation)
        case .p384(let key): return Self.curveJWK("P-384", key.publicKey.rawRepresentation)
        case .p521(let key): return Self.curveJWK("P-521", key.publicKey.rawRepresentation)
        }
    }

    private static func curveJWK(_ curve: String, _ point: Data) -> JSON {
        let half = point.count / 2
        return [
            "kty": "EC", "crv": .string(curve), "x": .string(Base64URL.encoded(point.prefix(half))),
            "y": .string(Base64URL.encoded(point.suffix(half))),
        ]
    }

    /// Reads a private JSON Web Key.
    init?(jwk: JSON) {
        func bytes(_ name: String) -> Data? { jwk[name]?.stringValue.flatMap { Base64URL.decoded($0) } }
        switch jwk["kty"]?.stringValue?.uppercased() {
        case "RSA", "RSA-HSM":
            guard let n = bytes("n"), let e = bytes("e"), let d = bytes("d"), let p = bytes("p"), let q = bytes("q"),
                let key = try? _RSA.Signing.PrivateKey(n: n, e: e, d: d, p: p, q: q)
            else { return nil }
            self = .rsa(key)
        case "EC", "EC-HSM":
            guard let d = bytes("d") else { return nil }
            switch jwk["crv"]?.stringValue {
            case "P-256":
                if let key = try? P256.Signing.PrivateKey(rawRepresentation: d) {
                    self = .p256(key)
                } else {
                    return nil
                }
            case "P-384":
                if let key = try? P384.Signing.PrivateKey(rawRepresentation: d) {
                    self = .p384(key)
                } else {
                    return nil
                }
            case "P-521":
                if let key = try? P521.Signing.PrivateKey(rawRepresentation: d) {
                    self = .p521(key)
                } else {
                    return nil
                }
            default: return nil
            }
        default: return nil
        }
    }
}
