import ArgumentParser
import PurserClients

struct SchemaCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of the spec, for editors.",
        discussion: """
            For an editor with the YAML language server, save it and begin the spec with
                # yaml-language-server: $schema=PATH
            """)

    @OptionGroup var global: GlobalOptions

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let services = try await run.context.makeServices(
            ClientSettings(environment: run.context.environment, parseYAML: YAMLReading.json))
        return try await services.closing {
            run.context.output.write(try SpecSchema(catalog: services.catalog).text)
            return .done
        }
    }
}
