import ArgumentParser
import PurserEngine

struct ValidateCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a spec without asking any service.",
        discussion: "Reports every problem at once, each with its place. Exits with 64 if there is an error.")

    @Argument(help: "The spec's file or directory.") var spec: String?
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        try await Session.with(spec, options, allowed: AllowedFindings(), in: run.context) { session in
            await run.view.show(.diagnostics(session.spec.remarks, sources: session.spec.sources))
            await run.view.show(
                .validated(environment: session.spec.environment, resources: session.graph.order.count))
            return .done
        }
    }
}
