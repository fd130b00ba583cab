import PurserClients
import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@testable import PurserResources

/// Access for the identities that the nodes have of their own, against the sandbox.
@Suite(.enabled(if: SandboxProcess.isBuilt), .serialized)
struct NodeGrantTests {
    private static func demo(_ model: String, words: String = "secrets: [get]") -> String {
        """
        groups:
          demo: {name: demo-group}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: \(model)
            access:
              nodes: {nodes: systemAssigned, \(words)}

        """
    }

    private func scaleSet(_ sandbox: SandboxProcess) -> String {
        let group = AzurePaths.scaleSets(subscription: sandbox.subscription, group: "aks-nodes-west-dev")
        return "\(group)/aks-nodepool1-12345678-vmss"
    }

    /// Gives the node pool an identity of its own, as `az vmss identity assign` does, and returns its object.
    private func assign(_ harness: AzureHarness, _ sandbox: SandboxProcess) async throws -> String {
        let arm = harness.clients.arm
        _ = try await arm.patch(
            scaleSet(sandbox), apiVersion: AzureVersion.scaleSets,
            body: ["identity": ["type": "SystemAssigned, UserAssigned"]])
        let body = try await arm.get(scaleSet(sandbox), apiVersion: AzureVersion.scaleSets)
        return try #require(body?.at("identity", "principalId")?.string)
    }

    private func vaultID(_ sandbox: SandboxProcess) -> String {
        AzurePaths.vault(
            group: AzurePaths.group(subscription: sandbox.subscription, name: "demo-group"), name: "demo-keyvault")
    }

    private func permissions(
        _ harness: AzureHarness, _ sandbox: SandboxProcess, of principal: String
    ) async throws -> [String: [String]]? {
        let vault = try await harness.clients.arm.get(vaultID(sandbox), apiVersion: AzureVersion.vaults)
        return vault.flatMap { PolicyEntry.find(principal, in: $0) }?.permissions.map
    }

    private func roles(
        _ harness: AzureHarness, _ sandbox: SandboxProcess, of principal: String
    ) async throws -> [String] {
        let found = try await harness.clients.arm.list(
            "\(vaultID(sandbox))/providers/Microsoft.Authorization/roleAssignments",
            apiVersion: RoleAssignments.apiVersion)
        return found.filter {
            $0.at("properties", "principalId")?.string == principal
                && $0.at("properties", "scope")?.string == vaultID(sandbox)
        }.compactMap { $0.at("properties", "roleDefinitionId")?.string }
    }

