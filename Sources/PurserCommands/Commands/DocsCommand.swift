import ArgumentParser
import PurserClients

struct DocsCommand: ContextCommand {
    enum Page: String, ExpressibleByArgument, CaseIterable, Sendable {
        case spec
        case findings
    }

    static let configuration = CommandConfiguration(
        commandName: "docs",
        abstract: "Print a page of the documentation that is made from the code.",
        discussion: """
                purser docs > docs/spec.md
                purser docs findings > docs/findings.md
            """,
        shouldDisplay: false)

    @Argument(help: "spec or findings.") var page = Page.spec
    @OptionGroup var global: GlobalOptions

    func run(_ run: CommandRun) async throws -> CommandStatus {
        guard page == .spec else {
            run.context.output.write(FindingsReference().text)
            return .done
        }
        let services = try await run.context.makeServices(
            ClientSettings(environment: run.context.environment, parseYAML: YAMLReading.json))
        return try await services.closing {
            run.context.output.write(SpecReference(catalog: services.catalog).text)
            return .done
        }
    }
}
