import Foundation

/// Reads the protocol-buffer bodies that typed clients send, as far as their kinds are known.
/// Source: Kubernetes API Concepts, "Kubernetes Protobuf encoding"; protobuf.dev, "Encoding".
enum Protobuf {
    static let mediaType = "application/vnd.kubernetes.protobuf"
    private static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]

    /// The object in an encoded body. - Throws: 400 for a malformed body, 415 for a kind without a table.
    static func object(from bytes: [UInt8]) throws(APIError) -> JSON {
        guard bytes.starts(with: magic) else {
            throw .badRequest("provided data does not appear to be a protobuf message")
        }
        var envelope = ProtobufReader(bytes[4...])
        var apiVersion = ""
        var kind = ""
        var raw: ArraySlice<UInt8> = []
        while let field = try envelope.next() {
            guard case .bytes(let content) = field.value else { continue }
            switch field.number {
            case 1: (apiVersion, kind) = try typeMeta(content)
            case 2: raw = content
            default: break
            }
        }
        guard let shape = ProtobufShapes.byKind[kind] else {
            throw .unsupportedMediaType(
                "the body of the request was in an unknown format - \(kind) is accepted as application/json only")
        }
        var object = try message(raw, shape)
        object["apiVersion"] = .string(apiVersion)
        object["kind"] = .string(kind)
        return object
    }

    private static func typeMeta(_ bytes: ArraySlice<UInt8>) throws(APIError) -> (String, String) {
        let meta = try message(bytes, ["1": ("apiVersion", .string), "2": ("kind", .string)])
        return (meta["apiVersion"]?.stringValue ?? "", meta["kind"]?.stringValue ?? "")
    }

    private static func message(_ bytes: ArraySlice<UInt8>, _ shape: ProtobufShape) throws(APIError) -> JSON {
        var reader = ProtobufReader(bytes)
        var result: [String: JSON] = [:]
        while let field = try reader.next() {
            guard let (name, type) = shape[String(field.number)] else {
                // Empty messages stand for nothing; anything else must not get lost unseen.
                if case .bytes(let content) = field.value, content.isEmpty { continue }
                throw .unsupportedMediaType(
                    "the body of the request has a field that is accepted as application/json only (number "
                        + "\(field.number) beside \(shape.values.map(\.name).sorted().joined(separator: ", ")))")
            }
            if case .ignored = type { continue }
            try add(field.value, type, to: &result[name])
        }
        return .object(result)
    }

    private static func add(
        _ value: ProtobufReader.Value, _ type: ProtobufType, to member: inout JSON?
    ) throws(APIError) {
        switch type {
        case .list(let element):
            var one: JSON?
            try add(value, element, to: &one)
            member = .array((member?.arrayValue ?? []) + [one ?? ""])
        case .map(let element):
            guard case .bytes(let content) = value else { throw malformed }
            let entry = try message(content, ["1": ("key", .string), "2": ("value", element)])
            var members = member ?? [:]
            members[entry["key"]?.stringValue ?? ""] = entry["value"] ?? ""
            member = members
        default: member = try single(value, type)
        }
    }

    private static func single(_ value: ProtobufReader.Value, _ type: ProtobufType) throws(APIError) -> JSON? {
        switch (value, type) {
        // Fields that Go leaves out of JSON when they are empty are sent all the same here.
        case (.bytes(let content), .string):
            if content.isEmpty { return nil }
            return .string(String(decoding: content, as: UTF8.self))
        case (.bytes(let content), .bytes): return .string(Data(content).base64EncodedString())
        case (.bytes(let content), .message(let shape)): return try message(content, shape())
        case (.bytes(let content), .time): return try time(content)
        case (.number(let number), .int): return .int(Int(truncatingIfNeeded: number))
        case (.number(let number), .bool): return .bool(number != 0)
        default: throw malformed
        }
    }

    /// Seconds since 1970; absent and zero both mean no time.
    private static func time(_ bytes: ArraySlice<UInt8>) throws(APIError) -> JSON? {
        let fields = try message(bytes, ["1": ("seconds", .int)])
        guard let seconds = fields["seconds"]?.intValue, seconds > 0 else { return nil }
        return .string(KubernetesTime.text(Date(timeIntervalSince1970: Double(seconds))))
    }

    fileprivate static let malformed = APIError.badRequest("the body is no well-formed protobuf message")
}

/// Reads fields off the wire.
private struct ProtobufReader {
    enum Value {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func next() throws(APIError) -> (number: Int, value: Value)? {
        if rest.isEmpty { return nil }
        let tag = try varint()
        let number = Int(tag >> 3)
        switch tag & 7 {
        case 0: return (number, .number(try varint()))
        case 1: return (number, .bytes(try take(8)))
        case 2: return (number, .bytes(try take(Int(clamping: try varint()))))
        case 5: return (number, .bytes(try take(4)))
        default: throw Protobuf.malformed
        }
    }

    private mutating func take(_ count: Int) throws(APIError) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw Protobuf.malformed }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private mutating func varint() throws(APIError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { throw Protobuf.malformed }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw Protobuf.malformed
    }
}

/// A message's fields by number: the JSON name and the type of each.
typealias ProtobufShape = [String: (name: String, type: ProtobufType)]

indirect enum ProtobufType: Sendable {
    case string, bytes, int, bool, time
    /// What only the server decides.
    case ignored
    case message(@Sendable () -> ProtobufShape)
    case list(ProtobufType)
    case map(ProtobufType)
}