    @Test func `a node pool without an identity of its own is refused, with what gives it one`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            var options = Executor.Options()
            options.lateness = []
            let report = try await harness.apply(
                Self.demo("policies"), settings: sandbox.settings, options: options)
            #expect(report.ending == .rolledBack)
            #expect(report.failures.first?.code == .applyNodesWithoutIdentity)
            #expect(
                report.failures.first?.hint?.hasPrefix(
                    "az vmss identity assign --resource-group aks-nodes-west-dev --name aks-nodepool1-12345678-vmss")
                    == true)
        }
    }

    @Test func `the nodes' own identities are let in by policies, follow the spec, and are taken out`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let principal = try await assign(harness, sandbox)
            try await harness.applied(Self.demo("policies"), settings: sandbox.settings)
            #expect(try await permissions(harness, sandbox, of: principal) == ["secrets": ["get"]])
            let wider = Self.demo("policies", words: "secrets: [get, list], certificates: [get]")
            #expect(
                try await harness.plan(wider, settings: sandbox.settings).lines == [
                    "update vaults/demo/access/nodes [secrets,certificates]"
                ])
            try await harness.applied(wider, settings: sandbox.settings)
            #expect(
                try await permissions(harness, sandbox, of: principal) == [
                    "secrets": ["get", "list"], "certificates": ["get"],
                ])
            let without = wider.replacing(
                "    access:\n      nodes: {nodes: systemAssigned, secrets: [get, list], certificates: [get]}\n",
                with: "")
            try await harness.applied(without, settings: sandbox.settings)
            #expect(try await permissions(harness, sandbox, of: principal) == nil)
        }
    }

    @Test func `a node pool added later is drift, and gets access once it has an identity`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let first = try await assign(harness, sandbox)
            try await harness.applied(Self.demo("policies"), settings: sandbox.settings)
            try await sandbox.addToWorld("scale-sets", ["name": "aks-pool2-1-vmss", "pool": "pool2"])
            #expect(
                try await harness.plan(Self.demo("policies"), settings: sandbox.settings).lines == [
                    "update vaults/demo/access/nodes [nodes]"
                ])
            let path = scaleSet(sandbox).replacing("aks-nodepool1-12345678-vmss", with: "aks-pool2-1-vmss")
            _ = try await harness.clients.arm.patch(
                path, apiVersion: AzureVersion.scaleSets, body: ["identity": ["type": "SystemAssigned"]])
            let body = try await harness.clients.arm.get(path, apiVersion: AzureVersion.scaleSets)
            let second = try #require(body?.at("identity", "principalId")?.string)
            try await harness.applied(Self.demo("policies"), settings: sandbox.settings)
            #expect(try await permissions(harness, sandbox, of: second) == ["secrets": ["get"]])
            try await harness.applied(nil, settings: sandbox.settings)
            #expect(first != second)
        }
    }

    @Test func `a permission that somebody took away is drift`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let principal = try await assign(harness, sandbox)
            let tenant = sandbox.connection["tenantId"]?.string ?? ""
            try await harness.applied(Self.demo("policies"), settings: sandbox.settings)
            _ = try await harness.clients.arm.put(
                "\(vaultID(sandbox))/accessPolicies/remove", apiVersion: AzureVersion.vaults,
                body: [
                    "properties": [
                        "accessPolicies": [
                            [
                                "tenantId": .string(tenant), "objectId": .string(principal),
                                "permissions": ["secrets": ["get"]],
                            ]
                        ]
                    ]
                ])
            #expect(
                try await harness.plan(Self.demo("policies"), settings: sandbox.settings).lines == [
                    "create vaults/demo/access/nodes"
                ])
            try await harness.applied(Self.demo("policies"), settings: sandbox.settings)
        }
    }

    @Test func `roles are assigned to the nodes' own identities, and undone when a later step fails`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let principal = try await assign(harness, sandbox)
            let bare = Self.demo("rbac").replacing(
                "    access:\n      nodes: {nodes: systemAssigned, secrets: [get]}\n", with: "")
            try await harness.applied(bare, settings: sandbox.settings)
            try await sandbox.order([
                "match": ["method": "PUT", "path": "~/secrets/s"], "fault": ["status": 400, "code": "BadParameter"],
            ])
            let failing = Self.demo("rbac") + "    secrets: {s: {value: {env: KEY}}}\n"
            let report = try await harness.apply(failing, settings: sandbox.settings)
            #expect(report.ending == .rolledBack, "\(report)")
            try await sandbox.calm()
            #expect(try await roles(harness, sandbox, of: principal) == [])
            #expect(try await harness.plan(bare, settings: sandbox.settings).lines == [])
            try await harness.applied(Self.demo("rbac"), settings: sandbox.settings)
            #expect(try await roles(harness, sandbox, of: principal).count == 1)
            try await harness.applied(nil, settings: sandbox.settings)
        }
    }

    @Test(
        arguments: [
            ("secrets: [get], certificates: [get]", []),
            (
                "secrets: [get]",
                [
                    "proof/missing-permission: the nodes' own identity may not get certificates, which 'shop' as cert needs"
                ]
            ),
        ] as [(String, [String])])
    func `the proof knows what the nodes' own identities may read`(_ words: String, _ problems: [String]) async throws {
        let harness = try await AzureHarness.offline()
        let spec =
            Self.demo("policies", words: words) + """
                    secrets: {s: {value: {env: KEY}}}
                    certificates: {shop: {selfSigned: {subject: CN=shop, validity: 365d}}}
                namespaces: {infra: {}}
                releases:
                  csi:
                    chart: csi-secrets-store-provider-azure
                    repository: https://azure.github.io/secrets-store-csi-driver-provider-azure/charts
                    version: 1.8.2
                    namespace: csi
                secretProviderClasses:
                  c:
                    namespace: infra
                    vault: demo
                    release: csi
                    identity: systemAssigned
                    objects: [{secret: s}, {certificate: shop, as: cert}]
                pods:
                  p:
                    namespace: infra
                    mounts: [{secretProviderClass: c, path: /mnt/x}]
                    spec: {containers: [{name: p, image: busybox}]}

                """
        #expect(harness.problems(spec) == problems)
        let resources = try? harness.spec(spec).resources
        guard problems.isEmpty else { return }
        let needs = resources?[Address("secretProviderClasses/c")]?.dependencies ?? []
        #expect(needs.contains(Address("vaults/demo/access/nodes")))
    }

    @Test func `an entry is for an identity or for the nodes, and there is one for the nodes`() async throws {
        let harness = try await AzureHarness.offline()
        let head = """
            groups: {g: {}}
            identities: {i: {name: identity, group: g}}
            vaults: {v: {name: v-vault, group: g, authorization: policies, access: {

            """
        #expect(
            harness.problems("\(head) a: {identity: i, nodes: systemAssigned, secrets: [get]}}}}\n") == [
                "spec/contradiction: vaults/v/access/a says both 'identity' and 'nodes'"
            ])
        #expect(
            harness.problems(
                "\(head) a: {nodes: systemAssigned, secrets: [get]}, b: {nodes: systemAssigned, keys: [get]}}}}\n") == [
                    "spec/ambiguous-access: vaults/v/access/b and vaults/v/access/a both name the nodes"
                ])
    }
}
