package import PurserClients
package import PurserEngine

/// The JSON Schema of the spec, made from the kinds' attribute lists, for editors.
///
/// Source: JSON Schema, draft 2020-12. It tells form only: what needs other resources or a service is for `validate`.
package struct SpecSchema: Sendable {
    private let catalog: ResourceCatalog

    package init(catalog: ResourceCatalog) { self.catalog = catalog }

    /// The document as `purser schema` prints it: a member a line, so that what changes in it can be read.
    package var text: String { get throws { try JSONConversion.text(of: document) } }

    package var document: JSONValue {
        var properties: [String: JSONValue] = [
            "apiVersion": ["const": "purser/v1", "description": "The version of the spec language."],
            "environment": [
                "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
                "description": "The environment's name: 1 to 63 lower-case letters, digits and hyphens.",
            ],
            "variables": variables,
        ]
        for field in catalog.settings { properties[field.name] = described(schema(field.shape), field.documentation) }
        for kind in catalog.kinds where type(of: kind).place.path.count == 1 {
            guard let name = type(of: kind).place.path.first else { continue }
            properties[name] = section(type(of: kind))
        }
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "purser spec",
            "type": "object",
            "required": ["apiVersion"],
            "additionalProperties": false,
            "properties": .object(properties),
        ]
    }

    private var variables: JSONValue {
        [
            "type": "object",
            "description": "The only way in for values from outside.",
            "additionalProperties": [
                "type": "object", "additionalProperties": false,
                "properties": [
                    "env": ["type": "string", "description": "The environment variable that holds the value."],
                    "default": ["type": ["string", "number", "boolean"], "description": "The value otherwise."],
                    "description": ["type": "string"],
                ],
            ],
        ]
    }

    // MARK: Kinds

    private func section(_ kind: any ResourceKind.Type) -> JSONValue {
        if case .single(let attribute) = kind.place.form {
            let whole = body(kind, at: kind.place.path)
            guard let shape = kind.attribute(attribute)?.shape else { return whole }
            return ["anyOf": [schema(shape), whole], "description": .string("A \(kind.title).")]
        }
        return [
            "type": ["object", "null"],
            "description": .string("Each \(kind.title), by its name in the spec."),
            "propertyNames": ["pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$", "maxLength": 253],
            "additionalProperties": body(kind, at: kind.place.path),
        ]
    }

    private func body(_ kind: any ResourceKind.Type, at path: [String]) -> JSONValue {
        var properties: [String: JSONValue] = [
            "protect": ["type": "boolean", "description": "A plan that would delete or replace it is an error."],
            "onDestroy": ["enum": ["delete", "retain"], "description": "`retain` leaves it and forgets it."],
        ]
        if kind.allowsExisting {
            properties["existing"] = [
                "type": "boolean", "description": "Looked up and used, never changed or deleted.",
            ]
        }
        var required: [JSONValue] = []
        for attribute in kind.attributes where attribute.isWritten {
            var member = described(schema(attribute.shape), attribute.documentation)
            if case .optional(let value?) = attribute.source { member["default"] = JSONConversion.json(value) }
            properties[attribute.name] = member
            if case .required = attribute.source { required.append(.string(attribute.name)) }
        }
        for child in catalog.children(of: path) { properties[child.field] = section(type(of: child.kind)) }
        var schema: JSONValue = [
            "type": ["object", "null"], "additionalProperties": false, "properties": .object(properties),
        ]
        if !required.isEmpty {
            // What exists already need not be described again.
            schema["if"] = ["properties": ["existing": ["const": true]], "required": ["existing"]]
            schema["else"] = ["required": .array(required)]
        }
        return schema
    }

    // MARK: Shapes

    private func schema(_ shape: Shape) -> JSONValue {
        switch shape {
        case .text(let rule): return text(rule)
        case .integer(let range): return integer(range)
        case .boolean: return ["type": "boolean"]
        case .choice(let options): return ["enum": .array(options.map(JSONValue.string))]
        case .duration: return ["type": "string", "pattern": "^[0-9]{1,6}[smhd]$"]
        case .list(let item): return ["type": "array", "items": schema(item)]
        case .map(let rule, let value):
            var map: JSONValue = ["type": "object", "additionalProperties": schema(value)]
            if let pattern = rule?.pattern { map["propertyNames"] = ["pattern": .string(pattern)] }
            return map
        case .record(let fields): return record(fields)
        case .oneOf(let fields):
            var one = record(fields.map { Field($0.name, $0.shape, $0.documentation) })
            one["minProperties"] = 1
            one["maxProperties"] = 1
            return one
        case .json: return [:]
        case .reference(let section, _):
            return [
                "type": "string", "description": .string("The name of one of `\(section.joined(separator: "/"))`."),
            ]
        case .secret(let generated): return secret(generated)
        case .either(let shapes): return ["anyOf": .array(shapes.map(schema))]
        }
    }

    /// A text may be put together from variables and outputs, to which the rule does not apply before they are known.
    private func text(_ rule: TextRule?) -> JSONValue {
        guard let rule else { return ["type": ["string", "number", "boolean"]] }
        guard let pattern = rule.pattern else { return ["type": "string", "$comment": .string(rule.documentation)] }
        return [
            "type": "string", "$comment": .string(rule.documentation),
            "anyOf": [["pattern": .string(pattern)], ["pattern": "\\$\\{"]],
        ]
    }

    private func integer(_ range: ClosedRange<Int>) -> JSONValue {
        var schema: JSONValue = ["type": "integer"]
        if range.lowerBound != .min { schema["minimum"] = .integer(range.lowerBound) }
        if range.upperBound != .max { schema["maximum"] = .integer(range.upperBound) }
        return schema
    }

    private func record(_ fields: [Field]) -> JSONValue {
        var schema: JSONValue = [
            "type": "object", "additionalProperties": false,
            "properties": .object(
                Dictionary(
                    fields.map { field in
                        (field.name, described(self.schema(field.shape), field.documentation))
                    }
                ) { first, _ in first }),
        ]
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        return schema
    }

    private func secret(_ generated: Bool) -> JSONValue {
        var sources: [JSONValue] = [
            source("env", ["type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"]),
            source("file", ["type": "string", "minLength": 1]),
        ]
        if generated {
            let length: JSONValue = ["type": "integer", "minimum": 8, "maximum": 1024]
            sources.append(
                source(
                    "generate",
                    [
                        "type": "object", "required": ["length"], "additionalProperties": false,
                        "properties": ["length": length],
                    ]))
        }
        return ["oneOf": .array(sources)]
    }

    private func source(_ name: String, _ value: JSONValue) -> JSONValue {
        [
            "type": "object", "required": [.string(name)], "additionalProperties": false,
            "properties": .object([name: value]),
        ]
    }

    private func described(_ schema: JSONValue, _ text: String) -> JSONValue {
        var result = schema
        result["description"] = .string(text)
        return result
    }
}
