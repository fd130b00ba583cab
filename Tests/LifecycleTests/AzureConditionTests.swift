import Foundation
import PurserClients
import SystemPackage
import Testing

extension Lifecycle {
    /// What Azure brings along or puts in the way: the cluster's own driver, budgets of calls, locks.
    @Suite struct AzureConditionTests {
        private static let plan = "plans/aks-csi-demo"
        private static let group = "aks-csi-demo"

        @Test func `with the cluster's own driver a pod gets its files and no release is made`() async throws {
            try await SandboxWorld.with(arguments: ["--key-vault-add-on"]) { sandbox in
                try withAddOn(sandbox)
                let plan = try await sandbox.purser("plan", Self.plan)
                #expect(!plan.output.contains("releases/"), "\(plan.transcript)")
                // The add-on starts with the sandbox.
                try await Kubectl(sandbox: sandbox)(
                    "wait", "--for=condition=Ready", "pod", "--all", "-n", "kube-system", "--timeout=60s")
                let untouched = try await sandbox.observable()
                try await sandbox.purser("apply", Self.plan, "--yes")
                let mount = sandbox.world.appending("pods/infra/aks-csi-demo/aks-csi-demo/mnt/csi-demo")
                let secret = sandbox.contents(of: mount.appending("aks-csi-demo-secret"))
                #expect(secret == Array(SandboxWorld.secretValue.utf8))
                try await sandbox.purser("plan", Self.plan, "--detailed-exitcode", expecting: 0)
                try await sandbox.purser("verify", Self.plan)
                try await sandbox.purser("destroy", Self.plan, "--yes")
                let differences = try await sandbox.observable().differences(from: untouched)
                #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
            }
        }

        @Test func `a cluster without the add-on is told before anything is made`() async throws {
            try await SandboxWorld.with { sandbox in
                try withAddOn(sandbox)
                let refused = try await sandbox.purser("plan", Self.plan, expecting: nil)
                #expect(refused.exitCode != 0 && refused.errors.contains("add-on"), "\(refused.transcript)")
            }
        }

        /// The demo on the AKS cluster with `csi: addon`, and without a release.
        private func withAddOn(_ sandbox: SandboxWorld) throws {
            try sandbox.editSpec(
                "cluster: {nodeResourceGroup: aks-nodes-west-dev}",
                "cluster: {aks: {group: aks-west-dev, name: aks-west-dev}, csi: addon}")
            try sandbox.editSpec("    release: csi\n", "")
            let path = sandbox.specPath().string
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let begin = try #require(text.range(of: "releases:\n")).lowerBound
            let end = try #require(text.range(of: "namespaces:\n")).lowerBound
            try text.replacingCharacters(in: begin..<end, with: "").write(
                toFile: path, atomically: true, encoding: .utf8)
        }

        @Test func `an apply waits as long as throttling services say, and gets there`() async throws {
            let budgets = ["reads=4/4", "writes=2/1", "vault-requests=3/2"].flatMap { ["--throttle", $0] }
            try await SandboxWorld.with(arguments: budgets) { sandbox in
                try await sandbox.purser("apply", Self.plan, "--yes")
                let refused = try await sandbox.calls().filter { $0.status == 429 }
                #expect(refused.contains { $0.path.lowercased().contains("/resourcegroups/") }, "Resource Manager")
                #expect(refused.contains { !$0.path.lowercased().contains("/subscriptions/") }, "Key Vault")
                try await sandbox.purser("verify", Self.plan)
                try await sandbox.purser("destroy", Self.plan, "--yes")
            }
        }

        @Test func `a lock that forbids a deletion is found before anything is begun`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.purser("apply", Self.plan, "--yes")
                try await lock(sandbox, "CanNotDelete")
                #expect(try await sandbox.purser("plan", Self.plan).output.contains("No changes."))
                let refused = try await sandbox.purser("destroy", Self.plan, "--yes", expecting: 1)
                for address in ["groups/demo", "vaults/demo", "identities/demo"] {
                    #expect(refused.errors.contains("\(address): the lock 'keep' forbids to delete it"))
                }
                #expect(refused.errors.contains("hint: az lock delete --ids /subscriptions/"), "\(refused.transcript)")
                #expect(
                    try await sandbox.calls().filter { $0.method == "DELETE" && $0.path.contains("/pods/") }.isEmpty)
                try await sandbox.purser("verify", Self.plan)
                try await lock(sandbox, nil)
                try await sandbox.purser("destroy", Self.plan, "--yes")
            }
        }

        /// Puts a lock on the demo's group, or takes it away, as `az lock` does.
        private func lock(_ sandbox: SandboxWorld, _ level: String?) async throws {
            try await HelmUser(sandbox: sandbox).withClients { clients in
                let subscription = sandbox.connectionEnvironment["AZURE_SUBSCRIPTION_ID"] ?? ""
                let path =
                    "/subscriptions/\(subscription)/resourceGroups/\(Self.group)/providers/"
                    + "Microsoft.Authorization/locks/keep"
                if let level {
                    _ = try await clients.arm.put(
                        path, apiVersion: "2020-05-01", body: ["properties": ["level": .string(level)]])
                } else {
                    _ = try await clients.arm.delete(path, apiVersion: "2020-05-01")
                }
            }
        }
    }
}
