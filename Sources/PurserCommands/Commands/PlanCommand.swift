import ArgumentParser
import PurserEngine
import SystemPackage

struct PlanCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what apply would do.",
        discussion: """
            Reads, and changes nothing. The plan goes to standard output. With --out it is also saved: `apply FILE` then \
            does exactly that, or refuses.
            """)

    @Argument(help: "The spec's file or directory.") var spec: String?
    @OptionGroup(title: "Plan") var planning: PlanningOptions
    @OptionGroup(title: "Findings") var allowing: AllowOptions
    @Flag(help: "Plan to destroy the environment.") var destroy = false
    @Flag(help: "With --destroy: also purge what would stay soft-deleted.") var purge = false
    @Option(help: ArgumentHelp("Save the plan, as JSON that is readable by its owner alone.", valueName: "file"))
    var out: String?
    @Flag(name: .customLong("detailed-exitcode"), help: "Exit with 2 if there are changes.") var detailedExitCode =
        false
    @OptionGroup(title: "Markdown") var markdown: MarkdownOptions
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func validate() throws {
        try markdown.validate(with: global)
        guard !purge || destroy else { throw ValidationError("--purge goes with --destroy") }
    }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let allowed = destroy ? .everything : try allowing.findings()
        return try await Session.with(spec, options, allowed: allowed, in: run.context) { session in
            try await session.refuseIfUnderWay()
            let request = session.request(planning, options, purges: purge)
            let planned = try await session.planned(destroy ? .destroy : .apply, request, showing: run.view)
            await run.view.show(.diagnostics(planned.plan.remarks, sources: session.spec.sources))
            if markdown.isWanted {
                let renderer = MarkdownRenderer(catalog: session.catalog, maxBytes: markdown.maxBytes)
                await run.view.show(.data(renderer.text(of: planned.plan)))
            } else {
                await run.view.show(.planned(planned.plan, catalog: session.catalog))
            }
            if let out {
                let file = planned.file(session.catalog)
                try DurableFile.replace(FilePath(run.context.resolved(out)), with: try file.bytes)
                await run.view.show(.saved(path: out))
            }
            return detailedExitCode && !planned.plan.isEmpty ? .differences : .done
        }
    }
}

extension Session {
    func request(_ planning: PlanningOptions, _ options: SpecOptions, purges: Bool) -> PlanFile.Request {
        PlanFile.Request(
            specPath: specPath, variables: variables, readableEnvironment: options.variables.readable.sorted(),
            refreshes: planning.refresh, purges: purges, forcesConflicts: planning.forceConflicts,
            targets: planning.target.map { Address($0) }.sorted(),
            excluded: planning.exclude.map { Address($0) }.sorted(),
            replaced: planning.replace.map { Address($0) }.sorted(),
            allowed: allowed.isEmpty || allowed == .everything ? nil : allowed)
    }
}
