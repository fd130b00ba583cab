import PurserClients
import PurserEngine
import PurserSyntax

/// A spec that is loaded and all that is needed to plan and to run it.
struct Session: Sendable {
    /// As the user gave it.
    let specPath: String
    /// Values of variables that were given.
    let variables: [String: String]
    let allowed: AllowedFindings
    let spec: Spec
    let graph: ResourceGraph
    let services: Services
    let secrets: SecretSources
    let backend: any StateBackend

    var catalog: ResourceCatalog { services.catalog }

    /// Loads a spec and closes everything at the end. `request`, of a saved plan, says which variables it had and what
    /// was allowed.
    static func with<Result: Sendable>(
        _ path: String?, _ options: SpecOptions, request: PlanFile.Request? = nil,
        allowed: AllowedFindings = .everything, in context: CommandContext,
        _ body: (Session) async throws -> Result
    ) async throws -> Result {
        let path = try SpecLookup(context: context).path(path)
        return try await SandboxSession.withEnvironment(options.sandbox, in: context) { environment in
            var inputs = try SpecInputsReader.inputs(options.variables, environment: environment, in: context)
            inputs.allowed = allowed
            if let request {
                inputs.allowed = request.allowed ?? allowed
                inputs.variables = request.variables
                inputs.readableEnvironment.formUnion(request.readableEnvironment)
            }
            let loader = SpecReader(context: context, environment: environment, inputs: inputs)
            let (spec, graph, services) = try await loader.load(path)
            return try await services.closing {
                let access = StateAccess(options: options.state, context: context, processEnvironment: environment)
                return try await access.with(spec.environment) { backend in
                    let session = Session(
                        specPath: path, variables: inputs.variables, allowed: inputs.allowed, spec: spec, graph: graph,
                        services: services,
                        secrets: SecretSources(specPath: context.resolved(path), processEnvironment: environment),
                        backend: backend)
                    return try await body(session)
                }
            }
        }
    }
}

extension Services {
    /// Runs `body` and closes all connections, however it ends.
    func closing<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            let result = try await body()
            await shutdown()
            return result
        } catch {
            await shutdown()
            throw error
        }
    }
}

/// Loads a spec with the services that its settings ask for.
struct SpecReader {
    let context: CommandContext
    let environment: [String: String]
    let inputs: SpecInputs

    /// Kinds decode the spec before it can be known which cluster it means: services are made again if it names one.
    func load(_ path: String) async throws -> (Spec, ResourceGraph, Services) {
        let first = try await context.makeServices(settings())
        do {
            let (spec, graph) = try parsed(path, first.catalog)
            let settled = settings(for: spec)
            guard let settled else { return (spec, graph, first) }
            await first.shutdown()
            return (spec, graph, try await context.makeServices(settled))
        } catch {
            await first.shutdown()
            throw error
        }
    }

    private func parsed(_ path: String, _ catalog: ResourceCatalog) throws(CommandFailure) -> (Spec, ResourceGraph) {
        let spec: Spec
        do {
            spec = try SpecLoader.load(context.resolved(path), catalog: catalog, inputs: inputs)
        } catch {
            throw CommandFailure(.usage, error, sources: SpecSources.files(of: error))
        }
        do {
            return (spec, try ResourceGraph(environment: spec.environment, resources: spec.resources))
        } catch {
            throw CommandFailure(.usage, error, sources: spec.sources)
        }
    }

    private func settings() -> ClientSettings {
        ClientSettings(environment: environment, parseYAML: YAMLReading.json, notify: context.tell)
    }

    private static func cloud(_ value: Value?) -> CloudChoice? {
        value?.string.map(CloudChoice.named) ?? value?["metadata"]?.string.map(CloudChoice.metadata)
    }

    private func settings(for spec: Spec) -> ClientSettings? {
        var settings = settings()
        settings.kubeconfig = spec.settings["cluster.kubeconfig"]?.string.map(context.resolved)
        settings.context = spec.settings["cluster.context"]?.string
        if settings.kubeconfig == nil, settings.context == nil {
            settings.managedCluster = Self.managedCluster(of: spec)
        }
        settings.tenant = spec.settings["azure.tenant"]?.string
        settings.cloud = Self.cloud(spec.settings["azure.cloud"])
        settings.subscription = spec.settings["azure.subscription"]?.string
        let isOther =
            settings.kubeconfig != nil || settings.context != nil || settings.managedCluster != nil
            || settings.cloud != nil
            || settings.tenant != environment["AZURE_TENANT_ID"]
            || settings.subscription != environment["AZURE_SUBSCRIPTION_ID"]
        return isOther ? settings : nil
    }

    private static func managedCluster(of spec: Spec) -> ManagedClusterName? {
        guard let cluster = spec.settings["cluster.aks"], let group = cluster["group"]?.string,
            let name = cluster["name"]?.string,
            let subscription = (spec.settings["cluster.subscription"] ?? spec.settings["azure.subscription"])?.string
        else { return nil }
        return ManagedClusterName(subscription: subscription, group: group, name: name)
    }
}

/// The files that diagnostics point into, read again to show lines of them.
enum SpecSources {
    static func files(of diagnostics: Diagnostics) -> [SourceFile] {
        let places = diagnostics.flatMap { [$0.range] + $0.notes.map(\.range) }
        return Set(places.compactMap { $0?.file }).sorted().compactMap { try? SourceFile.read(path: $0) }
    }
}

/// YAML as the clients want it, for kubeconfig files.
enum YAMLReading {
    static func json(_ bytes: [UInt8]) throws -> JSONValue {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let root = try YAMLParser.parse(SourceFile(path: "kubeconfig", text: text)) else { return .null }
        return json(root)
    }

    static func json(_ node: YAMLNode) -> JSONValue {
        switch node.content {
        case .sequence(let nodes): return .array(nodes.map(json))
        case .mapping(let entries):
            return .object(Dictionary(entries.map { ($0.name, json($0.value)) }) { first, _ in first })
        case .scalar:
            switch node.scalarValue {
            case .string(let text)?: return .string(text)
            case .int(let number)?: return .integer(number)
            case .float(let number)?: return .number(number)
            case .bool(let flag)?: return .bool(flag)
            case .null?, nil: return .null
            }
        }
    }
}
