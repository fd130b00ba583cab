package import PurserSyntax

/// The kinds that a spec may use, and the settings (`azure.tenant`) that they draw on.
package final class ResourceCatalog: Sendable {
    package let kinds: [any ResourceKind]
    /// Sections that hold settings, as records: `azure`, `cluster`.
    package let settings: [Field]
    /// Looks at a spec as a whole, once its resources are complete.
    package let check: @Sendable (Declarations) -> Diagnostics
    private let byName: [KindName: any ResourceKind]
    private let byPath: [[String]: any ResourceKind]
    /// The attributes of each kind that another resource may take.
    private let outputs: [KindName: Set<String>]

    package init(
        _ kinds: [any ResourceKind], settings: [Field],
        check: @escaping @Sendable (Declarations) -> Diagnostics = { _ in Diagnostics() }
    ) {
        self.kinds = kinds
        self.settings = settings
        self.check = check
        let byName = Dictionary(kinds.map { (type(of: $0).name, $0) }) { first, _ in first }
        self.byName = byName
        byPath = Dictionary(kinds.map { (type(of: $0).place.path, $0) }) { first, _ in first }
        outputs = byName.mapValues { kind in
            Set(type(of: kind).attributes.filter { !$0.isSensitive }.map(\.name))
        }
    }

    package subscript(_ name: KindName) -> (any ResourceKind)? { byName[name] }

    /// The attributes that another resource may take from one of this kind: all but secrets.
    func outputs(of kind: KindName) -> Set<String> { outputs[kind] ?? [] }

    /// Whether another resource may take this attribute; of a kind that is not known nobody can tell.
    func hasOutput(_ name: String, of kind: KindName) -> Bool { outputs[kind]?.contains(name) ?? true }

    package func kind(at path: [String]) -> (any ResourceKind)? { byPath[path] }

    /// The kinds whose resources stand inside one of `kind`, by the field that lists them.
    package func children(of path: [String]) -> [(field: String, kind: any ResourceKind)] {
        kinds.compactMap { kind in
            let place = type(of: kind).place
            guard place.parentPath == path, let field = place.path.last else { return nil }
            return (field, kind)
        }
    }
}
