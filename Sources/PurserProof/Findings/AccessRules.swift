package import PurserSyntax

/// Whether the identity may read each object, in the model that the vault goes by.
/// Source: Key Vault documentation, "Assign a Key Vault access policy" and "Azure RBAC for Key Vault data plane
/// operations".
enum AccessRules {
    static func check(_ subject: MountSubject, _ result: inout MountAnalysis) {
        guard let index = result.vault else { return }
        let vault = index.vault
        guard let identity = result.identity ?? nodesOwn(vault, result.mode) else {
            doubtPrincipal(vault, subject, &result)
            return
        }
        let access = VaultAccess(index, principal: identity.principalId)
        var isUnknown = false
        for object in result.objects {
            guard let type = object.objectType else { continue }
            let needed = object.hasHistory ? ["list", "get"] : ["get"]
            for (number, permission) in needed.enumerated() {
                let verdict = access.verdict([permission], on: type, named: object.name)
                var grant: String?
                switch verdict {
                case .granted(let label): grant = label
                case .missing(_, let place, let isCertain):
                    reportMissing(permission, object, type, vault.grants[place], isCertain, identity, subject, &result)
                case .noGrant, .otherModel, .undecided:
                    // The same for all objects: told once.
                    if !isUnknown { reportNone(verdict, object, type, permission, identity, subject, &result) }
                    isUnknown = true
                }
                guard number == needed.count - 1 else { continue }
                result.access.append(
                    ObjectAccess(object: object.name, type: type, identity: identity.label, grant: grant))
            }
        }
    }

    /// Those whom the nodes' own identities are, where the vault lets them in as such.
    private static func nodesOwn(_ vault: VaultDefinition, _ mode: IdentityMode?) -> IdentityDefinition? {
        guard mode == .virtualMachine(clientId: nil), vault.grants.contains(where: { $0.principal == Grant.nodesOwn })
        else { return nil }
        return IdentityDefinition(label: "the nodes' own identity", principalId: Grant.nodesOwn)
    }

    private static func doubtPrincipal(
        _ vault: VaultDefinition, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        guard !result.objects.isEmpty, result.mode != nil else { return }
        let place = subject.definition.places[
            .field("identity"), .parameter("clientID"), .parameter("useVMManagedIdentity")]
        result.doubt(
            .permission, "who reads \(vault.label) is not known, and so not what they may read", of: subject.label,
            at: place)
    }

    /// What the vault answers to one who may not.
    private static func refusal(
        _ vault: VaultDefinition, _ permission: String, _ object: RequestedObject, _ type: ObjectType
    ) -> String {
        let text =
            vault.authorization == .rbac
            ? "Caller is not authorized to perform action on resource"
            : "does not have \(type.permissionList) \(permission) permission on key vault"
        let answer = "…RESPONSE 403: 403 Forbidden…ERROR CODE: Forbidden…\(text)"
        return permission == "list" ? answer : object.wrapped(answer)
    }

    private static func order(_ object: RequestedObject, _ permission: String) -> Int {
        ObjectOrder.order(object.index, permission == "list" ? .list : .get)
    }

    private static func reportMissing(
        _ permission: String, _ object: RequestedObject, _ type: ObjectType, _ grant: Grant, _ isCertain: Bool,
        _ identity: IdentityDefinition, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        guard let vault = result.vault?.vault else { return }
        let list = type.permissionList
        let byRole = !grant.roles.isEmpty
        result.report(
            subject.finding(
                .missingPermission,
                "\(identity.label) may not \(permission) \(list), which '\(object.name)' as \(object.type) needs",
                at: subject.place(of: object), link: .permission, severity: isCertain ? .error : .warning,
                related: [Diagnostic.Note("what it may do is here", at: grant.places[.permissions(list)])],
                says: refusal(vault, permission, object, type),
                hint: byRole
                    ? "give it a role that reads \(list), such as '\(type.smallestRole)'"
                    : "add '\(permission)' to '\(list)' of \(grant.label)",
                fix: byRole ? nil : patch(permission, list, grant)), at: .fetch, order: order(object, permission))
        if !isCertain {
            result.doubt(
                .permission, "whether somebody else lets \(identity.label) read \(list) is not known",
                of: subject.label, at: subject.place(of: object))
        }
    }

