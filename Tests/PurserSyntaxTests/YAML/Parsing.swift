import PurserSyntax
import Testing

/// The root of a text that must parse.
func parse(_ text: String, limits: YAMLLimits = .default) throws -> YAMLNode {
    try #require(try YAMLParser.parse(SourceFile(path: "spec.yaml", text: text), limits: limits))
}

/// The problems of a text that must not parse.
func problems(_ text: String, limits: YAMLLimits = .default) throws -> [Diagnostic] {
    let thrown = #expect(throws: Diagnostics.self) {
        try YAMLParser.parse(SourceFile(path: "spec.yaml", text: text), limits: limits)
    }
    return try #require(thrown).items
}

/// `2:3 syntax/duplicate-key` for each problem of a text that must not parse.
func places(_ text: String, limits: YAMLLimits = .default) throws -> [String] {
    try problems(text, limits: limits).map { problem in
        let start = problem.range?.start
        return "\(start?.line ?? 0):\(start?.column ?? 0) \(problem.code)"
    }
}

extension YAMLNode {
    /// `line:column-line:column`.
    var place: String { "\(range.start.line):\(range.start.column)-\(range.end.line):\(range.end.column)" }
}
