import Subprocess
import SystemPackage

/// Runs credential plugins: without standard input, with bounded output, for a bounded time.
struct ExecProcess: Sendable {
    /// Of the process; the plugin's own variables are added.
    var environment: [String: String]
    var clock: ClientClock
    /// Is told each line that a plugin writes to its standard error: a code to enter in a browser, say.
    var report: @Sendable (String) -> Void = { _ in }
    /// Long enough to sign in in a browser.
    var timeout = Duration.seconds(300)

    private static let largestOutput = 1 << 20
    /// Lines of standard error that are told; more are dropped.
    private static let mostLines = 100

    private enum Ending: Sendable {
        case exited(TerminationStatus, [UInt8])
        case failed(ServiceError)
        case late
    }

    /// What the plugin printed.
    func run(_ plugin: ExecPlugin) async throws(ServiceError) -> [UInt8] {
        let path = try executable(plugin)
        let ending = await withTaskGroup(of: Ending.self) { group in
            group.addTask { await output(of: plugin, path) }
            group.addTask { await clock.pause(timeout) ? .late : .failed(.cancelled(.kubernetes)) }
            defer { group.cancelAll() }
            return await group.next() ?? .late
        }
        switch ending {
        case .exited(.exited(0), let output): return output
        case .exited(.exited(let code), _): throw .plugin(plugin, "ended with exit code \(code)")
        case .exited(.signaled(let signal), _): throw .plugin(plugin, "was ended by signal \(signal)")
        case .failed(let error): throw error
        case .late: throw .plugin(plugin, "gave no answer within \(timeout)")
        }
    }

    private func output(of plugin: ExecPlugin, _ path: String) async -> Ending {
        do {
            let result = try await Subprocess.run(
                .path(FilePath(path)),
                arguments: Arguments(plugin.arguments),
                environment: .custom(variables(for: plugin)),
                platformOptions: Self.options,
                input: .none,
                output: .bytes(limit: Self.largestOutput),
                error: .sequence
            ) { try await tell($0.standardError.strings()) }
            return .exited(result.terminationStatus, result.standardOutput)
        } catch let error as SubprocessError {
            return .failed(.plugin(plugin, "could not be run: \(error)"))
        } catch {
            return .failed(.cancelled(.kubernetes))
        }
    }

    private func tell(_ lines: some AsyncSequence<String, any Error>) async throws {
        var count = 0
        for try await line in lines {
            count += 1
            let text = ServiceError.cleaned(line, longest: 500)
            if count <= Self.mostLines, !text.isEmpty { report(text) }
        }
    }

    /// In a process group of its own, so that Ctrl-C reaches purser alone, which then ends it.
    private static var options: PlatformOptions {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
        return options
    }

    private func variables(for plugin: ExecPlugin) -> [Environment.Key: String] {
        var all = environment.merging(plugin.variables.mapValues { $0.reveal() }) { $1 }
        all["KUBERNETES_EXEC_INFO"] = String(decoding: plugin.info.encoded, as: UTF8.self)
        return Dictionary(
            uniqueKeysWithValues: all.compactMap { name, value in Environment.Key(rawValue: name).map { ($0, value) } })
    }

    private func executable(_ plugin: ExecPlugin) throws(ServiceError) -> String {
        let directories = (environment["PATH"] ?? "").split(separator: ":")
        let candidates =
            plugin.command.contains("/") ? [plugin.command] : directories.map { "\($0)/\(plugin.command)" }
        if let found = candidates.first(where: Self.isExecutable) { return found }
        let hint = plugin.installHint.map { ": \(ServiceError.cleaned($0, longest: 500))" } ?? ""
        throw .plugin(plugin, "is not there\(hint)")
    }

    private static func isExecutable(_ path: String) -> Bool {
        guard let status = try? FilePath(path).stat() else { return false }
        return status.type == .regular
            && !status.permissions.isDisjoint(with: [.ownerExecute, .groupExecute, .otherExecute])
    }
}
