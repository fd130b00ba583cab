package import PurserClients
package import PurserEngine
import PurserSyntax

/// What one identity may do in a vault: its entry among the vault's access policies or, where the vault goes by roles, the
/// Key Vault roles that it is assigned there.
///
/// Entries of others are never touched, nor are permissions that the identity had before or got from somebody else.
/// Source: Azure REST reference, vaults, "Update Access Policy", api-version 2026-02-01; for roles see
/// `RoleAssignments`.
package struct AccessPolicy: ResourceKind {
    package static let name: KindName = "azure/accessPolicy"
    package static let title = "access entry"
    package static let place = SpecPlace("vaults", "*", "access")
    package static let identity = ["vault.id", "identity.principalId"]
    package static let marksOwnership = false
    package static let otherIdentity = ["vault.id", "nodes", "nodeGroup.subscription", "nodeGroup.name"]
    package static let allowsExisting = true
    package static let volatileOutputs: Set<String> = [
        objectId.name, preexisting.name, effective.name, nodeGrants.name,
    ]

    static let fromVault = ["authorization", "id", "name", "tenantId", "vaultURI"]

    static let vault = Attribute<Referenced>(
        "vault", .json, .parent(taking: fromVault), .replaces, "The vault.")
    static let grantee = Attribute<Referenced>.optional(
        "identity", .reference(to: ["identities"], taking: ["principalId"]), .replaces, "The identity that gets access."
    )
    static let nodes = Attribute<String>.optional(
        "nodes", .choice([NodeGrants.systemAssigned]), .updates,
        "In place of `identity`: `systemAssigned` for the identities that the scale sets of the cluster's nodes have of their own, each of them. A node pool added later is drift."
    )
    static let nodeGroup = Attribute<Value>(
        "nodeGroup", .json, .derived, .replaces,
        "Subscription and name of the resource group of the cluster's scale sets, for an entry with `nodes`.")
    static let principal = Attribute<String>(
        "principal", .text, .derived, .replaces, "`deployer` for the one who runs Purser.")
    static let secrets = granting(.secrets)
    static let keys = granting(.keys)
    static let certificates = granting(.certificates)
    static let roles = Attribute<[String]>.optional(
        "roles", .list(.choice(KeyVaultRole.allCases.map(\.rawValue))), .updates,
        "Under `authorization: rbac`, roles beside the least ones that the permissions here ask for.")
    static let objectId = Attribute<String>.computed("objectId", "The directory object that the entry names.")
    static let preexisting = Attribute<[String: [String]]>.computed(
        "preexisting", "Permissions that the identity had before, which stay when ours go.")
    static let effective = Attribute<[String: [String]]>.computed(
        "effective", "All permissions that the identity has in the vault, whoever granted them.")

    static let nodeGrants = Attribute<Value>.computed(
        "nodeGrants", "What is recorded of each scale set's own identity, by its object in the directory.")

    package static let attributes: [any AttributeDeclaration] = [
        vault, grantee, nodes, nodeGroup, principal, secrets, keys, certificates, roles, objectId, preexisting,
        effective, nodeGrants,
    ]

    package static let example = AzureExample.spec(
        "access-policy",
        """
        groups:
          demo: {name: example-group}
        identities:
          demo: {name: example-identity, group: demo}
        vaults:
          demo:
            name: example-keyvault
            group: demo
            authorization: policies
            access:
              demo:
                identity: demo
                secrets: [get]
                certificates: [get]

        """)

    let arm: ARMClient
    let keyVault: KeyVaultClient
    let polling: Polling
    let caller: @Sendable () async throws -> CallerIdentity

    package init(
        arm: ARMClient, keyVault: KeyVaultClient, polling: Polling,
        caller: @escaping @Sendable () async throws -> CallerIdentity
    ) {
        self.arm = arm
        self.keyVault = keyVault
        self.polling = polling
        self.caller = caller
    }

    private static func granting(_ section: VaultSection) -> Attribute<[String]> {
        .optional(
            section.rawValue, .list(.choice(section.permissions)), .updates,
            "What the identity may do with \(section.rawValue).")
    }

    static func permissions(_ section: VaultSection) -> Attribute<[String]> {
        switch section {
        case .certificates: certificates
        case .keys: keys
        case .secrets: secrets
        }
    }

    package static func widened(_ current: Attributes, to desired: Attributes) -> Attributes? {
        let (old, new) = (PermissionSet(current), PermissionSet(desired))
        guard current.vaultModel == desired.vaultModel else { return nil }
        guard !old.subtracting(new).isEmpty else { return nil }
        if new.subtracting(old).isEmpty { return current }
        var both = desired
        for section in VaultSection.allCases {
            let words = PermissionSet(sections: current).union(PermissionSet(sections: desired)).listed(section)
            both[permissions(section)] = words.isEmpty ? nil : words
        }
        if desired.vaultModel == .rbac { both[roles] = old.union(new).roles.map(\.rawValue) }
        return both
    }

    /// An entry follows its vault from one model to the other.
    package static func effect(of path: String, _ attribute: any AttributeDeclaration) -> ChangeEffect {
        path == "\(vault.name).authorization" ? .updates : attribute.effect
    }

    // MARK: Operations

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        if (wanted ?? known).isOfNodes { return try await NodeGrants(self).read(known, wanted: wanted, operation) }
        if operation.isExisting { return try await existing(wanted ?? known, operation) }
        guard known[Self.objectId] != nil || known[Self.preexisting] != nil else { return nil }
        let objectId = try await objectId(of: known)
        guard let live = try await grant(of: objectId, known, operation) else { return nil }
        let wantedToo = wanted?.vaultModel == known.vaultModel ? PermissionSet(wanted) : PermissionSet()
        let ours = PermissionSet(known).union(wantedToo).covered(by: live.permissions)
        let isRecorded = known[Self.objectId] != nil
        guard !(isRecorded ? ours : ours.subtracting(before(known))).isEmpty else { return nil }
        var found = recorded(known, ours, objectId: objectId, before: before(known), live: live.permissions)
        if isRecorded, wanted?[Self.principal] == DeployerAccess.key,
            try await caller().objectID.lowercased() != objectId.lowercased()
        {
            // Somebody else ran Purser before.
            found[Self.principal] = "object \(objectId)"
        }
        return Observation(found)
    }

    /// What the identity may do, whoever granted it; nil unless it may do all that the entry says.
    private func existing(_ entry: Attributes, _ operation: Operation) async throws -> Observation? {
        let objectId = try await objectId(of: entry)
        let said = PermissionSet(entry)
        guard let live = try await grant(of: objectId, entry, operation), !live.permissions.isEmpty,
            said.subtracting(said.covered(by: live.permissions)).isEmpty
        else { return nil }
        return Observation(
            recorded(entry, said, objectId: objectId, before: live.permissions, live: live.permissions))
    }

    package func remembered(before desired: Attributes, _ operation: Operation) async throws -> Attributes {
        if desired.isOfNodes { return try await NodeGrants(self).remembered(before: desired, operation) }
        var found = Attributes()
        let live = try await grant(of: try await objectId(of: desired), desired, operation)
        found[Self.preexisting] = live?.others.map ?? [:]
        return found
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        if desired.isOfNodes { return try await NodeGrants(self).create(desired, operation) }
        let objectId = try await objectId(of: desired)
        let live = try await grant(of: objectId, desired, operation) ?? LiveGrant()
        let before = desired[Self.preexisting].map(PermissionSet.init) ?? live.others
        let ours = PermissionSet(desired)
        let missing = desired.vaultModel == .rbac ? ours.subtracting(live.permissions) : ours
        try await add(missing, to: objectId, desired, operation)
        try await afterWrite { try await waitUntilEffective(desired, objectId, operation) }
        return recorded(desired, ours, objectId: objectId, before: before, live: live.permissions.union(ours))
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        if desired.isOfNodes { return try await NodeGrants(self).update(current, to: desired, operation) }
        guard current.vaultModel == desired.vaultModel else { return try await follow(current, to: desired, operation) }
        let objectId = try await objectId(of: current)
        let live = try await grant(of: objectId, desired, operation) ?? LiveGrant()
        let former = PermissionSet(current)
        let ours = PermissionSet(desired)
        // What somebody else granted meanwhile stays when ours goes.
        let before = before(current).union(ours.subtracting(former).covered(by: live.others))
        try await add(ours.subtracting(live.permissions), to: objectId, desired, operation)
        let dropped = former.subtracting(ours).subtracting(before)
        try await afterWrite {
            try await remove(dropped, of: live, from: objectId, desired, operation)
            try await waitUntilEffective(desired, objectId, operation)
        }
        return recorded(
            desired, ours, objectId: objectId, before: before,
            live: live.permissions.union(ours).subtracting(dropped))
    }

    /// The vault has changed from policies to roles or back: the grant under the new model is made, and takes effect,
    /// before the one under the old model goes.
    private func follow(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        var fresh = desired
        fresh[Self.preexisting] = nil
        let made = try await create(fresh, operation)
        try await afterWrite { try await delete(current, operation) }
        return made
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        if recorded.isOfNodes { return try await NodeGrants(self).delete(recorded, operation) }
        let objectId = try await objectId(of: recorded)
        guard let live = try await grant(of: objectId, recorded, operation) else { return }
        let ours = PermissionSet(recorded).subtracting(before(recorded))
        try await remove(ours, of: live, from: objectId, recorded, operation)
    }

    /// The identity's entry is again exactly as it was, with what others had granted; a grant under the model that the
    /// vault had meanwhile goes.
    package func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        if former.isOfNodes { return try await NodeGrants(self).restore(former, operation) }
        let objectId = try await objectId(of: former)
        let live = try await grant(of: objectId, former, operation) ?? LiveGrant()
        let wanted = former[Self.effective].map(PermissionSet.init) ?? PermissionSet(former)
        try await add(wanted.subtracting(live.permissions), to: objectId, former, operation)
        try await remove(live.permissions.subtracting(wanted), of: live, from: objectId, former, operation)
        try await removeOurs(underTheModelBeside: former, of: objectId, operation)
        try await waitUntilEffective(former, objectId, operation)
        return former
    }

    /// Role assignments tell whose they are; what a policy's entry has beside is not told apart, and counts for nothing
    /// under roles.
    private func removeOurs(
        underTheModelBeside former: Attributes, of objectId: String, _ operation: Operation
    ) async throws {
        guard former.vaultModel == .policies, try await liveModel(former) == .rbac else { return }
        let assignments = try assignments(former, operation)
        for (role, isOurs) in try await assignments.held(by: objectId) where isOurs {
            try await assignments.remove(role, from: objectId)
        }
    }

    // MARK: Parts

    private func before(_ attributes: Attributes) -> PermissionSet {
        PermissionSet(attributes[Self.preexisting] ?? [:])
    }

    private func recorded(
        _ attributes: Attributes, _ ours: PermissionSet, objectId: String, before: PermissionSet, live: PermissionSet
    ) -> Attributes {
        var result = attributes
        switch attributes.vaultModel {
        case .rbac:
            if result[Self.roles] != nil { result[Self.roles] = ours.roles.map(\.rawValue) }
        case .policies:
            for section in VaultSection.allCases {
                let words = ours.listed(section)
                result[Self.permissions(section)] = words.isEmpty ? nil : words
            }
        }
        if case .object(var members)? = result[Self.vault]?.value, members["authorization"] == nil {
            // Recorded before there was a choice.
            members["authorization"] = .string(VaultModel.policies.rawValue)
            result.values[Self.vault.name] = .object(members)
        }
        result[Self.objectId] = objectId
        result[Self.preexisting] = before.map
        result[Self.effective] = live.map
        return result
    }

    /// The recorded principal, or the one that the spec names.
    private func objectId(of attributes: Attributes) async throws -> String {
        if let recorded = attributes[Self.objectId] { return recorded }
        if let identity = attributes[Self.grantee] { return try identity.string("principalId") }
        return try await caller().objectID
    }

    private func vault(of attributes: Attributes) async throws -> JSONValue? {
        try await arm.get(try attributes.required(Self.vault).string("id"), apiVersion: AzureVersion.vaults)
    }

    private func liveModel(_ attributes: Attributes) async throws -> VaultModel {
        let body = try await vault(of: attributes)
        return body?.at("properties", "enableRbacAuthorization")?.bool == true ? .rbac : .policies
    }

    private func assignments(_ attributes: Attributes, _ operation: Operation) throws -> RoleAssignments {
        RoleAssignments(
            arm: arm, polling: polling, scope: try attributes.required(Self.vault).string("id"), owner: operation.owner)
    }

    // MARK: Calls

    /// What the principal has in the vault under the entry's model; nil if there is no vault.
    private func grant(
        of objectId: String, _ attributes: Attributes, _ operation: Operation
    ) async throws -> LiveGrant? {
        guard let body = try await vault(of: attributes) else { return nil }
        switch attributes.vaultModel {
        case .policies: return PolicyEntry.find(objectId, in: body).map(LiveGrant.init) ?? LiveGrant()
        case .rbac: return LiveGrant(roles: try await assignments(attributes, operation).held(by: objectId))
        }
    }

    private func add(
        _ permissions: PermissionSet, to objectId: String, _ attributes: Attributes, _ operation: Operation
    ) async throws {
        guard !permissions.isEmpty else { return }
        guard attributes.vaultModel == .rbac else {
            return try await change("add", permissions.map, of: objectId, attributes)
        }
        let assignments = try assignments(attributes, operation)
        let isDeployer = attributes[Self.principal] == DeployerAccess.key
        let isUser = isDeployer ? try await caller().isUser : false
        for role in permissions.roles {
            operation.report("assigning '\(role.rawValue)'")
            try await assignments.assign(role, to: objectId, type: isUser ? .user : .servicePrincipal)
        }
    }

    private func remove(
        _ permissions: PermissionSet, of live: LiveGrant, from objectId: String, _ attributes: Attributes,
        _ operation: Operation
    ) async throws {
        let words = live.removable(permissions)
        guard !words.isEmpty else { return }
        guard attributes.vaultModel == .rbac else {
            return try await change("remove", words, of: objectId, attributes)
        }
        let assignments = try assignments(attributes, operation)
        for role in PermissionSet(words).roles { try await assignments.remove(role, from: objectId) }
    }

    /// Adds or removes permissions of one principal. Other writers of the vault's policies make conflicts that pass.
    private func change(
        _ verb: String, _ permissions: [String: [String]], of objectId: String, _ attributes: Attributes
    ) async throws {
        let vault = try attributes.required(Self.vault)
        let path = "\(try vault.string("id"))/accessPolicies/\(verb)"
        let body: JSONValue = [
            "properties": [
                "accessPolicies": [
                    [
                        "tenantId": .string(try vault.string("tenantId")), "objectId": .string(objectId),
                        "permissions": .object(permissions.mapValues { .array($0.map(JSONValue.string)) }),
                    ]
                ]
            ]
        ]
        _ = try await polling.retrying(while: { $0.status == 409 || $0.status == 412 }, timeout: .seconds(120)) {
            () async throws(ServiceError) in
            try await arm.put(path, apiVersion: AzureVersion.vaults, body: body)
        }
    }

    /// Waits until the vault lets the caller in, when the entry is the caller's own. Whether other identities are let
    /// in cannot be tried from here.
    private func waitUntilEffective(
        _ attributes: Attributes, _ objectId: String, _ operation: Operation
    ) async throws {
        guard attributes[Self.principal] == DeployerAccess.key, try await liveModel(attributes) == attributes.vaultModel
        else { return }
        let admission = VaultAdmission(
            keyVault: keyVault, polling: polling, address: try attributes.required(Self.vault).string("vaultURI"))
        let granted = PermissionSet(attributes).allowed
        for section in VaultSection.allCases where granted.contains("get", in: section) {
            try await admission.wait(for: section, as: objectId, attributes.vaultModel, operation)
        }
    }
}

