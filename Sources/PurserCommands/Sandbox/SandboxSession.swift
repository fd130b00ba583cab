import Foundation
import PurserEngine
import PurserSyntax
import SystemPackage

/// A sandbox for the duration of a command: one that runs already, or one of our own.
///
/// All that it does is to put the sandbox's environment over the process's: from there on nothing knows of it.
struct SandboxSession {
    let context: CommandContext
    let directory: String

    init(directory path: String?, in context: CommandContext) {
        self.context = context
        let given = path ?? context.environment["PURSER_SANDBOX"].flatMap { $0.isEmpty ? nil : $0 }
        directory = URL(fileURLWithPath: context.resolved(given ?? ".sandbox")).path
    }

    /// Runs `body` with the environment that a command is to work with.
    static func withEnvironment<Result: Sendable>(
        _ options: SandboxOptions, in context: CommandContext,
        _ body: ([String: String]) async throws -> Result
    ) async throws -> Result {
        guard options.sandbox else { return try await body(context.environment) }
        let session = SandboxSession(directory: options.sandboxDirectory, in: context)
        if let running = await session.running() { return try await body(running.overlay(context.environment)) }
        let connection = try await session.start()
        do {
            let result = try await body(connection.overlay(context.environment))
            await session.stop(connection.pid)
            return result
        } catch {
            await session.stop(connection.pid)
            throw error
        }
    }

    /// The sandbox that runs on this world and answers.
    func running() async -> SandboxConnection? {
        guard let connection = SandboxConnection.read(directory: directory), context.sandbox.isAlive(connection.pid)
        else { return nil }
        return await SandboxAdmin(connection: connection).isHealthy() ? connection : nil
    }

    func executable() throws(CommandFailure) -> String {
        guard let executable = context.sandbox.executable(environment: context.environment) else {
            throw CommandFailure(
                .failed, .sandboxUnavailable, "there is no purser-sandbox beside purser or on PATH",
                hint: "build it, or name it with PURSER_SANDBOX_BINARY")
        }
        return executable
    }

    /// Starts a sandbox of our own, which runs until it is stopped.
    func start() async throws -> SandboxConnection {
        let executable = try executable()
        let log = "\(directory)/sandbox.log"
        let pid: Int
        do {
            try DurableFile.createDirectory(FilePath(directory))
            pid = try context.sandbox.start(
                executable, ["--directory", directory], environment: context.environment, log: log)
        } catch let error as SandboxProcessError {
            throw CommandFailure(.failed, .sandboxUnavailable, "the sandbox cannot be started: \(error.reason)")
        }
        do {
            return try await ready(pid, log: log)
        } catch {
            await stop(pid)
            throw error
        }
    }

    /// Waits until the new process answers, at most a minute.
    private func ready(_ pid: Int, log: String) async throws -> SandboxConnection {
        for _ in 0..<600 {
            if let connection = SandboxConnection.read(directory: directory), connection.pid == pid,
                await SandboxAdmin(connection: connection).isHealthy()
            {
                return connection
            }
            guard context.sandbox.isAlive(pid) else {
                // Another one was quicker to take the world.
                if let running = await running() { return running }
                break
            }
            try await context.clock.sleep(for: .milliseconds(100))
        }
        throw CommandFailure(
            .failed, .sandboxUnavailable, "the sandbox did not start\(lastLine(of: log).map { ": \($0)" } ?? "")",
            hint: "see \(log)")
    }

    private func lastLine(of log: String) -> String? {
        FileManager.default.contents(atPath: log).flatMap { data in
            String(decoding: data, as: UTF8.self).split(separator: "\n").last.map { TerminalText.visible(String($0)) }
        }
    }

    /// Ends a sandbox and waits until it is gone, also when the command was interrupted: its world has to be on disk.
    func stop(_ pid: Int) async {
        context.sandbox.terminate(pid)
        let sandbox = context.sandbox
        let clock = context.clock
        await Task {
            for _ in 0..<100 where sandbox.isAlive(pid) { try? await clock.sleep(for: .milliseconds(50)) }
        }.value
    }
}

extension Clock where Duration == Swift.Duration {
    fileprivate func sleep(for duration: Swift.Duration) async throws {
        try await sleep(until: now.advanced(by: duration), tolerance: nil)
    }
}
