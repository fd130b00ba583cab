import Foundation
import PurserCommands
import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct DiagnosticRendererTests {
    private let code = DiagnosticCode("spec/unknown-field")

    private func place(_ line: Int, _ columns: Range<Int>, endLine: Int? = nil) -> SourceRange {
        SourceRange(
            start: PurserSyntax.SourceLocation(file: "plans/demo.yaml", line: line, column: columns.lowerBound),
            end: PurserSyntax.SourceLocation(file: "plans/demo.yaml", line: endLine ?? line, column: columns.upperBound)
        )
    }

    private func file(_ lines: String...) -> SourceFile {
        SourceFile(path: "plans/demo.yaml", text: lines.map { $0 + "\n" }.joined())
    }

    private var spec: SourceFile {
        SourceFile(
            path: "plans/demo.yaml",
            text: """
                vaults:
                  demo:
                    name: csi-demo-keyvault
                    sku: standard
                    sku: premium
                \tretention: 30\tdays
                    名前: "値\u{301} 👩🏽 e\u{301}" x
                    escape: \u{1B}[31mred\u{202E}\u{7}
                    long: \(String(repeating: "0123456789", count: 30)) end
                    retentoin: 30
                    secrets: {a: {value: hunter2}}

                """)
    }

    private var found: Diagnostics {
        var found = Diagnostics()
        found.append(
            code, "azure/keyVault has no field 'retentoin'", at: place(10, 5..<14),
            hint: "did you mean 'retention'?", address: "vaults/demo")
        found.append(
            DiagnosticCode("syntax/duplicate-key"), "the key 'sku' stands here a second time", at: place(5, 5..<8),
            notes: [.init("the first one is here", at: place(4, 5..<8)), .init("the last one would count")])
        found.append(code, "behind tabs", at: place(6, 2..<11))
        found.append(code, "a tab itself", at: place(6, 15..<16))
        found.append(code, "wide characters", at: place(7, 5..<7))
        found.append(code, "behind wide and combined characters", at: place(7, 19..<20), severity: .warning)
        found.append(code, "an \u{1B}[1mescape\u{1B}[0m\u{9B}", at: place(8, 13..<14), hint: "no\u{202E}thing\nto run")
        found.append(code, "far along a line", at: place(9, 150..<160))
        found.append(code, "the end of a long line", at: place(9, 312..<315))
        found.append(code, "the beginning of a long line", at: place(9, 5..<9))
        found.append(code, "over several lines", at: place(2, 3..<9, endLine: 4))
        found.append(code, "behind the end of a line", at: place(1, 8..<8))
        found.append(code, "on a line that is not there", at: place(99, 1..<2))
        found.append(code, "the value is a literal", at: place(11, 26..<33))
        found.append(DiagnosticCode("azure/forbidden"), "nowhere in particular", at: nil, severity: .note)
        return found
    }

    private func renderer(width: Int = 72, usesColour: Bool = false) -> DiagnosticRenderer {
        DiagnosticRenderer(sources: [spec], width: width, usesColour: usesColour, sensitive: [place(11, 14..<35)])
    }

    @Test func `each diagnostic shows its line with the carets under what is meant`() {
        expectGolden(renderer().text(of: found), "Diagnostics/rendered.txt")
    }

    @Test func `colours add nothing but colours`() {
        let coloured = renderer(usesColour: true).text(of: found)
        #expect(coloured.contains("\u{1B}[1;31merror[spec/unknown-field]\u{1B}[0m"))
        let withoutColours = coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "")
        #expect(withoutColours == renderer().text(of: found))
    }

    @Test func `no control character of the input reaches the output`() {
        let text = renderer().text(of: found)
        let raw = text.unicodeScalars.filter { $0 != "\n" && ($0.value < 0x20 || (0x7F...0x9F).contains($0.value)) }
        #expect(raw.isEmpty)
        #expect(!text.unicodeScalars.contains("\u{202E}"))
    }

    @Test func `a line with a sensitive value is left out, in JSON too`() throws {
        #expect(!renderer().text(of: found).contains("hunter2"))
        let json = try JSONEncoder().encode(renderer().json(of: found))
        #expect(!String(decoding: json, as: UTF8.self).contains("hunter2"))
    }

    @Test(arguments: 40...120)
    func `no line is wider than the terminal`(_ width: Int) {
        let ascii = file(String(repeating: "key: value, ", count: 100))
        let renderer = DiagnosticRenderer(sources: [ascii], width: width)
        for column in stride(from: 1, through: 1_190, by: 7) {
            let text = renderer.text(of: Diagnostic(code, "x", at: place(1, column..<column + 5)))
            let lines = text.split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= width })
            let marked = lines[4].enumerated().filter { $0.element == "^" }.map(\.offset)
            let shown = String(marked.map { Array(lines[3])[$0] })
            let meant = String(Array(ascii.text)[(column - 1)..<(column + 4)])
            #expect(meant.hasPrefix(shown.trimmingCharacters(in: ["…"])) && !shown.isEmpty, "\(text)")
        }
    }

    @Test func `a line of megabytes is shown around its carets`() {
        let long = file(String(repeating: "x", count: 2_000_000) + "HERE" + String(repeating: "y", count: 2_000_000))
        let text = DiagnosticRenderer(sources: [long], width: 60)
            .text(of: Diagnostic(code, "x", at: place(1, 2_000_001..<2_000_005)))
        #expect(text.contains("xHEREy"))
        #expect(text.utf8.count < 400)
    }

    @Test func `the JSON has Terraform's shape`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var few = Diagnostics()
        few.append(
            code, "azure/keyVault has no field 'retentoin'", at: place(10, 5..<14),
            hint: "did you mean 'retention'?", address: "vaults/demo")
        few.append(code, "wide", at: place(7, 5..<7), notes: [.init("see here", at: place(1, 1..<7))])
        few.append(code, "sensitive", at: place(11, 26..<33))
        few.append(code, "nowhere", at: nil, severity: .warning)
        let json = String(decoding: try encoder.encode(renderer().json(of: few)), as: UTF8.self)
        expectGolden(json + "\n", "Diagnostics/rendered.json")
    }

    @Test func `the summary counts errors and warnings`() {
        #expect(DiagnosticRenderer.summary(of: found) == "13 errors, 1 warning")
        #expect(DiagnosticRenderer.summary(of: Diagnostics(code, "x")) == "1 error")
        #expect(DiagnosticRenderer.summary(of: Diagnostics()) == nil)
    }
}
