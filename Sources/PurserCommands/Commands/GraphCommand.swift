import ArgumentParser
import PurserEngine

struct GraphCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Print what depends on what, for drawing.",
        discussion: """
            An arrow leads from a resource to what it needs. With --plan the colours tell what a saved plan does with each.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case dot
        case mermaid
    }

    @Argument(help: "The spec's file or directory.") var spec: String?
    @Option(help: "The language of the drawing.") var format = Format.dot
    @Option(help: ArgumentHelp("A saved plan whose actions are coloured.", valueName: "file")) var plan: String?
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let saved = try plan.flatMap { path throws(CommandFailure) in try SavedPlan.read(path, in: run.context) }
        return try await Session.with(spec, options, in: run.context) { session in
            let renderer = GraphRenderer(graph: session.graph, plan: saved?.file.plan)
            await run.view.show(.data(format == .dot ? renderer.dot : renderer.mermaid))
            return .done
        }
    }
}
