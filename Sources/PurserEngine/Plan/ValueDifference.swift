/// Compares two values part by part.
package enum ValueDifference {
    /// The dotted paths at which the values differ, in order; null counts as absent. Mappings are compared member by
    /// member, lists of equal length item by item, and everything else as a whole. With `countsEmpty`, what is null or
    /// empty further down is something else than what is absent.
    static func paths(
        from before: Value?, to after: Value?, below path: String, countsEmpty: Bool = false
    ) -> [(path: String, before: Value?, after: Value?)] {
        parts(from: present(before), to: present(after), below: path, countsEmpty)
    }

    private static func parts(
        from before: Value?, to after: Value?, below path: String, _ countsEmpty: Bool
    ) -> [(path: String, before: Value?, after: Value?)] {
        let before = countsEmpty ? before : present(before)
        let after = countsEmpty ? after : present(after)
        if before == after { return [] }
        switch (before, after) {
        case (.object(let old)?, .object(let new)?):
            let keys = Set(old.keys).union(new.keys).sorted()
            return keys.flatMap { parts(from: old[$0], to: new[$0], below: member($0, of: path), countsEmpty) }
        case (.list(let old)?, .list(let new)?) where old.count == new.count:
            return zip(old, new).enumerated().flatMap { index, pair in
                parts(from: pair.0, to: pair.1, below: "\(path)[\(index)]", countsEmpty)
            }
        default:
            return [(path, before, after)]
        }
    }

    private static func present(_ value: Value?) -> Value? {
        switch value {
        case .null?: nil
        case .object(let members)? where members.isEmpty: nil
        case .list(let items)? where items.isEmpty: nil
        default: value
        }
    }

    /// A key that holds a dot is quoted, as in `labels["app.kubernetes.io/name"]`.
    package static func member(_ key: String, of path: String) -> String {
        key.contains(where: { $0 == "." || $0 == "[" || $0 == " " }) ? "\(path)[\"\(key)\"]" : "\(path).\(key)"
    }
}
