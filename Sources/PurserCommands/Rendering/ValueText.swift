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
        // There are never fewer bytes than characters, and they are quicker to count.
        let isLong = text.utf8.count > longestText && text.count > longestText
        let shown = isLong ? "\(text.prefix(longestText / 2))…\(text.suffix(longestText / 4))" : text
        let needsEscapes = shown.utf8.contains { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") }
        let escaped =
            needsEscapes ? shown.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") : shown
        let note = isLong ? " (\(text.count) characters)" : ""
        return "\"\(TerminalText.visible(escaped))\"\(note)"
    }

    /// A value taken apart into its scalars, by dotted path and in order.
    static func leaves(_ value: Value, below path: String) -> [(path: String, value: Value)] {
        var found: [(path: String, value: Value)] = []
        append(leavesOf: value, below: path, to: &found)
        return found
    }

    private static func append(
        leavesOf value: Value, below path: String, to found: inout [(path: String, value: Value)]
    ) {
        switch value {
        case .object(let members) where !members.isEmpty:
            for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                let holdsDot = key.utf8.contains(UInt8(ascii: "."))
                append(leavesOf: member, below: holdsDot ? "\(path)[\"\(key)\"]" : "\(path).\(key)", to: &found)
            }
        case .list(let items) where items.contains(where: { $0.object != nil || $0.list != nil }):
            for (index, item) in items.enumerated() { append(leavesOf: item, below: "\(path)[\(index)]", to: &found) }
        default:
            found.append((path, value))
        }
    }
}
