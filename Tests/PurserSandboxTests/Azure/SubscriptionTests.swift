import Testing

@testable import PurserSandbox

/// Another subscription of the tenant: its groups and resources are its own, even under the same names.
struct SubscriptionTests {
    private static let other = "3d1b7c9a-0f4e-4c8d-9a2b-6e5f7a8b9c0d"

    private func world() async throws -> AzureWorld {
        let world = try await AzureWorld()
        try await world.store.transaction { store in
            try store.put(Subscriptions.collection, Self.other, ["id": .string(Self.other), "name": "Other"])
            try RoleAssignments.put(
                "22222222-2222-2222-2222-222222222222", scope: AzureID.subscription(Self.other), role: .owner,
                principal: WorldFacts.deployerObjectID, in: store)
        }
        return world
    }

    private func there(_ path: String) -> String { path.replacing(WorldFacts.subscription, with: Self.other) }

    @Test func `groups of the same name are two groups`() async throws {
        let world = try await world()
        await world.makeIdentity()
        #expect(await world.arm("GET", there(AzureWorld.group)).code == "ResourceGroupNotFound")
        let made = await world.arm("PUT", there(AzureWorld.group), ["location": "westeurope"])
        #expect(made.status == 201)
        #expect(made["id"] == .string(there(AzureWorld.group)))
        #expect(made["name"] == "seal-rg")
        #expect(await world.arm("GET", there(AzureWorld.identity)).status == 404)
        let identity = await world.arm("PUT", there(AzureWorld.identity), ["location": "westeurope"])
        #expect(identity["id"]?.stringValue?.hasPrefix("/subscriptions/\(Self.other)/resourcegroups/") == true)
        let identities =
            "\(AzureID.subscription(Self.other))/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
        #expect(await world.arm("GET", identities)["value"]?.arrayValue?.count == 1)
        #expect(await world.arm("DELETE", there(AzureWorld.group)).status == 202)
        _ = await world.arm("GET", AzureWorld.group)
        #expect(await world.arm("GET", there(AzureWorld.group)).status == 404)
        #expect(await world.arm("GET", AzureWorld.identity).status == 200)
    }

    @Test func `a scale set carries an identity of another subscription`() async throws {
        let world = try await world()
        await world.arm("PUT", there(AzureWorld.group), ["location": "westeurope"])
        await world.arm("PUT", there(AzureWorld.identity), ["location": "westeurope"])
        let map = JSON.object([there(AzureWorld.identity): [:]])
        await world.arm(
            "PATCH", AzureWorld.scaleSet, ["identity": ["type": "UserAssigned", "userAssignedIdentities": map]])
        let carried = await world.arm("GET", AzureWorld.scaleSet)["identity", "userAssignedIdentities"]
        #expect(carried?[there(AzureWorld.identity)]?["clientId"]?.stringValue != nil)
    }

    @Test func `a vault belongs to one subscription, deleted too, and its name to all`() async throws {
        let world = try await world()
        await world.arm("PUT", there(AzureWorld.group), ["location": "westeurope"])
        let body: JSON = ["location": "westeurope", "properties": world.vaultProperties()]
        #expect(await world.arm("PUT", there(AzureWorld.vault), body).status == 200)
        await world.makeGroup()
        #expect(await world.arm("PUT", AzureWorld.vault, body).code == "VaultAlreadyExists")
        await world.arm("DELETE", there(AzureWorld.vault))
        let deleted = "providers/Microsoft.KeyVault/deletedVaults"
        #expect(await world.arm("GET", "\(AzureID.subscription)/\(deleted)")["value"]?.arrayValue?.isEmpty == true)
        let listed = await world.arm("GET", "\(AzureID.subscription(Self.other))/\(deleted)")
        #expect(listed["value"]?.arrayValue?.first?["name"] == "seal-kv")
    }

    @Test func `one sees the subscriptions in which one has a role`() async throws {
        let world = try await world()
        #expect(await world.arm("GET", "/subscriptions")["value"]?.arrayValue?.count == 2)
        try await world.store.transaction { store in
            try RoleAssignments.removeAll(within: AzureID.subscription(Self.other), in: store)
        }
        #expect(await world.arm("GET", "/subscriptions")["value"]?.arrayValue?.count == 1)
        #expect(
            await world.arm("PUT", there(AzureWorld.group), ["location": "westeurope"]).code == "AuthorizationFailed")
        let unknown = AzureWorld.group.replacing(WorldFacts.subscription, with: "99999999-9999-9999-9999-999999999999")
        #expect(await world.arm("GET", unknown).code == "SubscriptionNotFound")
    }
}
