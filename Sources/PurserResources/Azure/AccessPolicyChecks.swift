package import PurserEngine
package import PurserSyntax

extension AccessPolicy {
    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        bringIntoOrder(&resource)
        let model = model(of: resource, spec)
        if model == .rbac { nameRoles(&resource) }
        if resource.writes(nodes.name) { resource.attributes[nodeGroup.name] = NodeGroup.reference(in: spec) }
        guard resource.range != nil else { return }
        checkGrantee(resource, spec, &diagnostics)
        let lists = VaultSection.allCases.map(\.rawValue) + [roles.name]
        // What is written and could not be read has been told of.
        let grantsNothing = lists.allSatisfy { name in
            resource.attributes[name] == nil
                ? !resource.writes(name) : resource.known(name)?.list?.isEmpty == true
        }
        if model != .rbac, resource.writes(roles.name) {
            diagnostics.append(
                .specContradiction, "roles count only in a vault with `authorization: rbac`",
                at: resource.range(of: roles.name), hint: "write permissions such as `secrets: [get]`",
                address: resource.address.description)
        }
        if grantsNothing {
            diagnostics.append(
                .missingField, "\(resource.address) grants nothing", at: resource.range,
                hint: "write e.g. `secrets: [get]`", address: resource.address.description)
        }
        checkOneEntryPerIdentity(resource, spec, &diagnostics)
        checkName(resource, spec, &diagnostics)
    }

    package static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource] {
        resource.writes(nodes.name) ? NodeGroup.implied(in: spec) : []
    }

    private static func checkGrantee(
        _ resource: DeclaredResource, _ spec: Declarations, _ diagnostics: inout Diagnostics
    ) {
        let address = resource.address.description
        let hasIdentity = resource.attributes[grantee.name] != nil || resource.references[grantee.name] != nil
        switch (hasIdentity, resource.writes(nodes.name)) {
        case (false, false):
            diagnostics.append(
                .missingField, "\(resource.address) needs 'identity'", at: resource.range, hint: grantee.documentation,
                address: address)
        case (true, true):
            diagnostics.append(
                .specContradiction, "\(resource.address) says both 'identity' and 'nodes'",
                at: resource.range(of: nodes.name), hint: "write two entries", address: address)
        case (false, true): NodeGroup.check(resource, spec, &diagnostics)
        case (true, false): break
        }
    }

    /// Order and repetition of permissions mean nothing.
    private static func bringIntoOrder(_ resource: inout DeclaredResource) {
        for section in VaultSection.allCases {
            guard let words = resource.known(section.rawValue)?.list?.compactMap(\.string) else { continue }
            let listed = PermissionSet([section.rawValue: words]).listed(section)
            resource.attributes[section.rawValue] = .literal(.list(listed.map(Value.string)))
        }
    }

    /// Nil for an existing vault of which the spec does not say it.
    private static func model(of resource: DeclaredResource, _ spec: Declarations) -> VaultModel? {
        let vault = spec[resource.address.holder]
        return vault?.known(KeyVault.authorization.name)?.string.flatMap(VaultModel.init)
    }

    /// The roles by which the permissions are granted, beside those that the spec names.
    private static func nameRoles(_ resource: inout DeclaredResource) {
        var permissions: [String: [String]] = [:]
        for section in VaultSection.allCases {
            permissions[section.rawValue] = resource.known(section.rawValue)?.list?.compactMap(\.string)
        }
        let least = KeyVaultRole.least(for: PermissionSet(permissions)).map(\.rawValue)
        let named = resource.known(roles.name)?.list?.compactMap(\.string) ?? []
        let all = Set(least + named).sorted()
        if !all.isEmpty { resource.attributes[roles.name] = .literal(.list(all.map(Value.string))) }
    }

    private static func checkOneEntryPerIdentity(
        _ resource: DeclaredResource, _ spec: Declarations, _ diagnostics: inout Diagnostics
    ) {
        let entries = spec.section(resource.address.section)
        let same: [DeclaredResource]
        let (whom, field): (String, String)
        if let identity = resource.references[grantee.name] {
            same = entries.filter { $0.references[grantee.name] == identity }
            (whom, field) = ("\(identity)", grantee.name)
        } else if resource.writes(nodes.name) {
            same = entries.filter { $0.writes(nodes.name) }
            (whom, field) = ("the nodes", nodes.name)
        } else {
            return
        }
        guard let first = same.first, first.address != resource.address else { return }
        diagnostics.append(
            .specAmbiguousAccess, "\(resource.address) and \(first.address) both name \(whom)",
            at: resource.range(of: field),
            hint: "a vault has one entry for each identity; write all permissions in one",
            address: resource.address.description,
            notes: [.init("the first entry is here", at: first.range(of: field))])
    }

    /// The name under which the vault's own access for the deployer stands is taken.
    private static func checkName(
        _ resource: DeclaredResource, _ spec: Declarations, _ diagnostics: inout Diagnostics
    ) {
        let vault = resource.address.holder
        guard resource.address.key == DeployerAccess.key, let vault = spec[vault],
            DeployerAccess.isWanted(on: vault, from: spec)
        else { return }
        diagnostics.append(
            .specContradiction, "'deployer' is the name of the access for the one who runs Purser", at: resource.range,
            hint: "choose another name, or write `deployerAccess: none` on the vault",
            address: resource.address.description)
    }
}

extension Attributes {
    /// Whether an access entry is for the nodes' own identities.
    var isOfNodes: Bool { self[AccessPolicy.nodes] != nil }
}
