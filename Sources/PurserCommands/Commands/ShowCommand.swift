import ArgumentParser
import PurserClients
import PurserEngine
import PurserSyntax

struct ShowCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what is recorded of an environment, or a saved plan.",
        discussion: "With --json the state or the plan is printed as one JSON document. No service is asked.")

    @Argument(help: "The spec's file or directory, or a saved plan.") var spec: String?
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        if let spec, let saved = try SavedPlan.read(spec, in: run.context) { return try await show(saved, run) }
        return try await RecordedState.looking(spec, options, in: run.context) { state in
            if let snapshot = state.snapshot, global.json {
                run.context.output.write(try JSONConversion.text(of: snapshot))
                return .done
            }
            await run.view.show(
                .recorded(state.snapshot, place: state.backend.place, catalog: state.catalog))
            if let replay = try await Recovery.underWay(in: state.backend) {
                let underWay = UnderWay(replay: replay, specPath: spec ?? "")
                await run.view.show(.diagnostics(Diagnostics([underWay.diagnostic]), sources: []))
            }
            return .done
        }
    }

    private func show(_ saved: SavedPlan, _ run: CommandRun) async throws -> CommandStatus {
        if global.json {
            run.context.output.write(String(decoding: try saved.file.bytes, as: UTF8.self))
            return .done
        }
        let services = try await run.context.makeServices(
            ClientSettings(environment: run.context.environment, parseYAML: YAMLReading.json))
        return try await services.closing {
            await run.view.show(.planned(saved.file.plan, catalog: services.catalog))
            return .done
        }
    }
}
