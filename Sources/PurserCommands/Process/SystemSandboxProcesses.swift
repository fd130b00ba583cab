import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Real processes of the sandbox.
struct SystemSandboxProcesses: SandboxProcesses {
    private static let name = "purser-sandbox"

    func executable(environment: [String: String]) -> String? {
        if let given = environment["PURSER_SANDBOX_BINARY"], !given.isEmpty { return given }
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let own = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent().path
        return ([own].compactMap(\.self) + path).map { "\($0)/\(Self.name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    func start(
        _ executable: String, _ arguments: [String], environment: [String: String], log: String
    ) throws -> Int {
        guard FileManager.default.createFile(atPath: log, contents: nil, attributes: [.posixPermissions: 0o600]),
            let output = FileHandle(forWritingAtPath: log)
        else { throw SandboxProcessError(reason: "\(log) cannot be written") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        do {
            try process.run()
        } catch {
            throw SandboxProcessError(reason: "\(executable): \(error.localizedDescription)")
        }
        return Int(process.processIdentifier)
    }

    func isAlive(_ pid: Int) -> Bool { pid > 0 && kill(pid_t(pid), 0) == 0 }

    func terminate(_ pid: Int) {
        guard pid > 0 else { return }
        _ = kill(pid_t(pid), SIGTERM)
    }

    func replaceProcess(_ executable: String, _ arguments: [String], environment: [String: String]) -> String {
        // What the new program is to have as it would have from a shell.
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
        signal(SIGPIPE, SIG_DFL)
        let words = ([executable] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        execve(executable, words, variables)
        let reason = strerror(errno).map { String(cString: $0) } ?? "unknown reason"
        (words + variables).forEach { free($0) }
        return "\(executable): \(reason)"
    }
}
