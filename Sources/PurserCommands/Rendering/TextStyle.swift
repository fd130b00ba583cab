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

/// Text from specs and services on one line, made safe for a terminal.
package enum TerminalText {
    /// As `VisibleText`, with line breaks and tabs as their escapes.
    package static func visible(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return text }
        let line = text.replacing("\r\n", with: "\\n").replacing("\n", with: "\\n").replacing("\t", with: "\\t")
        return VisibleText.of(line)
    }

    /// The lines of a text, each made safe.
    package static func visibleLines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { visible(String($0)) }
    }
}
