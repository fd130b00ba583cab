import ArgumentParser
import PurserEngine

struct DestroyCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy",
        abstract: "Delete everything that the environment made.",
        discussion: """
            Shows the plan, asks, and carries it out, in the order that keeps pods and nodes whole. What others made \
            stays. A vault ends soft-deleted, and a later apply brings it back with what it held; with --purge it is gone.
            """)

    @Argument(help: "The spec's file or directory.") var spec: String?
    @Flag(help: "Also purge what would stay soft-deleted. This cannot be undone.") var purge = false
    @OptionGroup(title: "Plan") var planning: PlanningOptions
    @OptionGroup(title: "Run") var running: RunOptions
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        try await Session.with(spec, options, in: run.context) { session in
            let request = session.request(planning, options, purges: purge)
            return try await EnvironmentRun(run: run, session: session, running: running)
                .perform(.destroy, request, approved: running.isApproved)
        }
    }
}
