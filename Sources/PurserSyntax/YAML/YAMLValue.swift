/// A value without places, made to be written as YAML.
package indirect enum YAMLValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case list([YAMLValue])
    /// Fields in the order in which they are written; names are unique.
    case object([YAMLField])

    /// An object of the given fields, in this order.
    package static func fields(_ fields: KeyValuePairs<String, YAMLValue>) -> YAMLValue {
        .object(fields.map { YAMLField($0.key, $0.value) })
    }

    /// What a parsed document holds, without its places and styles.
    package init(_ node: YAMLNode) {
        switch node.content {
        case .sequence(let nodes): self = .list(nodes.map(YAMLValue.init))
        case .mapping(let entries): self = .object(entries.map { YAMLField($0.name, YAMLValue($0.value)) })
        case .scalar(let text, let form): self.init(YAMLScalarValue(text, form))
        }
    }

    package init(_ scalar: YAMLScalarValue) {
        switch scalar {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .float(let value): self = .double(value)
        case .string(let text): self = .string(text)
        }
    }

    /// The value of a field, or nil if this is no object or has no such field.
    package subscript(name: String) -> YAMLValue? {
        if case .object(let fields) = self { fields.first { $0.name == name }?.value } else { nil }
    }
}

/// A field of an object.
package struct YAMLField: Sendable, Hashable {
    package let name: String
    package let value: YAMLValue

    package init(_ name: String, _ value: YAMLValue) {
        self.name = name
        self.value = value
    }
}
