import Foundation
import PurserClients
import PurserTestSupport
import SystemPackage
import Testing

extension Lifecycle {
    /// Plans of somebody who may only look, and not everywhere.
    @Suite struct ReaderTests {
        private static let plan = "plans/aks-csi-demo"

        @Test func `with a reader's role alone, a plan of what is not there yet is made`() async throws {
            try await SandboxWorld.with { sandbox in
                var reader = try await Stranger.principal(in: sandbox, role: "Reader")
                try await reader.becomeServiceAccount()
                let run = try await reader.purser("plan", Self.plan)
                #expect(run.output.hasSuffix("Plan: 13 to create.\n"))
                expectGolden(reader.settled(run.errors), "Reader/nothing-there.txt")
            }
        }

        @Test func `a plan of what is there says what of it could not be seen, and touches nothing`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.purser("apply", Self.plan, "--yes")
                var reader = try await Stranger.principal(in: sandbox, role: "Reader")
                try await reader.becomeServiceAccount()
                try await reader.grant([
                    "kubectl create clusterrole stranger-looks --verb=get,list --resource=namespaces,pods,serviceaccounts",
                    "kubectl create clusterrolebinding stranger-looks --clusterrole=stranger-looks --serviceaccount=default:stranger",
                ])
                let state = sandbox.contents(of: sandbox.stateFile)
                try await sandbox.clearCalls()
                let run = try await reader.purser("plan", Self.plan)
                expectGolden(reader.settled(run.output), "Reader/there.txt")
                expectGolden(reader.settled(run.errors), "Reader/there-unseen.txt")
                #expect(!run.transcript.contains(SandboxWorld.secretValue))
                #expect(sandbox.contents(of: sandbox.stateFile) == state)
                let refused = try await sandbox.calls().filter { $0.status == 403 }
                #expect(refused.contains { $0.path.hasPrefix("/secrets/") })
                let written = try await sandbox.calls().filter { $0.writes && $0.status < 300 }.map(\.path)
                #expect(written.allSatisfy { $0.hasSuffix("/token") }, "\(written)")
            }
        }

        /// The list of deleted vaults is the subscription's, which a role at a group does not open.
        @Test func `whoever may read one group alone is told that a deleted vault could not be seen`() async throws {
            try await SandboxWorld.with { sandbox in
                let subscription = try #require(sandbox.connectionEnvironment["AZURE_SUBSCRIPTION_ID"])
                let spec = """
                    apiVersion: purser/v1
                    environment: one-group
                    variables:
                      tenant: {env: AZURE_TENANT_ID}
                      subscription: {env: AZURE_SUBSCRIPTION_ID}
                    azure: {tenant: "${var.tenant}", subscription: "${var.subscription}", location: westeurope}
                    groups:
                      aks: {name: aks-west-dev, existing: true}
                    vaults:
                      ours: {name: one-group-vault, group: aks, authorization: policies}

                    """
                try Data(spec.utf8).write(to: URL(fileURLWithPath: sandbox.directory.appending("one.yaml").string))
                let reader = try await Stranger.principal(
                    in: sandbox, role: "Reader", scope: "/subscriptions/\(subscription)/resourceGroups/aks-west-dev")
                let run = try await reader.purser("plan", "one.yaml")
                expectGolden(reader.settled(run.errors + run.output), "Reader/one-group.txt")
            }
        }
    }
}
