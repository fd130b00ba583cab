package import PurserSyntax

/// A value as the spec writes it: known, or put together from outputs of other resources.
package indirect enum Expression: Sendable, Hashable {
    case literal(Value)
    case output(Address, String)
    case template([Part])
    case list([Expression])
    case object([String: Expression])

    package enum Part: Sendable, Hashable {
        case text(String)
        case output(Address, String)
    }

    /// The addresses whose outputs this needs.
    package var addresses: Set<Address> {
        switch self {
        case .literal: []
        case .output(let address, _): [address]
        case .template(let parts):
            Set(parts.compactMap { if case .output(let address, _) = $0 { address } else { nil } })
        case .list(let items): items.reduce(into: []) { $0.formUnion($1.addresses) }
        case .object(let members): members.values.reduce(into: []) { $0.formUnion($1.addresses) }
        }
    }

    /// The value, with `unknown` where `output` does not know.
    package func value(_ output: (Address, String) -> Value) -> Value {
        switch self {
        case .literal(let value): return value
        case .output(let address, let name): return output(address, name)
        case .list(let items): return .list(items.map { $0.value(output) })
        case .object(let members): return .object(members.mapValues { $0.value(output) })
        case .template(let parts):
            var text = ""
            for part in parts {
                switch part {
                case .text(let more): text += more
                case .output(let address, let name):
                    guard let more = output(address, name).scalarText else { return .unknown }
                    text += more
                }
            }
            return .string(text)
        }
    }

    /// The value as far as the spec alone tells it; outputs are `unknown`.
    package var known: Value { value { _, _ in .unknown } }
}

extension Value {
    /// The text of a scalar inside a template; nil for what has none or is unknown.
    package var scalarText: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let number): String(number)
        case .bool(let flag): String(flag)
        case .null, .list, .object, .unknown: nil
        }
    }
}

/// What is to happen to a resource when it is no longer wanted.
package enum DestroyRule: String, Sendable, Hashable, Codable, CaseIterable {
    case delete
    /// Left where it is, and forgotten.
    case retain
}

/// One resource that the spec asks for.
package struct DeclaredResource: Sendable {
    package let address: Address
    package let kind: KindName
    package var attributes: [String: Expression]
    /// Where each written attribute stands; a dotted path for what lies deeper, as far as known.
    package var ranges: [String: SourceRange]
    /// Where the resource's name stands. Nil only for resources that no file writes.
    package let range: SourceRange?
    package var isExisting: Bool
    package var isProtected: Bool
    package var onDestroy: DestroyRule
    /// What must be there before this resource: from its expressions and references, completed by the kind's `derive`.
    package var dependencies: Set<Address>
    /// Addresses that a reference in this resource names, by the dotted path of the attribute that names them.
    package var references: [String: Address]

    package init(
        address: Address, kind: KindName, attributes: [String: Expression] = [:], ranges: [String: SourceRange] = [:],
        range: SourceRange?, isExisting: Bool = false, isProtected: Bool = false, onDestroy: DestroyRule = .delete,
        dependencies: Set<Address> = [], references: [String: Address] = [:]
    ) {
        self.address = address
        self.kind = kind
        self.attributes = attributes
        self.ranges = ranges
        self.range = range
        self.isExisting = isExisting
        self.isProtected = isProtected
        self.onDestroy = onDestroy
        self.dependencies = dependencies
        self.references = references
    }

    /// The attribute as far as the spec tells it.
    package func known(_ name: String) -> Value? { attributes[name]?.known }

    /// The place of an attribute, or of the resource if the attribute is not written.
    package func range(of path: String) -> SourceRange? {
        var path = Substring(path)
        while !path.isEmpty {
            if let found = ranges[String(path)] { return found }
            guard let dot = path.lastIndex(of: ".") else { break }
            path = path[..<dot]
        }
        return range
    }
}

/// All resources of a spec while kinds complete them: looked up by address or by place.
package struct Declarations: Sendable {
    package let environment: String
    package let settings: [String: Value]
    package let resources: [Address: DeclaredResource]
    private let bySection: [String: [Address]]

    package init(environment: String, settings: [String: Value], resources: [Address: DeclaredResource]) {
        self.environment = environment
        self.settings = settings
        self.resources = resources
        bySection = Dictionary(grouping: resources.keys) { $0.components.dropLast().joined(separator: "/") }
            .mapValues { $0.sorted() }
    }

    package subscript(_ address: Address) -> DeclaredResource? { resources[address] }

    /// The resources listed under a section, such as `vaults/demo/secrets`, in order of address.
    package func section(_ path: String) -> [DeclaredResource] {
        (bySection[path] ?? []).compactMap { resources[$0] }
    }
}
