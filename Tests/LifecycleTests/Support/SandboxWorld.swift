import Foundation
import PurserClients
import Subprocess
import SystemPackage
import Testing

/// A running sandbox with a working directory beside it: where a test plays the user.
struct SandboxWorld: Sendable {
    /// Holds `plans/` and `state/`; commands run here.
    let directory: FilePath
    /// The sandbox's own world on disk.
    let world: FilePath
    /// Where `purser` and what it starts look for programs.
    private(set) var searchPath = BuiltTools.searchPath
    private let connection: JSONValue
    private let transport: AsyncHTTPTransport

    static let secretValue = "Pa55-of-the-demo-\(UUID().uuidString)"

    /// Starts a sandbox, runs `body`, and stops the sandbox. `plan` is a directory of the checkout's `plans/`.
    static func with(
        plan: String = "aks-csi-demo", arguments: [String] = [], _ body: (SandboxWorld) async throws -> Void
    ) async throws {
        let directory = FilePath(NSTemporaryDirectory()).appending("purser-lifecycle-\(UUID().uuidString)")
        let world = directory.appending("world")
        try FileManager.default.createDirectory(atPath: world.string, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: directory.appending("plans").string, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: BuiltTools.checkout.appending("plans/\(plan)").string,
            toPath: directory.appending("plans/\(plan)").string)
        defer { try? FileManager.default.removeItem(atPath: directory.string) }
        try await serve(world, arguments) { connection, transport in
            try await body(
                SandboxWorld(directory: directory, world: world, connection: connection, transport: transport))
        }
    }

