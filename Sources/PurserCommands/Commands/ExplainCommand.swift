import ArgumentParser
import PurserClients
import PurserEngine
import PurserProof
import PurserResources
import PurserSyntax

struct ExplainCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell what a code means, or how a pod gets its files.",
        discussion: """
            Given a code, prints its page. Given the address of a pod or workload, draws its way to every file: source \
            object and version, mode, and which grant lets it through. Opens no connection.

                purser explain proof/no-access
                purser explain pods/app plans/pay --mermaid
            """)

    @Argument(help: ArgumentHelp("A code, or the address of a pod or workload.", valueName: "code|address"))
    var subject: String
    @Argument(help: "The spec's file or directory.") var spec: String?
    @Flag(help: "Draw in Mermaid's language.") var mermaid = false
    @OptionGroup(title: "Spec") var variables: VariableOptions
    @OptionGroup(title: "State") var state: StateOptions
    @OptionGroup var global: GlobalOptions

    private static let sections: Set<Substring> = ["pods", "workloads"]

    func run(_ run: CommandRun) async throws -> CommandStatus {
        if Self.sections.contains(subject.prefix { $0 != "/" }) || spec != nil { return try await pod(run) }
        guard let page = CodePages.all[subject] else {
            throw CommandFailure(
                .usage, .commandUsage, "there is no code '\(subject.prefix(100))'",
                hint: CodePages.all.suggestion(for: subject)
                    ?? "a message shows its code in brackets, and a pod's address is such as pods/app")
        }
        if global.json {
            run.context.output.write(try JSONConversion.text(of: page))
        } else {
            let text = FindingsReference.text(of: DiagnosticCode(page.code)) ?? page.text
            let parts = [page.code, text, page.area].filter { !$0.isEmpty }
            run.context.output.write(parts.joined(separator: "\n\n") + "\n")
        }
        return .done
    }

    private func pod(_ run: CommandRun) async throws -> CommandStatus {
        let path = try SpecLookup(context: run.context).path(spec)
        let spec = try await OfflineSpec(context: run.context, variables: variables).load(path)
        let scene = EnvironmentScene.scene(of: spec)
        let proof = Prover.proof(of: scene)
        guard let found = proof.pods.first(where: { $0.subject == subject }) else {
            throw CommandFailure(
                .usage, .unknownReference, "there is no pod or workload \(subject.prefix(200))",
                hint: Suggestion.hint(for: subject, among: proof.pods.map(\.subject)))
        }
        let access = StateAccess(
            options: state, context: run.context, processEnvironment: run.context.environment)
        let recorded = try await access.with(spec.environment) { try await $0.load() }
        let picture = PodPicture(
            proof: found, pod: scene.pods.first { $0.label == subject }, recorded: recorded)
        if global.json {
            run.context.output.write(CheckJSON.document(of: found).text + "\n")
        } else if mermaid {
            run.context.output.write(PodPictureRenderer(picture).mermaid)
        } else {
            await run.view.show(.explained(picture))
        }
        return .done
    }
}
