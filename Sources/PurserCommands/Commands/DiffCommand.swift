import ArgumentParser
import PurserEngine

struct DiffCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what one spec says otherwise than another.",
        discussion: """
            Asks no service and reads no state: what would change if all that BASE says were applied. For the changes of \
            a branch, have the other one beside it:
                git worktree add ../base main
                purser diff ../base/plans/demo plans/demo
            """)

    @Argument(help: "The file or directory of the spec to compare with.") var base: String
    @Argument(help: "The spec's file or directory.") var spec: String?
    @Flag(name: .customLong("detailed-exitcode"), help: "Exit with 2 if there are differences.")
    var detailedExitCode = false
    @OptionGroup(title: "Markdown") var markdown: MarkdownOptions
    @OptionGroup(title: "Spec") var variables: VariableOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws { try markdown.validate(with: global) }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let path = try SpecLookup(context: run.context).path(spec)
        let environment = run.context.environment
        var inputs = try SpecInputsReader.inputs(variables, environment: environment, in: run.context)
        // Whether a pod gets its files is another question.
        inputs.allowed = .everything
        let reader = SpecReader(context: run.context, environment: environment, inputs: inputs)
        let (_, former, services) = try await reader.load(base)
        await services.shutdown()
        let (loaded, graph, current) = try await reader.load(path)
        return try await current.closing {
            let plan = try SpecComparison.plan(
                from: former, to: graph, specDigest: loaded.digest, catalog: current.catalog)
            if markdown.isWanted {
                let renderer = MarkdownRenderer(catalog: current.catalog, maxBytes: markdown.maxBytes)
                await run.view.show(.data(renderer.comparisonText(of: plan)))
            } else {
                await run.view.show(.compared(plan, catalog: current.catalog))
            }
            return detailedExitCode && !plan.isEmpty ? .differences : .done
        }
    }
}
