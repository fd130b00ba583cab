import PurserClients
import PurserEngine

/// A certificate with its key, as a file holds them or as a vault exports them: PKCS#12 or PEM.
///
/// It is sent as it stands. Only the leaf certificate, which is public, is ever looked at.
struct CertificateFile: Sendable {
    let contentType: String
    private let bytes: Sensitive<[UInt8]>
    private let password: Sensitive<[UInt8]>?

    /// Opens the file and the password's source that an `import` names.
    init(_ source: Value, _ secrets: any SecretInputs) throws {
        bytes = try secrets.bytes(of: .object(["file": source["file"] ?? .null]))
        password = try source["password"].map { try secrets.bytes(of: $0) }
        contentType = PEMFile.isPEM(bytes.reveal()) ? CertificatePolicy.pem : CertificatePolicy.pkcs12
    }

    /// What a vault exports: base64 of a PKCS#12 file without a password, or a PEM text.
    init(exported text: SecretString, contentType: String) {
        self.contentType = contentType
        let text = text.reveal()
        bytes = Sensitive(contentType == CertificatePolicy.pem ? Array(text.utf8) : Base64.decoded(text) ?? [])
        password = nil
    }

    /// The members of an import request that nobody may see.
    var members: [String: SecretString] {
        var members = ["value": SecretString(Base64.encoded(bytes.reveal()))]
        members["pwd"] = password.map { SecretString(String(decoding: $0.reveal(), as: UTF8.self)) }
        return members
    }

    /// The leaf certificate in DER. Throws an `OperationFailure` where the file cannot be opened here; the service may
    /// still be able to.
    func leaf() throws -> [UInt8] {
        contentType == CertificatePolicy.pem
            ? try Self.pemLeaf(bytes.reveal())
            : try Self.pkcs12Leaf(bytes.reveal(), password: password?.reveal() ?? [])
    }

    static func pemLeaf(_ bytes: [UInt8]) throws(ResourceFailure) -> [UInt8] {
        do {
            return try PEMFile.leaf(in: bytes)
        } catch {
            throw ResourceFailure(.applyUnusableSecret, "the PEM file has no certificate that can be read")
        }
    }

    static func pkcs12Leaf(_ bytes: [UInt8], password: [UInt8]) throws(ResourceFailure) -> [UInt8] {
        do {
            return try PKCS12File.leaf(in: bytes, password: password)
        } catch {
            throw ResourceFailure(
                .applyUnusableSecret, "the PKCS#12 file cannot be opened here to look at its certificate",
                hint: "check its password; a file written by OpenSSL 3 can be opened")
        }
    }
}
