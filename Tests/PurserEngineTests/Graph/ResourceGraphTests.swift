import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct ResourceGraphTests {
    private func resources(_ edges: [String: [String]]) -> [Address: DeclaredResource] {
        Dictionary(
            uniqueKeysWithValues: edges.map { name, needs in
                let address = Address(name)
                return (
                    address,
                    DeclaredResource(
                        address: address, kind: "test/thing", range: nil, dependencies: Set(needs.map { Address($0) }))
                )
            })
    }

    @Test func `the order is the first one by address in which needs come first`() throws {
        let graph = try ResourceGraph(
            environment: "e", resources: resources(["a": ["d"], "b": [], "c": ["b"], "d": ["c"]]))
        #expect(graph.order.map(\.description) == ["b", "c", "d", "a"])
    }

    @Test func `a circle is reported as the path that leads back`() {
        let error = #expect(throws: Diagnostics.self) {
            try ResourceGraph(environment: "e", resources: resources(["a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]]))
        }
        #expect(error?.items.first?.code == .dependencyCycle)
        #expect(error?.items.first?.message == "resources need each other in a circle: a -> b -> c -> a")
    }

    @Test func `a circle behind which other resources wait is still the one that is shown`() {
        let error = #expect(throws: Diagnostics.self) {
            try ResourceGraph(environment: "e", resources: resources(["a": ["x"], "x": ["y"], "y": ["x"]]))
        }
        #expect(error?.items.first?.message == "resources need each other in a circle: x -> y -> x")
    }
}
