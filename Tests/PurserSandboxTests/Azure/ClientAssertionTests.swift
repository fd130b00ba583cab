import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
import Testing
import X509

@testable import PurserSandbox

/// Source: Microsoft identity platform, "Certificate credentials".
struct ClientAssertionTests {
    private static let client = "11111111-2222-3333-4444-555555555555"

    private func certificate(_ key: _RSA.Signing.PrivateKey) throws -> [UInt8] {
        let name = try DistinguishedName { CommonName("client") }
        let issuer = Certificate.PrivateKey(key)
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: issuer.publicKey,
            notValidBefore: Date(timeIntervalSince1970: 0), notValidAfter: Date(timeIntervalSince1970: 4_000_000_000),
            issuer: name, subject: name, signatureAlgorithm: .sha256WithRSAEncryption,
            extensions: Certificate.Extensions(), issuerPrivateKey: issuer)
        return try certificate.serializeAsPEM().derBytes
    }

    private struct Wish {
        var audience = "https://localhost:8443/\(WorldFacts.tenant)/oauth2/v2.0/token"
        var lifetime = 600
        var isForged = false
        var algorithm = "PS256"
        var type: String? = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    }

    private func signIn(_ wish: Wish, registered: Bool = true) async throws -> Answer {
        let world = try await AzureWorld()
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let der = try certificate(key)
        let principal = Principal(
            clientID: Self.client, objectID: UUID().uuidString.lowercased(), displayName: "client", kind: .application,
            secret: nil, certificates: registered ? [Data(der).base64EncodedString()] : [], visibleFrom: 0)
        try await world.store.transaction { try Directory.add(principal, in: $0) }
        let now = Int(world.time.now.timeIntervalSince1970)
        let isPS = wish.algorithm == "PS256"
        var header: JSON = ["alg": .string(wish.algorithm), "typ": "JWT"]
        header[isPS ? "x5t#S256" : "x5t"] = .string(
            Base64URL.encoded(isPS ? Data(SHA256.hash(data: der)) : Data(Insecure.SHA1.hash(data: der))))
        let claims: JSON = [
            "aud": .string(wish.audience), "iss": .string(Self.client), "sub": .string(Self.client), "jti": "1",
            "nbf": .int(now - 10), "exp": .int(now + wish.lifetime),
        ]
        let text = Base64URL.encoded(header.bytes()) + "." + Base64URL.encoded(claims.bytes())
        let signer = wish.isForged ? try _RSA.Signing.PrivateKey(keySize: .bits2048) : key
        let signature = try signer.signature(
            for: SHA256.hash(data: Data(text.utf8)), padding: isPS ? .PSS : .insecurePKCS1v1_5)
        var form = [
            "grant_type": "client_credentials", "client_id": Self.client,
            "scope": "https://management.azure.com/.default",
            "client_assertion": text + "." + Base64URL.encoded(signature.rawRepresentation),
        ]
        form["client_assertion_type"] = wish.type
        return await world.signIn(form)
    }

    @Test(arguments: ["PS256", "RS256"])
    func `a registered certificate signs in`(_ algorithm: String) async throws {
        var wish = Wish()
        wish.algorithm = algorithm
        let answer = try await signIn(wish)
        #expect(answer.status == 200, "\(answer.body)")
    }

    @Test func `one that is not registered is not found`() async throws {
        let answer = try await signIn(Wish(), registered: false)
        #expect(answer.status == 401)
        #expect(answer["error_codes"] == [700027])
        #expect(answer["error_description"]?.stringValue?.contains("The key was not found") == true)
    }

    @Test func `another key's signature, another audience, and another time are refused`() async throws {
        var forged = Wish()
        forged.isForged = true
        #expect(try await signIn(forged)["error_codes"] == [700027])
        var elsewhere = Wish()
        elsewhere.audience = "https://login.example/token"
        #expect(try await signIn(elsewhere)["error_codes"] == [700023])
        var old = Wish()
        old.lifetime = -301
        #expect(try await signIn(old)["error_codes"] == [700024])
        var untyped = Wish()
        untyped.type = nil
        #expect(try await signIn(untyped)["error_codes"] == [900144])
    }

    @Test func `an expired secret is told apart from a wrong one`() async throws {
        let world = try await AzureWorld()
        var principal = Principal(
            clientID: Self.client, objectID: UUID().uuidString.lowercased(), displayName: "client", kind: .application,
            secret: "s", visibleFrom: 0)
        principal.secretExpiry = world.time.now.timeIntervalSince1970
        let added = principal
        try await world.store.transaction { try Directory.add(added, in: $0) }
        let answer = await world.signIn([
            "grant_type": "client_credentials", "client_id": Self.client, "client_secret": "s",
            "scope": "https://management.azure.com/.default",
        ])
        #expect(answer["error_codes"] == [7_000_222])
    }

    // MARK: Managed identities and permissions

    @Test func `a node's identity comes from the metadata service, to those who know its header`() async throws {
        let world = try await AzureWorld()
        let target =
            "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com"
        let given = await world.send(SandboxRequest("GET", target, headers: ["Metadata": "true"]))
        #expect(given.status == 200)
        #expect(given["expires_in"] == "3599")
        #expect(await world.send(SandboxRequest("GET", target)).status == 400)
        let unknown = await world.send(SandboxRequest("GET", target + "&client_id=x", headers: ["Metadata": "true"]))
        #expect(unknown["error_description"] == "Identity not found")
        let site = "/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com"
        let header: Headers = ["X-IDENTITY-HEADER": world.facts.identityHeader]
        #expect(await world.send(SandboxRequest("GET", site, headers: header))["expires_on"] != nil)
        #expect(await world.send(SandboxRequest("GET", site)).status == 401)
    }

    @Test func `everybody may ask what they may`() async throws {
        let world = try await AzureWorld()
        let path = "\(AzureID.subscription)/providers/Microsoft.Authorization/permissions"
        let own = await world.arm("GET", path, version: "2022-04-01")
        #expect(own["value"]?.arrayValue?.first?["actions"] == ["*"])
        let missing = await world.arm(
            "GET", "\(AzureWorld.group)/providers/Microsoft.Authorization/permissions", version: "2022-04-01")
        #expect(missing.code == "ResourceGroupNotFound")
    }

    @Test(arguments: [
        ("Microsoft.KeyVault/vaults/read", "*/read", true), ("Microsoft.KeyVault/vaults/write", "*/read", false),
        ("microsoft.authorization/roleAssignments/write", "Microsoft.Authorization/*/Write", true),
        ("Microsoft.KeyVault/vaults/write", "Microsoft.KeyVault/vaults/write", true), ("a/b", "*", true),
        ("Microsoft.Compute/x/read", "Microsoft.KeyVault/*", false),
    ])
    func `actions are matched as role definitions write them`(_ action: String, _ pattern: String, _ fits: Bool) {
        #expect(RolePermissions.matches(action, pattern) == fits)
    }
}
