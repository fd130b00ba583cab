import ArgumentParser
import PurserEngine
import PurserProof
import PurserResources

struct VerifyCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Ask the cluster whether every pod is ready and has its files.",
        discussion:
            """
            Reads, and changes nothing. Lists what is mounted, never its content, and names the link of a pod's way that \
            does not hold. Exits with 5 until every file of every pod is confirmed.
            """)

    @Argument(help: "The spec's file or directory.") var spec: String?
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        try await Session.with(spec, options, in: run.context) { session in
            let recorded =
                try await session.backend.load()
                ?? StateSnapshot(environment: session.spec.environment, lineage: "")
            let verifier = Verifier(
                cluster: session.services.cluster, environment: session.spec.environment, graph: session.graph,
                recorded: recorded, expected: Prover.proof(of: EnvironmentScene.scene(of: session.spec)).pods)
            let report = try await verifier.report()
            await run.view.show(.verified(report))
            return report.isGood ? .done : .findings
        }
    }
}
