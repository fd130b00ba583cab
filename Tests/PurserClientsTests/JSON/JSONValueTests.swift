import Foundation
import PurserClients
import PurserTestSupport
import Testing

struct JSONValueTests {
    @Test func `a text is read with every digit and every character`() throws {
        let text = #"{"a":[1,-2,9007199254740993,2.5,1e3,true,false,null],"s":"é\n\u00e9\ud83d\ude00\/"}"#
        let value = try JSONValue(parsing: text)
        #expect(value["a"] == [1, -2, .integer(9_007_199_254_740_993), 2.5, 1000.0, true, false, nil])
        #expect(value["s"]?.string == "é\né😀/")
        #expect(value["a"]?[4]?.int == 1000)
        #expect(value["a"]?[9] == nil)
        #expect(value.at("a", "b") == nil)
    }

    @Test func `encoding sorts keys, escapes what must be escaped and is read back the same`() throws {
        let value: JSONValue = ["b": "\"\\\u{1}/\u{7f}é", "a": [1, 2.5, nil], "c": [:]]
        #expect(value.text == #"{"a":[1,2.5,null],"b":"\"\\\u0001/"# + "\u{7f}é" + #"","c":{}}"#)
        #expect(try JSONValue(parsing: value.encoded) == value)
    }

    @Test(arguments: [
        ("", 0), ("{", 1), ("[1,]", 3), ("{\"a\":}", 5), ("01", 1), ("1.", 2), ("-", 1), ("tru", 0), ("\"\u{1}\"", 2),
        ("\"\\x\"", 3), ("\"abc", 4), ("[1] 2", 4), ("{\"a\" 1}", 5), ("1e999", 5), ("nul", 0), ("\"\\u12G4\"", 3),
    ])
    func `what is not JSON is refused at its place`(text: String, offset: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
        #expect(error?.offset == offset)
    }

    @Test func `an error never repeats the text`() {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: #"{"value":"hunter2" oops}"#) }
        #expect(error.map { "\($0)" }?.contains("hunter2") == false)
        #expect(error.map { "\($0)" }?.contains("oops") == false)
    }

    @Test func `depth is bounded`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONSyntaxError(offset: 200, reason: "nested too deeply")) { try JSONValue(parsing: deep) }
    }

    @Test func `invalid UTF-8 is refused, a byte order mark is passed over`() throws {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
        #expect(try JSONValue(parsing: [0xEF, 0xBB, 0xBF, 0x31]) == 1)
    }

    @Test func `half a surrogate pair becomes a replacement character`() throws {
        #expect(try JSONValue(parsing: #""\ud83dx\udc00""#).string == "\u{FFFD}x\u{FFFD}")
    }

    @Test func `random values are read as Foundation reads them`() throws {
        var generator = SeededGenerator(for: "JSON agrees with Foundation")
        for _ in 0..<300 {
            let value = Self.random(&generator, depth: 4)
            let bytes = value.encoded
            #expect(try JSONValue(parsing: bytes) == value)
            let foundation = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
            #expect(foundation.text == value.text)
        }
    }

    private static func random(_ generator: inout SeededGenerator, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: .null
        case 1: .bool(Bool.random(using: &generator))
        case 2: .integer(Int.random(in: -1_000_000...1_000_000, using: &generator))
        case 3: .number(Double(Int.random(in: -9999...9999, using: &generator)) + 0.5)
        case 4: .string(String((0..<5).map { _ in "aé\"\\\n/\u{1F600}".randomElement(using: &generator) ?? "x" }))
        case 5: .array((0..<3).map { _ in random(&generator, depth: depth - 1) })
        default:
            .object(
                Dictionary(
                    (0..<3).map { ("k\($0)", random(&generator, depth: depth - 1)) }, uniquingKeysWith: { $1 }))
        }
    }
}
