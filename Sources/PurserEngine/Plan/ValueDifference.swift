/// Compares two values part by part.
enum ValueDifference {
    /// The dotted paths at which the values differ, in order; null counts as absent. Mappings are compared member by
    /// member, lists of equal length item by item, and everything else as a whole.
    static func paths(
        from before: Value?, to after: Value?, below path: String
    ) -> [(path: String, before: Value?, after: Value?)] {
        let before = present(before)
        let after = present(after)
        if before == after { return [] }
        switch (before, after) {
        case (.object(let old)?, .object(let new)?):
            let keys = Set(old.keys).union(new.keys).sorted()
            return keys.flatMap { paths(from: old[$0], to: new[$0], below: member($0, of: path)) }
        case (.list(let old)?, .list(let new)?) where old.count == new.count:
            return zip(old, new).enumerated().flatMap { index, pair in
                paths(from: pair.0, to: pair.1, below: "\(path)[\(index)]")
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
    private static func member(_ key: String, of path: String) -> String {
        key.contains(where: { $0 == "." || $0 == "[" || $0 == " " }) ? "\(path)[\"\(key)\"]" : "\(path).\(key)"
    }
}
