import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct YAMLEmitterTests {
    @Test func `a document reads as people write it`() throws {
        let object = try YAMLEmitter.text(
            of: .fields(["objectName": .string("aks-csi-demo-secret"), "objectType": .string("secret")]))
        let value = YAMLValue.fields([
            "objects": .string(
                try YAMLEmitter.text(of: .fields(["array": .list([.string(object), .string(object)])]))),
            "empty": .fields([:]),
            "none": .list([]),
            "nothing": .null,
            "list": .list([
                .int(1), .double(1.5), .double(2), .bool(true), .list([.string("x")]),
                .fields(["a": .int(1), "b": .int(2)]),
            ]),
            "needs quotes: yes": .list(
                [
                    "yes", "0644", "1e3", "null", "~", "", "12:30", "2001-01-01", "a: b", "# c", "- d", "*e", " f ",
                    "g\th", "1.10",
                ]
                .map(YAMLValue.string)),
            "text": .string("first\n  second\n\nthird"),
            "kept": .string("one\n\n\n"),
            "escaped": .string(" leading\nand trailing \n"),
            "unicode": .string("grüße 👩🏽 名前"),
            "control": .string("\u{1B}[31m\0"),
            "long": .string(Array(repeating: "word", count: 40).joined(separator: " ")),
        ])
        expectGolden(try YAMLEmitter.text(of: value), "YAML/emitted.yaml")
    }

    @Test(arguments: [
        "yes", "No", "on", "OFF", "y", "N", "true", "FALSE", "null", "~", "", "0", "-1", "+1", "007", "0o17", "0x1F",
        "0b1",
        "1_000", "1e3", "1.", ".5", "-.5", ".inf", "-.Inf", ".NaN", "1:30", "190:20:30", "2001-12-14",
        "2001-12-14t21:59:43.10-05:00",
        "=", "<<", "08", "12e03", "1 ", "-", "1.2.3", "+.inf",
    ])
    func `a string that another reader takes for something else is in quotes`(_ text: String) throws {
        let written = try YAMLEmitter.text(of: .fields(["k": .string(text)]))
        #expect(written.hasPrefix("k: '") || written.hasPrefix("k: \""), "\(written)")
    }

    @Test(arguments: [
        "abc", "v1.2.3", "--", "100m", "v1", "a b", "/mnt/csi", "https://x.test/y", "f47ac10b-58cc", "10.0.0.0/8",
        "nodes",
    ])
    func `an ordinary string is plain`(_ text: String) throws {
        #expect(try YAMLEmitter.text(of: .fields(["k": .string(text)])) == "k: \(text)\n")
    }

    @Test func `any value reads back as itself`() throws {
        var generator = SeededGenerator(for: "emitter round trip")
        for _ in 0..<3_000 {
            let value = YAMLValue.random(depth: 4, using: &generator)
            let text = try YAMLEmitter.text(of: value)
            let node = try YAMLParser.parse(SourceFile(path: "emitted.yaml", text: text))
            let back = node.map { YAMLValue($0) } ?? .null
            #expect(back == value, "\(text)")
            #expect(try YAMLEmitter.text(of: back) == text)
        }
    }
}

extension YAMLValue {
    fileprivate static func random(depth: Int, using generator: inout SeededGenerator) -> YAMLValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &generator) {
        case 0: .null
        case 1: .bool(Bool.random(using: &generator))
        case 2:
            .int(
                Bool.random(using: &generator)
                    ? Int.random(in: -9...9, using: &generator) : Int(truncatingIfNeeded: generator.next()))
        case 3: .double(randomDouble(using: &generator))
        case 4, 5: .string(randomText(using: &generator))
        case 6:
            .list(
                (0..<Int.random(in: 0..<4, using: &generator)).map { _ in random(depth: depth - 1, using: &generator) })
        default: .object(randomFields(depth: depth - 1, using: &generator))
        }
    }

    private static func randomFields(depth: Int, using generator: inout SeededGenerator) -> [YAMLField] {
        var names: Set<String> = []
        return (0..<Int.random(in: 0..<5, using: &generator)).compactMap { _ in
            let name = randomText(using: &generator)
            return names.insert(name).inserted ? YAMLField(name, random(depth: depth, using: &generator)) : nil
        }
    }

    private static func randomDouble(using generator: inout SeededGenerator) -> Double {
        let value = Double(bitPattern: generator.next())
        return value.isNaN ? 0.1 : value
    }

    private static let pieces = [
        "a", "b", "Z", " ", "  ", "\n", "\n\n", "\t", ":", ": ", "#", " #", "-", "- ", "?", "? ", "'", "\"", "\\", "{",
        "}", "[", "]", ",",
        "&", "*", "!", "|", ">", "%", "@", "`", "~", "null", "true", "no", "0", "12", ".", "1e3", "_", "=", "<<",
        "\u{85}", "\u{2028}", "\u{A0}",
        "\0", "\u{1B}", "\u{7F}", "\u{FEFF}", "\u{FFFD}", "é", "e\u{301}", "名", "👩🏽", "\r", "\r\n", "---", "...",
        "${var.x}", "\u{10FFFF}",
    ]

    private static func randomText(using generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0..<6, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }
            .joined()
    }
}
