/// Which addresses `--target` and `--exclude` leave in a plan.
struct Selection {
    private let selected: Set<Address>?
    private let excluded: Set<Address>

    init(graph: ResourceGraph, recorded: StateSnapshot, options: Planner.Options) {
        let all = Set(graph.order).union(recorded.resources.keys)
        selected =
            options.targets.isEmpty
            ? nil
            : Self.closure(of: all.filter { address in options.targets.contains { address.isWithin($0) } }) {
                graph[$0]?.dependencies ?? []
            }
        let dependents = graph.dependents
        excluded = Self.closure(of: all.filter { address in options.excluded.contains { address.isWithin($0) } }) {
            Set(dependents[$0] ?? [])
        }
    }

    func contains(_ address: Address) -> Bool {
        !excluded.contains(address) && selected?.contains(address) != false
    }

    private static func closure(of start: Set<Address>, _ next: (Address) -> Set<Address>) -> Set<Address> {
        var found = start
        var pending = Array(start)
        while let address = pending.popLast() {
            for neighbour in next(address) where found.insert(neighbour).inserted { pending.append(neighbour) }
        }
        return found
    }
}
