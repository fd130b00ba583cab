/// The path of a resource in the spec, such as `vaults/demo/secrets/db-password`: its name in plan, state and journal.
package struct Address: Sendable, Hashable, Comparable, CustomStringConvertible, Codable {
    private let path: String

    package init(_ path: String) { self.path = path }

    /// From names of sections and resources, in which there is no slash.
    package init(_ components: [String]) { self.init(components.joined(separator: "/")) }

    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(path)
    }

    package var description: String { path }

    /// The name under which the spec lists the resource: what follows the last slash.
    package var key: String { lastSlash.map { String(path[path.utf8.index(after: $0)...]) } ?? path }

    /// The path of the list that the resource stands in, such as `vaults/demo/secrets`; empty where there is none.
    package var section: String { lastSlash.map { String(path[..<$0]) } ?? "" }

    /// The resource in one of whose lists this one stands: `vaults/demo` for `vaults/demo/secrets/db-password`.
    package var holder: Address { Address(Address(section).section) }

    package func appending(_ more: String...) -> Address { Address(([path] + more).joined(separator: "/")) }

    /// Whether this is `other` or lies below it.
    package func isWithin(_ other: Address) -> Bool {
        let (own, others) = (path.utf8, other.path.utf8)
        return own.starts(with: others)
            && (own.count == others.count || own.dropFirst(others.count).first == Self.slash)
    }

    /// By component: a resource comes before what lies below it, and that before any other resource.
    package static func < (left: Address, right: Address) -> Bool {
        var others = right.path.utf8.makeIterator()
        for byte in left.path.utf8 {
            guard let other = others.next() else { return false }
            if byte != other { return byte == slash || other != slash && byte < other }
        }
        return others.next() != nil
    }

    private static let slash = UInt8(ascii: "/")

    private var lastSlash: String.Index? { path.utf8.lastIndex(of: Self.slash) }
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
