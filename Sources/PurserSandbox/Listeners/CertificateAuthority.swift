import Crypto
import Foundation
import SwiftASN1
import SystemPackage
import X509

/// The sandbox's own certificate authority, and the one server certificate that all its listeners show. Both are made
/// at a world's first start and stay, so that a client that trusts the world trusts it after a restart.
struct CertificateAuthority {
    /// What clients trust: one PEM certificate.
    let certificateFile: FilePath
    /// What listeners show: leaf, then authority, as PEM, and the leaf's private key.
    let chainFile: FilePath
    let keyFile: FilePath

    /// The names that the sandbox answers for. `azure.github.io` is the chart repository, reached by the proxy alone.
    static let names = [
        "localhost", "*.purser.test", "*.vault.purser.test", "*.blob.storage.purser.test", "azure.github.io",
    ]
    private static let addresses: [[UInt8]] = [[127, 0, 0, 1], Array(repeating: 0, count: 15) + [1]]
    private static let authorityLifetime: TimeInterval = 10 * 365 * 86_400
    /// Clients refuse server certificates that live much longer than two years.
    private static let leafLifetime: TimeInterval = 800 * 86_400

    /// Opens the authority in `directory`, or makes one; renews the server certificate a month before its end.
    init(directory: FilePath, now: Date) throws {
        certificateFile = directory.appending("ca.pem")
        chainFile = directory.appending("server.pem")
        keyFile = directory.appending("server.key")
        try PrivateFiles.makeDirectory(directory)
        let signer = try Self.signer(certificateFile, keyFile: directory.appending("ca.key"), now: now)
        if try !isUsable(at: now.addingTimeInterval(30 * 86_400)) {
            try makeLeaf(signedBy: signer, now: now)
        }
    }

    /// The authority's certificate as PEM.
    func certificate() throws -> [UInt8] { try PrivateFiles.contents(of: certificateFile) }

    private struct Signer {
        let certificate: Certificate
        let key: P256.Signing.PrivateKey
    }

    private static func signer(_ certificateFile: FilePath, keyFile: FilePath, now: Date) throws -> Signer {
        if let pem = try? PrivateFiles.contents(of: certificateFile),
            let keyPEM = try? PrivateFiles.contents(of: keyFile)
        {
            return Signer(
                certificate: try Certificate(pemEncoded: String(decoding: pem, as: UTF8.self)),
                key: try P256.Signing.PrivateKey(pemRepresentation: String(decoding: keyPEM, as: UTF8.self)))
        }
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName {
            OrganizationName("Purser sandbox")
            CommonName("Purser sandbox \(UUID().uuidString.prefix(8))")
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: now - 3600,
            notValidAfter: now + authorityLifetime, issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
            },
            issuerPrivateKey: .init(key))
        try PrivateFiles.replace(keyFile, with: Array(key.pemRepresentation.utf8))
        try PrivateFiles.replace(certificateFile, with: Array(try certificate.serializeAsPEM().pemString.utf8))
        return Signer(certificate: certificate, key: key)
    }

    private func isUsable(at date: Date) throws -> Bool {
        guard let pem = try? PrivateFiles.contents(of: chainFile), (try? PrivateFiles.contents(of: keyFile)) != nil
        else { return false }
        let chain = try PEMDocument.parseMultiple(pemString: String(decoding: pem, as: UTF8.self))
        guard let leaf = try chain.first.map({ try Certificate(pemDocument: $0) }) else { return false }
        let names = try leaf.extensions.subjectAlternativeNames.map { Array($0) } ?? []
        return leaf.notValidAfter > date && Self.names.allSatisfy { names.contains(.dnsName($0)) }
    }

    private func makeLeaf(signedBy signer: Signer, now: Date) throws {
        let key = P256.Signing.PrivateKey()
        let leaf = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: now - 3600,
            notValidAfter: now + Self.leafLifetime, issuer: signer.certificate.subject,
            subject: try DistinguishedName { CommonName("localhost") }, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(
                    Self.names.map { .dnsName($0) }
                        + Self.addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) })
                SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: Certificate.PublicKey(signer.key.publicKey)).keyIdentifier
                )
            },
            issuerPrivateKey: .init(signer.key))
        let chain = try [leaf, signer.certificate].map { try $0.serializeAsPEM().pemString }.joined(separator: "\n")
        try PrivateFiles.replace(keyFile, with: Array(key.pemRepresentation.utf8))
        try PrivateFiles.replace(chainFile, with: Array(chain.utf8))
    }
}
