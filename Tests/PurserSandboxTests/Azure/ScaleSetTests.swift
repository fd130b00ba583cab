import Foundation
import Testing

@testable import PurserSandbox

/// Exchanges after the Azure REST reference: managed identities and VM scale sets; and the metadata service of a node.
struct ScaleSetTests {
    private func assign(_ world: AzureWorld, _ type: String, _ map: JSON?, headers: Headers = [:]) async -> Answer {
        var identity: JSON = ["type": .string(type)]
        identity["userAssignedIdentities"] = map
        return await world.arm("PATCH", AzureWorld.scaleSet, ["identity": identity], headers: headers)
    }

    private func assigned(_ answer: Answer) -> [String: JSON] {
        answer["identity", "userAssignedIdentities"]?.objectValue ?? [:]
    }

    @Test func `an identity has ids for its life and others after it was made again`() async throws {
        let world = try await AzureWorld()
        let made = await world.makeIdentity()
        #expect(made.status == 201)
        #expect(made["id"]?.stringValue?.contains("/resourcegroups/seal-rg/") == true, "the service's own spelling")
        #expect(made.headers["Location"]?.hasPrefix("/subscriptions/") == true)
        let again = await world.makeIdentity()
        #expect(again.status == 200)
        #expect(again["properties"] == made["properties"])
        #expect(await world.arm("DELETE", AzureWorld.identity).status == 200)
        #expect(await world.arm("DELETE", AzureWorld.identity).status == 204)
        #expect(await world.makeIdentity()["properties", "principalId"] != made["properties", "principalId"])
    }

    @Test func `a patch merges the map and shows principals when the operation is over`() async throws {
        let world = try await AzureWorld(operationDelay: .seconds(10))
        let identity = await world.makeIdentity()
        let answer = await assign(world, "UserAssigned", .object([AzureWorld.identity: [:]]))
        #expect(answer.status == 200)
        #expect(assigned(answer).count == 2, "the cluster's own identity stays")
        #expect(assigned(answer)[AzureWorld.identity] == [:])
        #expect(answer["properties", "provisioningState"] == "Updating")
        let url = try #require(answer.headers["Azure-AsyncOperation"])
        let path = try #require(url.split(separator: "?").first).replacing("https://localhost:8443", with: "")
        #expect(await world.arm("GET", String(path))["status"] == "InProgress")
        let busy = await assign(world, "UserAssigned", .object([AzureWorld.identity: nil]))
        #expect(busy.status == 409)
        #expect(busy.code == "OperationNotAllowed")
        world.time.advance(by: 10)
        #expect(await world.arm("GET", String(path))["status"] == "Succeeded")
        let settled = await world.arm("GET", AzureWorld.scaleSet)
        #expect(
            assigned(settled)[AzureWorld.identity]?["principalId"] == identity["properties", "principalId"])
        #expect(settled["properties", "provisioningState"] == "Succeeded")
    }

    @Test func `null removes one, whatever its letter case, and the type is taken literally`() async throws {
        let world = try await AzureWorld()
        await world.makeIdentity()
        _ = await assign(world, "UserAssigned", .object([AzureWorld.identity: [:]]))
        let removed = await assign(world, "UserAssigned", .object([AzureWorld.identity.uppercased(): nil]))
        #expect(assigned(removed).keys.map { $0 } == [AzureWorld.agentPool])
        let emptied = await assign(world, "UserAssigned", .object([AzureWorld.agentPool: nil]))
        #expect(emptied.code == "InvalidParameter")
        let contradiction = await assign(world, "SystemAssigned", .object([AzureWorld.identity: [:]]))
        #expect(contradiction.code == "InvalidParameter")
        let system = await assign(world, "SystemAssigned, UserAssigned", .object([AzureWorld.identity: [:]]))
        #expect(system["identity", "principalId"]?.stringValue != nil)
        #expect(assigned(system).count == 2)
        let literal = await assign(world, "SystemAssigned", nil)
        #expect(literal["identity", "userAssignedIdentities"] == nil, "leaving UserAssigned out drops them all")
        #expect(await assign(world, "None", nil)["identity"] == nil)
    }

    @Test func `an identity that does not exist is refused, and nothing changes`() async throws {
        let world = try await AzureWorld()
        let answer = await assign(world, "UserAssigned", .object([AzureWorld.identity: [:]]))
        #expect(answer.status == 400)
        #expect(answer.code == "FailedIdentityOperation")
        #expect(assigned(await world.arm("GET", AzureWorld.scaleSet)).count == 1)
    }

    @Test func `an old etag is refused`() async throws {
        let world = try await AzureWorld()
        await world.makeIdentity()
        let etag = try #require(await world.arm("GET", AzureWorld.scaleSet).headers["ETag"])
        let map: JSON = .object([AzureWorld.identity: [:]])
        #expect(await assign(world, "UserAssigned", map, headers: ["If-Match": etag]).status == 200)
        #expect(await assign(world, "UserAssigned", map, headers: ["If-Match": etag]).status == 412)
    }

    @Test func `a node gets a token for an identity that its scale set carries`() async throws {
        let world = try await AzureWorld()
        let identity = await world.makeIdentity()
        let client = identity["properties", "clientId"]?.stringValue
        func ask(_ client: String?) async -> (status: Int, body: JSON) {
            await world.nodes.instanceToken(
                nodeResourceGroup: InitialWorld.nodeGroup, scaleSet: InitialWorld.scaleSet, clientID: client,
                resource: "https://vault.purser.test")
        }
        let only = await ask(nil)
        #expect(only.status == 200)
        #expect(only.body["client_id"] != nil)
        let foreign = await ask(client)
        #expect(foreign.status == 400)
        #expect(foreign.body["error_description"] == "Identity not found")
        _ = await assign(world, "UserAssigned", .object([AzureWorld.identity: [:]]))
        await world.arm("GET", AzureWorld.scaleSet)
        #expect(await ask(client).status == 200)
        let several = await ask(nil)
        #expect(several.status == 400)
        #expect(
            several.body["error_description"]?.stringValue?.hasPrefix("Multiple user assigned identities exist") == true
        )
        await world.arm("DELETE", AzureWorld.identity)
        #expect(await ask(client).status == 400, "a dead reference gives no token")
        #expect(assigned(await world.arm("GET", AzureWorld.scaleSet)).count == 2, "but it stays on the scale set")
    }
}
