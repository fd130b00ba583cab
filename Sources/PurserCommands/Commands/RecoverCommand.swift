import ArgumentParser
import PurserEngine

struct RecoverCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Undo or finish a run that was stopped before its end.",
        discussion: """
            Without --undo or --resume it asks on a terminal, and undoes where there is none. --resume settles what was \
            under way, plans again and carries out the rest.
            """)

    @Argument(help: "The spec's file or directory.") var spec: String?
    @Flag(help: "Bring everything back to what it was before the run.") var undo = false
    @Flag(help: "Finish the run.") var resume = false
    @OptionGroup(title: "Run") var running: RunOptions
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func validate() throws {
        guard !(undo && resume) else { throw ValidationError("--undo and --resume exclude each other") }
    }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let wish = try await wish(run)
        do {
            return try await Session.with(spec, options, in: run.context) { session in
                let environmentRun = EnvironmentRun(run: run, session: session, running: running)
                return wish == .resume ? try await environmentRun.resume() : try await environmentRun.undo()
            }
        } catch let failure as CommandFailure where failure.status == .usage && wish == .undo {
            // The spec is not whole, and undoing does not need it.
            await run.view.show(.diagnostics(failure.diagnostics, sources: failure.sources))
            return try await undoWithoutSpec(run)
        }
    }

    private enum Wish {
        case undo
        case resume
    }

    private func undoWithoutSpec(_ run: CommandRun) async throws -> CommandStatus {
        try await RecordedState.with(spec, options, in: run.context) { state in
            let path = run.context.resolved(spec ?? ".")
            let secrets = SecretSources(specPath: path, processEnvironment: state.processEnvironment)
            let recovery = RecoveryRun(
                run: run, environment: state.environment, backend: state.backend, catalog: state.catalog,
                secrets: secrets, specPath: spec ?? "")
            return try await recovery.undo(lockWait: running.lockWait)
        }
    }

    /// Asks where somebody can answer; elsewhere a run that is not to be resumed is undone.
    private func wish(_ run: CommandRun) async throws -> Wish {
        let canAsk = run.context.terminal.hasInput && run.context.terminal.showsErrors && !run.context.isAutomated
        guard !undo, !resume, canAsk, !global.json else { return resume ? .resume : .undo }
        let replay = try await RecordedState.looking(spec, options, in: run.context) { state in
            try await Recovery.underWay(in: state.backend)
        }
        guard let replay else { return .undo }
        await run.view.show(.done(UnderWay(replay: replay, specPath: spec ?? "").sentence))
        await run.view.show(.prompt("Type `undo` to put everything back, or `resume` to finish it: "))
        switch await run.context.readLine() {
        case "undo": return .undo
        case "resume": return .resume
        default: throw CommandFailure(.failed, .commandNeedsApproval, "neither undo nor resume; nothing was begun")
        }
    }
}
