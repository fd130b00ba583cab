import Foundation
import Subprocess
import SystemPackage
import Testing

/// Somebody at a shell with kubectl and a kubeconfig.
struct Kubectl: Sendable {
    let program: Program
    let kubeconfig: FilePath
    /// Holds the cache, and is the home.
    let directory: FilePath

    init(_ program: Program, kubeconfig: FilePath, directory: FilePath) {
        self.program = program
        self.kubeconfig = kubeconfig
        self.directory = directory
    }

    /// The newest kubectl at the sandbox's cluster. - Throws: `RequirementError` without a kubectl.
    init(sandbox: SandboxWorld) throws {
        self.init(
            try #require(Program.found.last), kubeconfig: sandbox.kubeconfig, directory: sandbox.directory)
    }

    static var isInstalled: Bool { !Program.found.isEmpty }

    @discardableResult
    func callAsFunction(
        _ arguments: String..., input: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        try await callAsFunction(arguments, input: input, sourceLocation: sourceLocation)
    }

    /// What a command prints; the test fails if its exit code is not 0.
    @discardableResult
    func callAsFunction(
        _ arguments: [String], input: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let (exitCode, output, complaint) = try await outcome(arguments, input: input)
        #expect(
            exitCode == 0, "kubectl \(arguments.joined(separator: " "))\n\(output)\(complaint)",
            sourceLocation: sourceLocation)
        return output
    }

    /// What a command says that is expected to fail; the test fails if it does not.
    func refusal(
        _ arguments: String..., input: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let (exitCode, output, complaint) = try await outcome(arguments, input: input)
        #expect(
            exitCode == 1, "kubectl \(arguments.joined(separator: " "))\nexit \(exitCode)\n\(output)\(complaint)",
            sourceLocation: sourceLocation)
        return complaint
    }

    func outcome(
        _ arguments: [String], input: String = ""
    ) async throws -> (exitCode: Int, output: String, complaint: String) {
        let cache = directory.appending("kubectl-cache-\(program.version)")
        let environment = [
            "PATH": BuiltTools.searchPath, "HOME": directory.string, "KUBECONFIG": kubeconfig.string, "LANG": "C.UTF-8",
        ].map { (Environment.Key(rawValue: $0) ?? "", $1) }
        let result = try await Subprocess.run(
            .path(program.path), arguments: Arguments(Self.inserting(["--cache-dir", cache.string], into: arguments)),
            environment: .custom(Dictionary(environment) { _, last in last }), input: .string(input),
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        return (result.terminationStatus.code, result.standardOutput, result.standardError)
    }

    /// Flags end where begins what a command passes on to a container. A flag before the command would not do: the old
    /// kubectl looks for plugins first.
    private static func inserting(_ flags: [String], into arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        return arguments[..<end] + flags + arguments[end...]
    }
}

extension Kubectl {
    /// One kubectl of this machine.
    struct Program: Sendable, Hashable {
        let path: FilePath
        /// Such as `1.33.1`.
        let version: String

        var minor: Int { Int(version.split(separator: ".").dropFirst().first ?? "") ?? 0 }

        /// The oldest and the newest; with `PURSER_KUBECTL`, a list of paths separated by colons, those. The oldest first.
        static let found: [Program] = {
            let named = ProcessInfo.processInfo.environment["PURSER_KUBECTL"].map { $0.split(separator: ":") }
            let paths = named.map { $0.map { FilePath(String($0)) } } ?? candidates
            let programs = Set(paths.compactMap(Program.init)).sorted {
                ($0.minor, $0.version) < ($1.minor, $1.version)
            }
            guard named == nil, programs.count > 2 else { return programs }
            return [programs[0], programs[programs.count - 1]]
        }()

        /// Nil for what is no kubectl, and for a program that only chooses one.
        private init?(path: FilePath) {
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: path.string)
            process.arguments = ["version", "--client", "--output=json"]
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            guard (try? process.run()) != nil else { return nil }
            let told = try? JSONSerialization.jsonObject(with: output.fileHandleForReading.readDataToEndOfFile())
            process.waitUntilExit()
            let client = (told as? [String: Any])?["clientVersion"] as? [String: Any]
            guard let version = client?["gitVersion"] as? String, version.hasPrefix("v"),
                !version.contains("dispatcher")
            else { return nil }
            self.path = path
            self.version = String(version.dropFirst())
        }

        /// `kubectl` on the search path, and what lies beside it under names such as `kubectl.1.30`; what `Scripts/setup`
        /// has laid into the checkout; and what comes with the real API server.
        private static var candidates: [FilePath] {
            let files = FileManager.default
            let onPath = BuiltTools.searchPath.split(separator: ":").map { "\($0)/kubectl" }
                .filter { files.isExecutableFile(atPath: $0) }
            let resolved = onPath.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
            let beside = resolved.flatMap { path -> [String] in
                let folder = FilePath(path).removingLastComponent().string
                let names = (try? files.contentsOfDirectory(atPath: folder)) ?? []
                return names.filter { $0.hasPrefix("kubectl.1.") || $0.hasPrefix("kubectl-1.") }.map {
                    "\(folder)/\($0)"
                }
            }
            let own = BuiltTools.checkout.appending(".tools/kubectl-1.20/kubectl").string
            let besideServer = APIServer.assets.map { $0.appending("kubectl").string }
            return (resolved + beside + [own] + (besideServer.map { [$0] } ?? [])).filter {
                files.isExecutableFile(atPath: $0)
            }.map { FilePath($0) }
        }
    }
}
