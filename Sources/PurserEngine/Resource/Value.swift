/// A plain value of an attribute: what JSON can say, or `unknown` for what exists only after apply.
///
/// A `Value` never holds a secret: a sensitive attribute's value is the description of its source
/// (`{"env": "NAME"}`), and the secret itself travels as `SensitiveInput`.
package enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case list([Value])
    case object([String: Value])
    /// An output of something that this plan creates or changes.
    case unknown

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var integer: Int? {
        if case .integer(let number) = self { number } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    package var list: [Value]? {
        if case .list(let items) = self { items } else { nil }
    }

    package var object: [String: Value]? {
        if case .object(let members) = self { members } else { nil }
    }

    package subscript(_ key: String) -> Value? { object?[key] }

    /// Whether this value or any part of it is not known before apply.
    package var containsUnknown: Bool {
        switch self {
        case .unknown: true
        case .list(let items): items.contains(where: \.containsUnknown)
        case .object(let members): members.values.contains(where: \.containsUnknown)
        default: false
        }
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral text: String) { self = .string(text) }
    package init(booleanLiteral flag: Bool) { self = .bool(flag) }
    package init(integerLiteral number: Int) { self = .integer(number) }
    package init(arrayLiteral items: Value...) { self = .list(items) }
    package init(dictionaryLiteral members: (String, Value)...) {
        self = .object(Dictionary(members) { _, last in last })
    }
    package init(nilLiteral: ()) { self = .null }
}

extension Value: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // The most frequent ones first: each attempt that fails makes an error.
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let members = try? container.decode([String: Value].self) {
            self = .object(members)
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let items = try? container.decode([Value].self) {
            self = .list(items)
        } else if let number = try? container.decode(Int.self) {
            self = .integer(number)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }

    /// Unknown parts are written as null; a plan's JSON lists them apart, in `after_unknown`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null, .unknown: try container.encodeNil()
        case .bool(let flag): try container.encode(flag)
        case .integer(let number): try container.encode(number)
        case .number(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        case .list(let items): try container.encode(items)
        case .object(let members): try container.encode(members)
        }
    }
}
