/// Checks a built-in object's fields as the API server's decoder does: a field that it does not know is not kept, and
/// one of another JSON type is refused.
struct KnownFields {
    private let type: ResourceType
    private let version: String
    /// Dotted paths of fields that the resource does not have.
    private(set) var unknown: [String] = []

    init(_ type: ResourceType, version: String) {
        self.type = type
        self.version = version
    }

    /// The object without its unknown fields. - Throws: 400 for a value of another type.
    mutating func pruned(_ object: JSON) throws(APIError) -> JSON {
        guard let schema = APISchema(of: type, version: version) else { return object }
        return try value(object, schema, at: [], in: type.kind)
    }

    private mutating func value(
        _ value: JSON, _ schema: APISchema, at path: [String], in owner: String
    ) throws(APIError) -> JSON {
        if value == .null { return value }
        guard schema.accepts(value) else { throw mismatch(value, schema, path, owner) }
        if let problem = schema.formatProblem(of: value) {
            throw .badRequest("\(type.kind) in version \"\(version)\" cannot be handled as a \(type.kind): \(problem)")
        }
        switch value {
        case .object(let members):
            return schema.isOpen ? value : try object(members, schema, at: path, in: owner)
        case .array(let elements):
            guard let inner = schema.elements else { return value }
            return try list(elements, inner, at: path, in: owner)
        default: return value
        }
    }

    private mutating func list(
        _ elements: [JSON], _ schema: APISchema, at path: [String], in owner: String
    ) throws(APIError) -> JSON {
        var kept: [JSON] = []
        for (index, element) in elements.enumerated() {
            var place = path
            place[place.count - 1] += "[\(index)]"
            kept.append(try value(element, schema, at: place, in: owner))
        }
        return .array(kept)
    }

    private mutating func object(
        _ members: [String: JSON], _ schema: APISchema, at path: [String], in owner: String
    ) throws(APIError) -> JSON {
        var kept: [String: JSON] = [:]
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            if let property = schema.property(name) {
                kept[name] = try value(member, property, at: path + [name], in: schema.shortName ?? owner)
            } else if let additional = schema.additional {
                kept[name] = try value(member, additional, at: path, in: owner)
            } else {
                unknown.append((path + [name]).joined(separator: "."))
            }
        }
        return .object(kept)
    }

    private func mismatch(_ value: JSON, _ schema: APISchema, _ path: [String], _ owner: String) -> APIError {
        let found =
            switch value {
            case .bool: "bool"
            case .int, .double: "number"
            case .string: "string"
            case .array: "array"
            default: "object"
            }
        let place = path.map { $0.prefix { $0 != "[" } }.joined(separator: ".")
        return .badRequest(
            "\(type.kind) in version \"\(version)\" cannot be handled as a \(type.kind): json: cannot unmarshal \(found) "
                + "into Go struct field \(owner).\(place) of type \(schema.goName)")
    }
}
