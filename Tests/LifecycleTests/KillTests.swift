import Foundation
import Subprocess
import SystemPackage
import Testing

#if os(Linux)
    extension Lifecycle {
        /// The built binary is killed at each moment at which it changes what it knows: before, in the middle of and
        /// after each write to the journal, the replacing of state, and the removal of the journal.
        @Suite struct KillTests {
            private static let plan = "plans/aks-csi-demo"

            private enum When: String, CaseIterable { case before, half, after }

            /// Every moment in every way takes a quarter of an hour: `PURSER_FULL_MATRIX=1` asks for it. Otherwise every
            /// fifth moment, in one of the ways by turns.
            private static func ways(_ moment: Int) -> [When] {
                if ProcessInfo.processInfo.environment["PURSER_FULL_MATRIX"] == "1" { return When.allCases }
                return moment % 5 == 1 ? [When.allCases[moment / 5 % When.allCases.count]] : []
            }

            @Test func `whatever is killed between two writes is undone or finished by recover`() async throws {
                try await SandboxWorld.with { sandbox in
                    let killSwitch = try await Self.compiledKillSwitch(in: sandbox.directory)
                    // What the services keep from one attempt is there for all: the comparison is between attempts.
                    try await sandbox.purser("apply", Self.plan, "--yes")
                    try await sandbox.purser("destroy", Self.plan, "--yes")
                    let empty = try await sandbox.observable()
                    let log = sandbox.directory.appending("moments")
                    try await sandbox.purser(
                        "apply", Self.plan, "--yes", environment: ["LD_PRELOAD": killSwitch, "KILL_LOG": log.string])
                    try await sandbox.purser("destroy", Self.plan, "--yes")
                    let moments = sandbox.contents(of: log)?.count ?? 0
                    // Begin, two for each of 13 steps, state, and the journal's end.
                    try #require(moments >= 28)
                    var outcomes: [String: Int] = [:]
                    for moment in 1...moments {
                        for when in Self.ways(moment) {
                            let killed = try await sandbox.purser(
                                "apply", Self.plan, "--yes",
                                environment: [
                                    "LD_PRELOAD": killSwitch, "KILL_AT": "\(moment)", "KILL_WHEN": when.rawValue,
                                ], expecting: 128 + 9)
                            // The last two put state in place and remove the journal: the run had ended before.
                            let outcome = try await recovered(
                                sandbox, moment, hasEnded: moment >= moments - 1, empty,
                                "\(when) moment \(moment) of \(moments)", killed)
                            outcomes["\(outcome), killed \(when)", default: 0] += 1
                        }
                    }
                    let table = outcomes.sorted { $0.key < $1.key }.map { "| \($0.key) | \($0.value) |" }
                    print("| outcome | times |\n|---|---|\n\(table.joined(separator: "\n"))")
                    try await sandbox.purser("apply", Self.plan, "--yes")
                    try await sandbox.purser("plan", Self.plan, "--detailed-exitcode", expecting: 0)
                }
            }

            /// Undoes or resumes by turns, and compares with the world that is then due; leaves nothing applied.
            private func recovered(
                _ sandbox: SandboxWorld, _ moment: Int, hasEnded: Bool, _ empty: ObservedWorld, _ place: String,
                _ killed: ToolRun
            ) async throws -> String {
                guard sandbox.contents(of: sandbox.journalFile) != nil else {
                    // Before the first line, or after the last: one of the two worlds is there, and nothing is told.
                    if sandbox.contents(of: sandbox.stateFile) == nil {
                        try await expectEqual(sandbox, empty, place, killed)
                        return "nothing to recover, untouched"
                    }
                    try await expectApplied(sandbox, place)
                    return "nothing to recover, applied"
                }
                let resumes = moment % 2 == 0
                let run = try await sandbox.purser(
                    "recover", Self.plan, resumes ? "--resume" : "--undo", "--yes", expecting: nil)
                #expect(run.exitCode == 0, "\(place)\n\(run.transcript)")
                #expect(sandbox.contents(of: sandbox.journalFile) == nil, "\(place)\n\(run.transcript)")
                if resumes || hasEnded {
                    try await expectApplied(sandbox, place)
                    return hasEnded ? "brought to its end" : "resumed"
                }
                try await expectEqual(sandbox, empty, place, run)
                return "undone"
            }

            private func expectEqual(
                _ sandbox: SandboxWorld, _ empty: ObservedWorld, _ place: String, _ run: ToolRun
            ) async throws {
                let differences = try await sandbox.observable().differences(from: empty)
                #expect(differences.isEmpty, "\(place)\n\(differences.joined(separator: "\n"))\n\(run.transcript)")
            }

            private func expectApplied(_ sandbox: SandboxWorld, _ place: String) async throws {
                let again = try await sandbox.purser("plan", Self.plan, "--detailed-exitcode", expecting: nil)
                #expect(again.exitCode == 0, "\(place)\n\(again.transcript)")
                try await sandbox.purser("verify", Self.plan)
                try await sandbox.purser("destroy", Self.plan, "--yes")
            }

            /// The path of the library that is loaded into the tool. The compiler comes with Swift.
            private static func compiledKillSwitch(in directory: FilePath) async throws -> String {
                let library = directory.appending("killswitch.so")
                let source = BuiltTools.checkout.appending("Tests/Fixtures/KillSwitch/killswitch.c")
                let result = try await Subprocess.run(
                    .name("clang"), arguments: ["-shared", "-fPIC", "-O1", "-o", library.string, source.string],
                    input: .none, output: .discarded, error: .string(limit: 1 << 16))
                try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
                return library.string
            }
        }
    }
#endif
