import PurserClients
import PurserEngine
import PurserTestSupport
import Testing

@testable import PurserResources

/// Vaults that go by Azure roles, against the sandbox.
@Suite(.enabled(if: SandboxProcess.isBuilt), .serialized)
struct RoleTests {
    private static let demo = """
        groups:
          demo: {name: demo-group}
        identities:
          demo: {name: demo-identity, group: demo}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: rbac
            access:
              demo: {identity: demo, secrets: [get], certificates: [get]}
            secrets:
              given: {value: {env: KEY}}
            certificates:
              own: {selfSigned: {subject: CN=own, validity: 365d}}
            keys:
              signing: {keyType: EC}

        """

    private func vault(_ sandbox: SandboxProcess) -> String {
        AzurePaths.vault(
            group: AzurePaths.group(subscription: sandbox.subscription, name: "demo-group"), name: "demo-keyvault")
    }

    private func principal(_ harness: AzureHarness) async throws -> String {
        let state = try #require(await harness.backend.load())
        return try #require(
            state.resources[Address("identities/demo")]?.attributes.values["principalId"]?.string)
    }

    /// The assignments at the vault itself, as `principal role`.
    private func assignments(_ harness: AzureHarness, _ sandbox: SandboxProcess) async throws -> [JSONValue] {
        let found = try await harness.clients.arm.list(
            "\(vault(sandbox))/providers/Microsoft.Authorization/roleAssignments",
            apiVersion: RoleAssignments.apiVersion)
        return found.filter { $0.at("properties", "scope")?.string == vault(sandbox) }
    }

    private func roles(_ harness: AzureHarness, _ sandbox: SandboxProcess, of principal: String) async throws
        -> [String]
    {
        try await assignments(harness, sandbox).filter { $0.at("properties", "principalId")?.string == principal }
            .compactMap { $0.at("properties", "roleDefinitionId")?.string?.split(separator: "/").last.map(String.init) }
            .compactMap { KeyVaultRole.role(id: $0)?.rawValue }.sorted()
    }

    @Test func `an RBAC vault is filled, read by roles, and goes again`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.demo, settings: sandbox.settings)
            let principal = try await principal(harness)
            #expect(try await roles(harness, sandbox, of: principal) == ["Key Vault Certificate User"])
            let types = try await assignments(harness, sandbox).compactMap {
                $0.at("properties", "principalType")?.string
            }
            #expect(types.allSatisfy { $0 == "ServicePrincipal" })
            let caller = try await harness.clients.caller().objectID
            #expect(
                try await roles(harness, sandbox, of: caller) == [
                    "Key Vault Certificates Officer", "Key Vault Crypto Officer", "Key Vault Secrets Officer",
                ])
            try await harness.applied(nil, settings: sandbox.settings)
        }
    }

    @Test(arguments: [
        (
            "secrets: [get], certificates: [get]}", "secrets: [get, set]}",
            "update vaults/demo/access/demo [secrets,certificates,roles[0]]"
        ),
        (
            "certificates: [get]}", "certificates: [get], roles: [Key Vault Crypto User]}",
            "update vaults/demo/access/demo [roles]"
        ),
    ]) func `other roles are planned, assigned, and taken back`(
        _ old: String, _ new: String, _ line: String
    ) async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.demo, settings: sandbox.settings)
            let changed = Self.demo.replacing(old, with: new)
            #expect(try await harness.plan(changed, settings: sandbox.settings).lines == [line])
            try await harness.applied(changed, settings: sandbox.settings)
            try await harness.applied(Self.demo, settings: sandbox.settings)
            let principal = try await principal(harness)
            #expect(try await roles(harness, sandbox, of: principal) == ["Key Vault Certificate User"])
        }
    }

    @Test func `an assignment that somebody took away is drift, and made again`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.demo, settings: sandbox.settings)
            let principal = try await principal(harness)
            let all = try await assignments(harness, sandbox)
            let own = try #require(all.first { $0.at("properties", "principalId")?.string == principal })
            try await harness.clients.arm.delete(
                try #require(own["id"]?.string), apiVersion: RoleAssignments.apiVersion)
            let plan = try await harness.plan(Self.demo, settings: sandbox.settings)
            #expect(plan.lines == ["create vaults/demo/access/demo"])
            try await harness.applied(Self.demo, settings: sandbox.settings)
            #expect(try await roles(harness, sandbox, of: principal) == ["Key Vault Certificate User"])
        }
    }

    @Test func `assignments of others stay, also the same one under another name`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let start = try #require(Self.demo.firstRange(of: "    access:"))
            let bare = String(Self.demo[..<start.lowerBound])
            try await harness.applied(bare, settings: sandbox.settings)
            let principal = try await principal(harness)
            for (name, role) in [
                ("0c9f1a52-7c1d-4a59-9d0e-8a6a54f1c001", KeyVaultRole.certificateUser),
                ("0c9f1a52-7c1d-4a59-9d0e-8a6a54f1c002", KeyVaultRole.reader),
            ] {
                let id =
                    "/subscriptions/\(sandbox.subscription)/providers/Microsoft.Authorization/roleDefinitions/\(role.id)"
                _ = try await harness.clients.arm.put(
                    "\(vault(sandbox))/providers/Microsoft.Authorization/roleAssignments/\(name)",
                    apiVersion: RoleAssignments.apiVersion,
                    body: [
                        "properties": [
                            "roleDefinitionId": .string(id), "principalId": .string(principal),
                            "principalType": "ServicePrincipal",
                        ]
                    ])
            }
            try await harness.applied(Self.demo, settings: sandbox.settings)
            try await harness.applied(bare, settings: sandbox.settings)
            #expect(
                try await roles(harness, sandbox, of: principal) == ["Key Vault Certificate User", "Key Vault Reader"])
        }
    }

    @Test func `a vault goes from policies to roles and back, and the plan warns of it`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let policies = Self.demo.replacing("authorization: rbac", with: "authorization: policies")
            try await harness.applied(policies, settings: sandbox.settings)
            for (sections, model) in [(Self.demo, "rbac"), (policies, "policies")] {
                let plan = try await harness.plan(sections, settings: sandbox.settings)
                #expect(
                    plan.lines.map { $0.prefix { $0 != "[" } } == [
                        "update vaults/demo ", "update vaults/demo/access/demo ", "update vaults/demo/access/deployer ",
                    ], "\(model): \(plan.lines)")
                let vault = plan.plan.changes.first { $0.address == Address("vaults/demo") }
                #expect(vault?.notes.first?.hasPrefix("whoever reads the vault by ") == true)
                try await harness.applied(sections, settings: sandbox.settings)
            }
            #expect(try await assignments(harness, sandbox).isEmpty)
        }
    }

    @Test func `a failed switch to roles is undone`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let policies = Self.demo.replacing("authorization: rbac", with: "authorization: policies")
            try await harness.applied(policies, settings: sandbox.settings)
            try await sandbox.order([
                "match": ["method": "POST", "path": "~/keys/another/create"],
                "fault": ["status": 400, "code": "BadParameter"],
            ])
            let report = try await harness.apply(
                Self.demo.replacing("signing: {", with: "another: {keyType: EC}\n      signing: {"),
                settings: sandbox.settings)
            #expect(report.ending == .rolledBack, "\(report)")
            try await sandbox.calm()
            #expect(try await harness.plan(policies, settings: sandbox.settings).lines == [])
            #expect(try await assignments(harness, sandbox).isEmpty)
        }
    }

    @Test func `who may not assign roles is told what to have granted`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await sandbox.order([
                "match": ["method": "PUT", "path": "~/roleAssignments/"],
                "fault": ["status": 403, "code": "AuthorizationFailed"],
            ])
            let report = try await harness.apply(Self.demo, settings: sandbox.settings)
            let failure = try #require(report.failures.first)
            #expect(failure.category == .notAllowed)
            #expect(failure.hint?.contains("Key Vault Data Access Administrator") == true, "\(failure)")
        }
    }
}
