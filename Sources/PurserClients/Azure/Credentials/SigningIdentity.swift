import Crypto
import CryptoExtras
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A certificate with its RSA key, which signs client assertions. Neither is ever shown.
struct SigningIdentity: Sendable {
    /// DER, the leaf first.
    private let chain: [[UInt8]]
    private let key: _RSA.Signing.PrivateKey
    /// The end of the leaf's validity, in seconds since 1970.
    private let expiry: Int

    /// Reads a PEM text (key and certificates in any order, the key encrypted or not) or a PKCS#12 file.
    ///
    /// `source` tells where the file comes from, for errors. Throws when there is no RSA key, or no certificate that
    /// belongs to it.
    init(_ file: [UInt8], password: SecretString?, source: String) throws(ServiceError) {
        let password = Array((password?.reveal() ?? "").utf8)
        let parts =
            PEMFile.isPEM(file)
            ? try Self.parts(ofPEM: file, password, source) : try Self.parts(ofPKCS12: file, password, source)
        guard let key = Self.rsaKey(parts.key.reveal()) else {
            throw .credential("the private key in \(source) is not an RSA key of at least 2048 bits, which Entra needs")
        }
        let certificates = parts.chain.compactMap { der in (try? Certificate(derEncoded: der)).map { (der, $0) } }
        let publicKey = Certificate.PublicKey(key.publicKey)
        guard let leaf = certificates.firstIndex(where: { $0.1.publicKey == publicKey }) else {
            throw .credential("no certificate in \(source) belongs to its private key")
        }
        self.key = key
        expiry = Int(certificates[leaf].1.notValidAfter.timeIntervalSince1970)
        chain = [certificates[leaf].0] + certificates.indices.filter { $0 != leaf }.map { certificates[$0].0 }
    }

    /// A JSON Web Token that tells Entra's token endpoint who is calling, good for ten minutes.
    ///
    /// Source: Microsoft identity platform, "Certificate credentials": header `PS256` with `x5t#S256`, claims `aud` (the
    /// token endpoint), `iss` and `sub` (the client id), `jti`, `nbf`, `iat`, `exp`.
    func assertion(
        clientID: String, audience: String, at now: Int, sendsChain: Bool
    ) throws(ServiceError) -> SecretString {
        guard now < expiry else {
            let end = Date(timeIntervalSince1970: Double(expiry)).formatted(.iso8601)
            throw .credential("the client certificate expired on \(end)")
        }
        var header: JSONValue = [
            "alg": "PS256", "typ": "JWT", "x5t#S256": .string(Base64.urlEncoded(Array(SHA256.hash(data: chain[0])))),
        ]
        if sendsChain { header["x5c"] = .array(chain.map { .string(Base64.encoded($0)) }) }
        let claims: JSONValue = [
            "aud": .string(audience), "iss": .string(clientID), "sub": .string(clientID),
            "jti": .string(Identifier.random()), "nbf": .integer(now), "iat": .integer(now), "exp": .integer(now + 600),
        ]
        let signed = Base64.urlEncoded(header.encoded) + "." + Base64.urlEncoded(claims.encoded)
        do {
            let signature = try key.signature(for: SHA256.hash(data: Array(signed.utf8)), padding: .PSS)
            return SecretString(signed + "." + Base64.urlEncoded(Array(signature.rawRepresentation)))
        } catch {
            throw .credential("the client certificate's key cannot sign")
        }
    }

    // MARK: Files

    private typealias Parts = (chain: [[UInt8]], key: SecretBytes)

    private static func parts(
        ofPKCS12 file: [UInt8], _ password: [UInt8], _ source: String
    ) throws(ServiceError) -> Parts {
        do {
            return try PKCS12File.identity(in: file, password: password)
        } catch {
            throw .credential(
                "\(source) cannot be opened as PKCS#12: check its password; a file of an older encryption is written anew by "
                    + "`openssl pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export -out NEW`")
        }
    }

    private static func parts(
        ofPEM file: [UInt8], _ password: [UInt8], _ source: String
    ) throws(ServiceError) -> Parts {
        let blocks = PEMFile.blocks(in: file)
        let chain = blocks.filter { $0.label == "CERTIFICATE" }.compactMap { $0.document?.derBytes }
        guard let block = blocks.first(where: { $0.label.hasSuffix("PRIVATE KEY") }), let key = block.document else {
            throw .credential("\(source) has no private key that can be read")
        }
        guard block.label == "ENCRYPTED PRIVATE KEY" else { return (chain, SecretBytes(key.derBytes)) }
        do {
            return (chain, SecretBytes(try EncryptedPrivateKey.opened(key.derBytes, password: password)))
        } catch {
            throw .credential("the private key in \(source) cannot be opened: check its password")
        }
    }

    private static func rsaKey(_ der: [UInt8]) -> _RSA.Signing.PrivateKey? {
        try? _RSA.Signing.PrivateKey(derRepresentation: der)
    }
}