    /// Runs the sandbox process while `body` runs. May be called again on the same world: it survives.
    static func serve(
        _ world: FilePath, _ arguments: [String] = [], _ body: (JSONValue, AsyncHTTPTransport) async throws -> Void
    ) async throws {
        _ = try await Subprocess.run(
            .path(BuiltTools.sandbox), arguments: Arguments(["--directory", world.string] + arguments), input: .none,
            output: .sequence, error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
        ) { execution in
            try await Self.waitUntilReady(execution.standardOutput)
            let file = URL(fileURLWithPath: world.appending("connection.json").string)
            let connection = try JSONValue(parsing: [UInt8](Data(contentsOf: file)))
            let authority = connection["caFile"]?.string ?? ""
            let transport = AsyncHTTPTransport(environment: ["SSL_CERT_FILE": authority])
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(connection, transport))
            } catch {
                outcome = .failure(error)
            }
            await transport.shutdown()
            try execution.send(signal: .terminate)
            try outcome.get()
        }
    }

    /// The sandbox prints one line when all its listeners listen.
    private static func waitUntilReady(_ output: SubprocessOutputSequence) async throws {
        var text = ""
        for try await buffer in output {
            text += buffer.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            if text.contains("\n") { return }
        }
        Issue.record("the sandbox did not start: \(text)")
    }

    // MARK: The tool

    /// The same world, in which `helm` is this one.
    func with(_ helm: HelmProgram) throws -> SandboxWorld {
        var world = self
        world.searchPath = "\(try helm.directory(below: directory)):\(searchPath)"
        return world
    }

    func environment(_ more: [String: String] = [:]) -> [String: String] {
        [
            "PATH": searchPath, "HOME": directory.string, "PURSER_SANDBOX": world.string,
            "SECRET_VALUE": Self.secretValue, "CI": "true", "LANG": "C.UTF-8",
        ].merging(more) { _, new in new }
    }

    /// Runs `purser` in the working directory with `--sandbox`.
    @discardableResult
    func purser(
        _ arguments: String..., environment more: [String: String] = [:], expecting exitCode: Int? = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ToolRun {
        try await tool(arguments, more, exitCode, sourceLocation) { _ in }
    }

    /// The same, with a closure that may send signals to the running process.
    @discardableResult
    func purser(
        _ arguments: String..., environment more: [String: String] = [:], expecting exitCode: Int? = nil,
        sourceLocation: SourceLocation = #_sourceLocation,
        during body: @Sendable (_ pid: pid_t) async throws -> Void
    ) async throws -> ToolRun {
        try await tool(arguments, more, exitCode, sourceLocation, body)
    }

    /// Runs `purser` with arguments that a test has put together, whatever comes of it.
    func run(_ arguments: [String], environment more: [String: String] = [:]) async throws -> ToolRun {
        try await tool(arguments, more, nil, #_sourceLocation) { _ in }
    }

    private func tool(
        _ arguments: [String], _ more: [String: String], _ exitCode: Int?, _ sourceLocation: SourceLocation,
        _ body: @Sendable (_ pid: pid_t) async throws -> Void
    ) async throws -> ToolRun {
        let given = environment(more).map { (Environment.Key(rawValue: $0) ?? "", $1) }
        let result = try await Subprocess.run(
            .path(BuiltTools.purser), arguments: Arguments(arguments + ["--sandbox"]),
            environment: .custom(Dictionary(given) { _, last in last }), workingDirectory: directory, input: .none,
            output: .string(limit: 16 << 20), error: .string(limit: 16 << 20)
        ) { execution in
            try await body(execution.processIdentifier.value)
        }
        let finished = ToolRun(
            arguments: arguments, exitCode: result.terminationStatus.code,
            output: result.standardOutput, errors: result.standardError)
        if let exitCode, finished.exitCode != exitCode {
            Issue.record("expected exit \(exitCode)\n\(finished.transcript)", sourceLocation: sourceLocation)
        }
        return finished
    }

    // MARK: The spec

    func specPath(_ plan: String = "aks-csi-demo") -> FilePath {
        directory.appending("plans/\(plan)/environment.yaml")
    }

    /// Changes the demo's spec; fails the test if the text to replace is not there.
    func editSpec(
        _ old: String, _ new: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let text = try String(contentsOfFile: specPath().string, encoding: .utf8)
        #expect(text.contains(old), "the spec has no '\(old)'", sourceLocation: sourceLocation)
        try text.replacing(old, with: new).write(toFile: specPath().string, atomically: true, encoding: .utf8)
    }

    var stateFile: FilePath { directory.appending("state/aks-csi-demo/state.json") }
    var journalFile: FilePath { directory.appending("state/aks-csi-demo/journal.ndjson") }

    func contents(of path: FilePath) -> [UInt8]? {
        FileManager.default.contents(atPath: path.string).map { [UInt8]($0) }
    }

    // MARK: The sandbox's administration

    struct Call: Sendable, Hashable {
        let method: String
        let path: String
        let status: Int
        let isDryRun: Bool
        var writes: Bool { !["GET", "HEAD"].contains(method) && !isDryRun }
    }

    /// The calls since the log was last cleared.
    func calls() async throws -> [Call] {
        let answer = try await admin("GET", "requests")
        return (answer["requests"]?.array ?? answer.array ?? []).map { entry in
            Call(
                method: entry["method"]?.string ?? "", path: entry["path"]?.string ?? "",
                status: entry["status"]?.int ?? 0, isDryRun: entry["dryRun"]?.bool == true)
        }
    }

    func clearCalls() async throws { _ = try await admin("DELETE", "requests") }
    func orderFault(_ rule: JSONValue) async throws { _ = try await admin("POST", "faults", rule) }
    func clearFaults() async throws { _ = try await admin("DELETE", "faults") }

    func hasMetFault() async throws -> Bool {
        let rules = try await admin("GET", "faults")
        let listed = rules["faults"]?.array ?? rules.array ?? []
        return listed.contains { ($0["hits"]?.int ?? 0) > 0 }
    }

    /// Returns when an ordered fault has been met.
    func waitForFault() async throws {
        for _ in 0..<1200 {
            if try await hasMetFault() { return }
            // Another process is waited for, and the only way to see how far it is is to look again.
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("no call met the fault within a minute")
    }

    /// Returns when a call was answered.
    func waitForCall(_ method: String, _ pathEnd: String) async throws {
        for _ in 0..<1200 {
            if try await calls().contains(where: { $0.method == method && $0.path.hasSuffix(pathEnd) && !$0.isDryRun })
            {
                return
            }
            // Another process is waited for, and the only way to see how far it is is to look again.
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("no call \(method) \(pathEnd) within a minute")
    }

    @discardableResult
    func admin(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
        let url = "\(connection["adminURL"]?.string ?? "")/\(path)"
        let headers = [
            HTTPHeader("x-admin-token", connection["adminToken"]?.string ?? ""),
            HTTPHeader("Content-Type", "application/json"),
        ]
        let response = try await transport.send(
            HTTPRequest(method: method, url: url, headers: headers, body: body?.encoded))
        try #require((200..<300).contains(response.status), "\(method) \(url): \(response.status)")
        return response.body.isEmpty ? .null : try JSONValue(parsing: response.body)
    }

    /// The environment variables that point a client at this sandbox.
    var connectionEnvironment: [String: String] {
        (connection["environment"]?.object ?? [:]).compactMapValues(\.string)
    }

    var kubeconfig: FilePath { FilePath(connectionEnvironment["KUBECONFIG"] ?? "") }

    /// The directory that a container of the demo's pod sees at a path.
    func mounted(_ path: String, pod: String = "aks-csi-demo") -> FilePath {
        world.appending("pods/infra/\(pod)/aks-csi-demo").appending(path)
    }
}

extension TerminationStatus {
    /// The exit code as a shell tells it.
    var code: Int {
        switch self {
        case .exited(let code): Int(code)
        case .signaled(let signal): 128 + Int(signal)
        @unknown default: -1
        }
    }
}
