/// What a CustomResourceDefinition makes the API serve.
/// Source: Kubernetes API reference v1.33, `apiextensions.k8s.io/v1 CustomResourceDefinition`.
enum CustomResources {
    /// The resource that a definition describes; nil if none of its versions is served.
    static func type(of definition: JSON) -> ResourceType? {
        guard let spec = definition["spec"], let names = spec["names"], let group = spec["group"]?.stringValue,
            let plural = names["plural"]?.stringValue, let kind = names["kind"]?.stringValue
        else { return nil }
        let versions = spec["versions"]?.arrayValue ?? []
        let served = versions.filter { $0["served"]?.boolValue == true }
        let names1 = served.compactMap { $0["name"]?.stringValue }.sorted(by: isPreferred)
        guard !names1.isEmpty else { return nil }
        let stored = versions.first { $0["storage"]?.boolValue == true }?["name"]?.stringValue
        let withStatus = served.contains { $0[path: "subresources", "status"] != nil }
        return ResourceType(
            group: group, versions: names1, storageVersion: stored ?? names1[0], plural: plural,
            singular: names["singular"]?.stringValue ?? kind.lowercased(), kind: kind,
            shortNames: strings(names["shortNames"]), categories: strings(names["categories"]),
            namespaced: spec["scope"] == "Namespaced", subresources: withStatus ? ["status"] : [],
            custom: details(of: served, group, kind))
    }

    private static func details(of versions: [JSON], _ group: String, _ kind: String) -> CustomVersions {
        var details = CustomVersions()
        for version in versions {
            guard let name = version["name"]?.stringValue else { continue }
            details.schemas[name] = version[path: "schema", "openAPIV3Schema"]
            details.columns[name] = version["additionalPrinterColumns"]?.arrayValue
            if version["deprecated"]?.boolValue == true {
                details.warnings[name] =
                    version["deprecationWarning"]?.stringValue ?? "\(group)/\(name) \(kind) is deprecated"
            }
        }
        return details
    }

    private static func strings(_ list: JSON?) -> [String] { list?.arrayValue?.compactMap(\.stringValue) ?? [] }

    /// Kubernetes' order of versions: stable before beta before alpha, then the higher number.
    private static func isPreferred(_ one: String, _ other: String) -> Bool {
        let (first, second) = (rank(one), rank(other))
        return first == second ? one < other : first.lexicographicallyPrecedes(second, by: >)
    }

    private static func rank(_ version: String) -> [Int] {
        let numbers = version.split { !$0.isNumber }.compactMap { Int($0) }
        let stability = version.contains("alpha") ? 0 : version.contains("beta") ? 1 : 2
        return [stability] + numbers
    }
}

/// Checks a custom resource against its definition's schema: types, enumerations, patterns, required fields and, as
/// asked for, fields that the schema does not know.
/// Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions", "Validation" and
/// "Field pruning".
struct SchemaValidator {
    private(set) var causes: [APIError.Cause] = []
    /// Dotted paths of fields that the schema does not know. They are not kept.
    private(set) var unknown: [String] = []

    /// Checks a whole object; returns it without its unknown fields. `metadata` is checked elsewhere.
    mutating func pruned(_ object: JSON, schema: JSON) -> JSON {
        var result = object
        let members = (object.objectValue ?? [:]).filter { !["apiVersion", "kind", "metadata"].contains($0.key) }
        let kept = value(.object(members), schema, at: "")
        for (name, _) in members { result[name] = kept[name] }
        return result
    }

    private mutating func value(_ value: JSON, _ schema: JSON, at path: String) -> JSON {
        if value == .null, schema["nullable"]?.boolValue == true { return value }
        guard typeMatches(value, schema, at: path) else { return value }
        checkLimits(value, schema, at: path)
        switch value {
        case .object(let members): return object(members, schema, at: path)
        case .array(let elements):
            guard let items = schema["items"] else { return value }
            return .array(elements.enumerated().map { self.value($1, items, at: "\(path)[\($0)]") })
        default: return value
        }
    }

    private mutating func object(_ members: [String: JSON], _ schema: JSON, at path: String) -> JSON {
        let properties = schema["properties"]?.objectValue ?? [:]
        let additional = schema["additionalProperties"]
        let keepsUnknown =
            schema["x-kubernetes-preserve-unknown-fields"]?.boolValue == true || additional == .bool(true)
        var kept: [String: JSON] = [:]
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            let place = path.isEmpty ? name : "\(path).\(name)"
            if let property = properties[name] {
                kept[name] = value(member, property, at: place)
            } else if let additional, additional.objectValue != nil {
                kept[name] = value(member, additional, at: place)
            } else if keepsUnknown {
                kept[name] = member
            } else {
                unknown.append(place)
            }
        }
        for case .string(let name) in schema["required"]?.arrayValue ?? [] where members[name] == nil {
            causes.append(.required(path.isEmpty ? name : "\(path).\(name)"))
        }
        return .object(kept)
    }

    private mutating func typeMatches(_ value: JSON, _ schema: JSON, at path: String) -> Bool {
        if schema["x-kubernetes-int-or-string"]?.boolValue == true {
            if value.stringValue != nil || value.intValue != nil { return true }
        }
        guard let wanted = schema["type"]?.stringValue else { return true }
        let actual = value.schemaType
        if actual == wanted || (wanted == "number" && actual == "integer") { return true }
        causes.append(
            .invalid(
                path, .string(actual),
                "\(path) in body must be of type \(wanted): \"\(actual)\""))
        return false
    }

    private mutating func checkLimits(_ value: JSON, _ schema: JSON, at path: String) {
        if let allowed = schema["enum"]?.arrayValue, !allowed.contains(value) {
            causes.append(
                .unsupported(path, value.stringValue ?? "", allowed.map { $0.stringValue ?? "" }))
        }
        if let text = value.stringValue, let pattern = schema["pattern"]?.stringValue,
            let expression = try? Regex(pattern), (try? expression.firstMatch(in: text)) == nil
        {
            causes.append(.invalid(path, value, "\(path) in body should match '\(pattern)'"))
        }
        if let text = value.stringValue, let limit = schema["maxLength"]?.intValue, text.unicodeScalars.count > limit {
            causes.append(.invalid(path, value, "\(path) in body should be at most \(limit) chars long"))
        }
        if let number = value.intValue, let least = schema["minimum"]?.intValue, number < least {
            causes.append(
                .invalid(path, value, "\(path) in body should be greater than or equal to \(least)"))
        }
    }
}

extension JSON {
    /// The value's type in the words of OpenAPI.
    fileprivate var schemaType: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .int: "integer"
        case .double(let value): Int(exactly: value) == nil ? "number" : "integer"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
