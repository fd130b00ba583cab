package import PurserEngine

/// The graph of what is wanted, for drawing: an arrow leads from a resource to what it needs.
package struct GraphRenderer: Sendable {
    private let graph: ResourceGraph
    /// What a plan does with each resource, if there is one.
    private let actions: [Address: Action]

    package init(graph: ResourceGraph, plan: Plan? = nil) {
        self.graph = graph
        actions = Dictionary(plan?.changes.map { ($0.address, $0.action) } ?? []) { first, _ in first }
    }

    /// Graphviz's language. Source: graphviz.org, "DOT Language".
    package var dot: String {
        var lines = ["digraph \(quoted(graph.environment)) {", "    rankdir = LR", "    node [shape = box]"]
        for address in graph.order.sorted() {
            let style = actions[address].flatMap(Self.colour).map { " [color = \"\($0)\", penwidth = 2]" } ?? ""
            lines.append("    \(quoted(address.description))\(style)")
        }
        for (address, need) in edges {
            lines.append("    \(quoted(address.description)) -> \(quoted(need.description))")
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    /// Source: mermaid.js.org, "Flowcharts": labels in quotes, special characters as `#code;`.
    package var mermaid: String {
        let addresses = graph.order.sorted()
        let names = Dictionary(uniqueKeysWithValues: addresses.enumerated().map { ($1, "n\($0)") })
        var lines = ["flowchart LR"]
        for address in addresses { lines.append("    \(names[address] ?? "")[\"\(entities(address.description))\"]") }
        for (address, need) in edges { lines.append("    \(names[address] ?? "") --> \(names[need] ?? "")") }
        for address in addresses {
            guard let colour = actions[address].flatMap(Self.colour) else { continue }
            lines.append("    style \(names[address] ?? "") stroke:\(colour),stroke-width:2px")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var edges: [(Address, Address)] {
        graph.order.sorted().flatMap { address in
            (graph[address]?.dependencies ?? []).filter { graph[$0] != nil }.sorted().map { (address, $0) }
        }
    }

    private static func colour(_ action: Action) -> String? {
        switch action {
        case .create, .recover, .adopt: "#2da44e"
        case .update: "#bf8700"
        case .replace, .delete: "#cf222e"
        case .read, .forget: "#6e7781"
        case .none: nil
        }
    }

    private func quoted(_ text: String) -> String {
        "\"\(TerminalText.visible(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    private func entities(_ text: String) -> String {
        TerminalText.visible(text).replacing("#", with: "#35;").replacing("\"", with: "#quot;")
    }
}
