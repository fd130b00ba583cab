import Crypto
import CryptoExtras
import PurserTestSupport
import SwiftASN1
import Testing
import X509

@testable import PurserClients

/// Source: Microsoft identity platform, "Certificate credentials".
struct ClientCertificateTests {
    private static let endpoint = "https://login.microsoftonline.com/t/oauth2/v2.0/token"

    private func environment(_ more: [String: String]) -> [String: String] {
        ["AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "app", "AZURE_CLIENT_CERTIFICATE_PATH": "/cert"]
            .merging(more) { $1 }
    }

    /// Signs in with a fixture and returns the assertion that was sent.
    private func assertion(_ fixture: String, _ more: [String: String] = [:]) async throws -> String {
        let replay = try ReplayTransport("POST \(Self.endpoint)\n<<<\n200\n\n\(CredentialFixture.answer)")
        let clients = try await CredentialFixture.clients(
            environment(more), replay, files: ["/cert": try CredentialFixture.certificate(fixture)])
        #expect(try await clients.credential.token(scope: CredentialFixture.scope).value.reveal() == "the-token")
        #expect(await clients.credential.servedBy() == .clientCertificate)
        let form = CredentialFixture.form(try #require(replay.requests.first))
        #expect(form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        #expect(form["client_id"] == "app")
        #expect(form["client_secret"] == nil)
        return try #require(form["client_assertion"])
    }

    @Test(arguments: [
        ("shop.pem", [:]), ("shop.pfx", ["AZURE_CLIENT_CERTIFICATE_PASSWORD": "open-sesame"]), ("plain.pfx", [:]),
        ("unprotected.pfx", [:]), ("shop-encrypted.pem", ["ARM_CLIENT_CERTIFICATE_PASSWORD": "open-sesame"]),
    ])
    func `the assertion is signed with the certificate's key and names the certificate`(
        _ fixture: String, _ more: [String: String]
    ) async throws {
        let parts = try await assertion(fixture, more).split(separator: ".").map(String.init)
        let header = try JSONValue(parsing: try #require(Base64.decoded(parts[0])))
        let claims = try JSONValue(parsing: try #require(Base64.decoded(parts[1])))
        let leaf = try CredentialFixture.certificate("leaf.der")
        #expect(header["alg"] == "PS256")
        #expect(header["x5t#S256"]?.string == Base64.urlEncoded(Array(SHA256.hash(data: leaf))))
        #expect(header["x5c"] == nil)
        #expect(claims["aud"]?.string == Self.endpoint)
        #expect(claims["iss"] == "app")
        #expect(claims["sub"] == "app")
        #expect(claims["nbf"]?.int == CredentialFixture.now)
        #expect(claims["exp"]?.int == CredentialFixture.now + 600)
        #expect(claims["jti"]?.string?.isEmpty == false)
        let certificate = try Certificate(derEncoded: leaf)
        let key = try _RSA.Signing.PublicKey(derRepresentation: try Self.der(certificate.publicKey))
        let signature = _RSA.Signing.RSASignature(rawRepresentation: try #require(Base64.decoded(parts[2])))
        let digest = SHA256.hash(data: Array("\(parts[0]).\(parts[1])".utf8))
        #expect(key.isValidSignature(signature, for: digest, padding: .PSS))
    }

    private static func der(_ key: Certificate.PublicKey) throws -> [UInt8] {
        try key.serializeAsPEM().derBytes
    }

    @Test func `the whole chain goes with it where the application trusts an issuer`() async throws {
        let text = try await assertion("shop.pem", ["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN": "true"])
        let header = try JSONValue(parsing: try #require(Base64.decoded(String(text.prefix { $0 != "." }))))
        #expect(header["x5c"]?.array?.count == 2)
        #expect(
            header["x5c"]?[0]?.string.flatMap(Base64.decoded) == (try CredentialFixture.certificate("leaf.der")))
    }

    @Test func `Terraform's variable may hold the file itself`() async throws {
        let replay = try ReplayTransport("POST \(Self.endpoint)\n<<<\n200\n\n\(CredentialFixture.answer)")
        let file = Base64.encoded(try CredentialFixture.certificate("plain.pfx"))
        let clients = try await CredentialFixture.clients(
            ["ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "app", "ARM_CLIENT_CERTIFICATE": file], replay)
        _ = try await clients.credential.token(scope: CredentialFixture.scope)
        replay.expectFinished()
    }

    @Test(arguments: [
        ("shop.pfx", "wrong", "/cert cannot be opened as PKCS#12: check its password"),
        ("legacy.pfx", "open-sesame", "/cert cannot be opened as PKCS#12: check its password"),
        ("shop-encrypted.pem", "wrong", "the private key in /cert cannot be opened: check its password"),
        (
            "other-key.pem", "",
            "the private key in /cert is not an RSA key of at least 2048 bits, which Entra needs"
        ),
        ("leaf.der", "", "/cert cannot be opened as PKCS#12"),
    ])
    func `what cannot be used is told without what is in it`(
        _ fixture: String, _ password: String, _ message: String
    ) async throws {
        let clients = try await CredentialFixture.clients(
            environment(["AZURE_CLIENT_CERTIFICATE_PASSWORD": password]),
            files: ["/cert": try CredentialFixture.certificate(fixture)])
        let error = await #expect(throws: ServiceError.self) {
            try await clients.credential.token(scope: CredentialFixture.scope)
        }
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
        #expect(password.isEmpty || error?.message.contains(password) == false)
    }

    @Test func `an expired certificate is told before anything is sent`() throws {
        let identity = try SigningIdentity(
            try CredentialFixture.certificate("shop.pem"), password: nil, source: "/cert")
        let error = #expect(throws: ServiceError.self) {
            try identity.assertion(clientID: "app", audience: "a", at: 5_000_000_000, sendsChain: false)
        }
        #expect(error?.message == "the client certificate expired on 2126-11-01T01:25:30Z")
    }

    @Test func `a file that is not there is told`() async throws {
        let clients = try await CredentialFixture.clients(environment([:]))
        let error = await #expect(throws: ServiceError.self) {
            try await clients.credential.token(scope: CredentialFixture.scope)
        }
        #expect(error?.message == "the client certificate /cert is not there")
    }
}
