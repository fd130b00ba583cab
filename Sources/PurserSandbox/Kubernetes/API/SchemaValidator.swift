/// Checks a custom resource against its definition's schema: types, enumerations, patterns, limits, required fields and,
/// as asked for, fields that the schema does not know. Rules in CEL (`x-kubernetes-validations`) are not looked at.
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
        for complaint in SchemaLimits(schema).complaints(about: value) {
            causes.append(.invalid(path, value, "\(path) in body \(complaint)"))
        }
        checkCombinations(value, schema, at: path)
    }

    /// Whether the value fits what else the schema is put together of. Nothing is pruned by these.
    private mutating func checkCombinations(_ value: JSON, _ schema: JSON, at path: String) {
        let fitting = { (key: String) in
            (schema[key]?.arrayValue ?? []).map { Self.causes(of: value, $0, at: path) }
        }
        for causes in fitting("allOf") { self.causes += causes }
        let any = fitting("anyOf")
        if !any.isEmpty, any.allSatisfy({ !$0.isEmpty }) {
            causes.append(.invalid(path, "", "\(path) in body must validate at least one schema (anyOf)"))
        }
        let one = fitting("oneOf")
        if !one.isEmpty, one.count(where: \.isEmpty) != 1 {
            causes.append(.invalid(path, "", "\(path) in body must validate one and only one schema (oneOf)"))
        }
        if let none = schema["not"], Self.causes(of: value, none, at: path).isEmpty {
            causes.append(.invalid(path, "", "\(path) in body must not validate the schema (not)"))
        }
    }

    private static func causes(of value: JSON, _ schema: JSON, at path: String) -> [APIError.Cause] {
        var validator = SchemaValidator()
        _ = validator.value(value, schema, at: path)
        return validator.causes
    }
}

/// The limits that a schema sets to a value of the right type.
/// Source: JSON Schema Validation, draft 4, "Validation keywords".
private struct SchemaLimits {
    private let schema: JSON

    init(_ schema: JSON) { self.schema = schema }

    /// What is wrong with the value, to follow "in body".
    func complaints(about value: JSON) -> [String] {
        switch value {
        case .string(let text): self.text(text)
        case .array(let elements): list(elements)
        case .object(let members):
            count(members.count, "minProperties", "maxProperties") { "should have \($0) \($1) properties" }
        default: value.numberValue.map(number) ?? []
        }
    }

    private func text(_ text: String) -> [String] {
        var complaints = count(text.unicodeScalars.count, "minLength", "maxLength") {
            "should be \($0) \($1) chars long"
        }
        if let pattern = schema["pattern"]?.stringValue, let expression = try? Regex(pattern),
            (try? expression.firstMatch(in: text)) == nil
        {
            complaints.append("should match '\(pattern)'")
        }
        return complaints
    }

    private func list(_ elements: [JSON]) -> [String] {
        let isDouble = schema["uniqueItems"] == true && Set(elements).count < elements.count
        return count(elements.count, "minItems", "maxItems") { "should have \($0) \($1) items" }
            + (isDouble ? ["shouldn't contain duplicates"] : [])
    }

    private func number(_ number: Double) -> [String] {
        var complaints: [String] = []
        if let least = schema["minimum"]?.numberValue {
            let isExclusive = schema["exclusiveMinimum"] == true
            if isExclusive ? number <= least : number < least {
                complaints.append("should be greater than \(isExclusive ? "" : "or equal to ")\(Self.shown(least))")
            }
        }
        if let most = schema["maximum"]?.numberValue {
            let isExclusive = schema["exclusiveMaximum"] == true
            if isExclusive ? number >= most : number > most {
                complaints.append("should be less than \(isExclusive ? "" : "or equal to ")\(Self.shown(most))")
            }
        }
        return complaints
    }

    private func count(
        _ count: Int, _ least: String, _ most: String, _ text: (_ bound: String, _ number: Int) -> String
    ) -> [String] {
        if let least = schema[least]?.intValue, count < least { return [text("at least", least)] }
        if let most = schema[most]?.intValue, count > most { return [text("at most", most)] }
        return []
    }

    private static func shown(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? String(number) }
}

/// Fills in what a schema says where a custom resource says nothing.
/// Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions", "Defaulting".
enum SchemaDefaults {
    static func apply(to object: inout JSON, _ schema: JSON) {
        let header = ["apiVersion", "kind", "metadata"]
        var rest: JSON = .object((object.objectValue ?? [:]).filter { !header.contains($0.key) })
        fill(&rest, schema)
        for (name, member) in rest.objectValue ?? [:] { object[name] = member }
    }

    private static func fill(_ value: inout JSON, _ schema: JSON) {
        let properties = schema["properties"]?.objectValue ?? [:]
        for (name, property) in properties {
            if let missing = property["default"], isMissing(value[name], property) { value[name] = missing }
            value.update(name) { fill(&$0, property) }
            if let items = property["items"] { value.updateEach(name) { fill(&$0, items) } }
        }
        guard let additional = schema["additionalProperties"], additional.objectValue != nil else { return }
        for name in (value.objectValue ?? [:]).keys where properties[name] == nil {
            value.update(name) { fill(&$0, additional) }
        }
    }

    /// Null stands for a missing value where the schema does not allow it.
    private static func isMissing(_ value: JSON?, _ schema: JSON) -> Bool {
        value == nil || (value == .null && schema["nullable"] != true)
    }
}

extension JSON {
    /// The value's type in the words of OpenAPI.
    var schemaType: String {
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
