/// What one spec says otherwise than another, without state and without any service.
package enum SpecComparison {
    /// The plan that there would be for `graph` if all that `base` says were applied and nothing else had happened.
    /// Throws what makes the specs incomparable.
    package static func plan(
        from base: ResourceGraph, to graph: ResourceGraph, specDigest: String, catalog: ResourceCatalog
    ) throws -> Plan {
        let recorded = StateSnapshot(applied: base, catalog: catalog)
        var options = Planner.Options()
        options.isComparison = true
        var plan = try Planner.plan(
            .apply, catalog: catalog, graph: graph, specDigest: specDigest, recorded: recorded,
            observations: Observations(), renames: Renames.find(graph: graph, recorded: recorded, catalog: catalog),
            options: options)
        // What the sign before the resource says already.
        for index in plan.changes.indices {
            plan.changes[index].reasons.removeAll { [.notRecorded, .differs, .removedFromSpec].contains($0) }
        }
        return plan
    }
}

extension StateSnapshot {
    /// What would be recorded of a spec that is applied. Outputs, which no spec tells, stand as a mark that names them:
    /// two specs that use the same output agree.
    init(applied graph: ResourceGraph, catalog: ResourceCatalog) {
        self.init(environment: graph.environment, lineage: "")
        for address in graph.order {
            guard let resource = graph[address], let kind = catalog[resource.kind] else { continue }
            var attributes = Attributes(resource.attributes.mapValues { $0.value { output($0, $1) } })
            for attribute in type(of: kind).attributes where attribute.isComputed {
                attributes.values[attribute.name] = .string("(\(address).\(attribute.name))")
            }
            resources[address] = RecordedResource(
                kind: resource.kind, attributes: attributes, dependencies: resource.dependencies.sorted(),
                isExisting: resource.isExisting, isProtected: resource.isProtected, onDestroy: resource.onDestroy)
        }
    }

    private func output(_ address: Address, _ name: String) -> Value {
        resources[address]?.attributes.values[name] ?? .null
    }
}
