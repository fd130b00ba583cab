import PurserSyntax
import Testing

@Suite struct YAMLParserTests {
    @Test(arguments: ["", "\n\n", "# only a comment\n", "---\n", "---\n# nothing\n...\n", "\u{FEFF}"])
    func `a document without content is nil`(_ text: String) throws {
        #expect(try YAMLParser.parse(SourceFile(path: "a.yaml", text: text)) == nil)
    }

    @Test func `entries keep their order`() throws {
        let root = try parse("z: 1\na: 2\nm: 3\n")
        #expect(root.mapping?.map(\.name) == ["z", "a", "m"])
    }

    @Test func `a key that stands twice is found however many there are`() throws {
        let keys = (0..<40).map { "k\($0): 1\n" }.joined()
        #expect(try parse(keys).mapping?.count == 40)
        for key in ["k0", "k7", "k8", "k39"] {
            #expect(try places(keys + "\(key): 2\n") == ["41:1 syntax/duplicate-key"])
        }
    }

    @Test func `block scalars keep and drop line breaks as they say`() throws {
        let root = try parse("a: |\n  x\n   y\n\nb: |-\n  x\nc: |+\n  x\n\nd: >\n  x\n  y\n")
        #expect(["a", "b", "c", "d"].map { root[$0]?.string } == ["x\n y\n", "x", "x\n\n", "x y\n"])
    }

    @Test func `an escaped NUL comes through`() throws {
        #expect(try parse(#"a: "x\0y""#)["a"]?.string == "x\0y")
    }

    @Test func `every independent problem is reported in one run, in order`() throws {
        let text = """
            a: 1
            a: 2
            b: !custom x
            [c]: 3
            d: *missing
            e: {f: 1, f: 2}
            g: !!int seven
            h: "unclosed
            """
        #expect(
            try places(text) == [
                "2:1 syntax/duplicate-key", "3:4 syntax/custom-tag", "4:1 syntax/composite-key",
                "5:4 syntax/unknown-alias", "6:11 syntax/duplicate-key", "7:4 syntax/tag-mismatch",
                "8:4 syntax/unclosed-quote",
            ])
    }

    @Test func `a duplicate points at the first one`() throws {
        let problem = try #require(try problems("demo:\n  sku: a\n  \"sku\": b\n").first)
        #expect(problem.notes.first?.range?.start.line == 2)
        #expect(problem.notes.first?.range?.start.column == 3)
    }

    @Test func `problems stop at their limit`() throws {
        let text = (0..<1_000).map { _ in "a: 1\n" }.joined()
        let found = try problems(text)
        #expect(found.count == 101)
        #expect(found.last?.code.rawValue == "syntax/too-many-problems")
    }

    @Test func `control characters are all named with their places`() throws {
        #expect(
            try places("a: x\0y\nb: \u{1B}[31m\n") == ["1:5 syntax/control-character", "2:4 syntax/control-character"])
        #expect(try problems("a: \u{1B}")[0].message == "the character U+001B (escape) is not allowed in YAML")
    }

    @Test func `a second document is an error, wherever it begins`() throws {
        #expect(try places("a: 1\n---\nb: 2\n---\nc: 3\n") == ["2:1 syntax/several-documents"])
        #expect(try places("a: 1\n---\n") == ["2:1 syntax/several-documents"])
        #expect(try parse("---\na: 1\n...\n")["a"]?.int == 1)
    }

    @Test func `a text above the size limit is refused`() throws {
        #expect(try places("a: 123456789", limits: YAMLLimits(bytes: 10)) == ["0:0 syntax/file-too-large"])
    }
}

@Suite struct YAMLAliasTests {
    @Test func `an alias repeats what its anchor names`() throws {
        let root = try parse("a: &x {k: [1, 2]}\nb: *x\nc: [*x, &y z, *y]\n")
        #expect(YAMLValue(try #require(root["b"])) == .fields(["k": .list([.int(1), .int(2)])]))
        #expect(root["c"]?.sequence?.last?.string == "z")
    }

    @Test func `an anchor may be set anew`() throws {
        let root = try parse("- &x 1\n- *x\n- &x 2\n- *x\n")
        #expect(root.sequence?.map(\.int) == [1, 1, 2, 2])
    }

    @Test func `an alias may be a key`() throws {
        #expect(try parse("&x a: 1\nb: {*x : 2}\n")["b"]?["a"]?.int == 2)
    }

    @Test func `an alias within its own anchor is an error`() throws {
        #expect(try places("a: &x [1, *x]\n") == ["1:11 syntax/recursive-alias"])
    }

    @Test func `an unknown alias suggests a known one`() throws {
        #expect(try problems("a: &defaults {}\nb: *defualts\n").first?.hint == "did you mean 'defaults'?")
    }

    @Test func `a merge adds what is not there, at its place and in order`() throws {
        let root = try parse("base: &b {x: 1, y: 2}\nuse:\n  a: 0\n  <<: *b\n  y: 3\n  z: 4\n")
        #expect(
            YAMLValue(try #require(root["use"]))
                == .fields(["a": .int(0), "x": .int(1), "y": .int(3), "z": .int(4)]))
    }

