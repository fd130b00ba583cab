import PurserEngine

/// Recorded state as text. What is sensitive is a source, never a value, and is not shown either.
struct StateRenderer {
    let catalog: ResourceCatalog
    let style: TextStyle

    func text(of state: StateSnapshot?, place: String) -> String {
        guard let state, !state.resources.isEmpty else {
            return "Nothing is recorded in \(TerminalText.visible(place)).\n"
        }
        let head =
            "Environment \(style.bold(state.environment)), serial \(state.serial) (\(TerminalText.visible(place)))"
        let blocks = state.resources.sorted { $0.key < $1.key }.map { text(of: $0.value, at: $0.key) }
        return ([head] + blocks).joined(separator: "\n\n") + "\n"
    }

    func text(of record: RecordedResource, at address: Address) -> String {
        let kind = catalog[record.kind].map { type(of: $0) }
        let title = kind?.title ?? record.kind.text
        let rules = [
            record.isExisting ? "existing" : nil, record.isProtected ? "protected" : nil,
            record.onDestroy == .retain ? "retained on destroy" : nil,
        ].compactMap(\.self)
        let suffix = rules.isEmpty ? "" : ", \(rules.joined(separator: ", "))"
        let sensitive = Set((kind?.attributes ?? []).filter(\.isSensitive).map(\.name))
        let leaves = record.attributes.values.sorted { $0.key < $1.key }.flatMap { name, value in
            sensitive.contains(name)
                ? [(name, "(sensitive)")]
                : ValueText.leaves(value, below: name).map { ($0.path, ValueText.line($0.value)) }
        }
        let width = leaves.map(\.0.count).filter { $0 <= 40 }.max() ?? 0
        let lines = leaves.map { path, text in
            let padding = String(repeating: " ", count: max(0, width - path.count))
            return "    \(TerminalText.visible(path)):\(padding) \(text)"
        }
        let name = style.bold(TerminalText.visible(address.description))
        return (["\(name) (\(TerminalText.visible(title))\(suffix))"] + lines).joined(separator: "\n")
    }
}
