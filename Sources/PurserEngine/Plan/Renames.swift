/// Recognises resources that the spec lists under another address than before, by what identifies them.
package enum Renames {
    /// From each new address to the one under which state knows the same real resource.
    package static func find(
        graph: ResourceGraph, recorded: StateSnapshot, catalog: ResourceCatalog
    ) -> [Address: Address] {
        var leftovers: [Identity: Address] = [:]
        for (address, record) in recorded.resources where graph[address] == nil && !record.isExisting {
            guard let kind = catalog[record.kind] else { continue }
            leftovers[Identity(record.attributes, type(of: kind))] = address
        }
        guard !leftovers.isEmpty else { return [:] }
        var renames: [Address: Address] = [:]
        for address in graph.order where recorded.resources[address] == nil {
            guard let resource = graph[address], !resource.isExisting, let kind = catalog[resource.kind] else {
                continue
            }
            let wanted = Attributes(
                resource.attributes.mapValues { $0.value { output($0, $1, graph, recorded, renames) } })
            if let old = leftovers.removeValue(forKey: Identity(wanted, type(of: kind))) { renames[address] = old }
        }
        return renames
    }

    private static func output(
        _ address: Address, _ name: String, _ graph: ResourceGraph, _ recorded: StateSnapshot,
        _ renames: [Address: Address]
    ) -> Value {
        if case .literal(let value)? = graph[address]?.attributes[name] { return value }
        return recorded.resources[renames[address] ?? address]?.attributes.values[name] ?? .unknown
    }

    private struct Identity: Hashable {
        let kind: KindName
        let values: [Value?]

        init(_ attributes: Attributes, _ kind: any ResourceKind.Type) {
            self.kind = kind.name
            values = kind.identity.map { attributes.value(at: $0) }
        }
    }
}
