import Foundation
import PurserClients
import PurserEngine
import PurserResources
import PurserSyntax
import PurserTestSupport
import Testing

/// The engine with the standard catalogue over any transport: from YAML to requests.
struct AzureHarness: Sendable {
    let clients: Clients
    let catalog: ResourceCatalog
    let backend: MemoryStateBackend
    var secrets: any SecretInputs
    static let tenant = "8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e"
    static let subscription = "0b1f6471-1bf0-4dda-aec3-cb9272f09590"

    static let settings = """
        apiVersion: purser/v1
        environment: test
        azure: {tenant: \(tenant), subscription: \(subscription), location: westeurope}
        cluster: {nodeResourceGroup: aks-nodes-west-dev}

        """

    init(clients: Clients) {
        self.clients = clients
        secrets = Self.secrets(["KEY": "open sesame", "PASSWORD": "open-sesame"])
        catalog = StandardCatalog.make(clients: clients)
        backend = MemoryStateBackend(nil, journal: CrashingStorage())
    }

    /// Environment variables as given, and the files of `Tests/Fixtures/Certificates`.
    static func secrets(_ variables: [String: String]) -> any SecretInputs {
        SecretSources(
            specPath: Golden.fixtures.appending(path: "Certificates").path(), processEnvironment: variables)
    }

    /// Clients that reach nothing.
    static func offline() async throws -> AzureHarness {
        AzureHarness(clients: try await clients(RefusingTransport()))
    }

    static func clients(_ transport: any HTTPTransport, _ more: [String: String] = [:]) async throws -> Clients {
        let environment = [
            "AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": "app", "AZURE_CLIENT_SECRET": "hunter2", "HOME": "/nowhere",
        ]
        return try await Clients.make(
            settings: ClientSettings(
                environment: environment.merging(more) { _, new in new }, parseYAML: { try JSONValue(parsing: $0) },
                clock: ManualClock(), jitter: .none, transport: transport))
    }

    // MARK: Spec

    func spec(_ sections: String, settings: String = settings) throws(Diagnostics) -> Spec {
        try SpecLoader.load(
            sources: [SourceFile(path: "spec.yaml", text: settings + sections)], catalog: catalog, inputs: SpecInputs())
    }

    /// The problems of a spec, one line each, by place.
    func problems(_ sections: String) -> [String] {
        do throws(Diagnostics) {
            _ = try spec(sections)
            return []
        } catch {
            return error.sorted().map { "\($0.code): \($0.message)" }
        }
    }

    // MARK: Plan and run

    struct Planned {
        let plan: Plan
        let graph: ResourceGraph
        let recorded: StateSnapshot

        /// One line a change that does something.
        var lines: [String] {
            plan.changes.filter(\.isEffective).map { change in
                let paths = change.differences.map(\.path).joined(separator: ",")
                return "\(change.action.rawValue) \(change.address)\(paths.isEmpty ? "" : " [\(paths)]")"
            }
        }
    }

    /// `nil` sections plan a destroy.
    func plan(_ sections: String?, settings: String = settings) async throws -> Planned {
        let spec = try sections.map { try self.spec($0, settings: settings) }
        let graph = try ResourceGraph(environment: "test", resources: spec?.resources ?? [:])
        let recorded = await backend.load() ?? StateSnapshot(environment: "test", lineage: "line")
        let renames = Renames.find(graph: graph, recorded: recorded, catalog: catalog)
        let observations = await Refresh(catalog: catalog, secrets: secrets, parallelism: 8)
            .observations(of: graph, recorded: recorded, renames: renames)
        let plan = try Planner.plan(
            sections == nil ? .destroy : .apply, catalog: catalog, graph: graph, specDigest: spec?.digest ?? "",
            recorded: recorded, observations: observations, renames: renames, options: Planner.Options())
        return Planned(plan: plan, graph: graph, recorded: recorded)
    }

    @discardableResult
    func apply(
        _ sections: String?, settings: String = settings, options: Executor.Options = Executor.Options(),
        show: @escaping @Sendable (ApplyEvent) async -> Void = { _ in }
    ) async throws -> ApplyReport {
        let planned = try await plan(sections, settings: settings)
        let executor = Executor(
            catalog: catalog, secrets: secrets, backend: backend, options: options, show: show)
        let holder = LockHolder(user: "u", host: "h", pid: 1, command: "test", since: "2026-01-01T00:00:00Z")
        return try await executor.run(
            planned.plan, graph: planned.graph, recorded: planned.recorded, holder: holder,
            interruptions: Interruptions())
    }

    /// Applies, and expects it to be done and a second plan to be empty.
    func applied(
        _ sections: String?, settings: String = settings, sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        let report = try await apply(sections, settings: settings)
        #expect(report.ending == .done, "\(report.failures)", sourceLocation: sourceLocation)
        #expect(try await plan(sections, settings: settings).lines == [], sourceLocation: sourceLocation)
    }
}
