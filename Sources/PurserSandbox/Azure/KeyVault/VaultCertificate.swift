import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A certificate with its private key and the certificates above it.
struct VaultCertificate: Sendable {
    let key: KeyMaterial
    /// DER, leaf first.
    let chain: [[UInt8]]

    init(key: KeyMaterial, chain: [[UInt8]]) {
        self.key = key
        self.chain = chain
    }

    var leaf: [UInt8] { chain[0] }

    /// Base64url of the leaf's SHA-1, as `x5t`.
    var thumbprint: String { Base64URL.encoded(Data(Insecure.SHA1.hash(data: leaf))) }

    // MARK: Making

    /// A certificate for `policy`, valid from ten minutes ago, signed by an authority or, without one, with its own key.
    init(signing policy: CertificatePolicy, key: KeyMaterial, by authority: VaultCertificate?, now: Date) throws {
        let name = try SubjectName(policy.subject).distinguished()
        let signer = (authority?.key ?? key).certificateKey
        let issuer = try authority.map { try Certificate(derEncoded: $0.leaf).subject } ?? name
        let end = Calendar(identifier: .gregorian).date(byAdding: .month, value: policy.months, to: now) ?? now
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.certificateKey.publicKey,
            notValidBefore: now.addingTimeInterval(-600), notValidAfter: end, issuer: issuer, subject: name,
            signatureAlgorithm: (authority?.key ?? key).signatureAlgorithm,
            extensions: try Self.extensions(policy, key: key.certificateKey.publicKey, signer: signer.publicKey),
            issuerPrivateKey: signer)
        self.init(key: key, chain: [try Self.der(certificate)] + (authority?.chain ?? []))
    }

    /// An authority of its own, as an issuer has one.
    init(authority name: String, key: KeyMaterial, now: Date) throws {
        let subject = try SubjectName("CN=\(name) CA").distinguished()
        let end = Calendar(identifier: .gregorian).date(byAdding: .year, value: 10, to: now) ?? now
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.certificateKey.publicKey,
            notValidBefore: now.addingTimeInterval(-600), notValidAfter: end, issuer: subject, subject: subject,
            signatureAlgorithm: key.signatureAlgorithm,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.certificateKey.publicKey)
            }, issuerPrivateKey: key.certificateKey)
        self.init(key: key, chain: [try Self.der(certificate)])
    }

    private static func extensions(
        _ policy: CertificatePolicy, key: Certificate.PublicKey, signer: Certificate.PublicKey
    ) throws -> Certificate.Extensions {
        let names: [GeneralName] =
            policy.names("dns_names").map { .dnsName($0) } + policy.names("emails").map { .rfc822Name($0) }
        let identifier = SubjectKeyIdentifier(hash: key)
        let extended = try policy.extendedUsages.map {
            ExtendedKeyUsage.Usage(oid: try ASN1ObjectIdentifier(dotRepresentation: $0[...]))
        }
        return try Certificate.Extensions {
            Critical(usage(policy))
            BasicConstraints.notCertificateAuthority
            if !extended.isEmpty { try ExtendedKeyUsage(extended) }
            if !names.isEmpty { SubjectAlternativeNames(names) }
            AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: signer).keyIdentifier)
            identifier
        }
    }

    private static func usage(_ policy: CertificatePolicy) -> KeyUsage {
        let words = Set(policy.keyUsage)
        return KeyUsage(
            digitalSignature: words.contains("digitalSignature"), nonRepudiation: words.contains("nonRepudiation"),
            keyEncipherment: words.contains("keyEncipherment"), dataEncipherment: words.contains("dataEncipherment"),
            keyAgreement: words.contains("keyAgreement"), keyCertSign: words.contains("keyCertSign"),
            cRLSign: words.contains("cRLSign"), encipherOnly: words.contains("encipherOnly"),
            decipherOnly: words.contains("decipherOnly"))
    }

    /// The request for a certificate of an issuer that Key Vault does not know, as DER.
    static func signingRequest(_ policy: CertificatePolicy, key: KeyMaterial) throws -> [UInt8] {
        let request = try CertificateSigningRequest(
            version: .v1, subject: try SubjectName(policy.subject).distinguished(), privateKey: key.certificateKey,
            attributes: CertificateSigningRequest.Attributes(), signatureAlgorithm: key.signatureAlgorithm)
        var serializer = DER.Serializer()
        try serializer.serialize(request)
        return serializer.serializedBytes
    }

    static func der(_ certificate: Certificate) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }

    // MARK: Reading

    /// What the certificate itself says, in the words of a policy's `x509_props`.
    var properties: JSON {
        guard let certificate = try? Certificate(derEncoded: leaf) else { return [:] }
        let months = Int(
            (certificate.notValidAfter.timeIntervalSince(certificate.notValidBefore) / 2_629_746).rounded())
        var properties: JSON = [
            "subject": .string(SubjectName.text(certificate.subject)), "validity_months": .int(max(months, 1)),
            "basic_constraints": ["ca": .bool(Self.isAuthority(certificate))],
            "key_usage": .array(Self.usageWords(certificate).map { .string($0) }), "ekus": [],
        ]
        if let usages = try? certificate.extensions.extendedKeyUsage {
            properties["ekus"] = .array(usages.map { .string("\(ASN1ObjectIdentifier($0))") })
        }
        if let names = try? certificate.extensions.subjectAlternativeNames {
            let dns = names.compactMap { if case .dnsName(let name) = $0 { name } else { nil } }
            let mails = names.compactMap { if case .rfc822Name(let name) = $0 { name } else { nil } }
            properties["sans"] = [
                "dns_names": .array(dns.map { .string($0) }), "emails": .array(mails.map { .string($0) }), "upns": [],
            ]
        }
        return properties
    }

    private static func isAuthority(_ certificate: Certificate) -> Bool {
        if case .isCertificateAuthority = try? certificate.extensions.basicConstraints { true } else { false }
    }

    private static func usageWords(_ certificate: Certificate) -> [String] {
        guard let usage = try? certificate.extensions.keyUsage else { return [] }
        let held = [
            usage.cRLSign, usage.dataEncipherment, usage.decipherOnly, usage.digitalSignature, usage.encipherOnly,
            usage.keyAgreement, usage.keyCertSign, usage.keyEncipherment, usage.nonRepudiation,
        ]
        return zip(CertificatePolicy.usages, held).filter(\.1).map(\.0)
    }

    /// From when to when it is valid, in whole seconds since 1970.
    var validity: (from: Int, to: Int)? {
        guard let certificate = try? Certificate(derEncoded: leaf) else { return nil }
        return (
            Int(certificate.notValidBefore.timeIntervalSince1970), Int(certificate.notValidAfter.timeIntervalSince1970)
        )
    }

    /// What the secret of the same name holds: a PFX without password as base64, or key and chain as PEM.
    func secretValue(contentType: String, isExportable: Bool) throws -> String {
        let certificates = chain.map { PEMDocument(type: "CERTIFICATE", derBytes: $0).pemString }
        if contentType == CertificatePolicy.pem {
            let keys = isExportable ? [key.pem] : []
            return (keys + certificates).map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined()
        }
        guard isExportable else { return Data(leaf).base64EncodedString() }
        let bundle = NIOSSLPKCS12Bundle(
            certificateChain: try chain.map { try NIOSSLCertificate(bytes: $0, format: .der) },
            privateKey: try NIOSSLPrivateKey(bytes: Array(key.pem.utf8), format: .pem))
        return Data(try bundle.serialize(passphrase: [UInt8]())).base64EncodedString()
    }
}
