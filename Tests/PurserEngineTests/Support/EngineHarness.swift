import PurserEngine
import PurserSyntax
import PurserTestSupport
import Synchronization
import Testing

/// The engine over a scripted world: from YAML to what is then there.
struct EngineHarness: Sendable {
    let world: ScriptedWorld
    let backend: MemoryStateBackend
    let storage: CrashingStorage
    let secrets = ScriptedSecrets(["KEY": "open sesame", "OTHER": "other"])
    let catalog: ResourceCatalog
    static let holder = LockHolder(user: "u", host: "h", pid: 1, command: "test", since: "2026-01-01T00:00:00Z")

    init(
        world: ScriptedWorld = ScriptedWorld(), storage: CrashingStorage = CrashingStorage(),
        state: StateSnapshot? = nil
    ) {
        self.world = world
        self.storage = storage
        backend = MemoryStateBackend(state, journal: storage)
        catalog = .scripted(world)
    }

    struct Planned {
        let plan: Plan
        let graph: ResourceGraph
        let recorded: StateSnapshot
    }

    func spec(_ sections: String) throws(Diagnostics) -> Spec {
        let text = "apiVersion: purser/v1\nenvironment: test\n" + sections
        return try SpecLoader.load(
            sources: [SourceFile(path: "spec.yaml", text: text)], catalog: catalog, inputs: SpecInputs())
    }

    /// `nil` sections plan a destroy.
    func plan(
        _ sections: String?, refresh: Bool = true, options: Planner.Options = Planner.Options(),
        seeing alter: (inout Observations) -> Void = { _ in }
    ) async throws -> Planned {
        let spec = try sections.map(spec)
        let graph = try ResourceGraph(environment: "test", resources: spec?.resources ?? [:])
        let recorded = await backend.load() ?? StateSnapshot(environment: "test", lineage: "line")
        let renames = Renames.find(graph: graph, recorded: recorded, catalog: catalog)
        var observations =
            refresh
            ? await Refresh(catalog: catalog, secrets: secrets, parallelism: 8)
                .observations(of: graph, recorded: recorded, renames: renames)
            : Observations()
        alter(&observations)
        let plan = try Planner.plan(
            sections == nil ? .destroy : .apply, catalog: catalog, graph: graph, specDigest: spec?.digest ?? "",
            recorded: recorded, observations: observations, renames: renames, options: options)
        return Planned(plan: plan, graph: graph, recorded: recorded)
    }

    @discardableResult
    func apply(
        _ sections: String?, options: Executor.Options = Executor.Options(),
        interruptions: Interruptions = Interruptions(), show: @escaping @Sendable (ApplyEvent) async -> Void = { _ in }
    ) async throws -> ApplyReport {
        let planned = try await plan(sections)
        return try await run(planned, options: options, interruptions: interruptions, show: show)
    }

    func run(
        _ planned: Planned, options: Executor.Options = Executor.Options(),
        interruptions: Interruptions = Interruptions(), show: @escaping @Sendable (ApplyEvent) async -> Void = { _ in }
    ) async throws -> ApplyReport {
        var options = options
        options.lateness = []
        let executor = Executor(catalog: catalog, secrets: secrets, backend: backend, options: options, show: show)
        return try await executor.run(
            planned.plan, graph: planned.graph, recorded: planned.recorded, holder: Self.holder,
            interruptions: interruptions)
    }

    func recovery() async throws -> Recovery? {
        try await Recovery.find(
            in: backend, environment: "test", catalog: catalog, secrets: secrets, lateness: [], show: { _ in })
    }

    struct Seen: Hashable {
        let kind: KindName
        let object: ScriptedWorld.Object
    }

    /// What a client can observe, but for ids that are new with every object.
    func observable() async -> [Seen: Int] {
        let seen = await world.contents(without: ["version", "id"]).map { key, object in
            var object = object
            object.attributes = Attributes(object.attributes.values.mapValues(Self.withoutIDs))
            return Seen(kind: key.kind, object: object)
        }
        return Dictionary(seen.map { ($0, 1) }, uniquingKeysWith: +)
    }

    private static func withoutIDs(_ value: Value) -> Value {
        switch value {
        case .list(let items): .list(items.map(withoutIDs))
        case .object(let members): .object(members.filter { $0.key != "id" }.mapValues(withoutIDs))
        default: value
        }
    }
}

extension Plan {
    /// One line a change, for tests.
    var lines: [String] {
        changes.filter(\.isEffective).map { change in
            let moved = change.movedFrom.map { " from \($0)" } ?? ""
            let paths = change.differences.map(\.path).joined(separator: ",")
            return "\(change.action.rawValue) \(change.address)\(moved)\(paths.isEmpty ? "" : " [\(paths)]")"
        }
    }
}
