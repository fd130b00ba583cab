import Foundation
import PurserClients
import PurserTestSupport
import SystemPackage
import Testing

extension Lifecycle {
    /// What people have made by hand becomes a spec that says what is there, with the built tools.
    @Suite(.enabled(if: Kubectl.isInstalled, "needs kubectl")) struct ImportTests {
        private static let file = "plans/found/environment.yaml"

        @Test func `a set-up made by hand is imported, and a plan of it is empty`() async throws {
            try await SandboxWorld.with { sandbox in
                try await ManualSetup(sandbox: sandbox).make()
                let before = try await sandbox.observable()
                try await sandbox.clearCalls()
                let imported = try await sandbox.purser(
                    "import", "--environment", "found", "--pod", "infra/aks-csi-demo", "--out", Self.file)
                for code in ["import/old-class-version", "import/chart-repository"] {
                    #expect(imported.errors.contains(code), "\(imported.transcript)")
                }
                try await expectOnlyReads(sandbox)
                let text = String(decoding: sandbox.contents(of: sandbox.specPath("found")) ?? [], as: UTF8.self)
                #expect(text.contains("aks-csi-demo-identity"), "\(imported.transcript)\(text)")
                #expect(!text.contains(SandboxWorld.secretValue))
                expectGolden(text, "Import/by-hand.yaml")
                let mode = try FileManager.default.attributesOfItem(atPath: sandbox.specPath("found").string)[
                    .posixPermissions]
                #expect(mode as? Int == 0o644)

                try await sandbox.clearCalls()
                let plan = try await sandbox.purser("plan", "plans/found", "--detailed-exitcode")
                #expect(plan.output.contains("No changes"), "\(plan.transcript)\(text)")
                #expect(!plan.errors.contains("warning"), "\(plan.transcript)")
                try await expectOnlyReads(sandbox)
                let verified = try await sandbox.purser("verify", "plans/found")
                #expect(verified.output.contains("secret/aks-csi-demo-secret"), "\(verified.transcript)")
                try await sandbox.purser("apply", "plans/found", "--yes")
                #expect(try await sandbox.observable() == before)
            }
        }

        @Test func `what is marked as the environment's own, and not said to exist, is adopted`() async throws {
            try await SandboxWorld.with { sandbox in
                let setup = ManualSetup(sandbox: sandbox)
                try await setup.make()
                try await sandbox.purser(
                    "import", "--environment", "found", "--pod", "infra/aks-csi-demo", "--out", Self.file)
                let path = sandbox.specPath("found").string
                let text = try String(contentsOfFile: path, encoding: .utf8)
                let ours = text.replacing(
                    "    group: aks-csi-demo\n    existing: true\n    nodes:",
                    with: "    group: aks-csi-demo\n    nodes:")
                #expect(ours != text)
                try ours.write(toFile: path, atomically: true, encoding: .utf8)
                let refused = try await sandbox.purser("plan", "plans/found", expecting: 1)
                #expect(refused.errors.contains("plan/already-exists"), "\(refused.transcript)")
                try await setup.markIdentity(of: "found")
                let plan = try await sandbox.purser("plan", "plans/found", "--detailed-exitcode", expecting: 2)
                #expect(plan.output.contains("1 to adopt"), "\(plan.transcript)")
                try await sandbox.purser("apply", "plans/found", "--yes")
                let again = try await sandbox.purser("plan", "plans/found", "--detailed-exitcode")
                #expect(again.output.contains("No changes"), "\(again.transcript)")
                try await sandbox.purser("verify", "plans/found")
            }
        }

        @Test func `a namespace is imported with its workloads, each once, and a plan of it is empty`() async throws {
            try await SandboxWorld.with { sandbox in
                try await ManualSetup(sandbox: sandbox).make()
                let kubectl = try Kubectl(sandbox: sandbox)
                try await kubectl("apply", "-f", "-", input: ManualSetup.deployment)
                try await kubectl("rollout", "status", "deployment/shop", "-n", "infra", "--timeout=60s")
                let imported = try await sandbox.purser(
                    "import", "--environment", "found", "--namespace", "infra", "--out", Self.file)
                let text = String(decoding: sandbox.contents(of: sandbox.specPath("found")) ?? [], as: UTF8.self)
                #expect(text.contains("workloads:\n  shop:\n    kind: Deployment\n"), "\(imported.transcript)\(text)")
                #expect(!text.contains("hunter2"))
                #expect(text.contains("$${MODE} $$${MODE} $(MODE)"), "\(text)")
                #expect(imported.errors.contains("import/secret-left-out"), "\(imported.transcript)")
                let plan = try await sandbox.purser("plan", "plans/found", "--detailed-exitcode")
                #expect(plan.output.contains("No changes"), "\(plan.transcript)\(text)")
                let verified = try await sandbox.purser("verify", "plans/found")
                #expect(verified.output.contains("workloads/shop"), "\(verified.transcript)")
                let again = try await sandbox.purser(
                    "import", "--environment", "found", "--namespace", "infra", "--out", Self.file, expecting: 64)
                #expect(again.errors.contains("--force"))
            }
        }

        private func expectOnlyReads(_ sandbox: SandboxWorld) async throws {
            let calls = try await sandbox.calls()
            #expect(!calls.isEmpty)
            #expect(calls.filter(\.writes).allSatisfy { $0.path.hasSuffix("/token") }, "\(calls.filter(\.writes))")
            // A secret's value comes from `/secrets/NAME` and `/secrets/NAME/VERSION`.
            let values = calls.filter { call in
                let parts = call.path.split(separator: "/")
                return parts.first == "secrets" && parts.count > 1 && parts.last != "versions"
            }
            #expect(values.isEmpty, "\(values)")
        }
    }
}
