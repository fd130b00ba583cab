import PurserEngine
import PurserProof
import Synchronization

/// Vaults with their objects and those who may read them.
struct EnvironmentVaults {
    let spec: Declarations
    let live: LiveVaults
    /// Seconds since 1970.
    let now: Int

    /// Nil if its name is not known.
    func vault(_ resource: DeclaredResource) -> VaultDefinition? {
        guard let name = resource.name(KeyVault.vaultName.name) else { return nil }
        let authorization = resource.known(KeyVault.authorization.name)?.string
        var vault = VaultDefinition(
            label: resource.label, name: name,
            authorization: authorization.flatMap { VaultDefinition.Authorization(rawValue: $0) },
            places: resource.places([.authorization: KeyVault.authorization.name]))
        vault.tenant = Placeholder.text(resource.label, KeyVault.tenantId.name)
        if let access = resource.known(KeyVault.publicNetworkAccess.name)?.string {
            vault.isPublic = access == "enabled"
        }
        vault.objects = objects(of: resource)
        vault.hasAllObjects = !resource.isExisting
        if let found = live.contents[resource.address] { complete(&vault, found) }
        let entries = spec.section("\(resource.address)/access")
        vault.grants = entries.compactMap { Self.grant($0, vault.authorization) }
        vault.hasGrantsToStrangers = entries.contains(where: isForStranger)
        vault.isExisting = resource.isExisting
        // Roles may be assigned above the vault.
        vault.hasAllGrants = !resource.isExisting && vault.authorization == .policies
        return vault
    }

    /// Whether an entry's identity is not in the spec, or the nodes are named beside it: that is told as such, and not as
    /// access that is missing too.
    private func isForStranger(_ entry: DeclaredResource) -> Bool {
        guard entry.writes(AccessPolicy.grantee.name) else { return false }
        return entry.writes(AccessPolicy.nodes.name)
            || entry.reference(at: AccessPolicy.grantee.name).map(spec.contains) != true
    }

    // MARK: Objects

    private func objects(of vault: DeclaredResource) -> [StoredObject] {
        let sorts: [(String, StoredObject.Sort)] = [
            ("secrets", .secret), ("certificates", .certificate), ("keys", .key),
        ]
        return sorts.flatMap { section, sort in
            spec.section("\(vault.address)/\(section)").map { object($0, sort) }
        }
    }

    /// What is declared comes first; of what only exists, the vault tells the rest.
    private func complete(_ vault: inout VaultDefinition, _ found: LiveVaults.Contents) {
        let declared = Dictionary(vault.objects.indices.map { (vault.objects[$0].name.lowercased(), $0) }) { first, _ in
            first
        }
        for object in found.objects {
            guard let index = declared[object.name.lowercased()] else {
                vault.objects.append(object)
                continue
            }
            var known = object
            known.label = vault.objects[index].label
            known.places = vault.objects[index].places
            vault.objects[index] = known
        }
        vault.listedTypes = found.listed
    }

    private func object(_ resource: DeclaredResource, _ sort: StoredObject.Sort) -> StoredObject {
        let name = resource.name(VaultObjects.objectName.name) ?? resource.address.key
        var object = StoredObject(label: resource.label, name: name, sort: sort, places: Places(resource.range))
        if resource.isExisting { return object }
        // The version that an apply leaves current has what the spec says.
        if resource.known(ObjectLifetime.enabled.name) == .bool(false) {
            object.versions = [StoredObject.Version(id: "", isEnabled: false)]
        }
        object.isExpired = time(ObjectLifetime.expires, of: resource).map { $0 <= now } ?? false
        object.isNotYetValid = time(ObjectLifetime.notBefore, of: resource).map { $0 > now } ?? false
        switch sort {
        case .secret: break
        case .key:
            object.keyType = resource.known(Key.keyType.name)?.string
            object.curve = resource.known(Key.curve.name)?.string
        case .certificate: complete(&object, resource)
        }
        return object
    }

    private func time(_ attribute: Attribute<String>, of resource: DeclaredResource) -> Int? {
        resource.known(attribute.name)?.string.flatMap(ObjectLifetime.seconds)
    }

    private func complete(_ object: inout StoredObject, _ resource: DeclaredResource) {
        let made = resource.known(Certificate.selfSigned.name) ?? resource.known(Certificate.issued.name)
        if let made, made.object != nil {
            object.form = StoredObject.Form(contentType: made["contentType"]?.string ?? CertificatePolicy.pkcs12)
            let type = made["keyType"]?.string.flatMap(KeyType.init) ?? .rsa
            object.isExportable = made["exportable"].map { $0.bool ?? true } ?? !type.isInHardware
            object.keyType = type.rawValue
            object.curve = made["curve"]?.string
        } else if let file = resource.known(Certificate.imported.name)?["file"]?.string?.lowercased() {
            if file.hasSuffix(".pem") { object.form = .pem }
            if file.hasSuffix(".pfx") || file.hasSuffix(".p12") { object.form = .pfx }
            object.isExportable = true
        }
    }

    // MARK: Access

    private static func grant(
        _ resource: DeclaredResource, _ model: VaultDefinition.Authorization?
    ) -> Grant? {
        let isOfNodes = resource.writes(AccessPolicy.nodes.name)
        let identity = resource.reference(at: AccessPolicy.grantee.name).map {
            Placeholder.text($0.description, ManagedIdentity.principalId.name)
        }
        guard let principal = isOfNodes ? Grant.nodesOwn : identity else { return nil }
        let lists = ObjectType.allCases.map { ($0, $0.permissionList) }
        var paths: [Part: String] = [:]
        var permissions: [ObjectType: Set<String>] = [:]
        // An entry that exists has what is written of it: a plan looks whether that holds.
        let written = lists.map(\.1) + [AccessPolicy.roles.name]
        var isKnown = !resource.isExisting || written.contains { resource.writes($0) }
        for (type, list) in lists {
            paths[.permissions(list)] = list
            guard let words = resource.known(list) else {
                // Written, and not to be read: that is an error of its own.
                if resource.writes(list) { isKnown = false }
                continue
            }
            if words.containsUnknown { isKnown = false }
            permissions[type] = Set((words.list ?? []).compactMap { $0.string?.lowercased() })
        }
        var grant = Grant(
            label: resource.label, principal: principal,
            model: model ?? .policies, permissions: isKnown ? permissions : nil, places: resource.places(paths))
        if model == .rbac {
            grant.roles = (resource.known(AccessPolicy.roles.name)?.list ?? []).compactMap(\.string)
            if isKnown, !resource.isExisting { grant.permissions = LeastRoles.permissions(for: permissions) }
        }
        return grant
    }
}

/// What the roles allow that an entry comes to: often more than it lists. Each list is weighed once.
private enum LeastRoles {
    private static let known = Mutex<[[ObjectType: Set<String>]: [ObjectType: Set<String>]]>([:])

    static func permissions(for listed: [ObjectType: Set<String>]) -> [ObjectType: Set<String>] {
        if let found = known.withLock({ $0[listed] }) { return found }
        let wanted = Dictionary(uniqueKeysWithValues: listed.map { ($0.key.permissionList, $0.value.sorted()) })
        let granted = KeyVaultRole.least(for: PermissionSet(wanted)).map(\.permissions)
            .reduce(PermissionSet(wanted)) { $0.union($1) }
        let found = ObjectType.allCases.map { type in
            (type, Set(VaultSection(rawValue: type.permissionList).map { granted.listed($0) } ?? []))
        }
        let permissions = Dictionary(uniqueKeysWithValues: found)
        known.withLock { $0[listed] = permissions }
        return permissions
    }
}
