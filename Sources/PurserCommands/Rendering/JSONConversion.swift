import Foundation
import PurserClients
import PurserEngine
import PurserSyntax

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

    /// Terraform's form of a diagnostic, with our `code` and `hint`. Source: Terraform's documentation, "validate -json".
    static func document(of diagnostic: Diagnostic, sources: [SourceFile]) -> JSONValue {
        var document: [String: JSONValue] = [
            "severity": .string(diagnostic.severity.rawValue), "code": .string(diagnostic.code.rawValue),
            "summary": .string(diagnostic.message), "detail": .string(diagnostic.hint ?? ""),
        ]
        document["hint"] = diagnostic.hint.map(JSONValue.string)
        document["address"] = diagnostic.address.map(JSONValue.string)
        if let range = diagnostic.range {
            document["range"] = json(range, in: sources.first { $0.path == range.file })
        }
        if !diagnostic.notes.isEmpty {
            document["notes"] = .array(
                diagnostic.notes.map { note in
                    var members: [String: JSONValue] = ["message": .string(note.message)]
                    members["range"] = note.range.map { range in json(range, in: sources.first { $0.path == range.file }) }
                    return .object(members)
                })
        }
        return .object(document)
    }

    private static func json(_ range: SourceRange, in source: SourceFile?) -> JSONValue {
        func place(_ location: SourceLocation) -> JSONValue {
            var members: [String: JSONValue] = ["line": .integer(location.line), "column": .integer(location.column)]
            members["byte"] = source?.byteOffset(of: location).map(JSONValue.integer)
            return .object(members)
        }
        return ["filename": .string(range.file), "start": place(range.start), "end": place(range.end)]
    }
}
