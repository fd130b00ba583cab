import Testing

@testable import PurserSandbox

/// Exchanges after the Azure REST reference, Management Locks.
struct LockTests {
    private func lock(_ world: AzureWorld, _ scope: String, _ level: String, name: String = "keep") async -> Answer {
        await world.arm(
            "PUT", "\(scope)/providers/Microsoft.Authorization/locks/\(name)",
            ["properties": ["level": .string(level), "notes": "because"]])
    }

    private func unlock(_ world: AzureWorld, _ scope: String, name: String = "keep") async -> Answer {
        await world.arm("DELETE", "\(scope)/providers/Microsoft.Authorization/locks/\(name)")
    }

    @Test func `a lock against deletion lets everything else pass`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        #expect(await lock(world, AzureWorld.vault, "CanNotDelete").status == 201)
        let refused = await world.arm("DELETE", AzureWorld.vault)
        #expect(refused.status == 409)
        #expect(refused.code == "ScopeLocked")
        #expect(refused["error", "message"]?.stringValue?.contains("'\(AzureWorld.vault)'. Please remove") == true)
        #expect(await world.arm("PATCH", AzureWorld.vault, ["tags": ["a": "b"]]).status == 200)
        #expect(await world.vault("PUT", "/secrets/s", ["value": "v"]).status == 200)
        #expect(await unlock(world, AzureWorld.vault).status == 200)
        #expect(await unlock(world, AzureWorld.vault).status == 204)
        #expect(await world.arm("DELETE", AzureWorld.vault).status == 200)
    }

    @Test func `a group is not deleted while something in it is locked`() async throws {
        let world = try await AzureWorld()
        await world.makeIdentity()
        _ = await lock(world, AzureWorld.identity, "CanNotDelete")
        #expect(await world.arm("DELETE", AzureWorld.group).code == "ScopeLocked")
        _ = await unlock(world, AzureWorld.identity)
        #expect(await world.arm("DELETE", AzureWorld.group).status == 202)
    }

    @Test func `a lock against writing holds for all that lies below`() async throws {
        let world = try await AzureWorld()
        await world.makeIdentity()
        _ = await lock(world, AzureWorld.group, "ReadOnly")
        for (method, path) in [
            ("PUT", AzureWorld.group), ("PUT", AzureWorld.identity), ("DELETE", AzureWorld.identity),
            ("PUT", "\(AzureWorld.identity)/federatedIdentityCredentials/x"),
            (
                "PUT",
                "\(AzureWorld.group)/providers/Microsoft.Authorization/roleAssignments/11111111-1111-1111-1111-111111111111"
            ),
        ] {
            #expect(
                await world.arm(method, path, ["location": "westeurope"]).code == "ScopeLocked", "\(method) \(path)")
        }
        #expect(await world.arm("GET", AzureWorld.identity).status == 200)
        #expect(await unlock(world, AzureWorld.group).status == 200)
        #expect(await world.arm("DELETE", AzureWorld.identity).status == 200)
    }

    @Test func `locks are listed at their scope and below, or at it and above`() async throws {
        let world = try await AzureWorld()
        await world.makeIdentity()
        _ = await lock(world, AzureWorld.group, "CanNotDelete", name: "g")
        _ = await lock(world, AzureWorld.identity, "ReadOnly", name: "i")
        func names(_ path: String) async -> [String] {
            (await world.arm("GET", "\(path)/providers/Microsoft.Authorization/locks")["value"]?.arrayValue ?? [])
                .compactMap { $0["name"]?.stringValue }.sorted()
        }
        #expect(await names(AzureID.subscription) == ["g", "i"])
        #expect(await names(AzureWorld.identity) == ["i"])
        let above = await world.arm(
            "GET", "\(AzureWorld.identity)/providers/Microsoft.Authorization/locks?$filter=atScope()")
        #expect(above["value"]?.arrayValue?.count == 2)
        #expect(await lock(world, AzureWorld.group, "Never").code == "InvalidLockLevel")
    }
}
