/// The schemas in the OpenAPI documents.
/// Source: Kubernetes documentation, "The Kubernetes API", "OpenAPI interface definition".
enum OpenAPISchemas {
    /// Those of the given resources, and all that they refer to, by the names of version 3.
    static func components(of kinds: [(type: ResourceType, version: String)]) -> [String: JSON] {
        var found: [String: JSON] = [:]
        var open: [String] = []
        for (type, version) in kinds {
            if let custom = type.custom?.schemas[version] {
                let document = own(custom, type, version)
                found[name(of: type, version)] = document
                open += references(in: document)
            } else if let name = APISchema.component(type.group, version, type.kind) {
                open.append(name)
            }
        }
        while let name = open.popLast() {
            guard found[name] == nil, let document = APISchema.components[name] else { continue }
            found[name] = document
            open += references(in: document)
        }
        return found
    }

    /// A definition's schema as that of a whole object.
    private static func own(_ schema: JSON, _ type: ResourceType, _ version: String) -> JSON {
        var document = APISchema.withMetadata(schema)
        for field in ["apiVersion", "kind"] where document[path: "properties", field] == nil {
            document[path: ["properties", field]] = ["type": "string"]
        }
        document["x-kubernetes-group-version-kind"] = [
            ["group": .string(type.group), "version": .string(version), "kind": .string(type.kind)]
        ]
        return document
    }

    /// As the API server names it: `io.x-k8s.csi.secrets-store.v1.SecretProviderClass`.
    private static func name(of type: ResourceType, _ version: String) -> String {
        (type.group.split(separator: ".").reversed().map(String.init) + [version, type.kind]).joined(separator: ".")
    }

    private static func references(in document: JSON) -> [String] {
        switch document {
        case .array(let elements): elements.flatMap(references)
        case .object(let members):
            members.flatMap { key, value in
                guard key == "$ref", let reference = value.stringValue else { return references(in: value) }
                return [String(reference.split(separator: "/").last ?? "")]
            }
        default: []
        }
    }

    // MARK: - Version 2

    /// A schema in the words of version 2, which has no choices between types.
    static func version2(_ document: JSON) -> JSON {
        switch document {
        case .array(let elements): return .array(elements.map(version2))
        case .object(var members):
            if members["oneOf"] != nil || members["anyOf"] != nil {
                members = members.filter { !["oneOf", "anyOf"].contains($0.key) }
                members["type"] = members["type"] ?? "string"
            }
            if let reference = members["allOf"]?.arrayValue?.first?["$ref"] { members = ["$ref": reference] }
            if let reference = members["$ref"]?.stringValue {
                let name = String(reference.split(separator: "/").last ?? "")
                return ["$ref": .string("#/definitions/\(name)")]
            }
            return .object(members.mapValues(version2))
        default: return document
        }
    }

    /// The same as a message of `openapi.v2.Schema`, as far as kubectl reads it.
    /// Source: github.com/google/gnostic, `openapiv2/OpenAPIv2.proto`.
    static func write(_ schema: JSON, to message: inout ProtobufWriter) {
        if let reference = schema["$ref"]?.stringValue { return message.add(1, reference) }
        if let format = schema["format"]?.stringValue { message.add(2, format) }
        if let description = schema["description"]?.stringValue { message.add(4, description) }
        for case .string(let name) in schema["required"]?.arrayValue ?? [] { message.add(19, name) }
        if let additional = schema["additionalProperties"], additional.objectValue != nil {
            message.add(21) { $0.add(1) { write(additional, to: &$0) } }
        }
        if let type = schema["type"]?.stringValue { message.add(22) { $0.add(1, type) } }
        if let items = schema["items"] { message.add(23) { $0.add(1) { write(items, to: &$0) } } }
        if let properties = schema["properties"]?.objectValue { message.add(25) { write(properties, to: &$0) } }
        for (name, value) in schema.objectValue?.sorted(by: { $0.key < $1.key }) ?? [] where name.hasPrefix("x-") {
            message.add(31) { write(extension: name, value, to: &$0) }
        }
    }

    static func write(_ schemas: [String: JSON], to message: inout ProtobufWriter) {
        for (name, schema) in schemas.sorted(by: { $0.key < $1.key }) {
            message.add(1) { named in
                named.add(1, name)
                named.add(2) { write(schema, to: &$0) }
            }
        }
    }

    /// JSON is YAML too, which is how extensions are written.
    static func write(extension name: String, _ value: JSON, to message: inout ProtobufWriter) {
        message.add(1, name)
        message.add(2) { $0.add(2, String(decoding: value.bytes(), as: UTF8.self)) }
    }
}
