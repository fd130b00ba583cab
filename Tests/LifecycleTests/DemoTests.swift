import Foundation
import PurserClients
import Testing

extension Lifecycle {
    /// The main job, with the built tools against the sandbox: from YAML to files in a pod, and back.
    @Suite struct DemoTests {
        private static let plan = "plans/aks-csi-demo"

        @Test func `the demo goes from YAML to files in the pod and leaves nothing behind`() async throws {
            try await SandboxWorld.with { sandbox in
                let untouched = try await sandbox.observable()
                try await sandbox.purser("validate", Self.plan)
                let first = try await sandbox.purser("plan", Self.plan, "--detailed-exitcode", expecting: 2)
                #expect(first.output.contains("to create"))
                #expect(sandbox.contents(of: sandbox.stateFile) == nil)
                try await sandbox.purser("apply", Self.plan, "--yes")
                try await expectMountedFiles(sandbox)
                try await sandbox.purser("verify", Self.plan)
                let shown = try await sandbox.purser("show", Self.plan)
                #expect(shown.output.contains("vaults/demo/secrets/aks-csi-demo-secret"))
                try await expectNoChange(sandbox)
                try await destroy(sandbox)
                #expect(try await sandbox.observable() == untouched)
            }
        }

        private func expectMountedFiles(_ sandbox: SandboxWorld) async throws {
            let secret = sandbox.contents(of: sandbox.mounted("mnt/csi-demo/aks-csi-demo-secret"))
            #expect(secret == Array(SandboxWorld.secretValue.utf8))
            let certificate = sandbox.contents(of: sandbox.mounted("mnt/csi-demo/aks-csi-demo-cert")) ?? []
            let text = String(decoding: certificate, as: UTF8.self)
            #expect(text.contains("-----BEGIN PRIVATE KEY-----") && text.contains("-----BEGIN CERTIFICATE-----"))
            for (name, frame) in [("tls.crt", "BEGIN CERTIFICATE"), ("tls.key", "BEGIN RSA PRIVATE KEY")] {
                let bytes = sandbox.contents(of: sandbox.mounted("csi-demo-cert/\(name)")) ?? []
                #expect(String(decoding: bytes, as: UTF8.self).contains(frame), "\(name)")
            }
        }

        private func expectNoChange(_ sandbox: SandboxWorld) async throws {
            try await sandbox.clearCalls()
            let again = try await sandbox.purser("plan", Self.plan, "--detailed-exitcode", expecting: 0)
            #expect(again.output.contains("No changes"), "\(again.transcript)")
            let writes = try await sandbox.calls().filter(\.writes)
            #expect(writes.allSatisfy { $0.path.hasSuffix("/token") }, "\(writes)")
            let applied = try await sandbox.purser("apply", Self.plan, "--yes")
            #expect(applied.exitCode == 0)
        }

        private func destroy(_ sandbox: SandboxWorld) async throws {
            let refused = try await sandbox.purser("destroy", Self.plan, expecting: 64)
            #expect(refused.errors.contains("--yes"))
            try await sandbox.clearCalls()
            let destroyed = try await sandbox.purser("destroy", Self.plan, "--yes")
            #expect(destroyed.exitCode == 0, "\(destroyed.transcript)")
            let deletes = try await sandbox.calls().filter { $0.method == "DELETE" && $0.status < 300 }.map(\.path)
            func position(_ part: String) -> Int { deletes.firstIndex { $0.lowercased().contains(part) } ?? -1 }
            #expect(position("/pods/aks-csi-demo") >= 0)
            #expect(position("/pods/aks-csi-demo") < position("/daemonsets/"), "pods before the driver: \(deletes)")
            #expect(position("userassignedidentities") >= 0)
        }

        @Test func `a destroyed vault stays soft-deleted, and a later apply recovers it and says so`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.purser("apply", Self.plan, "--yes")
                try await sandbox.purser("destroy", Self.plan, "--yes")
                let plan = try await sandbox.purser("plan", Self.plan)
                #expect(plan.output.contains("recover"), "\(plan.transcript)")
                #expect(plan.output.contains("soft-deleted"), "\(plan.transcript)")
                try await sandbox.purser("apply", Self.plan, "--yes")
                try await expectMountedFiles(sandbox)
                try await expectNoChange(sandbox)
            }
        }

        @Test func `a saved plan runs as reviewed, and is refused when spec or state changed since`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.purser("plan", Self.plan, "--out", "p.json")
                let text = try await sandbox.purser("show", "p.json")
                #expect(text.output.contains("vaults/demo"))
                try await sandbox.purser("apply", "p.json")
                let stale = try await sandbox.purser("apply", "p.json", expecting: 7)
                #expect(stale.errors.contains("state"), "\(stale.transcript)")
                try sandbox.editSpec("environment: development", "environment: testing")
                try await sandbox.purser("plan", Self.plan, "--out", "q.json")
                try sandbox.editSpec("environment: testing", "environment: staging")
                let changed = try await sandbox.purser("apply", "q.json", expecting: 7)
                #expect(changed.errors.contains("spec"), "\(changed.transcript)")
            }
        }
    }
}
