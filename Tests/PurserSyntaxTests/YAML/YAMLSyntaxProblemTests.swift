import PurserSyntax
import PurserTestSupport
import Testing

/// Texts with what a user sees of their problems, in one golden.
@Suite struct YAMLSyntaxProblemTests {
    private static let texts: [String] = [
        // Indentation
        "a:\n\tb: 1\n",
        "a:\n  b: 1\n\tc: 2\n",
        "a:\n  b: 'x'\n  \tc: 2\n",
        "a:\n  b: |\n\ttext\n",
        "a:\n    b: 1\n  c: 2\n",
        "a:\n  - 1\n b: 2\n",
        "- 1\nb: 2\n",
        "  a: 1\nb: 2\n",
        "a: 1\n  b: 2\n",
        // Colons
        "a: 1\nkey without colon\nb: 2\n",
        "key without colon\nb: 2\n",
        "image: nginx: latest\n",
        "command: echo a: b\n",
        "[a:b:[c]]\n",
        "url: {http://x.test/a:,b}\n",
        // Quotes
        "a: \"never closed\nb: 2\n",
        "a: 'never closed\n---\nb: 2\n",
        "a: \"first\nb: \"second\"\nc: 3\n",
        "a: \"x\" y\n",
        "a: 'it's'\n",
        "a: \"say \"hello\"\"\n",
        "a: \"C:\\dir\"\n",
        "a: \"\\x4\"\n",
        "a: \"\\uD800\"\n",
        // Brackets
        "a: [1, 2\nb: 3\n",
        "a: [1, 2",
        "a: {b: 1, c: [2}\n",
        "a: {b: 1",
        "a: [1,",
        "a: [1] 2\n",
        "a: ]\n",
        "a: [1, , 2]\n",
        "a: {{ .Values.x }}\n",
        // What begins with a special character
        "a: @x\n",
        "a: `x`\n",
        "a: %x\n",
        "a: *.yaml\n",
        "a: & b\n",
        "a: !<x\n",
        "a: !e!x y\n",
        "a: !x y\n",
        "a: !!binary aGk=\n",
        "a: !!map [1]\n",
        "a: !!int [1]\n",
        "a: |text\n",
        "a: |0\n  text\n",
        "a: - b\n",
        "a: ? b\n",
        "- a: 1\n b\n- c\n",
        // Directives and documents
        "%FOO\n---\na: 1\n",
        "%YAML 2.0\n---\na: 1\n",
        "%YAML 1.1\n%YAML 1.1\n---\na: 1\n",
        "%YAML\n---\na: 1\n",
        "%TAG !\n---\na: 1\n",
        "%TAG ! x\n%TAG ! y\n---\na: 1\n",
        "a: 1\n---\nb: 2\n",
        "'a'\nb: 1\n",
        "[1]\n  2\n",
        // The tree
        "a: 1\nb: 2\na: 3\n",
        "? [a]\n: 1\n",
        "{{a: 1}: 2}\n",
        ": 1\n",
        "{: 1}\n",
        "a: {? : 1}\n",
        "a: *b\n",
        "a: &a [*a]\n",
        "a:\n  <<: 1\n",
        "a: !!int x\n",
        "a: \u{1B}[31mred\n",
    ]

    @Test func `each problem is told in plain words, at its place`() {
        let told = Self.texts.map { text in
            let file = SourceFile(path: "spec.yaml", text: text)
            let found: Diagnostics
            do throws(Diagnostics) {
                _ = try YAMLParser.parse(file)
                found = Diagnostics()
            } catch {
                found = error
            }
            #expect(!found.isEmpty, "\(text)")
            return shown(text) + found.map { shown($0, in: file) }.joined()
        }
        expectGolden(told.joined(separator: "\n"), "Diagnostics/syntax.txt")
    }

    @Test func `every code is documented once, and produced`() throws {
        let documented = DiagnosticCode.syntaxCodes.map(\.0)
        #expect(Set(documented).count == documented.count)
        var produced: Set<DiagnosticCode> = []
        for text in Self.texts {
            for problem in try problems(text) { produced.insert(problem.code) }
        }
        // These need a file or a bound of their own, and have tests of their own.
        let elsewhere = [
            "unreadable-file", "file-too-large", "wrong-encoding", "alias-expansion", "too-deep", "too-many-nodes",
            "too-many-problems", "too-many-documents",
        ].map { DiagnosticCode("syntax/\($0)") }
        // Only a libyaml with other words than those of the table leads here.
        let never = [DiagnosticCode("syntax/invalid-yaml")]
        #expect(produced.union(elsewhere).union(never) == Set(documented))
        #expect(produced.isDisjoint(with: elsewhere + never))
    }

    private func shown(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let visible = lines.map { line in
            "| " + line.replacing("\t", with: "<tab>").replacing("\u{1B}", with: "<escape>") + "\n"
        }
        return (visible.last == "| \n" ? visible.dropLast() : visible[...]).joined()
    }

    private func shown(_ problem: Diagnostic, in file: SourceFile) -> String {
        let place = problem.range.map { "\($0.start.line):\($0.start.column) '\(marked($0, in: file))' " } ?? ""
        let hint = problem.hint.map { "  hint: \($0)\n" } ?? ""
        let notes = problem.notes.map { note in
            let place = note.range.map { "\($0.start.line):\($0.start.column)" } ?? ""
            return "  note: \(place) \(note.message)\n"
        }
        return "\(place)\(problem.code): \(problem.message)\n\(hint)\(notes.joined())"
    }

    private func marked(_ range: SourceRange, in file: SourceFile) -> String {
        guard let start = file.byteOffset(of: range.start), let end = file.byteOffset(of: range.end) else { return "?" }
        return String(decoding: Array(file.text.utf8)[start..<max(start, end)], as: UTF8.self)
            .replacing("\n", with: "⏎").replacing("\t", with: "<tab>").replacing("\u{1B}", with: "<escape>")
    }
}
