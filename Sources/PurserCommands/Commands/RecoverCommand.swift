import ArgumentParser
import PurserEngine

struct RecoverCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Undo or finish a run that was stopped before its end.",
        discussion: """
            Without --undo or --resume it asks on a terminal, and undoes where there is none. --resume settles what was
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
        try await Session.with(spec, options, in: run.context) { session in
            let environmentRun = EnvironmentRun(run: run, session: session, running: running)
            return try await environmentRun.recover(resuming: try await resumes(session, run))
        }
    }

    private func resumes(_ session: Session, _ run: CommandRun) async throws -> Bool {
        let canAsk = run.context.terminal.hasInput && run.context.terminal.showsErrors && !run.context.isAutomated
        guard !undo, !resume, canAsk, !global.json,
            let replay = try await Recovery.underWay(in: session.backend)
        else { return resume }
        await run.view.show(.done(UnderWay(replay: replay, specPath: session.specPath).sentence))
        await run.view.show(.prompt("Type `undo` to put everything back, or `resume` to finish it: "))
        switch await run.context.readLine() {
        case "undo": return false
        case "resume": return true
        default: throw CommandFailure(.failed, .commandNeedsApproval, "neither undo nor resume; nothing was begun")
        }
    }
}