    @Test func `of merged mappings the first wins`() throws {
        let root = try parse("- &a {x: 1}\n- &b {x: 2, y: 2}\n- <<: [*a, *b]\n- <<: {x: 3}\n- {\"<<\": 4}\n")
        #expect(YAMLValue(try #require(root.sequence?[2])) == .fields(["x": .int(1), "y": .int(2)]))
        #expect(root.sequence?[3]["x"]?.int == 3)
        #expect(root.sequence?[4]["<<"]?.int == 4)
    }

    @Test func `a merge of what is no mapping is an error`() throws {
        #expect(try places("a: &x 1\nb: {<<: *x}\nc: {<<: [*x, {}]}\nd:\n  <<:\n").count == 3)
        #expect(try places("b: {<<: *missing}\n") == ["1:9 syntax/unknown-alias"])
        #expect(try places("b: {<<: [*missing, {}]}\n") == ["1:10 syntax/unknown-alias"])
        #expect(try places("b:\n  <<:\n    -\n") == ["3:6 syntax/invalid-merge"])
        #expect(try places("b:\n  <<: {}\n  <<: {}\n") == ["3:3 syntax/duplicate-key"])
    }
}

@Suite struct YAMLBoundTests {
    /// Each level repeats the one before ten times: ten to the power of `levels` values in the end.
    private func laughs(levels: Int) -> String {
        (1...levels).reduce("a0: &a0 [lol]\n") { text, level in
            let row = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            return text + "a\(level): &a\(level) [\(row)]\n"
        }
    }

    @Test func `a billion laughs end with one error`() throws {
        #expect(try places(laughs(levels: 9)) == ["6:25 syntax/alias-expansion"])
        #expect(try parse(laughs(levels: 4)).mapping?.count == 5)
    }

    @Test func `laughs by merge keys end with one error`() throws {
        let text = (1...30).reduce("a0: &a0 {k: 1}\n") { text, level in
            text + "a\(level): &a\(level) {x: *a\(level - 1), y: *a\(level - 1), <<: *a\(level - 1)}\n"
        }
        #expect(try problems(text).map(\.code.rawValue) == ["syntax/alias-expansion"])
    }

    @Test func `a long text repeated often is bounded`() throws {
        let long = String(repeating: "x", count: 100_000)
        let text = "a: &a \(long)\nb: [" + Array(repeating: "*a", count: 100_000).joined(separator: ",") + "]\n"
        #expect(try problems(text).map(\.code.rawValue) == ["syntax/alias-expansion"])
    }

    @Test func `many small uses of an anchor are no bomb`() throws {
        let uses = (0..<20_000).map { "u\($0): {<<: *d, n: \($0)}\n" }.joined()
        #expect(try parse("d: &d {a: 1, b: 2}\n" + uses).mapping?.count == 20_001)
    }

    @Test func `nesting is bounded, and what follows is still checked`() throws {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try parse(deep).sequence?.count == 1)
        let limits = YAMLLimits(depth: 3)
        #expect(
            try places("a: [[[1]]]\nb: [[2]]\nc: [[[3, {x: &q 1}]]]\nd: *q\nb: 1\n", limits: limits) == [
                "1:6 syntax/too-deep", "3:6 syntax/too-deep", "5:1 syntax/duplicate-key",
            ])
    }

    @Test func `nesting through aliases is bounded`() throws {
        let text = (1...70).reduce("- &a0 [x]\n") { $0 + "- &a\($1) [*a\($1 - 1)]\n" }
        #expect(try places(text).first == "64:9 syntax/too-deep")
    }

    @Test(arguments: ["[", "{", "{a: ", "- ", "? ", "[{", "a: [", "!!seq ["])
    func `a million levels end at once`(_ opening: String) throws {
        #expect(try places(String(repeating: opening, count: 500_000)).first?.hasSuffix("syntax/too-deep") == true)
    }

    @Test func `work stays bounded where libyaml alone would take minutes`() throws {
        let nested = String(repeating: "[", count: 990) + String(repeating: "a,", count: 1_500_000)
        #expect(try problems(nested).map(\.code.rawValue) == ["syntax/too-deep"])
        let directives = (0..<200_000).map { "%TAG !a\($0)! x\n" }.joined()
        #expect(try problems(directives).map(\.code.rawValue) == ["syntax/invalid-directive"])
    }

    @Test func `nodes are bounded`() throws {
        let limits = YAMLLimits(nodes: 1_000)
        #expect(try parse("[" + String(repeating: "1,", count: 999) + "]", limits: limits).sequence?.count == 999)
        #expect(
            try problems("[" + String(repeating: "1,", count: 2_000), limits: limits).map(\.code.rawValue)
                == ["syntax/too-many-nodes"])
    }

    @Test func `a large honest document is read`() throws {
        let text = (0..<20_000).map { "r\($0):\n  name: resource-\($0)\n  tags: {a: 1, b: two}\n" }.joined()
        #expect(try parse(text).mapping?.count == 20_000)
    }
}
