import HeapModule
package import PurserSyntax

/// The resources of a spec with their dependencies: every dependency is declared, and there is no cycle.
package struct ResourceGraph: Sendable {
    package let environment: String
    package let resources: [Address: DeclaredResource]
    /// All addresses, each after those it depends on; among the possible orders the first one by address.
    package let order: [Address]

    /// Throws when resources need each other in a circle; each report shows one circle from line to line.
    package init(environment: String, resources: [Address: DeclaredResource]) throws(Diagnostics) {
        self.environment = environment
        self.resources = resources
        let sorted = TopologicalOrder(nodes: resources.mapValues(\.dependencies))
        guard sorted.remaining.isEmpty else {
            throw Self.report(of: sorted.remaining, resources)
        }
        order = sorted.order
    }

    package subscript(_ address: Address) -> DeclaredResource? { resources[address] }

    /// The resources that depend directly on each address.
    package var dependents: [Address: [Address]] {
        var result: [Address: [Address]] = [:]
        for address in order {
            for need in resources[address]?.dependencies ?? [] { result[need, default: []].append(address) }
        }
        return result
    }

    private static func report(of remaining: Set<Address>, _ resources: [Address: DeclaredResource]) -> Diagnostics {
        var diagnostics = Diagnostics()
        let circle = TopologicalOrder.circle(in: remaining) { resources[$0]?.dependencies.sorted() ?? [] }
        let path = (circle + circle.prefix(1)).map(\.description).joined(separator: " -> ")
        diagnostics.append(
            .dependencyCycle, "resources need each other in a circle: \(path)",
            at: circle.first.flatMap { resources[$0]?.range },
            hint: "remove one of the references")
        return diagnostics
    }
}

extension DiagnosticCode {
    package static let dependencyCycle = DiagnosticCode(rawValue: "spec/dependency-cycle")
}

/// An order in which each node follows those it needs; a need that is no node counts as met. Time is proportional to nodes and edges, but for the heap that
/// makes the order the first one possible.
struct TopologicalOrder {
    private(set) var order: [Address] = []
    /// Nodes on a circle, or behind one.
    private(set) var remaining: Set<Address> = []

    init(nodes: [Address: Set<Address>]) {
        let addresses = nodes.keys.sorted()
        let index = Dictionary(uniqueKeysWithValues: addresses.enumerated().map { ($1, $0) })
        var dependents = [[Int]](repeating: [], count: addresses.count)
        var waiting = [Int](repeating: 0, count: addresses.count)
        for (address, needs) in nodes {
            guard let node = index[address] else { continue }
            for need in needs {
                guard let needed = index[need] else { continue }
                dependents[needed].append(node)
                waiting[node] += 1
            }
        }
        var ready = Heap(addresses.indices.filter { waiting[$0] == 0 })
        while let node = ready.popMin() {
            order.append(addresses[node])
            for dependent in dependents[node] {
                waiting[dependent] -= 1
                if waiting[dependent] == 0 { ready.insert(dependent) }
            }
        }
        remaining = Set(addresses.indices.filter { waiting[$0] > 0 }.map { addresses[$0] })
    }

    /// One circle among nodes of which each has a successor among them.
    static func circle(in nodes: Set<Address>, next: (Address) -> [Address]) -> [Address] {
        guard var node = nodes.min() else { return [] }
        var path: [Address] = []
        var position: [Address: Int] = [:]
        while position[node] == nil {
            position[node] = path.count
            path.append(node)
            guard let following = next(node).first(where: nodes.contains) else { return path }
            node = following
        }
        return Array(path[(position[node] ?? 0)...])
    }
}
