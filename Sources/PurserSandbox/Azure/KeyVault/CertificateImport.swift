import Foundation
import NIOSSL
import SwiftASN1
import X509

/// Reads what an import sends: a PFX, or PEM text with a PKCS#8 key before the chain.
enum CertificateImport {
    /// - Throws: 400 `BadParameter` that tells what is wrong with the content, never showing any of it.
    static func certificate(value: String, password: String?, contentType: String) throws -> VaultCertificate {
        let bytes = Data(base64Encoded: value, options: .ignoreUnknownCharacters).map { [UInt8]($0) } ?? []
        let text = value.contains("-----BEGIN") ? value : String(decoding: bytes, as: UTF8.self)
        let isPEM = text.contains("-----BEGIN")
        guard isPEM == (contentType == CertificatePolicy.pem) else {
            throw bad(
                isPEM
                    ? "The specified PKCS#12 X.509 certificate content can not be read. Please check if certificate is in "
                        + "valid PKCS#12 format."
                    : "The specified PEM X.509 certificate content is in an unexpected format. Please check if certificate "
                        + "is in valid PEM format.")
        }
        let certificate = try isPEM ? pem(text, password: password) : pfx(bytes, password: password)
        try check(certificate)
        return certificate
    }

    // MARK: PFX

    private static let keyBag: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01]
    private static let certificateBag: [UInt8] = keyBag + [0x03]
    private static let encryptedData: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x06]

    private static func pfx(_ bytes: [UInt8], password: String?) throws -> VaultCertificate {
        // The PFX reader ends the process over content that lacks key or certificate; such content is refused first,
        // by the object identifiers of PKCS#12's bags (RFC 7292, appendix D).
        let holdsKey = contains(bytes, keyBag + [0x01]) || contains(bytes, keyBag + [0x02])
        guard holdsKey, contains(bytes, certificateBag) || contains(bytes, encryptedData) else {
            throw bad("The specified PKCS#12 X.509 certificate content holds no private key or no certificate.")
        }
        let passphrase = password.map { Array($0.utf8) } ?? []
        guard let bundle = try? NIOSSLPKCS12Bundle(buffer: bytes, passphrase: passphrase),
            let der = try? bundle.privateKey.derBytes, let key = KeyMaterial(der: der),
            let chain = try? bundle.certificateChain.map({ try $0.toDERBytes() })
        else {
            throw bad(
                "The specified PKCS#12 X.509 certificate content can not be read. Please check if certificate is in valid "
                    + "PKCS#12 format and its password is right.")
        }
        return VaultCertificate(key: key, chain: ordered(chain))
    }

    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.firstRange(of: part) != nil
    }

    // MARK: PEM

    private static func pem(_ text: String, password: String?) throws -> VaultCertificate {
        guard let documents = try? PEMDocument.parseMultiple(pemString: text) else {
            throw bad("The specified PEM X.509 certificate content is in an unexpected format.")
        }
        let chain = documents.filter { $0.discriminator == "CERTIFICATE" }.map(\.derBytes)
        guard let document = documents.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") }), !chain.isEmpty
        else {
            throw bad(
                "Private key is not specified in the specified X.509 PEM certificate content, or there is no "
                    + "certificate in it.")
        }
        return VaultCertificate(key: try privateKey(document, password: password), chain: ordered(chain))
    }

    private static func privateKey(_ document: PEMDocument, password: String?) throws -> KeyMaterial {
        var der = document.derBytes
        switch document.discriminator {
        case "PRIVATE KEY": break
        case "ENCRYPTED PRIVATE KEY":
            let passphrase = Array((password ?? "").utf8)
            guard
                let key = try? NIOSSLPrivateKey(
                    bytes: Array(document.pemString.utf8), format: .pem, passphraseCallback: { $0(passphrase) }),
                let plain = try? key.derBytes
            else { throw bad("The private key in the PEM content can not be decrypted with the given password.") }
            der = plain
        default: throw bad("The private key in the PEM content must be in PKCS#8 format.")
        }
        guard let key = KeyMaterial(der: der) else {
            throw bad("The private key in the PEM content is of a kind that is not supported.")
        }
        return key
    }

    // MARK: Both

    /// Leaf first: the certificate that no other one of them was issued by.
    private static func ordered(_ chain: [[UInt8]]) -> [[UInt8]] {
        guard chain.count > 1 else { return chain }
        let read = chain.map { try? Certificate(derEncoded: $0) }
        let isLeaf = { (index: Int) in
            !read.indices.contains { $0 != index && read[$0]?.issuer == read[index]?.subject }
        }
        guard let leaf = chain.indices.first(where: isLeaf) else { return chain }
        return [chain[leaf]] + chain.indices.filter { $0 != leaf }.map { chain[$0] }
    }

    private static func check(_ certificate: VaultCertificate) throws {
        guard let leaf = try? Certificate(derEncoded: certificate.leaf) else {
            throw bad("The X.509 certificate can not be read.")
        }
        guard leaf.publicKey == certificate.key.certificateKey.publicKey else {
            throw bad("The private key does not belong to the X.509 certificate.")
        }
    }

    private static func bad(_ message: String) -> AzureError { AzureError(400, "BadParameter", message) }
}
