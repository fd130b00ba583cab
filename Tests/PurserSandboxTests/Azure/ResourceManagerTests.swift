import Foundation
import Testing

@testable import PurserSandbox

/// Exchanges after the Azure REST reference: authentication, resource groups, providers, lists.
struct ResourceManagerTests {
    @Test func `a call without a token is challenged`() async throws {
        let world = try await AzureWorld()
        let answer = await world.send(SandboxRequest("GET", "/subscriptions?api-version=2022-12-01"))
        #expect(answer.status == 401)
        #expect(answer.code == "AuthenticationFailed")
        #expect(
            answer.headers["WWW-Authenticate"]?.hasPrefix(
                "Bearer authorization_uri=\"https://localhost:8443/\(WorldFacts.tenant)\"") == true)
    }

    @Test func `a token for a vault, an expired one and a forged one are refused`() async throws {
        let world = try await AzureWorld()
        let foreign = await world.arm("GET", "/subscriptions", token: await world.token("https://vault.purser.test"))
        #expect(foreign.code == "InvalidAuthenticationTokenAudience")
        let good = await world.token()
        let forged = good.split(separator: ".").dropLast().joined(separator: ".") + ".Zm9yZ2Vk"
        #expect(await world.arm("GET", "/subscriptions", token: forged).code == "InvalidAuthenticationToken")
        world.time.advance(by: 3601)
        #expect(await world.arm("GET", "/subscriptions", token: good).code == "ExpiredAuthenticationToken")
    }

    @Test func `a principal without a role reads no group`() async throws {
        let world = try await AzureWorld()
        try await world.store.transaction { store in
            try Directory.add(
                Principal(
                    clientID: "11111111-2222-4333-8444-555555555555", objectID: UUID().uuidString.lowercased(),
                    displayName: "stranger", kind: .application, secret: "s", visibleFrom: 0), in: store)
        }
        let token = await world.token(client: "11111111-2222-4333-8444-555555555555", secret: "s")
        let answer = await world.arm("GET", AzureID.group(InitialWorld.clusterGroup), token: token)
        #expect(answer.status == 403)
        #expect(answer.code == "AuthorizationFailed")
    }

    @Test func `every call needs an api-version`() async throws {
        let world = try await AzureWorld()
        let headers: Headers = ["Authorization": "Bearer \(await world.token())"]
        let missing = await world.send(SandboxRequest("GET", "/subscriptions", headers: headers))
        #expect(missing.code == "MissingApiVersionParameter")
        let wrong = await world.send(SandboxRequest("GET", "/subscriptions?api-version=new", headers: headers))
        #expect(wrong.code == "InvalidApiVersionParameter")
    }

    @Test func `a correlation id comes back, and a client's request id when asked for`() async throws {
        let world = try await AzureWorld()
        let answer = await world.arm(
            "GET", "/subscriptions",
            headers: [
                "x-ms-correlation-request-id": "c-1", "x-ms-client-request-id": "r-1",
                "x-ms-return-client-request-id": "true",
            ])
        #expect(answer.headers["x-ms-correlation-request-id"] == "c-1")
        #expect(answer.headers["x-ms-client-request-id"] == "r-1")
        #expect(answer.headers["x-ms-request-id"] != nil)
    }

    @Test func `a group is made, found, changed and kept in its location`() async throws {
        let world = try await AzureWorld()
        #expect(await world.arm("HEAD", AzureWorld.group).status == 404)
        #expect(await world.arm("GET", AzureWorld.group).code == "ResourceGroupNotFound")
        let made = await world.arm("PUT", AzureWorld.group, ["location": "West Europe", "tags": ["a": "b"]])
        #expect(made.status == 201)
        #expect(
            made.body == [
                "id": .string(AzureWorld.group), "name": "seal-rg", "type": "Microsoft.Resources/resourceGroups",
                "location": "westeurope", "tags": ["a": "b"], "properties": ["provisioningState": "Succeeded"],
            ])
        #expect(await world.arm("HEAD", AzureWorld.group).status == 204)
        let again = await world.arm("PUT", AzureWorld.group, ["location": "westeurope"])
        #expect(again.status == 200)
        #expect(again["tags"] == nil)
        let moved = await world.arm("PUT", AzureWorld.group, ["location": "northeurope"])
        #expect(moved.status == 409)
        #expect(moved.code == "InvalidResourceGroupLocation")
        #expect(await world.arm("PATCH", AzureWorld.group, ["tags": ["c": "d"]])["tags"] == ["c": "d"])
        let lower = AzureWorld.group.replacing("resourceGroups", with: "resourcegroups").replacing("seal", with: "SEAL")
        #expect(await world.arm("GET", lower)["name"] == "seal-rg")
    }

    @Test(arguments: ["ends-with.", "has blank", String(repeating: "x", count: 91)])
    func `a group's name keeps the rules`(_ name: String) async throws {
        let world = try await AzureWorld()
        let path = AzureID.group(name.replacing(" ", with: "%20"))
        let answer = await world.arm("PUT", path, ["location": "westeurope"])
        #expect(answer.status == 400)
        #expect(answer.code == "InvalidResourceGroup")
    }

    @Test func `deleting a group takes its time and leaves its vaults soft-deleted`() async throws {
        let world = try await AzureWorld(operationDelay: .seconds(10))
        await world.makeVault()
        await world.makeIdentity()
        let answer = await world.arm("DELETE", AzureWorld.group)
        #expect(answer.status == 202)
        #expect(answer.headers["Retry-After"] == "1")
        let poll = try #require(answer.headers["Location"]).replacing("https://localhost:8443", with: "")
        let path = String(try #require(poll.split(separator: "?").first))
        #expect(await world.arm("GET", path).status == 202)
        #expect(await world.arm("GET", AzureWorld.group)["properties", "provisioningState"] == "Deleting")
        #expect(
            await world.arm("PUT", AzureWorld.group, ["location": "westeurope"]).code == "ResourceGroupBeingDeleted")
        world.time.advance(by: 10)
        #expect(await world.arm("GET", path).status == 200)
        #expect(await world.arm("GET", AzureWorld.group).status == 404)
        #expect(await world.arm("DELETE", AzureWorld.group).status == 404)
        let deleted = await world.arm("GET", "\(AzureID.subscription)/providers/Microsoft.KeyVault/deletedVaults")
        #expect(deleted["value"]?.arrayValue?.map { $0["name"] } == ["seal-kv"])
        await world.makeGroup()
        #expect(await world.arm("GET", AzureWorld.identity).code == "ResourceNotFound")
    }

    @Test func `a vault is found by the filter that az uses`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let filter = "resourceType%20eq%20'Microsoft.KeyVault/vaults'%20and%20name%20eq%20'seal-kv'"
        let found = await world.arm(
            "GET", "\(AzureID.subscription)/resources?$filter=\(filter)", version: "2015-11-01")
        #expect(found["value"]?.arrayValue?.map { $0["id"] } == [.string(AzureWorld.vault)])
        let contents = await world.arm("GET", "\(AzureWorld.group)/resources")
        #expect(contents["value"]?.arrayValue?.count == 1)
        let wrong = await world.arm("GET", "\(AzureID.subscription)/resources?$filter=name")
        #expect(wrong.code == "InvalidFilterInQueryString")
    }

    @Test func `a provider that is not registered takes no resource`() async throws {
        let world = try await AzureWorld(operationDelay: .seconds(5))
        let provider = "\(AzureID.subscription)/providers/Microsoft.KeyVault"
        #expect(await world.arm("GET", provider)["registrationState"] == "Registered")
        await world.arm("POST", "\(provider)/unregister")
        #expect(await world.makeVault().code == "MissingSubscriptionRegistration")
        #expect(await world.arm("POST", "\(provider)/register")["registrationState"] == "Registering")
        world.time.advance(by: 5)
        #expect(await world.arm("GET", provider)["registrationState"] == "Registered")
        #expect(await world.makeVault().status == 200)
    }

    @Test func `another subscription is not found`() async throws {
        let world = try await AzureWorld()
        let answer = await world.arm("GET", "/subscriptions/\(UUID().uuidString)/resourceGroups/x")
        #expect(answer.status == 404)
        #expect(answer.code == "SubscriptionNotFound")
    }

    @Test func `lists come in pages when asked to`() async throws {
        let world = try await AzureWorld()
        let first = await world.arm("GET", "\(AzureID.subscription)/resourceGroups?$top=1")
        #expect(first["value"]?.arrayValue?.count == 1)
        let next = try #require(first["nextLink"]?.stringValue)
        #expect(next.hasPrefix("https://localhost:8443/subscriptions/"))
        let second = await world.send(
            SandboxRequest(
                "GET", next.replacing("https://localhost:8443", with: ""), authority: "localhost:8443",
                headers: ["Authorization": "Bearer \(await world.token())"]))
        #expect(second["value"]?.arrayValue?.count == 1)
        #expect(second["nextLink"] == nil)
    }
}
