import Foundation
import PurserTestSupport
import Testing

@testable import PurserClients

/// The process itself, played by a shell script.
struct HelmProcessTests {
    /// As the program does, so that a process that does not read its input is an error and not the end of this one.
    init() { signal(SIGPIPE, SIG_IGN) }

    /// Makes an executable `helm` in a directory of its own.
    private func withHelm(_ script: String, _ body: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "purser-helm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let binary = directory.appending(path: "helm")
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: binary)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: binary.path)
        try await body(directory)
    }

    @Test func `arguments, input and environment reach it, and nothing else does`() async throws {
        try await withHelm(#"echo "$@"; cat; echo; env | grep -vE '^(PWD|SHLVL|_)=' | sort; echo oops >&2; exit 3"#) {
            directory in
            let output = try await HelmProcess(binary: nil).run(
                HelmInvocation(
                    arguments: ["status", "a b"], input: Array("values".utf8),
                    environment: ["PATH": "/nowhere:\(directory.path):/usr/bin:/bin", "HELM_X": "1"]))
            #expect(output.exitCode == 3)
            #expect(
                String(decoding: output.standardOutput, as: UTF8.self)
                    == "status a b\nvalues\nHELM_X=1\nPATH=/nowhere:\(directory.path):/usr/bin:/bin\n")
            #expect(output.standardError == "oops\n")
        }
    }

    @Test func `a signal is told by a negative code`() async throws {
        try await withHelm("kill -9 $$") { directory in
            let output = try await HelmProcess(binary: "\(directory.path)/helm").run(
                HelmInvocation(arguments: [], environment: ["PATH": "/bin"]))
            #expect(output.exitCode == -9)
        }
    }

    /// More than a pipe holds, so that the writer is still at it when the process ends.
    private static let largeInput = [UInt8](repeating: 0x61, count: 1 << 20)

    @Test func `a process that ends before it has read its input tells why itself`() async throws {
        try await withHelm("echo no such release >&2; exit 1") { directory in
            let output = try await HelmProcess(binary: "\(directory.path)/helm").run(
                HelmInvocation(arguments: [], input: Self.largeInput, environment: ["PATH": "/bin"]))
            #expect(output.exitCode == 1)
            #expect(output.standardError == "no such release\n")
        }
    }

    @Test func `a cancelled run stops the process in the middle of its input`() async throws {
        try await withHelm("touch \"$1\"; exec sleep 60") { directory in
            let started = directory.appending(path: "started")
            let run = Task {
                try await HelmProcess(binary: "\(directory.path)/helm").run(
                    HelmInvocation(
                        arguments: [started.path], input: Self.largeInput, environment: ["PATH": "/usr/bin:/bin"]))
            }
            while !FileManager.default.fileExists(atPath: started.path) { await Task.yield() }
            run.cancel()
            let output = try await run.value
            #expect(output.exitCode == -15)
        }
    }

    @Test func `a run cancelled before it began stops too`() async throws {
        try await withHelm("exec sleep 60") { directory in
            let run = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await HelmProcess(binary: "\(directory.path)/helm").run(
                    HelmInvocation(arguments: [], input: Self.largeInput, environment: ["PATH": "/usr/bin:/bin"]))
            }
            let output = try await run.value
            #expect(output.exitCode == -15)
        }
    }

    @Test func `one that does not end in time is stopped, and told`() async throws {
        try await withHelm("exec sleep 60") { directory in
            let error = await #expect(throws: ServiceError.self) {
                try await HelmProcess(binary: "\(directory.path)/helm", clock: ManualClock()).run(
                    HelmInvocation(
                        arguments: ["template"], environment: ["PATH": "/usr/bin:/bin"], limit: .seconds(7)))
            }
            #expect(error?.code == "HelmTimedOut")
            #expect(error?.message == "helm template did not end within 7 seconds and was stopped")
        }
    }

    @Test(arguments: [nil, "/nowhere/helm", "other-helm"])
    func `a missing binary is told`(binary: String?) async throws {
        let error = await #expect(throws: ServiceError.self) {
            try await HelmProcess(binary: binary).run(
                HelmInvocation(arguments: [], environment: ["PATH": "/nowhere"]))
        }
        #expect(error?.code == "HelmNotFound")
        #expect(error?.outcomeUnknown == false)
    }
}
