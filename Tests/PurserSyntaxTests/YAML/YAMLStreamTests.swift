import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct YAMLStreamTests {
    private func stream(_ text: String, limits: YAMLLimits = .default) -> YAMLStream {
        YAMLParser.parseStream(SourceFile(path: "all.yaml", text: text), limits: limits)
    }

    /// `2:3 syntax/duplicate-key` for each problem.
    private func places(_ stream: YAMLStream) -> [String] {
        stream.problems.map { "\($0.range?.start.line ?? 0):\($0.range?.start.column ?? 0) \($0.code)" }
    }

    private func names(_ stream: YAMLStream) -> [String] { stream.documents.map { $0["name"]?.text ?? "-" } }

    @Test func `documents come in order, with the places of the file`() {
        let stream = stream("# Source: a\nname: one\n---\n---\n# nothing\n---\nname: two\n...\n---\nname: three\n")
        #expect(names(stream) == ["one", "two", "three"])
        #expect(stream.documents.map { $0.range.start.line } == [2, 7, 10])
        #expect(stream.problems.isEmpty)
    }

    @Test func `an empty text has no documents`() {
        #expect(stream("").documents.isEmpty)
        #expect(stream("---\n---\n# x\n").documents.isEmpty)
    }

    @Test func `a document that is wrong is left out, and the next one read`() {
        let stream = stream("name: one\n---\nname: [1, 2\n---\nname: three\nname: four\n---\nname: five\n")
        #expect(names(stream) == ["one", "five"])
        #expect(places(stream) == ["4:1 syntax/unclosed-bracket", "6:1 syntax/duplicate-key"])
    }

    @Test func `a quoted text that does not end stops at the next document`() {
        let stream = stream("name: \"one\n---\nname: two\n")
        #expect(names(stream) == ["two"])
        #expect(places(stream) == ["1:7 syntax/unclosed-quote"])
    }

    @Test func `what follows a document's end is its problem alone`() {
        let stream = stream("name: one\n---\n[1] 2\n---\nname: three\n")
        #expect(names(stream) == ["one", "-", "three"])
        #expect(places(stream).count == 1)
    }

    @Test func `JSON documents may follow each other line by line`() {
        let stream = stream("{\"name\": \"one\"}\n{\n  \"name\": \"two\"\n}\n{\"name\": \"three\"}\n")
        #expect(names(stream) == ["one", "two", "three"])
        #expect(stream.documents.map { $0.range.start.line } == [1, 2, 5])
        #expect(stream.problems.isEmpty)
    }

    @Test func `anchors end with their document`() {
        let stream = stream("name: &a one\nother: *a\n---\nname: *a\n---\nname: three\n")
        #expect(names(stream) == ["one", "three"])
        #expect(places(stream) == ["4:7 syntax/unknown-alias"])
    }

    @Test func `text within a block does not begin a document`() {
        let stream = stream("name: |\n  ---\n  x\n---\nname: two\n")
        #expect(names(stream) == ["---\nx\n", "two"])
    }

    @Test func `all documents together keep the bounds`() {
        let documents = String(repeating: "a: [1, 2]\n---\n", count: 10)
        let few = stream(documents, limits: YAMLLimits(nodes: 12))
        #expect(few.documents.count == 2)
        #expect(places(few) == ["5:4 syntax/too-many-nodes"])
        let three = stream(documents, limits: YAMLLimits(documents: 3))
        #expect(three.documents.count == 3)
        #expect(places(three) == ["6:1 syntax/too-many-documents"])
        #expect(places(stream(documents, limits: YAMLLimits(bytes: 10))) == ["0:0 syntax/file-too-large"])
    }

    @Test func `a document that is nested too deeply is left out alone`() {
        let deep = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
        let stream = stream("name: one\n---\n\(deep)\n---\nname: two\n")
        #expect(names(stream) == ["one", "two"])
        #expect(places(stream).contains("3:65 syntax/too-deep"))
    }

    @Test(arguments: 0..<200)
    func `whatever the text, reading ends within its bounds`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "---", "\n", "{", "}", "[", "]", "a: b", "\"", "'", "|", "  ", "- ", "&x ", "*x", "...", "%", "\t", ":",
        ]
        let text = (0..<300).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        let stream = stream(text, limits: YAMLLimits(problems: 20))
        #expect(stream.problems.count <= 21, "seed \(seed)")
        for problem in stream.problems { #expect(problem.range != nil || problem.code.rawValue.hasSuffix("large")) }
    }
}
