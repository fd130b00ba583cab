import PurserClients
import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@testable import PurserResources

/// What can be said of a vault and of what it holds beside the value, against the sandbox.
@Suite(.enabled(if: SandboxProcess.isBuilt), .serialized)
struct VaultDetailTests {
    private static let demo = """
        groups:
          demo: {name: demo-group}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: policies
            retention: 30
            secrets:
              given: {value: {env: KEY}}
            certificates:
              own: {selfSigned: {subject: CN=own, validity: 365d}}

        """

    private func version(_ harness: AzureHarness, _ address: String) async throws -> String {
        let state = try #require(await harness.backend.load())
        return try #require(state.resources[Address(address)]?.attributes.values["version"]?.string)
    }

    private static let secret = "vaults/demo/secrets/given"
    private static let certificate = "vaults/demo/certificates/own"

    private struct Edit: Sendable, CustomTestStringConvertible {
        let old: String
        let new: String
        let line: String
        var keeps: String?
        var testDescription: String { new }
    }

    private static let edits = [
        Edit(
            old: "{value: {env: KEY}}", new: "{value: {env: KEY}, expires: 2040-01-31}",
            line: "update \(secret) [expires]", keeps: secret),
        Edit(
            old: "{value: {env: KEY}}",
            new: "{value: {env: KEY}, notBefore: \"2024-01-31T08:00:00Z\", contentType: text/plain, tags: {a: b}}",
            line: "update \(secret) [contentType,notBefore,tags]", keeps: secret),
        Edit(
            old: "{value: {env: KEY}}", new: "{value: {env: KEY}, enabled: false}", line: "update \(secret) [enabled]",
            keeps: secret),
        Edit(
            old: "validity: 365d", new: "validity: 365d, renewal: {daysBefore: 30, action: email}, reuseKey: true",
            line: "update \(certificate) [selfSigned.renewal.action,selfSigned.renewal.daysBefore,selfSigned.reuseKey]",
            keeps: certificate),
        Edit(
            old: "validity: 365d",
            new:
                "validity: 365d, emails: [a@example.com], extendedKeyUsages: [1.3.6.1.5.5.7.3.1], keyUsages: [digitalSignature]",
            line: "update \(certificate) [selfSigned.emails,selfSigned.extendedKeyUsages,selfSigned.keyUsages]"),
        Edit(
            old: "retention: 30",
            new:
                "retention: 30\n    network: {defaultAction: deny, bypass: none, ipRules: [127.0.0.1/32, 10.1.0.0/16]}",
            line: "update vaults/demo [network.bypass,network.defaultAction,network.ipRules]"),
        Edit(
            old: "retention: 30", new: "retention: 30\n    publicNetworkAccess: enabled", line: ""),
    ]

