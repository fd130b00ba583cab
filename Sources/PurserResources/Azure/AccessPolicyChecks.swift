package import PurserEngine
package import PurserSyntax

extension AccessPolicy {
    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        bringIntoOrder(&resource)
        guard resource.range != nil else { return }
        let grantsNothing = VaultSection.allCases.allSatisfy { section in
            resource.attributes[section.rawValue] == nil || resource.known(section.rawValue)?.list?.isEmpty == true
        }
        if grantsNothing {
            diagnostics.append(
                .missingField, "\(resource.address) grants nothing", at: resource.range,
                hint: "write e.g. `secrets: [get]`", address: resource.address.description)
        }
        if resource.attributes[grantee.name] == nil, resource.references[grantee.name] == nil {
            diagnostics.append(
                .missingField, "\(resource.address) needs 'identity'", at: resource.range, hint: grantee.documentation,
                address: resource.address.description)
        }
        checkOneEntryPerIdentity(resource, spec, &diagnostics)
        checkName(resource, spec, &diagnostics)
    }

    /// Order and repetition of permissions mean nothing.
    private static func bringIntoOrder(_ resource: inout DeclaredResource) {
        for section in VaultSection.allCases {
            guard let words = resource.known(section.rawValue)?.list?.compactMap(\.string) else { continue }
            let listed = PermissionSet([section.rawValue: words]).listed(section)
            resource.attributes[section.rawValue] = .literal(.list(listed.map(Value.string)))
        }
    }

    private static func checkOneEntryPerIdentity(
        _ resource: DeclaredResource, _ spec: Declarations, _ diagnostics: inout Diagnostics
    ) {
        guard let identity = resource.references[grantee.name] else { return }
        let section = resource.address.components.dropLast().joined(separator: "/")
        let same = spec.section(section).filter { $0.references[grantee.name] == identity }
        guard let first = same.first, first.address != resource.address else { return }
        diagnostics.append(
            .specAmbiguousAccess, "\(resource.address) and \(first.address) both name \(identity)",
            at: resource.range(of: grantee.name),
            hint: "a vault has one access policy for each identity; write all permissions in one entry",
            address: resource.address.description,
            notes: [.init("the first entry is here", at: first.range(of: grantee.name))])
    }

    /// The name under which the vault's own access for the deployer stands is taken.
    private static func checkName(
        _ resource: DeclaredResource, _ spec: Declarations, _ diagnostics: inout Diagnostics
    ) {
        let vault = Address(Array(resource.address.components.dropLast(2)))
        guard resource.address.key == DeployerAccess.key, let vault = spec[vault],
            DeployerAccess.isWanted(on: vault, from: spec)
        else { return }
        diagnostics.append(
            .specContradiction, "'deployer' is the name of the access for the one who runs Purser", at: resource.range,
            hint: "choose another name, or write `deployerAccess: none` on the vault",
            address: resource.address.description)
    }
}
