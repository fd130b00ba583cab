import PurserClients
import PurserEngine
import PurserTestSupport
import Testing

/// The kinds against the sandbox, over TLS: what is applied is then there, and nothing that is not ours changes.
@Suite(.enabled(if: SandboxProcess.isBuilt), .serialized)
struct AzureSandboxTests {
    private static let demo = """
        groups:
          demo: {name: demo-group, tags: {team: payments}}
        identities:
          demo: {name: demo-identity, group: demo, nodes: all}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: policies
            access:
              demo: {identity: demo, secrets: [get], certificates: [get]}
            secrets:
              given: {value: {env: KEY}, contentType: text/plain}
              made: {value: {generate: {length: 32}}, tags: {a: b}}
            certificates:
              own: {selfSigned: {subject: "CN=own, O=Demo", validity: 365d, keySize: 2048}}
              brought: {import: {file: shop.pfx, password: {env: PASSWORD}}}
            keys:
              signing: {keyType: EC, operations: [sign, verify]}

        """

    @Test func `what is applied is there, and a second plan is empty`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let plan = try await harness.plan(Self.demo, settings: sandbox.settings)
            #expect(plan.lines.allSatisfy { $0.hasPrefix("create ") })
            try await harness.applied(Self.demo, settings: sandbox.settings)
            try await harness.applied(nil, settings: sandbox.settings)
        }
    }

    @Test(arguments: [
        ("team: payments", "team: billing", "update groups/demo [tags.team]"),
        (
            "tags: {team: payments}", "tags: {}", "update groups/demo [tags]"
        ),
        ("authorization: policies", "authorization: policies\n    sku: premium", "update vaults/demo [sku]"),
        (
            "secrets: [get], certificates: [get]", "secrets: [get, list]",
            "update vaults/demo/access/demo [secrets,certificates]"
        ),
        ("CN=own, O=Demo", "CN=own, O=Other", "update vaults/demo/certificates/own [selfSigned.subject]"),
        ("text/plain", "text/html", "update vaults/demo/secrets/given [contentType]"),
        ("length: 32", "length: 40", "update vaults/demo/secrets/made [value]"),
        ("file: shop.pfx, password: {env: PASSWORD}", "file: shop.pem", ""),
        ("operations: [sign, verify]", "operations: [sign]", "update vaults/demo/keys/signing [operations]"),
        ("keyType: EC", "keyType: EC, curve: P-384", "update vaults/demo/keys/signing [curve]"),
        ("nodes: all", "nodes: [aks-nodepool1-12345678-vmss]", ""),
    ]) func `a change is planned, applied and then there`(_ old: String, _ new: String, _ line: String) async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.demo, settings: sandbox.settings)
            let changed = Self.demo.replacing(old, with: new)
            #expect(changed != Self.demo)
            let plan = try await harness.plan(changed, settings: sandbox.settings)
            #expect(plan.lines == (line.isEmpty ? [] : [line]))
            try await harness.applied(changed, settings: sandbox.settings)
            try await harness.applied(Self.demo, settings: sandbox.settings)
        }
    }

    @Test func `objects go before the right to delete them`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.demo, settings: sandbox.settings)
            let marker = try #require(Self.demo.firstRange(of: "    certificates:"))
            let fewer = String(Self.demo[..<marker.lowerBound])
            let plan = try await harness.plan(fewer, settings: sandbox.settings)
            #expect(
                plan.lines == [
                    "update vaults/demo/access/deployer [keys,certificates]", "delete vaults/demo/certificates/brought",
                    "delete vaults/demo/certificates/own", "delete vaults/demo/keys/signing",
                ])
            try await harness.applied(fewer, settings: sandbox.settings)
            try await harness.applied(Self.demo, settings: sandbox.settings)
            let none = String(fewer[..<(try #require(fewer.firstRange(of: "    secrets:\n"))).lowerBound])
            try await harness.applied(none, settings: sandbox.settings)
        }
    }

    @Test func `rights that come and rights that go are changed in two parts`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let certificates = try #require(Self.demo.firstRange(of: "    certificates:")).lowerBound
            let keys = try #require(Self.demo.firstRange(of: "    keys:")).lowerBound
            let first = String(Self.demo[..<keys])
            let second = String(Self.demo[..<certificates] + Self.demo[keys...]).replacing(
                "length: 32", with: "length: 33")
            try await harness.applied(first, settings: sandbox.settings)
            try await harness.applied(second, settings: sandbox.settings)
            let broken = first.replacing("{env: KEY}", with: "{env: UNSET}")
            #expect(try await harness.apply(broken, settings: sandbox.settings).ending == .rolledBack)
            #expect(try await harness.plan(second, settings: sandbox.settings).lines == [])
            try await harness.applied(nil, settings: sandbox.settings)
        }
    }

    @Test func `a vault comes back with what it held`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.demo, settings: sandbox.settings)
            try await harness.applied(nil, settings: sandbox.settings)
            let plan = try await harness.plan(Self.demo, settings: sandbox.settings)
            #expect(plan.lines.contains("recover vaults/demo"))
            try await harness.applied(Self.demo, settings: sandbox.settings)
        }
    }

    @Test func `a changed secret is another version, and the same secret is none`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            var harness = harness
            try await harness.applied(Self.demo, settings: sandbox.settings)
            harness.secrets = AzureHarness.secrets(["KEY": "changed", "PASSWORD": "open-sesame"])
            let plan = try await harness.plan(Self.demo, settings: sandbox.settings)
            #expect(plan.lines == ["update vaults/demo/secrets/given [value]"])
            try await harness.applied(Self.demo, settings: sandbox.settings)
            harness.secrets = AzureHarness.secrets(["PASSWORD": "open-sesame"])
            let unset = try await harness.plan(Self.demo, settings: sandbox.settings)
            #expect(unset.plan.changes.flatMap(\.reasons).contains(.comparedAtApply(path: "value")))
        }
    }

    @Test func `a failed apply leaves everything as it was`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.demo, settings: sandbox.settings)
            let state = await harness.backend.load()
            let broken = Self.demo.replacing("team: payments", with: "team: billing, more: tags")
                .replacing("CN=own", with: "CN=other").replacing("length: 32", with: "length: 33")
                .replacing("nodes: all", with: "nodes: [aks-nodepool1-12345678-vmss]")
                .replacing("secrets: [get], certificates", with: "secrets: [list], keys: [get], certificates")
                .replacing("{env: KEY}", with: "{env: UNSET}")
            let report = try await harness.apply(broken, settings: sandbox.settings)
            #expect(report.ending == .rolledBack, "\(report.failures) \(report.undoFailures)")
            #expect(await harness.backend.load() == state)
            #expect(try await harness.plan(Self.demo, settings: sandbox.settings).lines == [])
        }
    }

    @Test func `a failed first apply leaves nothing`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let broken = Self.demo.replacing("{env: KEY}", with: "{env: UNSET}")
            let report = try await harness.apply(broken, settings: sandbox.settings)
            #expect(report.ending == .rolledBack, "\(report.failures) \(report.undoFailures)")
            let group = "/subscriptions/\(sandbox.subscription)/resourceGroups/demo-group"
            #expect(try await harness.clients.arm.get(group, apiVersion: "2021-04-01") == nil)
            try await harness.applied(Self.demo, settings: sandbox.settings)
        }
    }
}
