import PurserEngine

/// Values as people read them in a plan.
enum ValueText {
    /// Longer texts are cut in the middle.
    static let longestText = 160

    /// One line: texts quoted, collections in brackets, `(known after apply)` for what is not known yet.
    static func line(_ value: Value?) -> String {
        switch value {
        case nil, .null?: "(none)"
        case .unknown?: "(known after apply)"
        case .bool(let flag)?: String(flag)
        case .integer(let number)?: String(number)
        case .number(let number)?: String(number)
        case .string(let text)?: quoted(text)
        case .list(let items)?: "[" + items.map(line).joined(separator: ", ") + "]"
        case .object(let members)?:
            "{"
                + members.sorted { $0.key < $1.key }.map { "\(TerminalText.visible($0.key)): \(line($0.value))" }
                .joined(separator: ", ") + "}"
        }
    }

    static func quoted(_ text: String) -> String {
        let shown =
            text.count > longestText
            ? "\(text.prefix(longestText / 2))…\(text.suffix(longestText / 4))" : text
        let escaped = shown.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        let note = text.count > longestText ? " (\(text.count) characters)" : ""
        return "\"\(TerminalText.visible(escaped))\"\(note)"
    }

    /// A value taken apart into its scalars, by dotted path and in order.
    static func leaves(_ value: Value, below path: String) -> [(path: String, value: Value)] {
        switch value {
        case .object(let members) where !members.isEmpty:
            return members.sorted { $0.key < $1.key }.flatMap { key, member in
                leaves(member, below: key.contains(".") ? "\(path)[\"\(key)\"]" : "\(path).\(key)")
            }
        case .list(let items) where items.contains(where: { $0.object != nil || $0.list != nil }):
            return items.enumerated().flatMap { index, item in leaves(item, below: "\(path)[\(index)]") }
        default:
            return [(path, value)]
        }
    }
}
