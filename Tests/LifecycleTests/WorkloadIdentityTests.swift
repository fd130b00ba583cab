import PurserClients
import SystemPackage
import Testing

extension Lifecycle {
    /// A pod that reads an RBAC vault as its service account, with a cluster that is looked up in Azure.
    @Suite struct WorkloadIdentityTests {
        private static let plan = "plans/workload-identity"

        @Test func `a pod gets its files as its service account, from the spec alone`() async throws {
            try await SandboxWorld.with(plan: "workload-identity", arguments: ["--propagation-delay", "1"]) { sandbox in
                let untouched = try await sandbox.observable()
                let plan = try await sandbox.purser("plan", Self.plan)
                for address in [
                    "identities/payments/federatedCredentials/shop-payments", "serviceAccounts/shop.payments",
                    "vaults/shop/access/payments", "vaults/shop/access/deployer", "namespaces/shop",
                ] {
                    #expect(plan.output.contains(address), "\(address)\n\(plan.transcript)")
                }
                try await sandbox.purser("apply", Self.plan, "--yes")
                let paths = try await sandbox.calls().map { $0.path.lowercased() }
                #expect(paths.contains { $0.hasSuffix("/managedclusters/aks-west-dev/listclusterusercredential") })
                let file = sandbox.world.appending("pods/shop/payments/payments/mnt/secrets/database-password")
                #expect(sandbox.contents(of: file) == Array(SandboxWorld.secretValue.utf8))
                let again = try await sandbox.purser("plan", Self.plan, "--detailed-exitcode", expecting: 0)
                #expect(again.output.contains("No changes"), "\(again.transcript)")
                try await sandbox.purser("verify", Self.plan)
                try await sandbox.purser("destroy", Self.plan, "--yes")
                #expect(try await sandbox.observable() == untouched)
            }
        }

        @Test func `a failed run leaves neither credential nor account nor role`() async throws {
            try await SandboxWorld.with(plan: "workload-identity") { sandbox in
                let untouched = try await sandbox.observable()
                try await sandbox.orderFault([
                    "match": ["method": "PATCH", "path": "~/pods/payments"],
                    "fault": ["status": 403, "code": "Forbidden"],
                ])
                let failed = try await sandbox.purser("apply", Self.plan, "--yes", expecting: nil)
                #expect(failed.exitCode == 3 || failed.exitCode == 1, "\(failed.transcript)")
                try await sandbox.clearFaults()
                #expect(try await sandbox.observable() == untouched)
            }
        }
    }
}
