import Foundation
import PurserClients
import PurserCommands
import PurserEngine
import PurserTestSupport
import Synchronization

/// Runs commands in the test's own process, over scripted kinds, in a directory that is gone afterwards.
final class CommandHarness: Sendable {
    struct Outcome: Sendable {
        let status: CommandStatus
        let output: String
        let errors: String
    }

    let directory: URL
    let world = ScriptedWorld()
    let cluster = ScriptedCluster()
    let sandbox = ScriptedSandboxProcesses()

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "purser-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// What the user and the terminal are like.
    struct Setting: Sendable {
        var terminal = Terminal.none
        var answers: [String] = []
        var environment: [String: String] = [:]
        var signals: AsyncStream<StopSignal> = AsyncStream { $0.finish() }
    }

    func run(_ arguments: String..., setting: Setting = Setting()) async -> Outcome {
        await run(arguments, setting: setting)
    }

    /// `errors` can be looked at while the command runs.
    func run(
        _ arguments: [String], setting: Setting = Setting(), errors: CapturedText = CapturedText()
    ) async -> Outcome {
        let output = CapturedText()
        let status = await PurserProgram.run(arguments, in: context(output, errors, setting))
        return Outcome(status: status, output: relative(output.text), errors: relative(errors.text))
    }

    func context(_ output: CapturedText, _ errors: CapturedText, _ setting: Setting) -> CommandContext {
        let answers = Mutex(setting.answers)
        let catalog = ResourceCatalog.scripted(world)
        let cluster = cluster
        let signals = setting.signals
        return CommandContext(
            environment: setting.environment, workingDirectory: directory.path(), terminal: setting.terminal,
            output: output, errors: errors, readLine: { answers.withLock { $0.isEmpty ? nil : $0.removeFirst() } },
            now: { Date(timeIntervalSince1970: 1_800_000_000) }, signals: { signals },
            makeServices: { _ in Services(catalog: catalog, cluster: cluster) }, sandbox: sandbox, user: "ann",
            host: "ship", processID: 7)
    }

    /// Without the temporary directory, so that what is shown is the same in every run.
    private func relative(_ text: String) -> String {
        text.replacing(directory.path() + "/", with: "").replacing(directory.path(), with: ".")
    }

    // MARK: Files

    func write(_ text: String, to path: String) throws {
        let file = directory.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// Writes the spec of the environment `test` with these sections.
    func writeSpec(_ sections: String, to path: String = "plans/test/environment.yaml") throws {
        try write("apiVersion: purser/v1\nenvironment: test\n\(sections)", to: path)
    }

    func read(_ path: String) -> String? { try? String(contentsOf: directory.appending(path: path), encoding: .utf8) }

    func bytes(_ path: String) -> Data? { try? Data(contentsOf: directory.appending(path: path)) }

    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: directory.appending(path: path).path())
    }
}

/// Collects what a command prints.
final class CapturedText: TextOutput {
    private let captured = Mutex("")

    var text: String { captured.withLock { $0 } }

    /// Lets others run until this text was printed; gives up when it never comes.
    func wait(for text: String) async {
        for _ in 0..<1_000_000 where !self.text.contains(text) { await Task.yield() }
    }

    func write(_ text: String) { captured.withLock { $0 += text } }
}

/// A cluster that holds what a test puts there.
actor ScriptedCluster: ClusterReading {
    private var objects: [ResourcePath: JSONValue] = [:]
    private var eventsByName: [String: [JSONValue]] = [:]

    func put(_ path: ResourcePath, _ object: JSONValue) { objects[path] = object }
    func putEvents(of name: String, _ events: [JSONValue]) { eventsByName[name] = events }

    func get(_ path: ResourcePath) async throws(ServiceError) -> JSONValue? { objects[path] }

    func list(
        _ path: ResourcePath, labelSelector: String?, fieldSelector: String?
    ) async throws(ServiceError) -> [JSONValue] {
        objects.filter { $0.key.collection == path }.values.filter { object in
            let labels = object.at("metadata", "labels")?.object ?? [:]
            return labelSelector?.split(separator: ",").allSatisfy { pair in
                let parts = pair.split(separator: "=").map(String.init)
                return labels[parts[0]]?.string == parts.last
            } ?? true
        }
    }

    func events(
        namespace: String, kind: String, name: String, uid: String?
    ) async throws(ServiceError) -> [JSONValue] { eventsByName[name] ?? [] }
}

/// Processes that are not there: tests see what was asked for.
final class ScriptedSandboxProcesses: SandboxProcesses {
    private let log = Mutex<[String]>([])

    var calls: [String] { log.withLock { $0 } }

    func executable(environment: [String: String]) -> String? { "/opt/purser-sandbox" }

    func start(
        _ executable: String, _ arguments: [String], environment: [String: String], log path: String
    ) throws -> Int {
        throw SandboxProcessError(reason: "no processes here")
    }

    func isAlive(_ pid: Int) -> Bool { false }
    func terminate(_ pid: Int) { log.withLock { $0.append("terminate \(pid)") } }

    func replaceProcess(_ executable: String, _ arguments: [String], environment: [String: String]) -> String {
        log.withLock { $0.append(([executable] + arguments).joined(separator: " ")) }
        return "no processes here"
    }
}
