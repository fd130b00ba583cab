import Synchronization

/// Looks at every resource of a spec and of the state, many at once, each after those it depends on.
///
/// Reads only. A resource without a record is looked for if all that identifies it is known, so that what exists
/// already, and what is soft-deleted, is found at plan time.
package struct Refresh: Sendable {
    package let catalog: ResourceCatalog
    package let secrets: any SecretInputs
    package let parallelism: Int

    package init(catalog: ResourceCatalog, secrets: any SecretInputs, parallelism: Int) {
        self.catalog = catalog
        self.secrets = secrets
        self.parallelism = parallelism
    }

    private struct Query: Sendable {
        let address: Address
        let kind: any ResourceKind
        let known: Attributes
        let wanted: Attributes?
        let isExisting: Bool
        var isRecorded = false
    }

    /// `renames` maps an address of the spec to the one under which state knows the resource.
    package func observations(
        of graph: ResourceGraph, recorded: StateSnapshot, renames: [Address: Address], onlyRecorded: Bool = false
    ) async -> Observations {
        let leftovers = recorded.resources.keys
            .filter { graph[$0] == nil && !renames.values.contains($0) }.sorted()
        let addresses = graph.order + leftovers
        let position = Dictionary(uniqueKeysWithValues: addresses.enumerated().map { ($1, $0) })
        let needs = addresses.map { address in
            (graph[address]?.dependencies ?? []).compactMap { position[$0] }
        }
        var schedule = Schedule(needs: needs, width: parallelism)
        var results = Observations()
        await withTaskGroup(of: (Int, Observations.Finding, Prospect?, [String]).self) { group in
            while true {
                for index in schedule.start() {
                    let address = addresses[index]
                    let query = query(address, graph: graph, recorded: recorded, renames: renames, results)
                    group.addTask {
                        let missed = Mutex<Set<String>>([])
                        let finding = await Self.finding(query, secrets, recorded.environment) { text in
                            missed.withLock { _ = $0.insert(text) }
                        }
                        let prospect = await Self.prospect(query, finding, secrets, recorded.environment)
                        return (index, finding, prospect, missed.withLock { $0.sorted() })
                    }
                }
                guard let (index, finding, prospect, missed) = await group.next() else { break }
                results.findings[addresses[index]] = finding
                results.prospects[addresses[index]] = prospect
                if !missed.isEmpty { results.missed[addresses[index]] = missed }
                schedule.finish(index, succeeded: true)
            }
        }
        return results
    }

    private func query(
        _ address: Address, graph: ResourceGraph, recorded: StateSnapshot, renames: [Address: Address],
        _ results: Observations
    ) -> Query? {
        let record = recorded.resources[renames[address] ?? address]
        guard let name = graph[address]?.kind ?? record?.kind, let kind = catalog[name] else { return nil }
        if let parent = type(of: kind).place.parent(of: address), case .absent = results[parent] { return nil }
        let wanted = graph[address].map { desired($0, graph, recorded, renames, results) }
        let isExisting = graph[address]?.isExisting ?? record?.isExisting ?? false
        if let record, record.kind == name {
            return Query(
                address: address, kind: kind, known: record.attributes, wanted: wanted, isExisting: isExisting,
                isRecorded: true)
        }
        guard let wanted, type(of: kind).isIdentified(by: wanted) else { return nil }
        return Query(address: address, kind: kind, known: wanted, wanted: wanted, isExisting: isExisting)
    }

    private func desired(
        _ resource: DeclaredResource, _ graph: ResourceGraph, _ recorded: StateSnapshot,
        _ renames: [Address: Address], _ results: Observations
    ) -> Attributes {
        Attributes(
            resource.attributes.mapValues { expression in
                expression.value { address, name in
                    if let declared = graph[address]?.attributes[name], case .literal(let value) = declared {
                        return value
                    }
                    switch results[address] {
                    case .present(let observation): return observation.attributes.values[name] ?? .null
                    case .unreadable, .unknown:
                        guard let record = recorded.resources[renames[address] ?? address] else { return .unknown }
                        return record.attributes.values[name] ?? .null
                    case .absent, .softDeleted: return .unknown
                    }
                }
            })
    }

    private static func finding(
        _ query: Query?, _ secrets: any SecretInputs, _ environment: String,
        missed: @escaping @Sendable (String) -> Void
    ) async -> Observations.Finding {
        guard let query else { return .unknown }
        let operation = Operation(
            environment: environment, address: query.address, secrets: secrets, isExisting: query.isExisting,
            missed: missed)
        do {
            if let found = try await query.kind.read(query.known, wanted: query.wanted, operation) {
                return .present(found)
            }
            if let wanted = query.wanted, let deleted = try await query.kind.readDeleted(wanted, operation) {
                return .softDeleted(deleted)
            }
            return .absent
        } catch {
            return .unreadable(Failure(error, at: query.address))
        }
    }

    /// What is used as it is has no prospects, nor has what nobody could look for.
    private static func prospect(
        _ query: Query?, _ finding: Observations.Finding, _ secrets: any SecretInputs, _ environment: String
    ) async -> Prospect? {
        guard let query, !query.isExisting, type(of: query.kind).hasProspects else { return nil }
        let current: Attributes?
        switch finding {
        case .present(let observation): current = query.known.merging(observation.attributes)
        case .absent where query.wanted != nil: current = nil
        case .unreadable where query.isRecorded: current = query.known
        case .absent, .softDeleted, .unknown, .unreadable: return nil
        }
        let operation = Operation(environment: environment, address: query.address, secrets: secrets)
        return await query.kind.prospect(current, wanted: query.wanted, operation)
    }
}

extension Attributes {
    /// Whether the value at a dotted path is there and wholly known.
    package func isKnown(at path: String) -> Bool { value(at: path).map { !$0.containsUnknown } ?? false }

    package func value(at path: String) -> Value? {
        let parts = path.split(separator: ".").map(String.init)
        guard let first = parts.first else { return nil }
        return parts.dropFirst().reduce(values[first]) { $0?[$1] }
    }
}
