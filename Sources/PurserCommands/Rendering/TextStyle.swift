/// How words are set off: by colour on a terminal, not at all elsewhere. Nothing is told by colour alone.
package struct TextStyle: Sendable, Hashable {
    package let isColoured: Bool

    package init(isColoured: Bool) { self.isColoured = isColoured }

    package static let plain = TextStyle(isColoured: false)

    package func error(_ text: String) -> String { wrapped(text, "1;31") }
    package func warning(_ text: String) -> String { wrapped(text, "1;33") }
    package func note(_ text: String) -> String { wrapped(text, "1;36") }
    package func bold(_ text: String) -> String { wrapped(text, "1") }
    package func faint(_ text: String) -> String { wrapped(text, "2") }
    package func added(_ text: String) -> String { wrapped(text, "32") }
    package func changed(_ text: String) -> String { wrapped(text, "33") }
    package func removed(_ text: String) -> String { wrapped(text, "31") }

    /// SGR sequences of ECMA-48, which every terminal of today knows.
    private func wrapped(_ text: String, _ codes: String) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(codes)m\(text)\u{1B}[0m" : text
    }
}

/// Text from specs and services, made safe for a terminal.
package enum TerminalText {
    /// The text with everything made visible that could drive a terminal or hide what stands there: control
    /// characters (tabs and line feeds included), and the marks that reorder or hide text.
    package static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isHidden(scalar) { result += escape(scalar) } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }

    /// As `visible`, but line feeds stay.
    package static func visibleLines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { visible(String($0)) }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .format, .surrogate: true
        default: false
        }
    }
}
