import ArgumentParser
import Foundation
import PurserClients
import PurserEngine
import PurserResources
import PurserSyntax
import SystemPackage

struct ImportCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Write the spec of what is there already.",
        discussion: """
            Goes from pods and SecretProviderClasses of the cluster to the vault, the identity, its binding and its rights, \
            and to the release that brings the driver. Reads only, and no secret's value. The spec says `existing: true` of \
            all that it found, so that a plan of it is empty; it goes to standard output, or to --out.
            """)

    @Option(help: ArgumentHelp("The environment's name.", valueName: "name")) var environment: String
    @Option(
        name: .customLong("pod"),
        help: ArgumentHelp("A pod, with what it mounts. May be repeated.", valueName: "namespace/name"))
    var pods: [String] = []
    @Option(
        name: .customLong("namespace"),
        help: ArgumentHelp("All that mounts or is a class in this namespace. May be repeated.", valueName: "name"))
    var namespaces: [String] = []
    @Option(
        name: .customLong("secret-provider-class"),
        help: ArgumentHelp("A class, with the pods that mount it. May be repeated.", valueName: "namespace/name"))
    var classes: [String] = []
    @Option(
        name: .customLong("from"),
        help: ArgumentHelp(
            "Manifests: a file, a directory, or - for standard input. May be repeated.", valueName: "path"))
    var manifests: [String] = []
    @Option(help: ArgumentHelp("Write the spec to this file.", valueName: "file")) var out: String?
    @Flag(help: "With --out: write over a file that is there.") var force = false
    @OptionGroup(title: "Where") var place: ImportPlace
    @OptionGroup(title: "Sandbox") var sandbox: SandboxOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard environment.wholeMatch(of: /[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/) != nil else {
            throw ValidationError("an environment's name is 1 to 63 lower-case letters, digits and hyphens")
        }
        guard !(pods + classes + namespaces + manifests).isEmpty else {
            throw ValidationError("say where to begin: --pod, --secret-provider-class, --namespace or --from")
        }
        for text in pods + classes where SurveyScope.Named(text) == nil {
            throw ValidationError("'\(text)' is not NAMESPACE/NAME")
        }
        guard !force || out != nil else { throw ValidationError("--force goes with --out") }
    }

    private var scope: SurveyScope {
        var scope = SurveyScope()
        scope.pods = pods.compactMap(SurveyScope.Named.init)
        scope.classes = classes.compactMap(SurveyScope.Named.init)
        scope.namespaces = namespaces
        scope.nodeResourceGroup = place.nodeResourceGroup
        return scope
    }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        try refuseToOverwrite(run.context)
        return try await SandboxSession.withEnvironment(sandbox, in: run.context) { environment in
            let services = try await run.context.makeServices(place.settings(environment, run.context))
            return try await services.closing {
                var scope = scope
                scope.manifests = try await objects(run)
                scope.subscription =
                    place.subscription ?? environment["AZURE_SUBSCRIPTION_ID"].flatMap { $0.isEmpty ? nil : $0 }
                var survey = try await services.survey(scope)
                place.complete(&survey)
                try await write(survey, services, run)
                return .done
            }
        }
    }

    private func refuseToOverwrite(_ context: CommandContext) throws(CommandFailure) {
        guard let out, !force, FileManager.default.fileExists(atPath: context.resolved(out)) else { return }
        throw CommandFailure(.usage, .commandUsage, "'\(out)' is there already", hint: "give --force to write over it")
    }

    /// Classes, pods and workloads of the manifests. One without a namespace is of the one that is named, or of `default`.
    private func objects(_ run: CommandRun) async throws -> [JSONValue]? {
        guard !manifests.isEmpty else { return nil }
        var files = ManifestFiles(context: run.context)
        for path in manifests { try await files.read(path) }
        var reader = ManifestReader()
        for file in files.files { reader.read(file) }
        var problems = files.problems
        problems.merge(reader.set.problems)
        if problems.hasErrors { throw CommandFailure(.usage, problems) }
        return reader.set.objects.map { manifest in
            var object = YAMLReading.json(manifest.node)
            var metadata = object["metadata"] ?? [:]
            metadata["namespace"] = .string(manifest.namespace ?? namespaces.first ?? "default")
            object["metadata"] = metadata
            return object
        }
    }

    private func write(_ survey: Survey, _ services: Services, _ run: CommandRun) async throws {
        let text = try ImportedSpec(environment: environment, survey: survey).text()
        await run.view.show(.diagnostics(survey.remarks, sources: []))
        let source = SourceFile(path: out ?? "environment.yaml", text: text)
        await run.view.show(.diagnostics(Self.remarks(on: source, services.catalog), sources: [source]))
        guard let out else { return await run.view.show(.data(text)) }
        let path = FilePath(run.context.resolved(out))
        try DurableFile.replace(path, with: Array(text.utf8), readers: .everybody)
        await run.view.show(.done("Wrote \(out). Next: purser plan \(out.shellWord)"))
    }

    /// What a plan would say of the spec alone: where the world as it is does not hold together, here it is told.
    private static func remarks(on source: SourceFile, _ catalog: ResourceCatalog) -> Diagnostics {
        do throws(Diagnostics) {
            return try SpecLoader.load(sources: [source], catalog: catalog, inputs: SpecInputs()).remarks
        } catch {
            return error
        }
    }
}

/// Where an import looks.
struct ImportPlace: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "The subscription of vault and identity (default: AZURE_SUBSCRIPTION_ID, or that of the nodes).",
            valueName: "guid"))
    var subscription: String?
    @Option(
        help: ArgumentHelp(
            "The resource group of the cluster's scale sets (default: that of the nodes).", valueName: "name"))
    var nodeResourceGroup: String?
    @Option(help: ArgumentHelp("The kubeconfig file; it is written into the spec.", valueName: "file"))
    var kubeconfig: String?
    @Option(help: ArgumentHelp("The context of the kubeconfig; it is written into the spec.", valueName: "name"))
    var context: String?

    func settings(_ environment: [String: String], _ context: CommandContext) -> ClientSettings {
        var settings = ClientSettings(environment: environment, parseYAML: YAMLReading.json, notify: context.tell)
        settings.kubeconfig = kubeconfig.map(context.resolved)
        settings.context = self.context
        settings.subscription = subscription ?? environment["AZURE_SUBSCRIPTION_ID"]
        settings.tenant = environment["AZURE_TENANT_ID"]
        return settings
    }

    /// What was said of the cluster is part of the spec.
    func complete(_ survey: inout Survey) {
        let said = [("kubeconfig", kubeconfig), ("context", context)].compactMap { name, value in
            value.map { YAMLField(name, .string($0)) }
        }
        guard !said.isEmpty else { return }
        let index = survey.settings.firstIndex { $0.name == "cluster" }
        var fields: [YAMLField] = []
        if let index, case .object(let known) = survey.settings[index].value { fields = known }
        let cluster = YAMLField("cluster", .object(fields + said))
        if let index { survey.settings[index] = cluster } else { survey.settings.append(cluster) }
    }
}
