import Crypto
import Foundation
import Testing

@testable import PurserSandbox

/// What a certificate's secret becomes in files and Secrets.
@Suite struct CertificateContentTests {
    private static let request = VaultObjectRequest(name: "web", type: "secret")

    private func file(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func part(_ key: String, _ bytes: [UInt8]) -> Result<String, ProviderFailure> {
        Result { () throws(ProviderFailure) in String(decoding: try TLSSecretData.part(key, of: bytes), as: UTF8.self) }
    }

    @Test func `a key of a curve goes to SEC1 and back`() throws {
        let key = P256.Signing.PrivateKey()
        let pem = try part("tls.key", file(key.pemRepresentation)).get()
        #expect(pem.hasPrefix("-----BEGIN EC PRIVATE KEY-----\n"))
        #expect(try P256.Signing.PrivateKey(pemRepresentation: pem).rawRepresentation == key.rawRepresentation)
        let own = try #require(PrivateKeyDER([UInt8](key.derRepresentation))).traditional.der
        let wrapped = try #require(PrivateKeyDER(own)).pkcs8
        #expect(
            try P256.Signing.PrivateKey(derRepresentation: wrapped).rawRepresentation == key.rawRepresentation)
    }

    @Test func `certificates come in the order of the file and the last key counts`() throws {
        let one = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n"
        let other = "-----BEGIN CERTIFICATE-----\nBAUG\n-----END CERTIFICATE-----\n"
        let keys = [P256.Signing.PrivateKey(), P256.Signing.PrivateKey()]
        let text = one + keys[0].pemRepresentation + "\n" + other + keys[1].pemRepresentation
        #expect(try part("tls.crt", file(text)).get() == one + other)
        let pem = try part("tls.key", file(text)).get()
        #expect(try P256.Signing.PrivateKey(pemRepresentation: pem).rawRepresentation == keys[1].rawRepresentation)
    }

    @Test func `what cannot be split says so in the driver's words`() {
        let certificate = file("-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n")
        #expect(
            part("tls.key", certificate)
                == .failure(.failed("pkcs12: error reading P12 data: asn1: syntax error: sequence truncated")))
        #expect(
            part("ca.crt", certificate)
                == .failure(.failed("key 'ca.crt' is not supported. Only 'tls.key' and 'tls.crt' are supported")))
        guard case .failure(.failed(let text)) = part("tls.crt", file("plain")) else {
            Issue.record("plain text has no certificate")
            return
        }
        #expect(text.hasPrefix("pkcs12: error reading P12 data: asn1: structure error: tags don't match"))
    }

    @Test func `a stored PEM text stays as it is, an unknown content type is refused`() throws {
        let stored = VaultContent.certificateSecret(value: "pem text", contentType: "application/x-pem-file")
        #expect(try stored.rendered(for: Self.request, constructsChain: true) == file("pem text"))
        let other = VaultContent.certificateSecret(value: "x", contentType: "text/plain")
        #expect(
            throws: ProviderFailure.failed(
                "failed to get objectType:secret, objectName:web, objectVersion:: failed to get certificate. unknown "
                    + "content type 'text/plain'")
        ) { try other.rendered(for: Self.request, constructsChain: true) }
    }

    @Test func `a public key is written as a PKIX block`() throws {
        let key = P256.Signing.PrivateKey().publicKey
        let raw = key.rawRepresentation
        let encode = { (data: Data) in
            JSON.string(
                data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: ""))
        }
        let web: JSON = ["kty": "EC", "crv": "P-256", "x": encode(raw.prefix(32)), "y": encode(raw.suffix(32))]
        let bytes = try VaultContent.key(web).rendered(for: Self.request, constructsChain: true)
        let read = try P256.Signing.PublicKey(pemRepresentation: String(decoding: bytes, as: UTF8.self))
        #expect(read.rawRepresentation == raw)
    }
}
