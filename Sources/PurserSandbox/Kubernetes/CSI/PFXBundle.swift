import NIOSSL
import SwiftASN1
import X509

/// The content of a PKCS#12 file that has no password.
struct PFXBundle {
    let key: PrivateKeyDER
    /// DER, the key's own certificate first.
    let certificates: [[UInt8]]

    /// - Throws: the provider's words for a file that cannot be opened.
    init(_ bytes: [UInt8]) throws(ProviderFailure) {
        guard (try? DER.parse(bytes)) != nil else {
            throw .failed(Self.problem(bytes))
        }
        guard let bundle = try? NIOSSLPKCS12Bundle(buffer: bytes, passphrase: [UInt8]()),
            let der = try? bundle.privateKey.derBytes, let key = PrivateKeyDER(der)
        else { throw .failed("pkcs12: decryption password incorrect") }
        let certificates = bundle.certificateChain.compactMap { try? $0.toDERBytes() }
        if certificates.isEmpty { throw .failed("no leaf found") }
        self.key = key
        self.certificates = certificates
    }

    /// Go's words for bytes that are no PKCS#12 at all.
    private static func problem(_ bytes: [UInt8]) -> String {
        let what =
            bytes.isEmpty
            ? "syntax error: sequence truncated"
            : "structure error: tags don't match (16 vs {class:0 tag:\(bytes[0] & 0x1F) length:0 isCompound:false})"
        return "pkcs12: error reading P12 data: asn1: \(what)"
    }
}

/// Certificates from the leaf to the root. Source: provider flag `--construct-pem-chain`, on by default since 0.2.0.
enum CertificateChain {
    /// The given order if the certificates do not form one chain.
    static func ordered(_ certificates: [[UInt8]]) -> [[UInt8]] {
        let parsed = certificates.compactMap { der in
            (try? Certificate(derEncoded: der)).map { Link(der: der, certificate: $0) }
        }
        guard parsed.count == certificates.count, parsed.count > 1 else { return certificates }
        var rest = parsed
        guard
            let leaf = rest.firstIndex(where: { candidate in
                !parsed.contains { $0.der != candidate.der && $0.isIssued(by: candidate) }
            })
        else { return certificates }
        var chain = [rest.remove(at: leaf)]
        while let last = chain.last, let next = rest.firstIndex(where: { last.isIssued(by: $0) }) {
            chain.append(rest.remove(at: next))
        }
        return rest.isEmpty ? chain.map(\.der) : certificates
    }

    private struct Link {
        let der: [UInt8]
        let certificate: Certificate

        /// By key identifiers where both certificates have them, else by names.
        func isIssued(by other: Link) -> Bool {
            let wanted = (try? certificate.extensions.authorityKeyIdentifier)??.keyIdentifier
            let offered = (try? other.certificate.extensions.subjectKeyIdentifier)??.keyIdentifier
            if let wanted, let offered { return wanted == offered }
            return certificate.issuer == other.certificate.subject
        }
    }
}
