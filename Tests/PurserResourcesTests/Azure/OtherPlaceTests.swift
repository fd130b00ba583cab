import PurserClients
import PurserEngine
import PurserTestSupport
import Testing

@testable import PurserResources

/// Resources in groups, and subscriptions, that are not the environment's.
struct OtherPlaceTests {
    private static let other = "11111111-2222-4333-8444-555555555555"
    private static let group = "/subscriptions/\(other)/resourceGroups/shared-rg"

    private static let spec = """
        groups:
          shared: {existing: true, resourceId: \(group)}
          own: {}
        identities:
          there: {name: identity-there, group: shared}
          here: {name: identity-here, group: own}
        vaults:
          there: {name: vault-there, group: shared, authorization: rbac}

        """

    private func attributes(_ harness: AzureHarness, _ address: String, settings: String? = nil) throws -> Attributes {
        let spec = try harness.spec(Self.spec, settings: settings ?? AzureHarness.settings)
        let resource = try #require(spec.resources[Address(address)])
        return Attributes(
            resource.attributes.mapValues { expression in
                expression.value { address, name in
                    spec.resources[address]?.attributes[name]?.known ?? .unknown
                }
            })
    }

    @Test func `what is made in a group of another subscription is made there`() async throws {
        let harness = try await AzureHarness.offline()
        #expect(try ResourceGroup.resourceID(of: attributes(harness, "groups/shared")) == Self.group)
        #expect(
            try ManagedIdentity.resourceID(of: attributes(harness, "identities/there"))
                == "\(Self.group)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity-there")
        #expect(
            try KeyVault.resourceID(of: attributes(harness, "vaults/there"))
                == "\(Self.group)/providers/Microsoft.KeyVault/vaults/vault-there")
        #expect(
            try ManagedIdentity.resourceID(of: attributes(harness, "identities/here"))?.hasPrefix(
                "/subscriptions/\(AzureHarness.subscription)/resourceGroups/own/") == true)
    }

    @Test func `the requests go to the other subscription`() async throws {
        let token = """
            POST https://login.microsoftonline.com/8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e/oauth2/v2.0/token

            grant_type=client_credentials&client_id=app&client_secret=hunter2&scope=https%3A%2F%2Fmanagement.azure.com%2F.default
            <<<
            200

            {"token_type":"Bearer","expires_in":3599,"access_token":"e30.eyJvaWQiOiJvIiwidGlkIjoidCIsImFwcGlkIjoiYXBwIn0.s"}
            ===

            """
        let identity = "\(Self.group)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity-there"
        let body = """
            {"id":"\(identity.replacing("resourceGroups", with: "resourcegroups"))","location":"westeurope",
             "tags":{"purser-environment":"test","purser-address":"identities/there"},
             "properties":{"principalId":"p","clientId":"c","tenantId":"t"}}
            """
        let script =
            token + """
                GET https://management.azure.com\(identity)?api-version=2024-11-30
                <<<
                404

                {"error":{"code":"ResourceNotFound","message":"not found"}}
                ===
                PUT https://management.azure.com\(identity)?api-version=2024-11-30

                {"location":"westeurope","tags":{"purser-environment":"test","purser-address":"identities/there"}}
                <<<
                201
                Location: \(identity)

                \(body)
                ===
                GET https://management.azure.com\(identity)?api-version=2024-11-30
                <<<
                200

                \(body)
                """
        let replay = try ReplayTransport(script)
        let harness = AzureHarness(clients: try await AzureHarness.clients(replay))
        let kind = try #require(harness.catalog[ManagedIdentity.name])
        let operation = Operation(
            environment: "test", address: Address("identities/there"), secrets: AzureHarness.secrets([:]))
        let made = try await kind.create(attributes(harness, "identities/there"), operation)
        #expect(made.values["id"]?.string == identity)
        replay.expectFinished()
    }

    @Test(.enabled(if: SandboxProcess.isBuilt))
    func `an environment is made in another subscription's group, shown there, and taken down`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let added = try await sandbox.addToWorld("subscriptions", ["name": "Second"])
            let second = try #require(added["subscriptionId"]?.string)
            let group = "/subscriptions/\(second)/resourceGroups/shared-rg"
            let arm = harness.clients.arm
            _ = try await arm.put(group, apiVersion: AzureVersion.resources, body: ["location": "westeurope"])
            let sections = """
                groups:
                  shared: {existing: true, resourceId: \(group)}
                identities:
                  there: {name: identity-there, group: shared}
                vaults:
                  there:
                    name: vault-there
                    group: shared
                    authorization: rbac
                    access: {there: {identity: there, secrets: [get]}}
                    secrets: {s: {value: {env: KEY}}}

                """
            let report = try await harness.apply(sections, settings: sandbox.settings)
            #expect(report.ending == .done, "\(report.failures)")
            #expect(try await harness.plan(sections, settings: sandbox.settings).lines == [])
            let state = try #require(await harness.backend.load())
            for address in ["groups/shared", "identities/there", "vaults/there"] {
                let id = state.resources[Address(address)]?.attributes.values["id"]?.string
                #expect(id?.hasPrefix(group) == true, "\(address)")
            }
            let gone = try await harness.apply(nil, settings: sandbox.settings)
            #expect(gone.ending == .done, "\(gone.failures)")
            #expect(try await arm.get(group, apiVersion: AzureVersion.resources) != nil)
        }
    }

    @Test func `the cluster's scale sets may be in another subscription`() async throws {
        let harness = try await AzureHarness.offline()
        let settings = AzureHarness.settings.replacing(
            "cluster: {", with: "cluster: {subscription: \(Self.other), ")
        let spec = try harness.spec(
            "groups: {g: {}}\nidentities: {i: {name: identity, group: g, nodes: all}}\n", settings: settings)
        let binding = try #require(spec.resources[Address("identities/i/nodes")])
        #expect(binding.known("subscription")?.string == Self.other)
        #expect(spec.resources[Address("identities/i")]?.known("subscription")?.string == AzureHarness.subscription)
    }

    @Test func `the identifier of a group is of one that exists, and of a group`() async throws {
        let harness = try await AzureHarness.offline()
        #expect(
            harness.problems("groups: {g: {resourceId: \(Self.group)}}\n") == [
                "spec/contradiction: 'resourceId' is of what exists, and groups/g is to be made"
            ])
        #expect(
            harness.problems("groups: {g: {existing: true, resourceId: \(Self.group)/providers/x}}\n").count == 1)
    }
}
