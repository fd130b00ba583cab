import ArgumentParser
import PurserClients
import PurserEngine
import PurserSyntax

/// A command that runs in a context instead of in the process.
protocol ContextCommand: ParsableCommand, Sendable {
    var global: GlobalOptions { get }
    func run(_ run: CommandRun) async throws -> CommandStatus
}

/// One run of a command.
struct CommandRun: Sendable {
    let context: CommandContext
    let view: any View
    let stop: StopController
}

/// The program: from a command line to an exit status.
package enum PurserProgram {
    package static func run(_ arguments: [String], in context: CommandContext) async -> CommandStatus {
        do {
            var command = try PurserCommand.parseAsRoot(arguments)
            if let command = command as? any ContextCommand { return await run(command, in: context) }
            try command.run()
            return .done
        } catch {
            return report(error, to: context)
        }
    }

    /// Help and version go to standard output; what is wrong with the command line goes to standard error.
    private static func report(_ error: any Error, to context: CommandContext) -> CommandStatus {
        let text = PurserCommand.fullMessage(for: error)
        if PurserCommand.exitCode(for: error).isSuccess {
            context.output.write(text + "\n")
            return .done
        }
        context.errors.write(text + "\n")
        return .usage
    }

    private static func run(_ command: any ContextCommand, in base: CommandContext) async -> CommandStatus {
        var context = base
        if let directory = command.global.directory { context.workingDirectory = base.resolved(directory) }
        // Everything that signs in reads it there.
        if let name = command.global.credential { context.environment["PURSER_CREDENTIAL"] = name.rawValue }
        let view: any View =
            command.global.json
            ? JSONView(context: context) : HumanView(context: context, colour: !command.global.noColor)
        let stop = StopController()
        let run = CommandRun(context: context, view: view, stop: stop)
        let status = await finished(command, run)
        await view.close()
        return status
    }

    private static func finished(_ command: any ContextCommand, _ run: CommandRun) async -> CommandStatus {
        let body = Task { try await command.run(run) }
        let signals = run.context.signals()
        let watch = Task {
            for await signal in signals where run.stop.receive(signal) == .cancel { body.cancel() }
        }
        defer { watch.cancel() }
        do {
            return try await body.value
        } catch {
            return await ended(by: error, run)
        }
    }

    private static func ended(by error: any Error, _ run: CommandRun) async -> CommandStatus {
        let failure = CommandFailure(error)
        if let signal = run.stop.signal, !run.stop.hasBegunRun {
            await run.view.show(
                .diagnostics(Diagnostics(.commandInterrupted, "interrupted; nothing was begun"), sources: []))
            return signal == .terminate ? .terminated : .interrupted
        }
        await run.view.show(.diagnostics(failure.diagnostics, sources: failure.sources))
        return failure.status
    }
}
