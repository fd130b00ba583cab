/// What a part of an object may hold.
///
/// Source: for built-in resources, the OpenAPI documents of Kubernetes 1.36 (`Schemas/kubernetes.json`, which
/// `Scripts/kubernetes-schemas` makes of them); for custom ones, the schemas of their definitions.
struct APISchema: Sendable {
    /// Such as `io.k8s.api.core.v1.PodSpec`; nil for what has no name of its own.
    let component: String?
    private let keywords: [String: JSON]

    /// What a place says of a component goes before what the component says of itself.
    init(_ document: JSON) {
        let stated = document.objectValue ?? [:]
        let reference = stated["$ref"] ?? stated["allOf"]?.arrayValue?.first?["$ref"]
        let name = reference?.stringValue?.split(separator: "/").last.map(String.init)
        guard let name, let target = Self.components[name]?.objectValue else {
            self.component = nil
            self.keywords = stated
            return
        }
        self.component = name
        self.keywords = stated.count == 1 ? target : target.merging(stated) { _, stated in stated }
    }

    /// That of whole objects; nil for a custom resource whose definition has none.
    init?(of type: ResourceType, version: String) {
        if let custom = type.custom {
            guard let schema = custom.schemas[version] else { return nil }
            self.init(Self.withMetadata(schema))
        } else {
            guard let name = Self.names[Self.kindKey(type.group, version, type.kind)] else { return nil }
            self.init(Self.reference(to: name))
        }
    }

    // MARK: - Members

    func property(_ name: String) -> APISchema? { keywords["properties"]?[name].map(APISchema.init) }

    /// Of each member of a map.
    var additional: APISchema? {
        guard let additional = keywords["additionalProperties"], additional != .bool(false) else { return nil }
        return APISchema(additional)
    }

    /// Of each element of a list.
    var elements: APISchema? { keywords["items"].map(APISchema.init) }

    /// Whether it says nothing of the members.
    var isOpen: Bool { keywords["properties"] == nil && keywords["additionalProperties"] == nil }

    // MARK: - Types

    /// Whether the decoder takes the value: its JSON type is the wanted one. Formats are looked at elsewhere.
    func accepts(_ value: JSON) -> Bool {
        if let choices = keywords["oneOf"]?.arrayValue { return choices.contains { APISchema($0).accepts(value) } }
        guard let type = keywords["type"]?.stringValue else { return true }
        return value.schemaType == type || (type == "number" && value.schemaType == "integer")
            || (type == "integer" && value.intValue != nil)
    }

    /// Why the decoder does not take a text: a quantity or base64 that is none.
    func formatProblem(of value: JSON) -> String? {
        guard let text = value.stringValue else { return nil }
        if keywords["format"] == "byte" { return Self.base64Problem(text) }
        guard shortName == "Quantity", text.wholeMatch(of: /([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)/) == nil else {
            return nil
        }
        return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    }

    /// Go's words; the place is that of the first byte that cannot be.
    private static func base64Problem(_ text: String) -> String? {
        let bytes = text.utf8.filter { $0 != 0x0A && $0 != 0x0D }
        let padding = bytes.reversed().prefix { $0 == 0x3D }.count
        let isWhole = bytes.count.isMultiple(of: 4) && padding <= 2
        let isKnown = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == 0x2B || byte == 0x2F
        }
        if let place = bytes.dropLast(padding).firstIndex(where: { !isKnown($0) }) {
            return "illegal base64 data at input byte \(place)"
        }
        return isWhole ? nil : "illegal base64 data at input byte \(bytes.count - bytes.count % 4)"
    }

    /// The type in messages of the decoder, such as `[]v1.Container`.
    var goName: String {
        if let component { return component.split(separator: ".").suffix(2).joined(separator: ".") }
        switch keywords["type"]?.stringValue {
        case "string": return keywords["format"] == "byte" ? "[]uint8" : "string"
        case "boolean": return "bool"
        case "integer": return keywords["format"]?.stringValue ?? "int32"
        case "array": return "[]\(elements?.goName ?? "interface {}")"
        case "object": return "map[string]\(additional?.goName ?? "interface {}")"
        default: return "interface {}"
        }
    }

    /// The last part of the component's name, such as `PodSpec`.
    var shortName: String? { component?.split(separator: ".").last.map(String.init) }

    // MARK: - Merging

    subscript(keyword: String) -> JSON? { keywords[keyword] }
}

// MARK: - Components

extension APISchema {
    /// The built-in resources' schemas and all that they refer to, by name.
    static let components: [String: JSON] =
        (try? JSON(parsing: PackageResources.kubernetes_json))?.objectValue ?? [:]

    static let objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

    static func reference(to name: String) -> JSON { ["$ref": .string("#/components/schemas/\(name)")] }

    /// A definition says next to nothing of the metadata, which is every object's.
    static func withMetadata(_ schema: JSON) -> JSON {
        var schema = schema
        schema[path: ["properties", "metadata"]] = reference(to: objectMeta)
        return schema
    }

    /// The component of a built-in kind; nil for a kind that has none.
    static func component(_ group: String, _ version: String, _ kind: String) -> String? {
        names[kindKey(group, version, kind)]
    }

    private static let names: [String: String] = {
        let pairs = components.flatMap { name, schema in
            (schema["x-kubernetes-group-version-kind"]?.arrayValue ?? []).map { kind in
                let text = { (key: String) in kind[key]?.stringValue ?? "" }
                return (kindKey(text("group"), text("version"), text("kind")), name)
            }
        }
        return Dictionary(pairs) { first, _ in first }
    }()

    private static func kindKey(_ group: String, _ version: String, _ kind: String) -> String {
        "\(group)/\(version)/\(kind)"
    }
}
