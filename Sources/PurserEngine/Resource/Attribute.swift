/// A Swift type that an attribute's value can be read as.
package protocol AttributeType: Sendable {
    static var defaultShape: Shape { get }
    /// Returns nil when the value is absent, unknown or of another type.
    init?(_ value: Value)
    var value: Value { get }
}

/// What a difference of an attribute means for the resource.
package enum ChangeEffect: Sendable, Hashable, Codable {
    /// Changed in place.
    case updates
    /// Only a new resource can have the other value.
    case replaces
    /// Told by the service; a difference is not a change.
    case informs
}

/// Where an attribute's value comes from.
package enum AttributeSource: Sendable {
    case required
    case optional(default: Value?)
    /// The spec's field, or else a setting such as `azure.location`.
    case optionalSetting(String)
    /// The spec's field, or else the name under which the spec lists the resource.
    case key
    /// The resource that this one stands in (the vault of a secret), not written again in its body.
    case parent(taking: [String])
    /// A setting such as `azure.subscription`; never written in the resource's body.
    case setting(String)
    /// Filled in by the kind's `derive`, never written in the spec.
    case derived
    /// Known only after the resource exists: an output.
    case computed
}

/// One attribute of a kind: from the list of them follow decoding, difference, docs, schema and state.
package protocol AttributeDeclaration: Sendable {
    var name: String { get }
    var shape: Shape { get }
    var source: AttributeSource { get }
    var effect: ChangeEffect { get }
    var documentation: String { get }
    /// Whether a secret goes in here: the attribute as a whole is then compared by the kind and shown as sensitive.
    var isSensitive: Bool { get }
}

extension AttributeDeclaration {
    package var isComputed: Bool { if case .computed = source { true } else { false } }

    /// Whether a spec may write this attribute in the resource's body.
    package var isWritten: Bool {
        switch source {
        case .required, .optional, .optionalSetting, .key: true
        case .parent, .setting, .derived, .computed: false
        }
    }
}

package struct Attribute<T: AttributeType>: AttributeDeclaration {
    package let name: String
    package let shape: Shape
    package let source: AttributeSource
    package let effect: ChangeEffect
    package let documentation: String
    package let isSensitive: Bool

    package init(
        _ name: String, _ shape: Shape = T.defaultShape, _ source: AttributeSource, _ effect: ChangeEffect,
        _ documentation: String
    ) {
        self.name = name
        self.shape = shape
        self.source = source
        self.effect = effect
        self.documentation = documentation
        isSensitive = shape.holdsSecret
    }

    package static func required(
        _ name: String, _ shape: Shape = T.defaultShape, _ effect: ChangeEffect, _ documentation: String
    ) -> Attribute { Attribute(name, shape, .required, effect, documentation) }

    package static func optional(
        _ name: String, _ shape: Shape = T.defaultShape, default value: T? = nil, _ effect: ChangeEffect,
        _ documentation: String
    ) -> Attribute { Attribute(name, shape, .optional(default: value?.value), effect, documentation) }

    package static func computed(_ name: String, _ documentation: String) -> Attribute {
        Attribute(name, T.defaultShape, .computed, .informs, documentation)
    }
}

/// The attributes taken from a referenced resource, by name.
package struct Referenced: AttributeType {
    package static let defaultShape = Shape.json
    package let value: Value

    package init?(_ value: Value) {
        guard case .object = value else { return nil }
        self.value = value
    }

    /// Throws if the referenced resource does not have the attribute, which the engine rules out before any step.
    package func string(_ name: String) throws(AttributeError) -> String {
        guard let text = value[name]?.string else { throw AttributeError(name: name, found: value[name]) }
        return text
    }
}

/// An attribute that a kind needs and does not find: a defect, or a state file changed by hand.
package struct AttributeError: Error, Sendable, CustomStringConvertible {
    package let name: String
    package let found: Value?

    package init(name: String, found: Value?) {
        self.name = name
        self.found = found
    }

    package var description: String {
        found == nil ? "attribute '\(name)' is missing" : "attribute '\(name)' is not known or of another type"
    }
}

/// The attributes of one resource by name.
package struct Attributes: Sendable, Hashable, Codable {
    package var values: [String: Value]

    package init(_ values: [String: Value] = [:]) { self.values = values }

    package init(from decoder: any Decoder) throws {
        values = try decoder.singleValueContainer().decode([String: Value].self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }

    package subscript<T>(_ attribute: Attribute<T>) -> T? {
        get { values[attribute.name].flatMap { T($0) } }
        set { values[attribute.name] = newValue?.value }
    }

    /// Throws `AttributeError` when the attribute is absent, unknown or of another type.
    package func required<T>(_ attribute: Attribute<T>) throws(AttributeError) -> T {
        guard let found = self[attribute] else {
            throw AttributeError(name: attribute.name, found: values[attribute.name])
        }
        return found
    }

    package func merging(_ other: Attributes) -> Attributes {
        Attributes(values.merging(other.values) { _, new in new })
    }
}

extension String: AttributeType {
    package static var defaultShape: Shape { .text }
    package init?(_ value: Value) {
        guard case .string(let text) = value else { return nil }
        self = text
    }
    package var value: Value { .string(self) }
}

extension Int: AttributeType {
    package static var defaultShape: Shape { .integer(.min ... .max) }
    package init?(_ value: Value) {
        guard case .integer(let number) = value else { return nil }
        self = number
    }
    package var value: Value { .integer(self) }
}

extension Bool: AttributeType {
    package static var defaultShape: Shape { .boolean }
    package init?(_ value: Value) {
        guard case .bool(let flag) = value else { return nil }
        self = flag
    }
    package var value: Value { .bool(self) }
}

extension Value: AttributeType {
    package static var defaultShape: Shape { .json }
    package init?(_ value: Value) { self = value }
    package var value: Value { self }
}

extension Array: AttributeType where Element: AttributeType {
    package static var defaultShape: Shape { .list(Element.defaultShape) }
    package init?(_ value: Value) {
        guard case .list(let items) = value else { return nil }
        let elements = items.compactMap { Element($0) }
        guard elements.count == items.count else { return nil }
        self = elements
    }
    package var value: Value { .list(map(\.value)) }
}

extension Dictionary: AttributeType where Key == String, Value: AttributeType {
    package static var defaultShape: Shape { .map(keys: nil, Value.defaultShape) }
    package init?(_ value: PurserEngine.Value) {
        guard case .object(let members) = value else { return nil }
        let elements = members.compactMapValues { Value($0) }
        guard elements.count == members.count else { return nil }
        self = elements
    }
    package var value: PurserEngine.Value { .object(mapValues(\.value)) }
}
