/// A node of a YAML document, with its place.
///
/// Aliases and merge keys are already resolved: a node that came by an alias has the alias's place, and what is in it
/// the place where its text stands.
/// Mapping keys are always scalars and unique within their mapping.
package struct YAMLNode: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        /// The text as it is after unquoting and unfolding, whatever type it will be read as.
        case scalar(String, YAMLScalarForm)
        case sequence([YAMLNode])
        /// Entries in source order; merged ones stand where their `<<` stood.
        case mapping([YAMLEntry])
    }

    package let range: SourceRange
    package let content: Content

    package init(range: SourceRange, content: Content) {
        self.range = range
        self.content = content
    }
}

/// A key and its value.
package struct YAMLEntry: Sendable, Hashable {
    package let key: YAMLNode
    package let value: YAMLNode

    package init(key: YAMLNode, value: YAMLNode) {
        self.key = key
        self.value = value
    }

    /// The key's text.
    package var name: String { key.text ?? "" }
}

/// How a scalar was written: what decides, besides its text, which type it has.
package struct YAMLScalarForm: Sendable, Hashable {
    package enum Style: Sendable, Hashable {
        case plain
        case singleQuoted
        case doubleQuoted
        case literal
        case folded
    }

    /// A tag of the core schema, or none. Other tags do not pass the parser.
    package enum Tag: String, Sendable, Hashable, CaseIterable {
        case null = "tag:yaml.org,2002:null"
        case bool = "tag:yaml.org,2002:bool"
        case int = "tag:yaml.org,2002:int"
        case float = "tag:yaml.org,2002:float"
        case string = "tag:yaml.org,2002:str"
    }

    package let style: Style
    package let tag: Tag?

    package init(style: Style, tag: Tag? = nil) {
        self.style = style
        self.tag = tag
    }

    package static let plain = YAMLScalarForm(style: .plain)
}

extension YAMLNode {
    /// The value of a key, or nil if this is no mapping or has no such key.
    package subscript(key: String) -> YAMLNode? { entry(key)?.value }

    package func entry(_ key: String) -> YAMLEntry? {
        mapping?.first { $0.name == key }
    }

    package var mapping: [YAMLEntry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    package var sequence: [YAMLNode]? {
        if case .sequence(let nodes) = content { nodes } else { nil }
    }

    /// A scalar's text as written, whatever its type: `1.10` stays `1.10`.
    package var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// Whether this is a scalar without quotes, whose text therefore decides its type.
    package var isPlain: Bool {
        if case .scalar(_, let form) = content { form.style == .plain } else { false }
    }

    /// Whether this is a null: nothing, `~` or `null`.
    package var isNull: Bool {
        if case .scalar(let text, let form) = content { YAMLScalarValue.isNull(text, form) } else { false }
    }

    /// The text of a scalar that reads as a string; nil for numbers, booleans and nulls without quotes.
    package var string: String? {
        if case .string(let text)? = scalarValue { text } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value)? = scalarValue { value } else { nil }
    }

    package var int: Int? {
        if case .int(let value)? = scalarValue { value } else { nil }
    }

    /// A number, with or without a fraction.
    package var double: Double? {
        switch scalarValue {
        case .int(let value)?: Double(value)
        case .float(let value)?: value
        default: nil
        }
    }

    /// What the node is, in words for messages: `a mapping`, `a number`.
    package var kindInWords: String {
        switch content {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(let text, let form): YAMLScalarValue(text, form).kindInWords
        }
    }
}
