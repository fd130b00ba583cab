/// The path of a resource in the spec, such as `vaults/demo/secrets/db-password`: its name in plan, state and journal.
package struct Address: Sendable, Hashable, Comparable, CustomStringConvertible, Codable {
    package let components: [String]

    package init(_ components: [String]) { self.components = components }

    package init(_ path: String) {
        self.init(path.split(separator: "/", omittingEmptySubsequences: false).map(String.init))
    }

    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String { components.joined(separator: "/") }

    /// The name under which the spec lists the resource: the last component.
    package var key: String { components.last ?? "" }

    package func appending(_ more: String...) -> Address { Address(components + more) }

    /// Whether this is `other` or lies below it.
    package func isWithin(_ other: Address) -> Bool { components.starts(with: other.components) }

    package static func < (left: Address, right: Address) -> Bool {
        left.components.lexicographicallyPrecedes(right.components)
    }
}

/// The name of a kind of resource: service and noun, such as `azure/keyVault`.
package struct KindName: Sendable, Hashable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral, Codable {
    package let text: String

    package init(_ text: String) { self.text = text }
    package init(stringLiteral text: String) { self.text = text }
    package init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var description: String { text }
    package static func < (left: KindName, right: KindName) -> Bool { left.text < right.text }
}