    @Test(arguments: edits) private func `a detail is planned, made in place, seen, and taken back`(
        _ edit: Edit
    ) async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.demo, settings: sandbox.settings)
            let before = try await edit.keeps.asyncMap { try await version(harness, $0) }
            let changed = Self.demo.replacing(edit.old, with: edit.new)
            let plan = try await harness.plan(changed, settings: sandbox.settings)
            #expect(plan.lines == (edit.line.isEmpty ? [] : [edit.line]))
            try await harness.applied(changed, settings: sandbox.settings)
            let after = try await edit.keeps.asyncMap { try await version(harness, $0) }
            #expect(after == before)
            try await harness.applied(Self.demo, settings: sandbox.settings)
            try await harness.applied(changed, settings: sandbox.settings)
            try await harness.applied(nil, settings: sandbox.settings)
        }
    }

    @Test func `details are made at once with what they are of`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let all = Self.edits.reduce(Self.demo) { text, edit in
                edit.new.contains("enabled: false") || edit.new.contains("tags:") || edit.new.contains("emails")
                    || edit.new.contains("publicNetwork") ? text : text.replacing(edit.old, with: edit.new)
            }
            try await harness.applied(all, settings: sandbox.settings)
        }
    }

    @Test func `a change of details is undone when a later step fails`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            for former in [Self.demo, Self.demo.replacing("KEY}}", with: "KEY}, enabled: false}")] {
                try await harness.applied(former, settings: sandbox.settings)
                let changed =
                    Self.demo.replacing("{value: {env: KEY}}", with: "{value: {env: KEY}, expires: 2040-01-31}")
                    .replacing(
                        "retention: 30", with: "retention: 30\n    network: {defaultAction: deny, ipRules: [127.0.0.1]}"
                    )
                    + "    keys: {k: {}}\n"
                try await sandbox.order([
                    "match": ["method": "POST", "path": "~/keys/k/create"],
                    "fault": ["status": 400, "code": "BadParameter"],
                ])
                let report = try await harness.apply(changed, settings: sandbox.settings)
                #expect(report.ending == .rolledBack, "\(report)")
                try await sandbox.calm()
                #expect(try await harness.plan(former, settings: sandbox.settings).lines == [])
            }
        }
    }

    @Test func `a secret that somebody disabled or gave an expiry is drift only where the spec says otherwise`()
        async throws
    {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.demo, settings: sandbox.settings)
            let state = try #require(await harness.backend.load())
            let url = try #require(
                state.resources[Address("vaults/demo")]?.attributes.values["vaultURI"]?.string)
            _ = try await harness.clients.keyVault.patch(
                vaultURL: url, path: "/secrets/given/", body: ["attributes": ["exp": 2_000_000_000]])
            #expect(try await harness.plan(Self.demo, settings: sandbox.settings).lines == [])
            _ = try await harness.clients.keyVault.patch(
                vaultURL: url, path: "/secrets/given/", body: ["attributes": ["enabled": false]])
            let plan = try await harness.plan(Self.demo, settings: sandbox.settings)
            #expect(plan.lines == ["update \(Self.secret) [value,enabled]"])
            try await harness.applied(Self.demo, settings: sandbox.settings)
        }
    }

    // MARK: Soft delete

    private func problems(_ harness: AzureHarness, _ sections: String, _ sandbox: SandboxProcess) async throws
        -> [String]
    {
        do {
            _ = try await harness.plan(sections, settings: sandbox.settings)
            return []
        } catch let problems as Diagnostics {
            return problems.map(\.message)
        }
    }

    @Test func `a soft-deleted vault is recovered, or purged where that is chosen`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.demo, settings: sandbox.settings)
            #expect(
                try await problems(harness, Self.demo.replacing("retention: 30", with: "retention: 60"), sandbox) == [
                    "vaults/demo: the vault's retention is 30 days, which cannot change after its creation"
                ])
            try await harness.applied(nil, settings: sandbox.settings)
            let other = Self.demo.replacing("retention: 30", with: "retention: 60")
            #expect(
                try await problems(harness, other, sandbox) == [
                    "vaults/demo: the soft-deleted vault of this name comes back with a retention of 30 days, which cannot change"
                ])
            let purging = other.replacing(
                "group: demo\n    auth", with: "group: demo\n    whenDeleted: purge\n    auth")
            let plan = try await harness.plan(purging, settings: sandbox.settings)
            let vault = plan.plan.changes.first { $0.address == Address("vaults/demo") }
            #expect(vault?.action == .create)
            #expect(vault?.notes.first?.contains("purged first") == true)
            try await harness.applied(purging, settings: sandbox.settings)
            try await harness.applied(nil, settings: sandbox.settings)
            let kept = purging.replacing("whenDeleted: purge", with: "whenDeleted: recover")
            #expect(
                try await harness.plan(kept, settings: sandbox.settings).lines.contains("recover vaults/demo"))
            try await harness.applied(kept, settings: sandbox.settings)
        }
    }

    @Test func `purge protection stands in the way of purging`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let protected = Self.demo.replacing("retention: 30", with: "retention: 30\n    purgeProtection: true")
            try await harness.applied(protected, settings: sandbox.settings)
            try await harness.applied(nil, settings: sandbox.settings)
            let purging = protected.replacing("retention: 30", with: "retention: 30\n    whenDeleted: purge")
            #expect(
                try await problems(harness, purging, sandbox) == [
                    "vaults/demo: the soft-deleted vault of this name has purge protection, and cannot be purged"
                ])
            try await harness.applied(protected, settings: sandbox.settings)
        }
    }

    // MARK: Existing

    @Test func `an identity of the cluster's own is used by its identifier`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let sections =
                Self.demo.replacing(
                    "vaults:\n",
                    with:
                        "identities:\n  kubelet: {existing: true, resourceId: \"${cluster/aks.kubeletIdentityId}\"}\nvaults:\n"
                )
                .replacing(
                    "retention: 30", with: "retention: 30\n    access: {kubelet: {identity: kubelet, secrets: [get]}}")
            let settings = sandbox.settings.replacing(
                "{nodeResourceGroup: aks-nodes-west-dev}", with: "{aks: {group: aks-west-dev, name: aks-west-dev}}")
            let report = try await harness.apply(sections, settings: settings)
            #expect(report.ending == .done, "\(report.failures)")
            #expect(try await harness.plan(sections, settings: settings).lines == [])
            let state = try #require(await harness.backend.load())
            let identity = try #require(state.resources[Address("identities/kubelet")])
            #expect(identity.isExisting)
            #expect(identity.attributes.values["clientId"]?.string != nil)
            let gone = try await harness.apply(nil, settings: settings)
            #expect(gone.ending == .done, "\(gone.failures)")
            let id = try #require(identity.attributes.values["id"]?.string)
            #expect(try await harness.clients.arm.get(id, apiVersion: AzureVersion.identities) != nil)
        }
    }

    @Test func `an identifier is of what exists, and of the right type`() async throws {
        let harness = try await AzureHarness.offline()
        let id = "/subscriptions/\(AzureHarness.subscription)/resourceGroups/a/providers/Microsoft.KeyVault/vaults/v"
        #expect(
            harness.problems("identities: {x: {existing: true, resourceId: \(id)}}\n") == [
                "spec/invalid-value: '\(id)' is no identifier of type Microsoft.ManagedIdentity/userAssignedIdentities"
            ])
        #expect(
            harness.problems("groups: {a: {}}\nvaults: {x: {group: a, authorization: rbac, resourceId: \(id)}}\n") == [
                "spec/contradiction: 'resourceId' is of what exists, and vaults/x is to be made"
            ])
    }
}

extension Optional {
    fileprivate func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async rethrows -> Result? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
