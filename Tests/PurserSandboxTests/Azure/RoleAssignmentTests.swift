import Foundation
import Testing

@testable import PurserSandbox

/// Exchanges after the Azure REST reference: role assignments, api-version 2022-04-01.
struct RoleAssignmentTests {
    private let name = "0f1e2d3c-1111-4222-8333-444455556666"

    private func path(_ name: String) -> String {
        "\(AzureWorld.vault)/providers/Microsoft.Authorization/roleAssignments/\(name)"
    }

    private func body(_ role: BuiltInRole, _ principal: String, type: String? = "ServicePrincipal") -> JSON {
        var properties: JSON = [
            "roleDefinitionId": .string(Authorization.definitionID(role)), "principalId": .string(principal),
        ]
        properties["principalType"] = type.map { .string($0) }
        return ["properties": properties]
    }

    @Test func `an assignment is made once and cannot be turned into another`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let object = WorldFacts.deployerObjectID
        let made = await world.arm("PUT", path(name), body(.keyVaultSecretsUser, object))
        #expect(made.status == 201)
        #expect(made["properties", "scope"] == .string(AzureWorld.vault))
        #expect(await world.arm("PUT", path(name), body(.keyVaultSecretsUser, object)).status == 200)
        let other = await world.arm("PUT", path(name), body(.keyVaultReader, object))
        #expect(other.status == 400)
        #expect(other.code == "RoleAssignmentUpdateNotPermitted")
        let twin = await world.arm("PUT", path(UUID().uuidString), body(.keyVaultSecretsUser, object))
        #expect(twin.status == 409)
        #expect(twin.code == "RoleAssignmentExists")
        let deleted = await world.arm("DELETE", path(name))
        #expect(deleted.status == 200)
        #expect(deleted["name"] == .string(name))
        #expect(await world.arm("DELETE", path(name)).status == 204)
    }

    @Test func `a principal that has not reached the directory needs its type said`() async throws {
        let world = try await AzureWorld(propagationDelay: .seconds(30))
        await world.makeVault()
        let identity = await world.makeIdentity()
        let principal = try #require(identity["properties", "principalId"]?.stringValue)
        let silent = body(.keyVaultSecretsUser, principal, type: nil)
        let early = await world.arm("PUT", path(name), silent)
        #expect(early.status == 400)
        #expect(early.code == "PrincipalNotFound")
        #expect(await world.arm("PUT", path(name), body(.keyVaultSecretsUser, principal)).status == 201)
        world.time.advance(by: 30)
        await world.arm("DELETE", path(name))
        #expect(await world.arm("PUT", path(name), silent).status == 201)
    }

    @Test func `malformed assignments are told apart`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let object = WorldFacts.deployerObjectID
        #expect(
            await world.arm("PUT", path("not-a-guid"), body(.owner, object)).code == "InvalidRoleAssignmentId")
        #expect(await world.arm("PUT", path(name), body(.owner, "me")).code == "InvalidPrincipalId")
        #expect(
            await world.arm("PUT", path(name), body(.owner, object, type: "User")).code == "UnmatchedPrincipalType")
        var unknown = body(.owner, object)
        unknown[path: "properties", "roleDefinitionId"] = .string("/x/\(UUID().uuidString)")
        #expect(await world.arm("PUT", path(name), unknown).code == "RoleDefinitionDoesNotExist")
        await world.arm("DELETE", AzureWorld.vault)
        #expect(await world.arm("PUT", path(name), body(.owner, object)).code == "ResourceNotFound")
    }

    @Test func `lists look up, down or at one principal`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        await world.arm("PUT", path(name), body(.keyVaultSecretsUser, UUID().uuidString))
        func count(_ scope: String, _ filter: String) async -> Int? {
            let list = "\(scope)/providers/Microsoft.Authorization/roleAssignments"
            return await world.arm("GET", "\(list)?$filter=\(filter)")["value"]?.arrayValue?.count
        }
        #expect(await count(AzureWorld.vault, "atScope()") == 2, "its own and the subscription's")
        #expect(await count(AzureWorld.group, "atScope()") == 1)
        #expect(await count(AzureID.subscription, "principalId%20eq%20'\(WorldFacts.deployerObjectID)'") == 2)
        let definitions = await world.arm(
            "GET",
            "\(AzureWorld.vault)/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName%20eq%20"
                + "'Key%20Vault%20Secrets%20User'")
        #expect(
            definitions["value"]?.arrayValue?.map { $0["name"] } == [.string(BuiltInRole.keyVaultSecretsUser.rawValue)])
    }

    @Test func `assignments at a vault do not come back with it`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        await world.arm("PUT", path(name), body(.keyVaultSecretsUser, WorldFacts.deployerObjectID))
        await world.arm("DELETE", AzureWorld.vault)
        await world.arm(
            "PUT", AzureWorld.vault,
            ["location": "westeurope", "properties": world.vaultProperties(["createMode": "recover"])])
        #expect(await world.arm("GET", path(name)).status == 404)
    }
}
