import Foundation
import Testing

@testable import PurserSandbox

/// Exchanges after the Microsoft identity platform's reference for the client credentials flow.
struct EntraTests {
    @Test func `a client secret gives a token with the claims of its principal`() async throws {
        let world = try await AzureWorld()
        let answer = await world.signIn([
            "grant_type": "client_credentials", "client_id": WorldFacts.deployerClientID,
            "client_secret": world.facts.deployerSecret, "scope": "https://management.core.windows.net//.default",
            "client_info": "1",
        ])
        #expect(answer.status == 200)
        #expect(answer["expires_in"] == 3599)
        #expect(answer["token_type"] == "Bearer")
        let parts = try #require(answer["access_token"]?.stringValue).split(separator: ".")
        let claims = try JSON(parsing: [UInt8](#require(Base64URL.decoded(parts[1]))))
        #expect(claims["aud"] == "https://management.core.windows.net/")
        #expect(claims["oid"] == .string(WorldFacts.deployerObjectID))
        #expect(claims["appid"] == .string(WorldFacts.deployerClientID))
        #expect(claims["tid"] == .string(WorldFacts.tenant))
        #expect(claims["iss"] == .string("https://sts.windows.net/\(WorldFacts.tenant)/"))
        #expect(claims["idtyp"] == "app")
        #expect(claims["exp"]?.intValue == Int(world.time.now.timeIntervalSince1970) + 3600)
    }

    @Test func `the first endpoint answers with text where the second has numbers`() async throws {
        let world = try await AzureWorld()
        let answer = await world.signIn(
            [
                "grant_type": "client_credentials", "client_id": WorldFacts.deployerClientID,
                "client_secret": world.facts.deployerSecret, "resource": "https://management.azure.com/",
            ], path: "oauth2/token")
        #expect(answer.status == 200)
        #expect(answer["expires_in"] == "3599")
        #expect(answer["resource"] == "https://management.azure.com/")
    }

    struct Refusal: Sendable {
        var client = WorldFacts.deployerClientID
        var secret: String?
        var tenant = WorldFacts.tenant
        var scope: String? = "https://management.azure.com/.default"
        let status: Int
        let error: String
        let number: Int
    }

    @Test(arguments: [
        Refusal(secret: "wrong", status: 401, error: "invalid_client", number: 7_000_215),
        Refusal(client: UUID().uuidString, status: 400, error: "unauthorized_client", number: 700016),
        Refusal(tenant: UUID().uuidString, status: 400, error: "invalid_request", number: 90002),
        Refusal(scope: "https://example.com/.default", status: 400, error: "invalid_resource", number: 500011),
        Refusal(scope: "https://management.azure.com/user", status: 400, error: "invalid_scope", number: 1_002_012),
        Refusal(scope: nil, status: 400, error: "invalid_request", number: 900144),
    ])
    func `a wrong sign-in is told by its number`(_ refusal: Refusal) async throws {
        let world = try await AzureWorld()
        var form = [
            "grant_type": "client_credentials", "client_id": refusal.client,
            "client_secret": refusal.secret ?? world.facts.deployerSecret,
        ]
        form["scope"] = refusal.scope
        let answer = await world.signIn(form, tenant: refusal.tenant)
        #expect(answer.status == refusal.status)
        #expect(answer["error"]?.stringValue == refusal.error)
        #expect(answer["error_codes"] == [.int(refusal.number)])
        let text = try #require(answer["error_description"]?.stringValue)
        #expect(text.hasPrefix("AADSTS\(refusal.number): "))
        #expect(!text.contains(world.facts.deployerSecret))
    }

    @Test func `the tenant's configuration names endpoints on the host that was asked`() async throws {
        let world = try await AzureWorld()
        let answer = await world.send(
            SandboxRequest(
                "GET", "/\(WorldFacts.tenant)/v2.0/.well-known/openid-configuration", authority: "localhost:8443"))
        #expect(
            answer["token_endpoint"]
                == .string("https://localhost:8443/\(WorldFacts.tenant)/oauth2/v2.0/token"))
        #expect(answer["issuer"]?.stringValue?.hasPrefix("https://localhost:8443/") == true)
        let unknown = await world.send(
            SandboxRequest("GET", "/nowhere.example/v2.0/.well-known/openid-configuration"))
        #expect(unknown.status == 400)
        #expect(unknown["error_codes"] == [90002])
    }

    @Test func `a federated credential takes the token that it names, byte for byte`() async throws {
        let world = try await AzureWorld()
        let identity = await world.makeIdentity()
        let credential: JSON = [
            "properties": [
                "issuer": .string(WorldFacts.clusterIssuer), "subject": "system:serviceaccount:shop:payments",
                "audiences": ["api://AzureADTokenExchange"],
            ]
        ]
        let path = "\(AzureWorld.identity)/federatedIdentityCredentials/aks"
        #expect(await world.arm("PUT", path, credential).status == 201)
        #expect(await world.arm("PUT", path, credential).status == 200)
        let key = try await world.store.transaction { try IssuerKey.loaded(from: $0) }
        func exchange(issuer: String, forged: Bool = false) async throws -> Answer {
            let claims: JSON = [
                "iss": .string(issuer), "sub": "system:serviceaccount:shop:payments",
                "aud": ["api://AzureADTokenExchange"],
                "exp": .int(Int(world.time.now.timeIntervalSince1970) + 600),
            ]
            let text = try key.signed(claims)
            return await world.signIn([
                "grant_type": "client_credentials", "scope": "https://vault.purser.test/.default",
                "client_id": identity["properties", "clientId"]?.stringValue ?? "",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": forged ? String(text.dropLast(8)) + "AAAAAAAA" : text,
            ])
        }
        #expect(try await exchange(issuer: WorldFacts.clusterIssuer).status == 200)
        let forged = try await exchange(issuer: WorldFacts.clusterIssuer, forged: true)
        #expect(forged["error_codes"] == [700027])
        let slashless = try await exchange(issuer: String(WorldFacts.clusterIssuer.dropLast()))
        #expect(slashless.status == 401)
        #expect(slashless["error_codes"] == [700213])
    }
}