extension AccessPolicy: RightsDeclaring {
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        try rights(of: use, attributes) + nodeRights(attributes)
    }

    /// Whom the scale sets are, is read of them.
    private static func nodeRights(_ attributes: Attributes) -> [Right] {
        guard attributes.isOfNodes, let group = attributes[nodeGroup],
            let subscription = group["subscription"]?.string, let name = group["name"]?.string
        else { return [] }
        let scope = AzurePaths.group(subscription: subscription, name: name)
        return [.action("Microsoft.Compute/virtualMachineScaleSets/read", at: scope)]
    }

    private static func rights(of use: ResourceUse, _ attributes: Attributes) throws -> [Right] {
        let scope = try attributes.required(vault).string("id")
        let assignments = "Microsoft.Authorization/roleAssignments"
        switch (use, attributes.vaultModel) {
        case (.read, .policies): return [.action("Microsoft.KeyVault/vaults/read", at: scope)]
        case (.read, .rbac):
            return [
                .action("Microsoft.KeyVault/vaults/read", at: scope), .action("\(assignments)/read", at: scope),
            ]
        case (_, .policies): return [.action("Microsoft.KeyVault/vaults/accessPolicies/write", at: scope)]
        case (.create, .rbac): return [.action("\(assignments)/write", at: scope)]
        case (.update, .rbac):
            return [.action("\(assignments)/write", at: scope), .action("\(assignments)/delete", at: scope)]
        case (.delete, .rbac): return [.action("\(assignments)/delete", at: scope)]
        }
    }
}
