import ArgumentParser
import PurserEngine
import PurserSyntax

struct ApplyCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Bring the environment to what the spec says, all or nothing.",
        discussion: """
            Shows the plan, asks, and carries it out. If a step fails, everything is put back. Given a saved plan, it runs \
            exactly that plan without asking, and refuses with exit code 7 if the spec, the state or what is there is not \
            what it was.
            """)

    @Argument(help: "The spec's file or directory, or a saved plan.") var spec: String?
    @OptionGroup(title: "Plan") var planning: PlanningOptions
    @OptionGroup(title: "Findings") var allowing: AllowOptions
    @OptionGroup(title: "Run") var running: RunOptions
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        if let spec, let saved = try SavedPlan.read(spec, in: run.context) { return try await apply(saved, run) }
        let allowed = try allowing.findings()
        return try await Session.with(spec, options, allowed: allowed, in: run.context) { session in
            let request = session.request(planning, options, purges: false)
            return try await EnvironmentRun(run: run, session: session, running: running)
                .perform(.apply, request, approved: running.isApproved)
        }
    }

    private func apply(_ saved: SavedPlan, _ run: CommandRun) async throws -> CommandStatus {
        guard options.variables.values.isEmpty, options.variables.files.isEmpty, planning.isEmpty,
            allowing.codes.isEmpty
        else {
            throw CommandFailure(
                .usage, .commandUsage, "a saved plan has its own variables, targets, replacements and allowed findings",
                hint: "leave the options out, or plan again with them")
        }
        let request = saved.file.request
        let allowed: AllowedFindings = saved.file.plan.purpose == .destroy ? .everything : AllowedFindings()
        return try await Session.with(
            request.specPath, options, request: request, allowed: allowed, in: run.context
        ) { session in
            try await EnvironmentRun(run: run, session: session, running: running).perform(saved)
        }
    }
}

extension PlanningOptions {
    var isEmpty: Bool {
        refresh && target.isEmpty && exclude.isEmpty && replace.isEmpty && !forceConflicts
    }
}
