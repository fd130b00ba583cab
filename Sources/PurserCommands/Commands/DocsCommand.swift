import ArgumentParser
import PurserClients

struct DocsCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs",
        abstract: "Print the page of the documentation that is made from the kinds.",
        discussion: "    purser docs > docs/spec.md",
        shouldDisplay: false)

    @OptionGroup var global: GlobalOptions

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let services = try await run.context.makeServices(
            ClientSettings(environment: run.context.environment, parseYAML: YAMLReading.json))
        return try await services.closing {
            run.context.output.write(SpecReference(catalog: services.catalog).text)
            return .done
        }
    }
}
