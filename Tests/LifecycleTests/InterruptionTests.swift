import Foundation
import PurserClients
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Lifecycle {
    /// Runs that do not come to their end: killed, or stopped by the user.
    @Suite struct InterruptionTests {
        private static let plan = "plans/aks-csi-demo"

        /// Calls of a run at which it is killed, from the first write to the last.
        private static let moments: [(name: String, match: JSONValue)] = [
            ("group", ["method": "PUT", "path": "*/resourcegroups/aks-csi-demo", "plane": "arm"]),
            ("vault", ["method": "PUT", "path": "*/vaults/csi-demo-keyvault", "plane": "arm"]),
            ("secret", ["method": "PUT", "path": "/secrets/*", "plane": "vault"]),
            ("class", ["method": "PATCH", "path": "*/secretproviderclasses/*", "plane": "kubernetes"]),
            ("pod", ["method": "PATCH", "path": "*/pods/aks-csi-demo", "plane": "kubernetes"]),
        ]

        @Test func `a killed run is told by the next command, and undone by recover`() async throws {
            try await SandboxWorld.with { sandbox in
                let untouched = try await sandbox.observable()
                for moment in Self.moments {
                    try await kill(sandbox, at: moment.match, moment.name)
                    let told = try await sandbox.purser("plan", Self.plan, expecting: nil)
                    #expect(told.errors.contains("recover"), "\(moment.name)\n\(told.transcript)")
                    let recovered = try await sandbox.purser("recover", Self.plan, "--undo", "--yes")
                    #expect(sandbox.contents(of: sandbox.journalFile) == nil, "\(moment.name)")
                    let differences = try await sandbox.observable().differences(from: untouched)
                    #expect(differences.isEmpty, "\(moment.name)\n\(differences)\n\(recovered.transcript)")
                }
            }
        }

        @Test func `a killed run is finished by recover, with no orphan and nothing made twice`() async throws {
            for moment in Self.moments {
                try await SandboxWorld.with { sandbox in
                    try await kill(sandbox, at: moment.match, moment.name)
                    let finished = try await sandbox.purser("recover", Self.plan, "--resume", "--yes")
                    #expect(finished.exitCode == 0, "\(moment.name)\n\(finished.transcript)")
                    let again = try await sandbox.purser("plan", Self.plan, "--detailed-exitcode", expecting: 0)
                    #expect(again.output.contains("No changes"), "\(moment.name)\n\(again.transcript)")
                    try await sandbox.purser("verify", Self.plan)
                }
            }
        }

        /// The call hangs in the sandbox, is carried out there, and the tool is killed before it hears of it.
        private func kill(_ sandbox: SandboxWorld, at match: JSONValue, _ name: String) async throws {
            try await sandbox.orderFault(["match": match, "times": 1, "fault": ["delay": 2]])
            try await sandbox.clearCalls()
            let run = try await sandbox.purser("apply", Self.plan, "--yes", expecting: nil) { pid in
                try await sandbox.waitForFault()
                _ = Glibc.kill(pid, SIGKILL)
            }
            #expect(run.exitCode == 128 + 9, "\(name)\n\(run.transcript)")
            try await sandbox.clearFaults()
            #expect(sandbox.contents(of: sandbox.journalFile) != nil, "\(name)")
        }

        @Test func `one Ctrl-C undoes what was done and says so once`() async throws {
            try await SandboxWorld.with { sandbox in
                let untouched = try await sandbox.observable()
                try await sandbox.orderFault(["match": Self.moments[3].match, "times": 1, "fault": ["delay": 1]])
                let run = try await sandbox.purser("apply", Self.plan, "--yes", expecting: 130) { pid in
                    try await sandbox.waitForFault()
                    _ = Glibc.kill(pid, SIGINT)
                }
                try await sandbox.clearFaults()
                #expect(run.errors.contains("Everything is as it was"), "\(run.transcript)")
                #expect(sandbox.contents(of: sandbox.stateFile) == nil)
                let differences = try await sandbox.observable().differences(from: untouched)
                #expect(differences.isEmpty, "\(differences)\n\(run.transcript)")
            }
        }

        @Test func `Ctrl-C ends the wait for a pod that will never be ready`() async throws {
            try await SandboxWorld.with { sandbox in
                // The container asks for a Secret that nobody makes.
                try sandbox.editSpec(
                    "image: andriktr/utils:1.0.1",
                    "image: andriktr/utils:1.0.1\n          "
                        + "env: [{name: X, valueFrom: {secretKeyRef: {name: nobody, key: x}}}]")
                let run = try await sandbox.purser("apply", Self.plan, "--yes", expecting: 130) { pid in
                    try await sandbox.waitForCall("PATCH", "/pods/aks-csi-demo")
                    _ = Glibc.kill(pid, SIGINT)
                }
                #expect(run.errors.contains("Everything is as it was"), "\(run.transcript)")
                #expect(sandbox.contents(of: sandbox.stateFile) == nil)
            }
        }

        @Test func `two Ctrl-C stop at once, and recover works`() async throws {
            try await SandboxWorld.with { sandbox in
                let untouched = try await sandbox.observable()
                try await sandbox.orderFault(["match": Self.moments[1].match, "times": 1, "fault": ["delay": 20]])
                let run = try await sandbox.purser("apply", Self.plan, "--yes", expecting: 130) { pid in
                    try await sandbox.waitForFault()
                    _ = Glibc.kill(pid, SIGINT)
                    try await Task.sleep(for: .milliseconds(300))
                    _ = Glibc.kill(pid, SIGINT)
                }
                try await sandbox.clearFaults()
                #expect(run.errors.contains("recover"), "\(run.transcript)")
                try await sandbox.purser("recover", Self.plan, "--undo", "--yes")
                let differences = try await sandbox.observable().differences(from: untouched)
                #expect(differences.isEmpty, "\(differences)")
            }
        }
    }
}
