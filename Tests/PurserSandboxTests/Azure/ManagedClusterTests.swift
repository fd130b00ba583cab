import Testing

@testable import PurserSandbox

/// Exchanges after the Azure REST reference, Managed Clusters: the add-on for key vaults.
struct ManagedClusterTests {
    private static let cluster =
        "\(AzureID.group(InitialWorld.clusterGroup))/providers/Microsoft.ContainerService/managedClusters/"
        + InitialWorld.clusterGroup

    private func put(_ world: AzureWorld, _ change: (inout JSON) -> Void) async -> Answer {
        var body = await world.arm("GET", Self.cluster).body
        change(&body)
        return await world.arm("PUT", Self.cluster, body)
    }

    private func addOn(_ profile: JSON) -> (inout JSON) -> Void {
        { $0[path: "properties", "addonProfiles", KeyVaultAddOn.name] = profile }
    }

    @Test func `the add-on comes with an identity of its own on the nodes, and takes it away again`() async throws {
        let world = try await AzureWorld(operationDelay: .seconds(5))
        let before = await world.arm("GET", AzureWorld.scaleSet)["identity"]
        let answer = await put(world, addOn(["enabled": true, "config": ["enableSecretRotation": "true"]]))
        #expect(answer.status == 200)
        #expect(answer["properties", "provisioningState"] == "Updating")
        #expect(answer.headers["Azure-AsyncOperation"]?.contains("/operations/") == true)
        #expect(await put(world, { _ in }).code == "OperationNotAllowed", "one operation at a time")
        world.time.advance(by: 5)
        let profile = await world.arm("GET", Self.cluster)["properties", "addonProfiles", KeyVaultAddOn.name]
        #expect(profile?["config"] == ["enableSecretRotation": "true", "rotationPollInterval": "2m"])
        let id = try #require(profile?[path: "identity", "resourceId"]?.stringValue)
        #expect(id.hasSuffix("/azurekeyvaultsecretsprovider-aks-west-dev"))
        let carried = await world.arm("GET", AzureWorld.scaleSet)["identity", "userAssignedIdentities"]?.objectValue
        #expect(carried?.values.contains { $0["clientId"] == profile?[path: "identity", "clientId"] } == true)

        #expect(await put(world, addOn(["enabled": false])).status == 200)
        world.time.advance(by: 5)
        #expect(await world.arm("GET", AzureWorld.scaleSet)["identity"] == before)
        #expect(await world.arm("GET", id).status == 404)
    }

    @Test func `nothing else of the cluster is changed`() async throws {
        let world = try await AzureWorld()
        #expect(
            await put(world, { $0[path: "properties", "kubernetesVersion"] = "1.99.0" }).code == "OperationNotAllowed")
        let other = await put(world, { $0[path: "properties", "addonProfiles", "omsagent"] = ["enabled": true] })
        #expect(other.code == "AddonNotSupported")
        let wrong = await put(world, addOn(["enabled": true, "config": ["rotationPollInterval": "often"]]))
        #expect(wrong.code == "InvalidParameter")
    }
}
