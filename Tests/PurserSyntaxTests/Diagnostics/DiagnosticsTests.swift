import PurserSyntax
import Testing

@Suite struct DiagnosticsTests {
    private let code = DiagnosticCode("test/code")

    private func range(_ file: String, _ line: Int, _ column: Int) -> SourceRange {
        SourceRange(at: PurserSyntax.SourceLocation(file: file, line: line, column: column))
    }

    @Test func `problems are sorted by file and place, each once, those without a place first`() {
        var found = Diagnostics()
        found.append(code, "third", at: range("b.yaml", 1, 1))
        found.append(code, "second", at: range("a.yaml", 10, 1))
        found.append(code, "first", at: range("a.yaml", 9, 7))
        found.append(code, "first, found later", at: range("a.yaml", 9, 7))
        found.append(code, "second", at: range("a.yaml", 10, 1))
        found.append(code, "nowhere", at: nil)
        #expect(
            found.sorted().map(\.message) == ["nowhere", "first", "first, found later", "second", "third"])
    }

    @Test func `warnings do not stop a pass`() throws {
        var found = Diagnostics()
        found.append(code, "careful", at: nil, severity: .warning)
        #expect(!found.hasErrors)
        try found.throwIfErrors()
        found.merge(Diagnostics(code, "wrong"))
        #expect(throws: found) { try found.throwIfErrors() }
        #expect(found.errors.map(\.message) == ["wrong"])
    }

    @Test func `a code names its area`() {
        #expect(DiagnosticCode("spec/unknown-field").area == "spec")
    }
}
