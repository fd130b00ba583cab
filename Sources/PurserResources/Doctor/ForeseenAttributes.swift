import PurserEngine

/// The attributes of an environment's resources as far as spec and record tell them, with the identifiers in Resource
/// Manager that resources will have.
struct ForeseenAttributes: Sendable {
    private(set) var byAddress: [Address: Attributes] = [:]

    init(_ graph: ResourceGraph, recorded: StateSnapshot, catalog: ResourceCatalog, found: [Address: Attributes] = [:])
    {
        for address in graph.order {
            guard let resource = graph[address] else { continue }
            let record = recorded.resources[address]?.attributes.merging(found[address] ?? Attributes())
            var attributes = Attributes(
                resource.attributes.mapValues { $0.value { output($0, $1, recorded, found) } })
            for (name, value) in (record ?? found[address])?.values ?? [:] where attributes.values[name] == nil {
                attributes.values[name] = value
            }
            if let kind = catalog[resource.kind].flatMap({ type(of: $0) as? any RightsDeclaring.Type }),
                let id = try? kind.resourceID(of: attributes)
            {
                attributes[AzureAttributes.id] = id
            }
            byAddress[address] = attributes
        }
    }

    subscript(_ address: Address) -> Attributes? { byAddress[address] }

    private func output(
        _ address: Address, _ name: String, _ recorded: StateSnapshot, _ found: [Address: Attributes]
    ) -> Value {
        byAddress[address]?.values[name] ?? found[address]?.values[name]
            ?? recorded.resources[address]?.attributes.values[name] ?? .unknown
    }
}
