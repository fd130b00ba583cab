import PurserSyntax

/// `${var.NAME}` and `${ADDRESS.OUTPUT}` in a text; `$${` stands for `${`.
enum Interpolation {
    enum Piece: Hashable {
        case text(String)
        case variable(String)
        case output(Address, String)
    }

    /// The pieces that could be read, and whether that was all: an expression that is neither gets a diagnostic.
    static func pieces(
        of text: String, at range: SourceRange, _ diagnostics: inout Diagnostics
    ) -> (pieces: [Piece], areAll: Bool) {
        var pieces: [Piece] = []
        var literal = ""
        var isGood = true
        var rest = Substring(text)
        while let dollar = rest.firstRange(of: "${") {
            literal += rest[..<dollar.lowerBound]
            rest = rest[dollar.upperBound...]
            if literal.hasSuffix("$") {
                literal = String(literal.dropLast()) + "${"
                continue
            }
            guard let end = rest.firstIndex(of: "}"), let piece = piece(rest[..<end]) else {
                let shown = rest.prefix { $0 != "}" }.prefix(60)
                diagnostics.append(
                    .badInterpolation, "'${\(shown)}' is neither a variable nor an output", at: range,
                    hint: "write ${var.NAME} or ${identities/NAME.clientId}; $${ stands for a literal ${")
                isGood = false
                continue
            }
            if !literal.isEmpty { pieces.append(.text(literal)) }
            literal = ""
            pieces.append(piece)
            rest = rest[rest.index(after: end)...]
        }
        literal += rest
        if !literal.isEmpty { pieces.append(.text(literal)) }
        return (pieces, isGood)
    }

    private static func piece(_ inner: Substring) -> Piece? {
        if inner.hasPrefix("var.") {
            let name = inner.dropFirst(4)
            return name.isEmpty || name.contains("/") ? nil : .variable(String(name))
        }
        guard let dot = inner.lastIndex(of: "."), inner[..<dot].contains("/") else { return nil }
        let name = inner[inner.index(after: dot)...]
        return name.isEmpty ? nil : .output(Address(String(inner[..<dot])), String(name))
    }
}
