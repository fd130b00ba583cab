package import PurserSyntax

/// A value as the spec writes it: known, or put together from outputs of other resources.
package enum Expression: Sendable, Hashable {
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
        var found: Set<Address> = []
        forEachOutput { address, _ in found.insert(address) }
        return found
    }

    /// Every output that this needs, in no particular order.
    package func forEachOutput(_ body: (Address, String) -> Void) {
        switch self {
        case .literal: break
        case .output(let address, let name): body(address, name)
        case .template(let parts):
            for case .output(let address, let name) in parts { body(address, name) }
        case .list(let items): for item in items { item.forEachOutput(body) }
        case .object(let members): for member in members.values { member.forEachOutput(body) }
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
    /// What never changes, in one piece: resources are copied often.
    private let origin: Origin
    package var attributes: [String: Expression]
    package var isExisting: Bool
    package var isProtected: Bool
    package var onDestroy: DestroyRule
    /// What must be there before this resource: from its expressions and references, completed by the kind's `derive`.
    package var dependencies: Set<Address>
    /// Addresses that a reference in this resource names, by the dotted path of the attribute that names them.
    package var references: [String: Address]

    package init(
        address: Address, kind: KindName, attributes: [String: Expression] = [:], written: [YAMLEntry] = [],
        range: SourceRange?, isExisting: Bool = false, isProtected: Bool = false, onDestroy: DestroyRule = .delete,
        dependencies: Set<Address> = [], references: [String: Address] = [:]
    ) {
        origin = Origin(address: address, kind: kind, written: written, range: range)
        self.attributes = attributes
        self.isExisting = isExisting
        self.isProtected = isProtected
        self.onDestroy = onDestroy
        self.dependencies = dependencies
        self.references = references
    }

    private final class Origin: Sendable {
        let address: Address
        let kind: KindName
        let written: [YAMLEntry]
        let range: SourceRange?

        init(address: Address, kind: KindName, written: [YAMLEntry], range: SourceRange?) {
            self.address = address
            self.kind = kind
            self.written = written
            self.range = range
        }
    }

    package var address: Address { origin.address }
    package var kind: KindName { origin.kind }
    /// The body as the spec writes it, for the places of its parts.
    package var written: [YAMLEntry] { origin.written }
    /// Where the resource's name stands. Nil only for resources that no file writes.
    package var range: SourceRange? { origin.range }

    /// The attribute as far as the spec tells it.
    package func known(_ name: String) -> Value? { attributes[name]?.known }

    /// Whether the spec gives the attribute a value.
    package func writes(_ name: String) -> Bool { written.contains { $0.name == name && !$0.value.isNull } }

    /// The place of what lies at a path below the resource, if it is written.
    package func writtenRange(of path: String) -> SourceRange? {
        written.deepest(along: path[...]).flatMap { $0.left == 0 ? $0.node.range : nil }
    }

    /// The place of what lies at a path below the resource, such as `labels.app` or `objects[0].secret`; if that is not
    /// written, of the nearest part around it that is.
    package func range(of path: String) -> SourceRange? { written.deepest(along: path[...])?.node.range ?? range }
}
