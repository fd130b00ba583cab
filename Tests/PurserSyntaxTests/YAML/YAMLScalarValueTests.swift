import PurserSyntax
import Testing

@Suite struct YAMLScalarValueTests {
    @Test(
        arguments: [
            ("", .null), ("~", .null), ("null", .null), ("Null", .null), ("NULL", .null), ("nULL", .string("nULL")),
            ("true", .bool(true)), ("True", .bool(true)), ("TRUE", .bool(true)), ("tRue", .string("tRue")),
            ("false", .bool(false)), ("False", .bool(false)), ("FALSE", .bool(false)),
            ("yes", .string("yes")), ("No", .string("No")), ("ON", .string("ON")), ("off", .string("off")),
            ("0", .int(0)), ("-0", .int(0)), ("+12", .int(12)), ("-12", .int(-12)), ("1_000", .int(1000)),
            ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
            ("9223372036854775808", .float(9_223_372_036_854_775_808)),
            ("0644", .int(420)), ("0o644", .int(420)), ("00", .int(0)), ("0891", .string("0891")),
            ("-0644", .int(-420)),
            ("0x1F", .int(31)), ("0b101", .int(5)), ("0x", .string("0x")), ("0xg", .string("0xg")),
            ("0x+1", .string("0x+1")),
            ("1.5", .float(1.5)), (".5", .float(0.5)), ("5.", .float(5)), ("-.5", .float(-0.5)), ("1e3", .float(1000)),
            ("1.5e-3", .float(0.0015)), ("5.e3", .float(5000)), ("0.5", .float(0.5)), ("1e", .string("1e")),
            (".", .string(".")), ("-", .string("-")), ("+", .string("+")), ("e3", .string("e3")),
            ("1.2.3", .string("1.2.3")),
            ("1e999", .string("1e999")), (".inf", .float(.infinity)), ("-.INF", .float(-.infinity)),
            ("1:30", .string("1:30")), ("2001-01-01", .string("2001-01-01")), ("_1", .string("_1")),
            ("--1", .string("--1")),
            ("100m", .string("100m")), ("1.10", .float(1.1)), ("1 2", .string("1 2")), ("inf", .string("inf")),
            ("٣", .string("٣")),
        ] as [(String, YAMLScalarValue)])
    func `a plain text has the type that kubectl sees`(_ text: String, _ value: YAMLScalarValue) {
        #expect(YAMLScalarValue(plain: text) == value)
    }

    @Test func `a lone NaN is a float`() {
        guard case .float(let value) = YAMLScalarValue(plain: ".nan") else {
            Issue.record("no float")
            return
        }
        #expect(value.isNaN)
    }

    @Test func `quotes make a string of anything`() throws {
        let root = try parse("a: '12'\nb: \"true\"\nc: |-\n  null\nd: !!str 12\n")
        #expect(["a", "b", "c", "d"].map { root[$0]?.string } == ["12", "true", "null", "12"])
    }

    @Test func `core tags decide the type`() throws {
        let root = try parse("a: !!int \"12\"\nb: !!float 3\nc: !!bool 'true'\nd: !!null ''\ne: ! 12\n")
        #expect(root["a"]?.int == 12)
        #expect(root["b"]?.scalarValue == .float(3))
        #expect(root["c"]?.bool == true)
        #expect(root["d"]?.isNull == true)
        #expect(root["e"]?.string == "12")
    }

    @Test func `the words that only YAML 1.1 takes for booleans are marked`() throws {
        let root = try parse("a: yes\nb: 'yes'\nc: Off\nd: yesterday\ne: true\n")
        #expect(["a", "b", "c", "d", "e"].map { root[$0]?.isAmbiguousBoolean } == [true, false, true, false, false])
        #expect(root["a"]?.string == "yes")
    }

    @Test func `the text stays as written`() throws {
        let root = try parse("version: 1.10\nmode: 0644\n")
        #expect(root["version"]?.text == "1.10")
        #expect(root["mode"]?.text == "0644")
        #expect(root["mode"]?.int == 420)
    }

    @Test func `a node says what it is`() throws {
        let root = try parse("[{}, [], text, 1, 1.5, true, null]")
        let words = root.sequence?.map(\.kindInWords)
        #expect(words == ["a mapping", "a list", "a string", "a number", "a number", "a boolean", "nothing"])
    }
}
