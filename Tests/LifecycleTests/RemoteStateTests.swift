import Foundation
import PurserClients
import SystemPackage
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Lifecycle {
    /// State in Blob storage: the built binary, and no file of its own on this machine.
    @Suite struct RemoteStateTests {
        private static let plan = "plans/aks-csi-demo"
        private static let state = "azblob://pursersandboxstate/state/team"
        private static let inMiddle: JSONValue = ["method": "PUT", "path": "/secrets/*", "plane": "vault"]

        private func blobs(_ sandbox: SandboxWorld) -> [String] {
            let folder = sandbox.world.appending("store/blobs/pursersandboxstate/state/team/aks-csi-demo")
            return ((try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []).sorted()
        }

        private func expectNothingHere(_ sandbox: SandboxWorld) {
            #expect(!FileManager.default.fileExists(atPath: sandbox.directory.appending("state").string))
        }

        @Test func `an environment lives with its state elsewhere`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.purser("apply", Self.plan, "--yes", "--state", Self.state)
                #expect(blobs(sandbox) == ["lock.json", "state%2Ejson.json"])
                let again = try await sandbox.purser(
                    "plan", Self.plan, "--detailed-exitcode", environment: ["PURSER_STATE": Self.state])
                #expect(again.output.contains("No changes"), "\(again.transcript)")
                let listed = try await sandbox.purser("state", "list", "aks-csi-demo", "--state", Self.state)
                #expect(listed.output.contains("vaults/demo/secrets/aks-csi-demo-secret\n"), "\(listed.transcript)")
                let shown = try await sandbox.purser("show", Self.plan, "--state", Self.state)
                #expect(shown.output.contains("azblob://pursersandboxstate/state/team/aks-csi-demo/state.json"))
                try await sandbox.purser("verify", Self.plan, "--state", Self.state)
                try await sandbox.purser("doctor", Self.plan, "--state", Self.state)
                let unlocked = try await sandbox.purser("state", "unlock", Self.plan, "--state", Self.state)
                #expect(unlocked.transcript.contains("is not locked"))
                try await sandbox.purser("destroy", Self.plan, "--yes", "--state", Self.state)
                let gone = try await sandbox.purser("state", "list", Self.plan, "--state", Self.state)
                #expect(gone.output.isEmpty)
                expectNothingHere(sandbox)
            }
        }

        @Test func `what a run costs is known`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.clearCalls()
                try await sandbox.purser("apply", Self.plan, "--yes", "--state", Self.state)
                let isOurs = { (call: SandboxWorld.Call) in call.path.hasPrefix("/state/team/") }
                let calls = try await sandbox.calls().filter(isOurs)
                print("apply: \(calls.count) calls to the state")
                // Lock 5, reads 4, two lines for each of 13 steps at most, begin and end, state, removal, release.
                #expect((20...42).contains(calls.count), "\(calls.map { "\($0.method) \($0.path) \($0.status)" })")
                try await sandbox.clearCalls()
                try await sandbox.purser("plan", Self.plan, "--state", Self.state)
                #expect(try await sandbox.calls().filter(isOurs).allSatisfy { $0.method == "GET" })
            }
        }

        @Test func `a killed run blocks the next one until its lock is taken away, and is undone`() async throws {
            try await SandboxWorld.with { sandbox in
                let untouched = try await sandbox.observable()
                try await stopInMiddle(sandbox) { kill($0, SIGKILL) }
                #expect(blobs(sandbox).contains("journal%2Endjson.json"))
                let journal = try #require(
                    sandbox.contents(
                        of: sandbox.world.appending(
                            "store/blobs/pursersandboxstate/state/team/aks-csi-demo/journal%2Endjson.json")))
                #expect(!String(decoding: journal, as: UTF8.self).contains(SandboxWorld.secretValue))
                let blocked = try await sandbox.purser(
                    "recover", Self.plan, "--undo", "--yes", "--state", Self.state, expecting: 6)
                #expect(blocked.errors.contains("state/locked") && blocked.errors.contains("apply by "))
                try await sandbox.purser("state", "unlock", Self.plan, "--state", Self.state, expecting: 6)
                let taken = try await sandbox.purser("state", "unlock", Self.plan, "--force", "--state", Self.state)
                #expect(taken.transcript.contains("The lock was taken from apply by "), "\(taken.transcript)")
                let told = try await sandbox.purser("plan", Self.plan, "--state", Self.state, expecting: nil)
                #expect(told.errors.contains("recover"), "\(told.transcript)")
                try await sandbox.purser("recover", Self.plan, "--undo", "--yes", "--state", Self.state)
                let differences = try await sandbox.observable().differences(from: untouched)
                #expect(differences.isEmpty, "\(differences)")
                #expect(!blobs(sandbox).contains("journal%2Endjson.json"))
                expectNothingHere(sandbox)
            }
        }

        @Test func `a run whose lock was taken away gives up, and writes nothing over the other's`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.orderFault(["match": Self.inMiddle, "times": 1, "fault": ["delay": 12]])
                let run = try await sandbox.purser("apply", Self.plan, "--yes", "--state", Self.state) { _ in
                    try await sandbox.waitForFault()
                    try await sandbox.purser("state", "unlock", Self.plan, "--force", "--state", Self.state)
                    try await sandbox.purser("recover", Self.plan, "--undo", "--yes", "--state", Self.state)
                }
                #expect(run.exitCode == 4, "\(run.transcript)")
                #expect(run.errors.contains("state/lock-lost"), "\(run.transcript)")
                #expect(!blobs(sandbox).contains("journal%2Endjson.json"), "\(run.transcript)")
            }
        }

        @Test func `an interrupted run gives its lock back`() async throws {
            try await SandboxWorld.with { sandbox in
                try await stopInMiddle(sandbox) { kill($0, SIGINT) }
                try await sandbox.purser("apply", Self.plan, "--yes", "--state", Self.state)
            }
        }

        private func stopInMiddle(
            _ sandbox: SandboxWorld, _ stop: @escaping @Sendable (pid_t) -> Void
        ) async throws {
            try await sandbox.orderFault(["match": Self.inMiddle, "times": 1, "fault": ["delay": 4]])
            _ = try await sandbox.purser("apply", Self.plan, "--yes", "--state", Self.state) { pid in
                try await sandbox.waitForFault()
                stop(pid)
            }
            try await sandbox.clearFaults()
        }

        @Test(arguments: [
            (
                403, "AuthorizationPermissionMismatch", 3,
                "az role assignment create --role 'Storage Blob Data Contributor'"
            ),
            (403, "AuthorizationFailure", 3, "az storage account network-rule add --account-name pursersandboxstate"),
            (404, "ContainerNotFound", 1, "az storage container create --account-name pursersandboxstate --name state"),
        ])
        func `a refusal of the service is told with the way out`(
            _ status: Int, _ code: String, _ exitCode: Int, _ hint: String
        ) async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.orderFault([
                    "match": ["plane": "blob"], "fault": ["status": .integer(status), "code": .string(code)],
                ])
                let run = try await sandbox.purser(
                    "apply", Self.plan, "--yes", "--state", Self.state, expecting: exitCode)
                #expect(run.errors.contains(code) && run.errors.contains(hint), "\(run.transcript)")
            }
        }

        @Test func `a place that is none is refused before anything is asked`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.clearCalls()
                let run = try await sandbox.purser(
                    "plan", Self.plan, "--state", "azblob://Not_An_Account/state", expecting: 64)
                #expect(run.errors.contains("state/invalid-place"), "\(run.transcript)")
                #expect(run.errors.contains("azblob://ACCOUNT/CONTAINER"), "\(run.transcript)")
                let none = try await sandbox.purser(
                    "plan", Self.plan, "--state", "azblob://nobodysaccount/state", expecting: 1)
                #expect(none.errors.contains("there is no storage account 'nobodysaccount'"), "\(none.transcript)")
            }
        }
    }
}
