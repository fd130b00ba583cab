import PurserSyntax
import Testing

@Suite struct YAMLPlaceTests {
    @Test func `keys and values have their places`() throws {
        let root = try parse("vaults:\n  demo: {sku: standard}\n  other:\n    - 'a b'\n")
        #expect(root.entry("vaults")?.key.place == "1:1-1:7")
        #expect(root["vaults"]?.place == "2:3-4:12")
        #expect(root["vaults"]?["demo"]?.place == "2:9-2:24")
        #expect(root["vaults"]?["demo"]?["sku"]?.place == "2:15-2:23")
        #expect(root["vaults"]?["other"]?.sequence?.first?.place == "4:7-4:12")
    }

    @Test func `columns count scalars, a tab as one`() throws {
        let root = try parse("名前: 👩🏽\tx # c\n\"é\":\t1\n")
        #expect(root.mapping?[0].value.place == "1:5-1:9")
        #expect(root["é"]?.place == "2:6-2:7")
    }

    @Test(arguments: ["\r\n", "\n", "\r", "\u{85}", "\u{2028}"])
    func `line breaks of every sort count as one`(_ lineBreak: String) throws {
        let root = try parse(["a: 1", "# c", "b:", "  - 2", ""].joined(separator: lineBreak))
        #expect(root["b"]?.sequence?.first?.place == "4:5-4:6")
    }

    @Test func `a byte order mark shifts nothing`() throws {
        #expect(try parse("\u{FEFF}a: 1\n")["a"]?.place == "1:4-1:5")
    }

    @Test func `an absent value stands behind its colon`() throws {
        #expect(try parse("a:\nb: 1\n")["a"]?.place == "1:3-1:3")
    }

    @Test func `what an alias brings keeps the place of its text`() throws {
        let root = try parse("a: &x [1]\nb: *x\n")
        #expect(root["b"]?.sequence?.first?.place == "1:8-1:9")
    }

    @Test func `a block ends with its last value, not where the next one begins`() throws {
        let root = try parse("a:\n  b: 1\n\n\n# comment\nc: 2\n")
        #expect(root["a"]?.place == "2:3-2:7")
    }
}
