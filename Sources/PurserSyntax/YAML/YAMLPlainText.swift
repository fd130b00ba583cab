/// Tells which texts mean the same to every YAML reader without quotes.
enum YAMLPlainText {
    /// Whether no reader, of YAML 1.1 or 1.2, takes the text for anything but a string.
    ///
    /// libyaml itself adds quotes where characters need them (`a: b`, `# x`); this is about types. It errs on the side
    /// of quotes.
    static func isSafe(_ text: String) -> Bool {
        guard case .string = YAMLScalarValue(plain: text) else { return false }
        if YAMLScalarValue.ambiguousBooleans.contains(text) || text == "<<" || text == "=" { return false }
        return !mayBeNumber(text)
    }

    /// Whether the text begins as a number and goes on as a number, a date or a base-60 number may: `0o17`, `08`,
    /// `1:30:00`, `2001-01-01T00:00:00Z`, `+1_000.5e3`, `.Inf`.
    private static func mayBeNumber(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return true }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            return text.utf8.allSatisfy(isOfNumberOrDate)
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            return text.utf8.dropFirst().first.map { isDigit($0) || $0 == UInt8(ascii: ".") } ?? true
                || isSpecialNumber(text)
        default:
            return false
        }
    }

    private static func isSpecialNumber(_ text: String) -> Bool {
        let word = text.lowercased()
        return word.hasSuffix(".inf") || word.hasSuffix(".nan")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isOfNumberOrDate(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default:
            "xoXO_:.+-TtZz ".utf8.contains(byte)
        }
    }
}
