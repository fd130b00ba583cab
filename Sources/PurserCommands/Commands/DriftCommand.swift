import ArgumentParser
import PurserEngine

struct DriftCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Show what was changed outside Purser.",
        discussion: """
            Compares what is recorded with what is there, and changes neither. What of it the spec does not want is put \
            right by `apply`; the rest is recorded by it.
            """)

    @Argument(help: "The spec's file or directory.") var spec: String?
    @Flag(name: .customLong("detailed-exitcode"), help: "Exit with 2 if anything was changed.")
    var detailedExitCode = false
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        try await Session.with(spec, options, in: run.context) { session in
            try await session.refuseIfUnderWay()
            let request = PlanFile.Request(
                specPath: session.specPath, variables: session.variables,
                readableEnvironment: options.variables.readable.sorted())
            let plan = try await session.planned(.apply, request, showing: run.view).plan
            await run.view.show(.drifted(plan, catalog: session.catalog))
            return detailedExitCode && plan.hasDrift ? .differences : .done
        }
    }
}

extension Plan {
    var hasDrift: Bool { !drift.isEmpty || !goneFromService.isEmpty }

    /// What is recorded and was deleted by others.
    var goneFromService: [Change] {
        changes.filter { change in
            change.reasons.contains { if case .goneFromService = $0 { true } else { false } }
        }
    }
}
