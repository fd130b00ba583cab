import ArgumentParser
import PurserEngine
import PurserResources

struct DoctorCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Tell who you are, and whether you may do what an environment needs.",
        discussion: """
            Asks Azure, the cluster and Helm, and changes nothing; no secret is read. One table: who is signed in and how, \
            tenant, subscription, resource providers, cluster, helm, and for each resource whether you may read, create, \
            update and delete it. Below it, for all that is missing, what to grant and the command for it. Exits with 3 if \
            something is missing.
            """)

    @Argument(help: "The spec's file or directory.") var spec: String?
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        try await Session.with(spec, options, in: run.context) { session in
            let environment = session.spec.environment
            let recorded =
                try await session.backend.load() ?? StateSnapshot(environment: environment, lineage: "")
            let report = await session.services.examine(
                DoctorScope(
                    graph: session.graph, recorded: recorded, catalog: session.catalog,
                    tenant: session.spec.settings["azure.tenant"]?.string,
                    subscription: session.spec.settings["azure.subscription"]?.string))
            try Task.checkCancellation()
            await run.view.show(.examined(report))
            return report.isGood ? .done : .notAllowed
        }
    }
}
