/// A rule that a text must keep, such as the name rules of a service.
package struct TextRule: Sendable {
    /// What is allowed, as one sentence for docs and hints.
    package let documentation: String
    /// A regular expression for editors (JSON Schema `pattern`), if one tells the rule or a part of it.
    package let pattern: String?
    /// Returns what is wrong with a text, as the end of a sentence that begins with it ("is longer than 24 characters").
    package let problem: @Sendable (String) -> String?

    package init(_ documentation: String, pattern: String? = nil, problem: @escaping @Sendable (String) -> String?) {
        self.documentation = documentation
        self.pattern = pattern
        self.problem = problem
    }
}

/// The form of a value in the spec: from it follow decoding, diagnostics, the JSON Schema and the docs.
package indirect enum Shape: Sendable {
    case text(TextRule?)
    case integer(ClosedRange<Int>)
    case boolean
    case choice([String])
    /// A length of time such as `90s`, `1m`, `12h` or `365d`; kept as written.
    case duration
    case list(Shape)
    case map(keys: TextRule?, Shape)
    case record([Field])
    /// Exactly one of the fields must be there, e.g. `{secret: …}` or `{certificate: …}`.
    case oneOf([Field])
    /// Any JSON, in another system's own words (a pod's spec, a chart's values).
    case json
    /// The name of another resource. Resolves to an object of the attributes taken from it.
    case reference(to: [String], taking: [String])
    /// Where a secret comes from: `{env: NAME}`, `{file: PATH}` or, if allowed, `{generate: {length: N}}`.
    case secret(generated: Bool)
    /// Forms that are tried in order, told apart by scalar, list or mapping, e.g. `all` or a list of names.
    case either([Shape])

    package static let text = Shape.text(nil)

    /// Whether this is, or has a member that is, the source of a secret.
    package var holdsSecret: Bool {
        switch self {
        case .secret: true
        case .record(let fields), .oneOf(let fields): fields.contains { $0.shape.holdsSecret }
        case .either(let shapes): shapes.contains(where: \.holdsSecret)
        case .list(let shape), .map(_, let shape): shape.holdsSecret
        case .text, .integer, .boolean, .choice, .duration, .json, .reference: false
        }
    }
}

/// A member of a record.
package struct Field: Sendable {
    package let name: String
    package let shape: Shape
    package let isRequired: Bool
    package let documentation: String

    package init(_ name: String, _ shape: Shape, required: Bool = false, _ documentation: String) {
        self.name = name
        self.shape = shape
        self.isRequired = required
        self.documentation = documentation
    }
}
