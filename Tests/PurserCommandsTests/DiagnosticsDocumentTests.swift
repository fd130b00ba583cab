import Foundation
import PurserSyntax
import PurserTestSupport
import Testing

/// The page of diagnostics must not lag behind the code, and no diagnostic goes without a test.
@Suite struct DiagnosticsDocumentTests {
    private static let root = Golden.directory.deletingLastPathComponent().deletingLastPathComponent()
    /// `failed` and `code` are of test doubles, which users never see.
    private static let areaOfTests = "test/"

    private struct Declared: Hashable {
        let code: String
        /// Of the Swift constant.
        let constant: String?
    }

    /// All files below a directory, as text.
    private func texts(_ directory: String, where isWanted: (String) -> Bool) throws -> [String] {
        let base = Self.root.appending(path: directory)
        return try FileManager.default.subpathsOfDirectory(atPath: base.path()).filter(isWanted).compactMap {
            try? String(contentsOf: base.appending(path: $0), encoding: .utf8)
        }
    }

    private func declared() throws -> [Declared] {
        let literal = /(?:static let (\w+) = )?DiagnosticCode\((?:rawValue: )?"([a-z-]+\/[a-z-]+)"\)/
        return try texts("Sources") { $0.hasSuffix(".swift") }.flatMap { text in
            text.matches(of: literal).map { Declared(code: String($0.2), constant: $0.1.map(String.init)) }
        }
        .filter { !$0.code.hasPrefix(Self.areaOfTests) }
    }

    private func page() throws -> String {
        try String(contentsOf: Self.root.appending(path: "docs/diagnostics.md"), encoding: .utf8)
    }

    /// The text below each heading, in one line.
    private func entries() throws -> [(code: String, text: String)] {
        try page().split(separator: #/(?m)^###? /#).dropFirst().compactMap { section in
            let lines = section.split(separator: "\n")
            guard let code = lines.first, code.contains("/") else { return nil }
            return (String(code), lines.dropFirst().joined(separator: " "))
        }
    }

    @Test func `the page has exactly the codes that there are, each once and with a text`() throws {
        let codes = try declared().map(\.code).sorted()
        let entries = try entries()
        #expect(codes.count > 100)
        #expect(Set(codes).count == codes.count, "one code, one place in the source")
        let missing = Set(codes).subtracting(entries.map(\.code)).sorted()
        let superfluous = Set(entries.map(\.code)).subtracting(codes).sorted()
        #expect(missing == [], "not in docs/diagnostics.md")
        #expect(superfluous == [], "only in docs/diagnostics.md")
        #expect(Set(entries.map(\.code)).count == entries.count)
        for entry in entries { #expect(entry.text.count > 40, "\(entry.code)") }
    }

    @Test func `every area of the page has its row in the table, and holds its own codes in order`() throws {
        for section in try page().split(separator: #/(?m)^## /#).dropFirst() {
            let area = section.prefix { $0 != "\n" }
            #expect(try page().contains("\n| `\(area)` | "))
            let codes = section.matches(of: /(?m)^### (.+)$/).map { String($0.1) }
            #expect(!codes.isEmpty && codes.allSatisfy { $0.hasPrefix("\(area)/") }, "\(area): \(codes)")
            #expect(codes == codes.sorted())
        }
    }

    @Test func `what the page says of YAML is what the parser says of its codes`() throws {
        let entries = Dictionary(try entries().map { ($0.code, $0.text) }) { first, _ in first }
        for (code, meaning) in DiagnosticCode.syntaxCodes {
            // Markdown takes a single backslash away.
            let written = meaning.replacing("\\", with: "\\\\")
            #expect(entries[code.rawValue]?.hasPrefix(written) == true, "\(code): \(written)")
        }
    }

    @Test func `every code is met in a test or a golden`() throws {
        let own = "DiagnosticsDocumentTests.swift"
        let tests = try texts("Tests") { path in
            !path.hasSuffix(own) && ["swift", "txt", "json", "ndjson", "md"].contains { path.hasSuffix(".\($0)") }
        }
        let words = Set(tests.flatMap { $0.matches(of: /[a-z-]+\/[a-z-]+|\.[a-z]\w+(?![\w(])/).map { String($0.0) } })
        let unmet = try declared().filter { code in
            !words.contains(code.code) && !(code.constant.map { words.contains(".\($0)") } ?? false)
        }
        #expect(unmet.map(\.code).sorted() == [])
    }
}
