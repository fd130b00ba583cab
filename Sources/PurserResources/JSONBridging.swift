import PurserClients
import PurserEngine

extension Value {
    /// The value as the services write it; `unknown` has no place on the wire and becomes null.
    var json: JSONValue {
        switch self {
        case .null, .unknown: .null
        case .bool(let flag): .bool(flag)
        case .integer(let number): .integer(number)
        case .number(let number): .number(number)
        case .string(let text): .string(text)
        case .list(let items): .array(items.map(\.json))
        case .object(let members): .object(members.mapValues(\.json))
        }
    }
}

extension JSONValue {
    var value: PurserEngine.Value {
        switch self {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .integer(let number): .integer(number)
        case .number(let number): .number(number)
        case .string(let text): .string(text)
        case .array(let items): .list(items.map(\.value))
        case .object(let members): .object(members.mapValues(\.value))
        }
    }

    /// The texts of an array; what is no text is left out.
    var strings: [String] { array?.compactMap(\.string) ?? [] }
}
