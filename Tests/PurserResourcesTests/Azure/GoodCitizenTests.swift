import PurserClients
import PurserEngine
import PurserTestSupport
import Testing

@testable import PurserResources

/// What others have set stays, whatever Purser does.
@Suite(.enabled(if: SandboxProcess.isBuilt), .serialized)
struct GoodCitizenTests {
    private static let demo = """
        groups:
          demo: {name: demo-group}
        identities:
          demo: {name: demo-identity, group: demo}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: policies
            tags: {team: payments}

        """
    private static let access = "    access: {demo: {identity: demo, secrets: [get, list]}}\n"
    private static let nodes = ("group: demo}", "group: demo, nodes: all}")

    private func applied(_ harness: AzureHarness, _ sections: String?, _ sandbox: SandboxProcess) async throws {
        let report = try await harness.apply(sections, settings: sandbox.settings)
        #expect(report.ending == .done, "\(report.failures)")
    }

    private func group(_ sandbox: SandboxProcess) -> String {
        AzurePaths.group(subscription: sandbox.subscription, name: "demo-group")
    }

    private func vault(_ harness: AzureHarness, _ sandbox: SandboxProcess) async throws -> JSONValue {
        let path = AzurePaths.vault(group: group(sandbox), name: "demo-keyvault")
        return try #require(try await harness.clients.arm.get(path, apiVersion: AzureVersion.vaults))
    }

    private func principal(_ harness: AzureHarness) async throws -> String {
        let state = try #require(await harness.backend.load())
        let identity = try #require(state.resources[Address("identities/demo")])
        return try #require(identity.attributes.values["principalId"]?.string)
    }

    @Test func `tags of others stay, also when a change is undone`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await applied(harness, Self.demo, sandbox)
            var tags = try await vault(harness, sandbox)["tags"] ?? [:]
            tags["costCenter"] = "42"
            let path = AzurePaths.vault(group: group(sandbox), name: "demo-keyvault")
            _ = try await harness.clients.arm.patch(path, apiVersion: AzureVersion.vaults, body: ["tags": tags])
            #expect(try await harness.plan(Self.demo, settings: sandbox.settings).lines == [])
            let changed = Self.demo.replacing("team: payments", with: "owner: me")
            try await applied(harness, changed, sandbox)
            let after = try await vault(harness, sandbox)["tags"]
            #expect(after?["costCenter"] == "42")
            #expect(after?["owner"] == "me")
            #expect(after?["team"] == nil)
            let broken =
                changed.replacing("owner: me", with: "other: one")
                + "    deployerAccess: none\n    secrets: {x: {value: {env: UNSET}}}\n"
            #expect(try await harness.apply(broken, settings: sandbox.settings).ending == .rolledBack)
            #expect(try await vault(harness, sandbox)["tags"] == after)
        }
    }

    @Test func `permissions that were there before stay when ours go`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await applied(harness, Self.demo, sandbox)
            let principal = try await principal(harness)
            let path = AzurePaths.vault(group: group(sandbox), name: "demo-keyvault")
            let entry: JSONValue = [
                "tenantId": sandbox.connection["tenantId"] ?? "", "objectId": .string(principal),
                "permissions": ["secrets": ["List"], "keys": ["get"]],
            ]
            _ = try await harness.clients.arm.put(
                "\(path)/accessPolicies/add", apiVersion: AzureVersion.vaults,
                body: ["properties": ["accessPolicies": [entry]]])
            try await applied(harness, Self.demo + Self.access, sandbox)
            #expect(try await harness.plan(Self.demo + Self.access, settings: sandbox.settings).lines == [])
            let shared = PolicyEntry.find(principal, in: try await vault(harness, sandbox))
            #expect(shared?.permissions.map == ["secrets": ["get", "list"], "keys": ["get"]])
            try await applied(harness, Self.demo, sandbox)
            let left = PolicyEntry.find(principal, in: try await vault(harness, sandbox))
            #expect(left?.permissions.map == ["secrets": ["list"], "keys": ["get"]])
        }
    }

    @Test func `a failed grant leaves the permissions as they were`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await applied(harness, Self.demo, sandbox)
            let before = try await vault(harness, sandbox)
            let broken = Self.demo + Self.access + "    secrets: {x: {value: {env: UNSET}}}\n"
            #expect(try await harness.apply(broken, settings: sandbox.settings).ending == .rolledBack)
            #expect(try await vault(harness, sandbox).at("properties") == before.at("properties"))
        }
    }

    @Test func `identities of others stay on the nodes, and so does a binding that was there before`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await applied(harness, Self.demo, sandbox)
            let client = ScaleSetClient(arm: harness.clients.arm, polling: harness.clients.polling)
            let nodes = ScaleSetClient.Group(subscription: sandbox.subscription, name: "aks-nodes-west-dev")
            let before = try await client.list(nodes)
            let bound = Self.demo.replacing(Self.nodes.0, with: Self.nodes.1)
            try await applied(harness, bound, sandbox)
            let id = AzurePaths.identity(group: group(sandbox), name: "demo-identity")
            #expect(try await client.list(nodes).allSatisfy { $0.names(id) })
            try await applied(harness, Self.demo, sandbox)
            let after = try await client.list(nodes)
            #expect(after.map(\.userAssigned) == before.map(\.userAssigned))
            #expect(after.map(\.types) == before.map(\.types))

            try await client.bind(NodeIdentity(id: id, principal: nil), to: try #require(before.first).name, in: nodes)
            try await applied(harness, bound, sandbox)
            try await applied(harness, Self.demo, sandbox)
            #expect(try await client.list(nodes).first?.names(id) == true)
        }
    }

    @Test func `a group with something of others in it is not deleted`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await applied(harness, Self.demo, sandbox)
            let foreign = AzurePaths.identity(group: group(sandbox), name: "somebody-elses")
            _ = try await harness.clients.arm.put(
                foreign, apiVersion: AzureVersion.identities, body: ["location": "westeurope", "tags": [:]])
            let report = try await harness.apply(nil, settings: sandbox.settings)
            #expect(report.failures.map(\.code) == [.applyGroupNotEmpty])
            #expect(report.failures.first?.summary.contains("somebody-elses") == true)
            #expect(try await harness.clients.arm.get(foreign, apiVersion: AzureVersion.identities) != nil)
        }
    }

    @Test func `what somebody else made under the name is not taken over`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            _ = try await harness.clients.arm.put(
                group(sandbox), apiVersion: AzureVersion.resources, body: ["location": "westeurope"])
            let problem = await #expect(throws: (any Error).self) {
                try await harness.apply(Self.demo, settings: sandbox.settings)
            }
            #expect("\(String(describing: problem))".contains("groups/demo exists already"))
        }
    }
}
