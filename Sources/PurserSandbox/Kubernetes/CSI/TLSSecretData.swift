import SwiftASN1

/// Splits a mounted file into `tls.crt` and `tls.key`.
/// Source: secrets-store-csi-driver v1.5.6, `pkg/util/secretutil`.
enum TLSSecretData {
    /// The value for one of the Secret's keys.
    static func part(_ key: String, of file: [UInt8]) throws(ProviderFailure) -> [UInt8] {
        switch key {
        case "tls.crt": return try certificates(file)
        case "tls.key": return try privateKey(file)
        default: throw .failed("key '\(key)' is not supported. Only 'tls.key' and 'tls.crt' are supported")
        }
    }

    /// All certificates in the order of the file.
    private static func certificates(_ file: [UInt8]) throws(ProviderFailure) -> [UInt8] {
        let blocks = PEMText.blocks(in: file)
        let certificates = blocks.filter { $0.discriminator == "CERTIFICATE" }
        if !certificates.isEmpty { return text(certificates) }
        // Nothing is left of a file once all its blocks are read.
        let bundle = try PFXBundle(blocks.isEmpty ? file : [])
        return Array(bundle.certificates.map { PEMText.text("CERTIFICATE", $0) }.joined().utf8)
    }

    /// The last block that is no certificate, in the key's own encoding.
    private static func privateKey(_ file: [UInt8]) throws(ProviderFailure) -> [UInt8] {
        let blocks = PEMText.blocks(in: file)
        guard let block = blocks.last(where: { $0.discriminator != "CERTIFICATE" }) else {
            return encoded(try PFXBundle(blocks.isEmpty ? file : []).key)
        }
        if let key = PrivateKeyDER(block.derBytes) { return encoded(key) }
        if isPrivateKeyInfo(block.derBytes) {
            throw .failed("unknown private key type found while getting key. Only rsa and ecdsa are supported")
        }
        // What is no key that can be read, an encrypted or a public one, gives an empty block and no error.
        return Array("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n".utf8)
    }

    /// PKCS#8's PrivateKeyInfo begins with a version; an encrypted key and a public one begin with an algorithm.
    private static func isPrivateKeyInfo(_ der: [UInt8]) -> Bool {
        guard let root = try? DER.parse(der), case .constructed(let parts) = root.content else { return false }
        return parts.first { _ in true }?.identifier == .integer
    }

    private static func encoded(_ key: PrivateKeyDER) -> [UInt8] {
        let (label, der) = key.traditional
        return Array(PEMText.text(label, der).utf8)
    }

    private static func text(_ blocks: [PEMDocument]) -> [UInt8] {
        Array(blocks.map { PEMText.text($0.discriminator, $0.derBytes) }.joined().utf8)
    }
}
