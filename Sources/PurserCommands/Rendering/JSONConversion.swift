import Foundation
import PurserClients
import PurserEngine

/// Purser's values as JSON for machines.
enum JSONConversion {
    static func json(_ value: Value) -> JSONValue {
        switch value {
        case .null, .unknown: .null
        case .bool(let flag): .bool(flag)
        case .integer(let number): .integer(number)
        case .number(let number): .number(number)
        case .string(let text): .string(text)
        case .list(let items): .array(items.map(json))
        case .object(let members): .object(members.mapValues(json))
        }
    }

    static func json(_ encodable: some Encodable) -> JSONValue? {
        guard let data = try? JSONEncoder().encode(encodable) else { return nil }
        return try? JSONValue(parsing: [UInt8](data))
    }

    /// One document for standard output.
    static func text(of encodable: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(encodable), as: UTF8.self) + "\n"
    }
}
