import Foundation
import PurserClients
import SystemPackage
import Testing

extension Lifecycle {
    /// The changes that users make to a running environment: each plan says what happens, and apply does just that.
    @Suite struct ChangeTests {
        private static let plan = "plans/aks-csi-demo"

        private struct Edit {
            let title: String
            let old: String
            let new: String
            var environment: [String: String] = [:]
            /// `action address` of every effective change, in order of address.
            let changes: [String]
        }

        private static let edits = [
            Edit(
                title: "the secret's value", old: "", new: "",
                environment: ["SECRET_VALUE": "another-\(UUID().uuidString)"],
                changes: ["update vaults/demo/secrets/aks-csi-demo-secret"]),
            Edit(
                title: "a label of the pod", old: "environment: development", new: "environment: production",
                changes: ["update pods/aks-csi-demo"]),
            Edit(
                title: "the certificate's subject", old: "subject: CN=aks-csi-demo", new: "subject: CN=other.example",
                changes: ["update vaults/demo/certificates/aks-csi-demo-cert"]),
            Edit(
                title: "a value of the chart", old: "rotationPollInterval: 1m", new: "rotationPollInterval: 2m",
                changes: ["update releases/csi"]),
            Edit(
                title: "the vault's price tier", old: "authorization: policies",
                new: "sku: premium\n    authorization: policies",
                changes: ["update vaults/demo"]),
            Edit(
                title: "a second pod", old: "pods:\n",
                new:
                    "pods:\n  second:\n    namespace: infra\n    mounts: [{secretProviderClass: aks-csi-demo, path: /mnt/s}]\n"
                    + "    spec: {containers: [{name: second, image: \"andriktr/utils:1.0.1\"}]}\n",
                changes: ["create pods/second"]),
            Edit(
                title: "an image of the pod", old: "image: andriktr/utils:1.0.1\n          resources",
                new: "image: andriktr/utils:1.0.2\n          resources", changes: ["update pods/aks-csi-demo"]),
            Edit(
                title: "the pod's mount path", old: "path: /mnt/csi-demo", new: "path: /mnt/elsewhere",
                changes: ["replace pods/aks-csi-demo"]),
        ]

        @Test func `each change of the demo is planned and made as it is, and only that`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.purser("apply", Self.plan, "--yes")
                var environment: [String: String] = [:]
                for edit in Self.edits {
                    if !edit.old.isEmpty { try sandbox.editSpec(edit.old, edit.new) }
                    environment.merge(edit.environment) { _, new in new }
                    try await sandbox.purser("plan", Self.plan, "--out", "p.json", environment: environment)
                    #expect(try savedChanges(sandbox) == edit.changes, "\(edit.title)")
                    let applied = try await sandbox.purser("apply", Self.plan, "--yes", environment: environment)
                    #expect(applied.exitCode == 0, "\(edit.title)\n\(applied.transcript)")
                    let again = try await sandbox.purser(
                        "plan", Self.plan, "--detailed-exitcode", environment: environment, expecting: 0)
                    #expect(again.output.contains("No changes"), "\(edit.title)\n\(again.transcript)")
                }
            }
        }

        @Test func `a certificate that goes is deleted after what used it was changed`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.purser("apply", Self.plan, "--yes")
                try sandbox.editSpec(
                    "    certificates:\n      aks-csi-demo-cert: {selfSigned: {subject: CN=aks-csi-demo, validity: 365d, keySize: 4096}}\n",
                    "")
                let refused = try await sandbox.purser("plan", Self.plan, expecting: 64)
                #expect(refused.errors.contains("aks-csi-demo-cert"), "\(refused.transcript)")
                try sandbox.editSpec(
                    "      - certificate: aks-csi-demo-cert\n        as: secret                      # cert | key | secret: which face of the certificate is mounted\n    secretObjects:\n      aks-csi-demo-cert:\n        type: kubernetes.io/tls\n        data: {tls.key: aks-csi-demo-cert, tls.crt: aks-csi-demo-cert}\n",
                    "")
                try sandbox.editSpec("      - {secret: aks-csi-demo-cert, path: /csi-demo-cert}\n", "")
                try await sandbox.purser("plan", Self.plan, "--out", "p.json")
                let changes = try savedChanges(sandbox)
                #expect(changes.contains("delete vaults/demo/certificates/aks-csi-demo-cert"), "\(changes)")
                #expect(changes.contains("update secretProviderClasses/aks-csi-demo"), "\(changes)")
                #expect(changes.contains("replace pods/aks-csi-demo"), "\(changes)")
                try await sandbox.purser("apply", Self.plan, "--yes")
                let again = try await sandbox.purser("plan", Self.plan, "--detailed-exitcode", expecting: 0)
                #expect(again.output.contains("No changes"), "\(again.transcript)")
            }
        }

        @Test func `a renamed identity keeps its ids and only its marks change`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.purser("apply", Self.plan, "--yes")
                let before = try clientID(sandbox, "identities/demo")
                try sandbox.editSpec("identities:\n  demo:\n", "identities:\n  reader:\n")
                try sandbox.editSpec("demo: {identity: demo,", "demo: {identity: reader,")
                try sandbox.editSpec("identity: {userAssigned: demo}", "identity: {userAssigned: reader}")
                let planned = try await sandbox.purser("plan", Self.plan)
                #expect(planned.output.contains("identities/demo"), "\(planned.transcript)")
                #expect(!planned.output.contains("to delete"), "\(planned.transcript)")
                try await sandbox.purser("apply", Self.plan, "--yes")
                #expect(try clientID(sandbox, "identities/reader") == before)
                let again = try await sandbox.purser("plan", Self.plan, "--detailed-exitcode", expecting: 0)
                #expect(again.output.contains("No changes"), "\(again.transcript)")
            }
        }

        private func clientID(_ sandbox: SandboxWorld, _ address: String) throws -> String {
            let state = try JSONValue(parsing: try #require(sandbox.contents(of: sandbox.stateFile)))
            let resource = state["resources"]?.array?.first { $0["address"]?.string == address }
            return try #require(resource?.at("attributes", "clientId")?.string)
        }

        /// `action address` of every effective change in the saved plan.
        private func savedChanges(_ sandbox: SandboxWorld) throws -> [String] {
            let plan = try JSONValue(parsing: try #require(sandbox.contents(of: sandbox.directory.appending("p.json"))))
            return try #require(plan["resource_changes"]?.array).compactMap { change in
                let actions = (change.at("change", "actions")?.array ?? []).compactMap(\.string)
                guard let address = change["address"]?.string else { return nil }
                switch actions {
                case ["no-op"], ["read"], []: return nil
                case ["delete", "create"], ["create", "delete"]: return "replace \(address)"
                default: return "\(actions.joined(separator: "+")) \(address)"
                }
            }
        }
    }
}
