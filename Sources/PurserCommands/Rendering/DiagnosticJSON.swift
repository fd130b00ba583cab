package import PurserSyntax

/// A diagnostic in the shape that Terraform's tooling reads, with `code`, `notes` and `hint` added.
///
/// Source: Terraform documentation, `terraform validate -json`, "Diagnostics"; there as here `byte` counts from 0, lines
/// and columns from 1, and the highlight's offsets count bytes within `snippet.code`.
package struct DiagnosticJSON: Sendable, Hashable, Codable {
    package struct Position: Sendable, Hashable, Codable {
        package let line: Int
        package let column: Int
        package let byte: Int
    }

    package struct Range: Sendable, Hashable, Codable {
        package let filename: String
        package let start: Position
        package let end: Position
    }

    package struct Snippet: Sendable, Hashable, Codable {
        /// Always null: Terraform names the enclosing block here.
        package let context: String?
        package let code: String
        package let startLine: Int
        package let highlightStartOffset: Int
        package let highlightEndOffset: Int
        /// Always empty: Terraform shows the values of expressions here.
        package let values: [String]

        private enum CodingKeys: String, CodingKey {
            case context
            case code
            case startLine = "start_line"
            case highlightStartOffset = "highlight_start_offset"
            case highlightEndOffset = "highlight_end_offset"
            case values
        }
    }

    package struct Note: Sendable, Hashable, Codable {
        package let summary: String
        package let range: Range?
    }

    package let severity: String
    package let summary: String
    /// The hint, or an empty text: Terraform's readers expect the field.
    package let detail: String
    package let code: String
    package let address: String?
    package let range: Range?
    package let snippet: Snippet?
    package let notes: [Note]?
}

extension DiagnosticRenderer {
    package func json(of diagnostics: Diagnostics) -> [DiagnosticJSON] {
        diagnostics.sorted().map(json)
    }

    package func json(of diagnostic: Diagnostic) -> DiagnosticJSON {
        DiagnosticJSON(
            severity: diagnostic.severity.rawValue,
            summary: diagnostic.message,
            detail: diagnostic.hint ?? "",
            code: diagnostic.code.rawValue,
            address: diagnostic.address,
            range: diagnostic.range.map(range),
            snippet: diagnostic.range.flatMap(snippet),
            notes: diagnostic.notes.isEmpty
                ? nil : diagnostic.notes.map { DiagnosticJSON.Note(summary: $0.message, range: $0.range.map(range)) })
    }

    private func range(_ range: SourceRange) -> DiagnosticJSON.Range {
        let file = file(range.file)
        return DiagnosticJSON.Range(
            filename: range.file, start: position(range.start, in: file), end: position(range.end, in: file))
    }

    /// Without the file the byte is not known, and 0 as in Terraform.
    private func position(_ place: SourceLocation, in file: SourceFile?) -> DiagnosticJSON.Position {
        DiagnosticJSON.Position(line: place.line, column: place.column, byte: file?.byteOffset(of: place) ?? 0)
    }

    /// The first line of the range; nil if it is not at hand, may hold what must not be shown, or is beyond all measure.
    private func snippet(_ range: SourceRange) -> DiagnosticJSON.Snippet? {
        guard let line = file(range.file)?.line(range.start.line), line.utf8.count <= Self.longestSnippet else {
            return nil
        }
        if isSensitive(line: range.start.line, of: range.file) { return nil }
        let columns = Self.columns(range, in: line)
        func offset(_ column: Int) -> Int { Substring(line.unicodeScalars.prefix(column - 1)).utf8.count }
        return DiagnosticJSON.Snippet(
            context: nil, code: String(line), startLine: range.start.line,
            highlightStartOffset: offset(columns.lowerBound), highlightEndOffset: offset(columns.upperBound),
            values: [])
    }

    private static let longestSnippet = 10_000
}

extension DiagnosticJSON.Snippet {
    /// Writes `context` as null instead of leaving it out, as Terraform does.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(context, forKey: .context)
        try container.encode(code, forKey: .code)
        try container.encode(startLine, forKey: .startLine)
        try container.encode(highlightStartOffset, forKey: .highlightStartOffset)
        try container.encode(highlightEndOffset, forKey: .highlightEndOffset)
        try container.encode(values, forKey: .values)
    }
}