    private static func patch(_ permission: String, _ list: String, _ grant: Grant) -> SpecPatch? {
        let summary = "let \(grant.label) \(permission) \(list)"
        if let written = grant.places.parts[.permissions(list)] {
            return SpecPatch(summary, [.append(to: written, value: permission)])
        }
        return grant.places.whole.map {
            SpecPatch(summary, [.set(in: $0, path: [list], value: "[\(permission)]")])
        }
    }

    private static func reportNone(
        _ verdict: VaultAccess.Verdict, _ object: RequestedObject, _ type: ObjectType, _ permission: String,
        _ identity: IdentityDefinition, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        guard let vault = result.vault?.vault else { return }
        let place = subject.definition.places[.field("identity")]
        switch verdict {
        case .undecided(let reason): result.doubt(.permission, reason, of: subject.label, at: place)
        case .otherModel(let grant): reportModel(vault.grants[grant], object, type, permission, subject, &result)
        default:
            if !vault.isExisting { reportNoAccess(vault, object, type, permission, identity, subject, &result) }
            if !vault.hasAllGrants {
                result.doubt(
                    .permission, "whether somebody else lets \(identity.label) read \(vault.label) is not known",
                    of: subject.label, at: place)
            }
        }
    }

    private static func reportNoAccess(
        _ vault: VaultDefinition, _ object: RequestedObject, _ type: ObjectType, _ permission: String,
        _ identity: IdentityDefinition, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        result.report(
            subject.finding(
                .noAccess, "\(vault.label) gives \(identity.label) no access",
                at: subject.definition.places[.field("identity")], link: .permission,
                severity: vault.hasAllGrants ? .error : .warning,
                related: [Diagnostic.Note("the vault is here", at: vault.places.whole)],
                says: refusal(vault, permission, object, type),
                hint: "add an entry under \(vault.label)/access with 'identity: \(key(of: identity.label))'",
                fix: patch(vault, identity, result.objects)), at: .fetch, order: order(object, permission))
    }

    /// An access entry with what the objects need.
    private static func patch(
        _ vault: VaultDefinition, _ identity: IdentityDefinition, _ objects: [RequestedObject]
    ) -> SpecPatch? {
        guard let place = vault.places.whole else { return nil }
        var needed: [String: Set<String>] = [:]
        for object in objects {
            guard let list = object.objectType?.permissionList else { continue }
            needed[list, default: []].formUnion(object.hasHistory ? ["get", "list"] : ["get"])
        }
        let lists = needed.sorted { $0.key < $1.key }.map {
            "\($0.key): [\($0.value.sorted().joined(separator: ", "))]"
        }
        let name = key(of: identity.label)
        let value = "{\((["identity: \(name)"] + lists).joined(separator: ", "))}"
        return SpecPatch(
            "let \(identity.label) read \(vault.label)", [.set(in: place, path: ["access", name], value: value)])
    }

    private static func key(of label: String) -> String { label.split(separator: "/").last.map(String.init) ?? label }

    private static func reportModel(
        _ grant: Grant, _ object: RequestedObject, _ type: ObjectType, _ permission: String, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        guard let vault = result.vault?.vault else { return }
        let isRBAC = vault.authorization == .rbac
        result.report(
            subject.finding(
                .otherModel,
                isRBAC
                    ? "\(grant.label) is an access policy, but \(vault.label) goes by roles and ignores it"
                    : "\(grant.label) is a role, but \(vault.label) goes by access policies and ignores it",
                at: grant.places.whole ?? subject.definition.places[.field("identity")], link: .permission,
                related: [Diagnostic.Note("the vault says so here", at: vault.places[.authorization])],
                says: refusal(vault, permission, object, type),
                hint: isRBAC
                    ? "assign the role '\(type.smallestRole)', or write 'authorization: policies'"
                    : "write an access policy, or 'authorization: rbac'"), at: .fetch,
            order: order(object, permission))
    }
}

extension ObjectType {
    /// The smallest built-in role that reads such objects.
    var smallestRole: String { self == .secret ? "Key Vault Secrets User" : "Key Vault Reader" }
}

extension DiagnosticCode {
    package static let noAccess = DiagnosticCode("proof/no-access")
    package static let missingPermission = DiagnosticCode("proof/missing-permission")
    package static let otherModel = DiagnosticCode("proof/other-authorization")
}
