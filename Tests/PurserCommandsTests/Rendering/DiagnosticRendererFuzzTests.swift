import PurserCommands
import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct DiagnosticRendererFuzzTests {
    private static let pieces = [
        "a: ", "b", "\t", " ", "\n", "\r\n", "名", "👩🏽", "e\u{301}", "\u{200D}", "\u{FE0F}", "\u{1B}[31m", "\u{9B}",
        "\u{202E}", "\u{85}", "\u{2028}",
        "\u{FEFF}", "\u{E0041}", "\u{7F}", "\0", "\u{FFFF}", String(repeating: "x", count: 70), "\u{301}", "🇩🇪", "ｗ",
    ]

    @Test func `whatever the text and the place, lines fit and hold nothing raw`() {
        var generator = SeededGenerator(for: "diagnostic rendering")
        for _ in 0..<3_000 {
            let count = Int.random(in: 0..<20, using: &generator)
            let text = (0..<count).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined()
            let file = SourceFile(path: "a\u{1B}.yaml", text: text)
            let width = Int.random(in: 40...90, using: &generator)
            let rendered = DiagnosticRenderer(sources: [file], width: width)
                .text(of: Diagnostic(DiagnosticCode("t/x"), text, at: range(in: file, using: &generator)))
            #expect(rendered.unicodeScalars.allSatisfy(isHarmless), "\(text.debugDescription)")
            #expect(hasFittingCarets(rendered, width: width), "\(text.debugDescription)\n\(rendered)")
        }
    }

    private func range(in file: SourceFile, using generator: inout SeededGenerator) -> SourceRange {
        let line = Int.random(in: 0...file.lineCount + 1, using: &generator)
        let column = Int.random(in: 1...120, using: &generator)
        let end = PurserSyntax.SourceLocation(
            file: file.path, line: line + Int.random(in: 0...1, using: &generator),
            column: column + Int.random(in: 0...50, using: &generator))
        return SourceRange(
            start: PurserSyntax.SourceLocation(file: file.path, line: line, column: column), end: end)
    }

    private func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "\n" { return true }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: return false
        case .format: return scalar == "\u{200D}"
        default: return true
        }
    }

    /// The caret line is pure ASCII, so that its length is its width.
    private func hasFittingCarets(_ rendered: String, width: Int) -> Bool {
        guard let carets = rendered.split(separator: "\n").last(where: { $0.hasSuffix("^") }) else { return true }
        return carets.count <= width
    }
}
