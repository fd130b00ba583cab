/// All resources of a spec while kinds complete them: looked up by address or by place.
package final class Declarations: Sendable {
    package let environment: String
    package let settings: [String: Value]
    /// In order of address.
    package let resources: [DeclaredResource]
    private let positions: [Address: Int]
    /// Positions of the resources that are listed under each section.
    private let sections: [String: [Int]]
    /// By section, and there by the attribute `name` where that is not the name in the spec.
    private let renamed: [String: [String: Int]]

    package init(environment: String, settings: [String: Value], resources: some Collection<DeclaredResource>) {
        self.environment = environment
        self.settings = settings
        let sorted = resources.sorted { $0.address < $1.address }
        var positions: [Address: Int] = [:]
        positions.reserveCapacity(sorted.count)
        var sections: [String: [Int]] = [:]
        for (position, resource) in sorted.enumerated() {
            let section = resource.address.section
            positions[resource.address] = position
            sections[section, default: []].append(position)
        }
        self.resources = sorted
        self.positions = positions
        self.sections = sections
        renamed = Self.renamed(sorted)
    }

    /// These declarations with other contents: one for each, in the same order.
    private init(_ former: Declarations, completed: [DeclaredResource]) {
        environment = former.environment
        settings = former.settings
        resources = completed
        positions = former.positions
        sections = former.sections
        renamed = Self.renamed(completed)
    }

    private static func renamed(_ resources: [DeclaredResource]) -> [String: [String: Int]] {
        var found: [String: [String: Int]] = [:]
        for (position, resource) in resources.enumerated() {
            guard let name = resource.known("name")?.string, name != resource.address.key else { continue }
            let section = resource.address.section
            if found[section]?[name] == nil { found[section, default: [:]][name] = position }
        }
        return found
    }

    package subscript(_ address: Address) -> DeclaredResource? { positions[address].map { resources[$0] } }

    package func contains(_ address: Address) -> Bool { positions[address] != nil }

    func kind(of address: Address) -> KindName? { positions[address].map { resources[$0].kind } }

    /// The resources listed under a section, such as `vaults/demo/secrets`, in order of address.
    package func section(_ path: String) -> [DeclaredResource] { (sections[path] ?? []).map { resources[$0] } }

    /// Whether anything, or anything of a sort, is listed under a section.
    package func hasAny(in path: String, where isMeant: (DeclaredResource) -> Bool = { _ in true }) -> Bool {
        sections[path]?.contains { isMeant(resources[$0]) } ?? false
    }

    /// The resource of a section whose attribute `name` is this; of several the first by address.
    package func named(_ name: String, in section: String) -> DeclaredResource? {
        let candidates = [positions[Address("\(section)/\(name)")], renamed[section]?[name]].compactMap(\.self)
        return candidates.filter { resources[$0].known("name")?.string == name }.min().map { resources[$0] }
    }

    /// With each resource as `body` completes it.
    func completing(_ body: (inout DeclaredResource) -> Void) -> Declarations {
        var completed = resources
        for index in completed.indices { body(&completed[index]) }
        return Declarations(self, completed: completed)
    }

    func adding(_ more: [DeclaredResource]) -> Declarations {
        more.isEmpty
            ? self : Declarations(environment: environment, settings: settings, resources: resources + more)
    }
}
