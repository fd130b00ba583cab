package import PurserSyntax

/// Shows diagnostics as text, each with its line of source and carets under what it speaks of:
///
///     error[spec/unknown-field]: azure/keyVault has no field 'retentoin'
///       --> plans/payments.yaml:14:5
///        |
///     14 |     retentoin: 30
///        |     ^^^^^^^^^
///     hint: did you mean 'retention'?
///
/// The output reads the same without colour. Nothing of the input reaches the terminal raw (see `VisibleText`).
package struct DiagnosticRenderer: Sendable {
    private let source: @Sendable (String) -> SourceFile?
    private let sensitive: [SourceRange]
    private let width: Int
    private let palette: DiagnosticPalette

    /// - Parameters:
    ///   - width: columns of the terminal; longer lines of source are cut around the carets.
    ///   - usesColour: whether ANSI colours may be used.
    ///   - sensitive: ranges that may hold what must not be shown; a line with a part of one is left out whole.
    ///   - source: the file of a path, or nil if it is not at hand; then only the place is named.
    package init(
        width: Int = 100,
        usesColour: Bool = false,
        sensitive: [SourceRange] = [],
        source: @escaping @Sendable (String) -> SourceFile?
    ) {
        self.width = max(Self.narrowest, width)
        self.sensitive = sensitive
        self.source = source
        palette = usesColour ? .colours : .plain
    }

    package init(
        sources: [SourceFile],
        width: Int = 100,
        usesColour: Bool = false,
        sensitive: [SourceRange] = []
    ) {
        let files = Dictionary(sources.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        self.init(width: width, usesColour: usesColour, sensitive: sensitive) { files[$0] }
    }

    private static let narrowest = 40

    /// All of them by file and place, with an empty line between two.
    package func text(of diagnostics: Diagnostics) -> String {
        diagnostics.sorted().map(text).joined(separator: "\n")
    }

    /// One of them, with a line break at the end.
    package func text(of diagnostic: Diagnostic) -> String {
        let gutter = gutterWidth(for: diagnostic)
        var lines = [headline(diagnostic)]
        lines += diagnostic.range.map { place($0, gutter: gutter, carets: palette.severity(diagnostic.severity)) } ?? []
        for note in diagnostic.notes {
            lines.append(labelled("note", note.message))
            lines += note.range.map { place($0, gutter: gutter, carets: palette.remark) } ?? []
        }
        lines += diagnostic.address.map { [labelled("resource", $0)] } ?? []
        lines += diagnostic.hint.map { [labelled("hint", $0)] } ?? []
        return lines.map { $0 + "\n" }.joined()
    }

    /// `2 errors, 1 warning`; nil if there is neither.
    package static func summary(of diagnostics: Diagnostics) -> String? {
        let counts = [(Diagnostic.Severity.error, "error"), (.warning, "warning")].compactMap { severity, word in
            let count = diagnostics.filter { $0.severity == severity }.count
            return count == 0 ? nil : "\(count) \(word)\(count == 1 ? "" : "s")"
        }
        return counts.isEmpty ? nil : counts.joined(separator: ", ")
    }

    private func headline(_ diagnostic: Diagnostic) -> String {
        let label = palette.severity(diagnostic.severity)("\(diagnostic.severity.rawValue)[\(diagnostic.code)]")
        return label + palette.strong(": " + VisibleText.of(diagnostic.message))
    }

    private func labelled(_ label: String, _ text: String) -> String {
        palette.remark(label) + ": " + VisibleText.of(text)
    }

    private func gutterWidth(for diagnostic: Diagnostic) -> Int {
        let ranges = [diagnostic.range] + diagnostic.notes.map(\.range)
        return ranges.compactMap { $0.map { String($0.start.line).count } }.max() ?? 1
    }

    /// The arrow with the place, and the line of source if it is at hand.
    private func place(_ range: SourceRange, gutter: Int, carets: DiagnosticPalette.Paint) -> [String] {
        let indent = String(repeating: " ", count: gutter)
        let arrow = indent + palette.frame("-->") + " " + VisibleText.of(range.start.description)
        guard let line = source(range.file)?.line(range.start.line) else { return [arrow] }
        let number = String(range.start.line)
        let padding = String(repeating: " ", count: gutter - number.count)
        let bar = indent + " " + palette.frame("|")
        let numbered = palette.frame(padding + number + " |") + " "
        if isSensitive(line: range.start.line, of: range.file) {
            return [arrow, bar, numbered + Self.leftOut]
        }
        let snippet = SourceSnippet(line, columns: Self.columns(range, in: line), width: width - gutter - 3)
        return [
            arrow, bar, trimmed(numbered + snippet.line),
            bar + " " + snippet.carets.prefix { $0 == " " } + carets(snippet.carets.trimmed),
        ]
    }

    static let leftOut = "(not shown, because it may hold a sensitive value)"

    private func trimmed(_ line: String) -> String {
        var line = line[...]
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    func isSensitive(line: Int, of file: String) -> Bool {
        sensitive.contains { $0.file == file && $0.start.line <= line && line <= $0.end.line }
    }

    func file(_ path: String) -> SourceFile? { source(path) }

    /// The columns of the first line that the range covers.
    static func columns(_ range: SourceRange, in line: Substring) -> Range<Int> {
        let start = range.start.column
        let lineEnd = line.unicodeScalars.count + 1
        let end = range.end.line == range.start.line ? range.end.column : lineEnd
        return start..<max(start, end)
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}

/// The colours of diagnostics: ANSI, of the sixteen that every terminal lets its user choose.
struct DiagnosticPalette: Sendable {
    typealias Paint = @Sendable (String) -> String

    let severity: @Sendable (Diagnostic.Severity) -> Paint
    let strong: Paint
    let frame: Paint
    let remark: Paint

    static let plain = DiagnosticPalette(severity: { _ in { $0 } }, strong: { $0 }, frame: { $0 }, remark: { $0 })

    static let colours = DiagnosticPalette(
        severity: { severity in
            switch severity {
            case .error: paint("1;31")
            case .warning: paint("1;33")
            case .note: paint("1;36")
            }
        },
        strong: paint("1"), frame: paint("1;34"), remark: paint("1;36"))

    private static func paint(_ code: String) -> Paint {
        { text in text.isEmpty ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m" }
    }
}
