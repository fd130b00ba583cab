import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct YAMLFuzzTests {
    private static let sample = """
        # An environment with something of everything.
        apiVersion: purser/v1
        environment: &env aks-csi-demo
        defaults: &defaults {tags: {team: "payments \\u00e9", 'on': yes}, sku: standard}
        vaults:
          demo:
            <<: *defaults
            name: csi-demo-keyvault
            note: |
              first line
                second line

            folded: >-
              one
              two
            access: [get, list, {keys: [~, 0644, 1.5e3]}]
          other: {<<: [*defaults, {a: 1}], name: *env, 名前: 👩🏽}
        ? long key
        : !!str 12
        ...

        """

    private static let fragments = [
        "\t", "  ", "\n", "\r\n", ": ", "- ", "? ", "&a ", "*a", "*env", "<<: ", "!x ", "!!int ", "|\n", ">2\n", "\"",
        "'", "{", "}", "[", "]", ",",
        "#", "%YAML 1.1\n", "---\n", "...\n", "@", "`", "\\", "\\x4", "\u{85}", "\u{2028}", "\u{FEFF}", "\0", "\u{7F}",
        "名", "e\u{301}",
    ]

    private static func mutated(using generator: inout SeededGenerator) -> String {
        var scalars = Array(sample.unicodeScalars)
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            let start = Int.random(in: 0...scalars.count, using: &generator)
            let end = min(scalars.count, start + Int.random(in: 0...6, using: &generator))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: scalars.removeSubrange(start..<end)
            case 1:
                scalars.insert(
                    contentsOf: scalars[start..<end], at: Int.random(in: 0...scalars.count, using: &generator))
            case 2: scalars.removeLast(min(scalars.count, Int.random(in: 0...3, using: &generator)))
            default:
                scalars.insert(contentsOf: (fragments.randomElement(using: &generator) ?? "").unicodeScalars, at: start)
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    @Test func `any text gives a tree or problems, with places inside the file`() {
        var generator = SeededGenerator(for: "YAML mutations")
        var trees = 0
        for _ in 0..<5_000 {
            let file = SourceFile(path: "spec.yaml", text: Self.mutated(using: &generator))
            do {
                if let root = try YAMLParser.parse(file) { check(root, in: file) }
                trees += 1
            } catch {
                #expect(error.hasErrors)
                for problem in error { check(problem, in: file) }
            }
        }
        print("YAML mutations: \(trees) of 5000 still parsed")
        #expect((1..<5_000).contains(trees))
    }

    private func check(_ problem: Diagnostic, in file: SourceFile) {
        guard let range = problem.range else {
            Issue.record("no place: \(problem)\n\(file.text)")
            return
        }
        for range in [range] + problem.notes.compactMap(\.range) {
            #expect(isInside(range.start, file) && isInside(range.end, file), "\(problem.code) \(range)\n\(file.text)")
        }
    }

    private func check(_ node: YAMLNode, in file: SourceFile) {
        #expect(isInside(node.range.start, file) && isInside(node.range.end, file), "\(node.range)\n\(file.text)")
        for child in node.sequence ?? [] { check(child, in: file) }
        for entry in node.mapping ?? [] {
            check(entry.key, in: file)
            check(entry.value, in: file)
        }
    }

    private func isInside(_ place: PurserSyntax.SourceLocation, _ file: SourceFile) -> Bool {
        guard let line = file.line(place.line) else { return false }
        return place.column >= 1 && place.column <= line.unicodeScalars.count + 1
    }
}
