import Foundation

/// What the vault answered for one version of an object.
enum VaultContent {
    case secret(value: String)
    /// The secret that a certificate has.
    case certificateSecret(value: String, contentType: String)
    /// DER.
    case certificate([UInt8])
    /// A public JSON Web Key.
    case key(JSON)

    var isCertificateSecret: Bool {
        if case .certificateSecret = self { true } else { false }
    }

    static func read(_ answer: JSON, type: String) throws(ProviderFailure) -> (VaultContent, version: String) {
        switch type {
        case "secret":
            guard let value = answer["value"]?.stringValue else { throw .failed("secret value is nil") }
            guard let id = answer["id"]?.stringValue else { throw .failed("secret id is nil") }
            let contentType = answer["contentType"]?.stringValue ?? ""
            let belongs = answer["kid"]?.stringValue != nil
            let content = belongs ? certificateSecret(value: value, contentType: contentType) : secret(value: value)
            return (content, VaultReader.version(in: id))
        case "key":
            guard let key = answer["key"] else { throw .failed("key value is nil") }
            guard let id = key["kid"]?.stringValue else { throw .failed("key id is nil") }
            return (.key(key), VaultReader.version(in: id))
        default:
            guard let text = answer["cer"]?.stringValue, let der = Data(base64Encoded: text) else {
                throw .failed("certificate value is nil")
            }
            guard let id = answer["id"]?.stringValue else { throw .failed("certificate id is nil") }
            return (.certificate([UInt8](der)), VaultReader.version(in: id))
        }
    }

    /// The file's bytes before `objectEncoding`.
    func rendered(for object: VaultObjectRequest, constructsChain: Bool) throws(ProviderFailure) -> [UInt8] {
        do throws(ProviderFailure) {
            switch self {
            case .secret(let value): return Array(value.utf8)
            case .certificateSecret(let value, let contentType):
                return try Self.rendered(value, contentType, object, constructsChain)
            case .certificate(let der): return Array(PEMText.text("CERTIFICATE", der).utf8)
            case .key(let key): return Array(PEMText.text("PUBLIC KEY", try PublicKeyInfo.der(of: key)).utf8)
            }
        } catch {
            guard case .failed(let text) = error else { throw error }
            throw object.wrapped(text)
        }
    }

    private static func rendered(
        _ value: String, _ contentType: String, _ object: VaultObjectRequest, _ constructsChain: Bool
    ) throws(ProviderFailure) -> [UInt8] {
        switch contentType {
        case "application/x-pem-file": return Array(value.utf8)
        case "application/x-pkcs12":
            if object.format.lowercased() == "pfx" { return Array(value.utf8) }
            guard let pfx = Data(base64Encoded: value) else {
                throw .failed("failed to decode certificate: illegal base64 data at input byte 0")
            }
            let bundle = try PFXBundle([UInt8](pfx))
            let chain = constructsChain ? CertificateChain.ordered(bundle.certificates) : bundle.certificates
            let blocks = [PEMText.text("PRIVATE KEY", bundle.key.pkcs8)] + chain.map { PEMText.text("CERTIFICATE", $0) }
            return Array(blocks.joined().utf8)
        default: throw .failed("failed to get certificate. unknown content type '\(contentType)'")
        }
    }
}
