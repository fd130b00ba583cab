package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A key vault.
///
/// Source: Azure REST reference, `Microsoft.KeyVault/vaults`, api-version 2026-02-01. Only creation writes the vault as
/// a whole; afterwards single properties are patched, so that access policies and settings of others stay.
package struct KeyVault: ResourceKind {
    package static let name: KindName = "azure/keyVault"
    package static let title = "key vault"
    package static let place = SpecPlace("vaults")
    package static let identity = ["subscription", "group.name", "name"]
    package static let otherIdentity: [String] = [AzureAttributes.resourceId.name]
    package static let allowsExisting = true
    package static let volatileOutputs: Set<String> = [AzureAttributes.foreignTags.name]

    static let vaultName = Attribute<String>(
        "name", .text(AzureNames.vault), .key, .replaces,
        "The vault's name, unique across Azure; by default its name here.")
    static let group = AzureAttributes.group
    static let location = AzureAttributes.location
    static let sku = Attribute<String>.optional(
        "sku", .choice(["standard", "premium"]), default: "standard", .updates,
        "The price tier; `premium` has keys in hardware.")
    static let authorization = Attribute<String>.required(
        "authorization", .choice(["policies", "rbac"]), .updates,
        "Who decides on access to what is inside: the vault's access policies, or Azure roles. Always written, because Azure's default changed with api-version 2026-02-01."
    )
    static let retention = Attribute<Int>.optional(
        "retention", .integer(7...90), default: 90, .replaces,
        "Days for which deleted objects, and the deleted vault, can be recovered: 7 to 90. Fixed at creation.")
    static let purgeProtection = Attribute<Bool>.optional(
        "purgeProtection", default: false, .updates,
        "Whether nothing can be purged before its retention has passed. Cannot be turned off again.")
    static let publicNetworkAccess = Attribute<String>.optional(
        "publicNetworkAccess", .choice(["enabled", "disabled"]), .updates,
        "Whether the vault can be reached from public networks; by default left as it is.")
    static let network = VaultNetwork.rules
    static let resourceId = AzureAttributes.resourceId
    static let whenDeleted = Attribute<String>.optional(
        "whenDeleted", .choice(["recover", "purge"]), default: "recover", .informs,
        "What becomes of a soft-deleted vault of this name: it is recovered with all that it held, or purged, for good, to make room for a new one."
    )
    static let tags = AzureAttributes.tags
    static let deployerAccess = Attribute<String>.optional(
        "deployerAccess", .choice(["granted", "none"]), default: "granted", .informs,
        "Whether the one who runs Purser is given the rights that the declared objects need, as `access/deployer`. `none` where somebody else grants them; for an existing vault that is the default."
    )
    static let tenant = Attribute<String>(
        "tenant", .text(AzureNames.guid), .setting("azure.tenant"), .replaces, "The tenant, from `azure.tenant`.")
    static let subscription = AzureAttributes.subscription
    static let id = AzureAttributes.id
    static let vaultURI = Attribute<String>.computed(
        "vaultURI", "The address of the vault's contents, with a trailing slash.")
    static let tenantId = Attribute<String>.computed("tenantId", "The tenant whose identities the vault knows.")

    package static let attributes: [any AttributeDeclaration] = [
        vaultName, group, location, sku, authorization, retention, purgeProtection, publicNetworkAccess, network,
        tags, deployerAccess, whenDeleted, resourceId, tenant, subscription, id, vaultURI, tenantId,
        AzureAttributes.foreignTags,
    ]

    package static let example = AzureExample.spec(
        "key-vault",
        """
        groups:
          demo: {name: example-group}
        vaults:
          demo:
            name: example-keyvault
            group: demo
            authorization: policies
            retention: 30

        """)

    let arm: ARMClient
    let keyVault: KeyVaultClient
    let polling: Polling

    package init(arm: ARMClient, keyVault: KeyVaultClient, polling: Polling) {
        self.arm = arm
        self.keyVault = keyVault
        self.polling = polling
    }

    // MARK: Spec

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        AzureAttributes.deriveLocation(&resource)
        AzureAttributes.followGroup(&resource, from: spec)
        AzureAttributes.checkTags(resource, .resource, &diagnostics)
        AzureAttributes.checkResourceID(resource, "Microsoft.KeyVault/vaults", &diagnostics)
        if let rules = resource.known(network.name), rules.object != nil, !rules.containsUnknown {
            resource.attributes[network.name] = .literal(VaultNetwork.normalised(rules))
        }
    }

    package static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource] {
        DeployerAccess.entry(for: resource, from: spec).map { [$0] } ?? []
    }

    package static func irreversibility(
        of action: Action, recorded: Attributes?, desired: Attributes?
    ) -> String? {
        let isTurnedOn = desired?[purgeProtection] == true && recorded?[purgeProtection] != true
        guard isTurnedOn, [.create, .update, .adopt, .recover].contains(action) else { return nil }
        return action == .create
            ? "a vault with purge protection keeps its name until its retention has passed"
            : "purge protection cannot be turned off again"
    }

    package static func obstacle(to action: Action, recorded: Attributes, desired: Attributes) -> Obstacle? {
        if action == .recover { return obstacleToRecovery(recorded, desired) }
        if action == .replace, let days = recorded[retention], let wanted = desired[retention], days != wanted,
            recorded[vaultName] == desired[vaultName]
        {
            return Obstacle(
                "the vault's retention is \(days) days, which cannot change after its creation",
                hint: "write `retention: \(days)`, or another name")
        }
        if action == .replace, let old = recorded[vaultName], let new = desired[vaultName],
            AzurePaths.areEqual(old, new)
        {
            return Obstacle(
                "a deleted vault keeps its name for \(recorded[retention] ?? 90) days, so that the new one cannot have it",
                hint: "give the vault another name, or undo the change that replaces it")
        }
        if action == .update, recorded[purgeProtection] == true, desired[purgeProtection] == false {
            return Obstacle("purge protection cannot be turned off", hint: "write `purgeProtection: true`")
        }
        return nil
    }

    /// What a deleted vault had at its creation comes back with it.
    private static func obstacleToRecovery(_ deleted: Attributes, _ desired: Attributes) -> Obstacle? {
        if desired[whenDeleted] == "purge" {
            return Obstacle(
                "the soft-deleted vault of this name has purge protection, and cannot be purged",
                hint: "write `whenDeleted: recover`, or give the vault another name")
        }
        guard let days = deleted[retention], let wanted = desired[retention], days != wanted else { return nil }
        return Obstacle(
            "the soft-deleted vault of this name comes back with a retention of \(days) days, which cannot change",
            hint: "write `retention: \(days)`, `whenDeleted: purge`, or another name")
    }

    package static func cautions(on action: Action, recorded: Attributes?, desired: Attributes?) -> [String] {
        if action == .create, desired?[whenDeleted] == "purge" {
            return [
                "if there is a soft-deleted vault of this name, it is purged first, for good, with all that it held"
            ]
        }
        guard action == .update || action == .adopt, let old = recorded?[authorization],
            let new = desired?[authorization], old != new
        else { return [] }
        let (ends, counts) = old == "rbac" ? ("roles", "access policies") : ("access policies", "roles")
        return [
            "whoever reads the vault by \(ends) that this environment does not declare loses access: from now on only "
                + "\(counts) count",
            "until the entries under `access` have followed and taken effect, which can take ten minutes, mounts and "
                + "rotations of pods that read the vault fail and are repeated",
        ]
    }

    package static func trace(ofUndoing operation: Step.Operation) -> String? {
        operation == .create ? "the vault, soft-deleted until its retention has passed" : nil
    }

    // MARK: Operations

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        let path = try path(of: known)
        guard let body = try await arm.get(path, apiVersion: AzureVersion.vaults) else { return nil }
        let found = observed(body, known: known, wanted: wanted)
        let obstacles = await ManagementLocks.obstacles(to: Self.self, at: path, found, wanted: wanted, operation, arm)
        return Observation(found, owner: TagSet(body).owner, obstacles: obstacles)
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let path = try path(of: desired)
        if let body = try await arm.get(path, apiVersion: AzureVersion.vaults) {
            let tags = TagSet(body)
            guard Ownership.isOurs(tags.live, operation) else {
                throw ResourceFailure.alreadyExists(
                    "the key vault '\(try desired.required(Self.vaultName))'", owner: tags.owner)
            }
            return try await update(observed(body, known: desired, wanted: desired), to: desired, operation)
        }
        try await purgeFormer(desired, operation)
        let body = try VaultBody.creating(desired, owner: operation.owner)
        operation.report("creating the vault")
        return try await afterWrite { try await usable(try await written(path, body), desired, operation) }
    }

    /// Makes room where the user has chosen that.
    private func purgeFormer(_ desired: Attributes, _ operation: Operation) async throws {
        guard desired[Self.whenDeleted] == "purge" else { return }
        guard case .present(let former) = try await deleted(desired), try isOfSamePlace(former, desired) else { return }
        try await purge(desired, operation)
    }

    /// The vault written as a whole. A name that was just purged, or a concurrent write, is a conflict that passes.
    private func written(_ path: String, _ body: JSONValue) async throws -> JSONValue {
        try await polling.retrying(while: Self.isPassing, timeout: .seconds(120)) {
            () async throws(ServiceError) in
            try await arm.put(path, apiVersion: AzureVersion.vaults, body: body)
        }
    }

    private static func isPassing(_ error: ServiceError) -> Bool {
        error.status == 409 && error.code == "Conflict" || error.code == "AnotherOperationInProgress"
    }

    /// The vault's attributes once its address answers. Several answers in a row are demanded, because a resolver or a
    /// node of the service may not know the new name yet.
    private func usable(
        _ body: JSONValue, _ desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        let found = observed(body, known: desired, wanted: desired)
        let address = try found.required(Self.vaultURI)
        _ = try await polling.until(
            "the vault's address", service: .keyVault, timeout: .seconds(300),
            waiting: { operation.waiting("waiting until the vault's address answers", $0) }
        ) { () async throws(ServiceError) -> Bool? in
            for _ in 1...3 where try await !keyVault.isReachable(vaultURL: address) { return nil }
            return true
        }
        return found
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        try await patch(current, desired, operation, others: nil)
    }

    private func patch(
        _ current: Attributes, _ desired: Attributes, _ operation: Operation, others: [String: String]?
    ) async throws -> Attributes {
        let path = try path(of: desired)
        let live = try await arm.get(path, apiVersion: AzureVersion.vaults)
        var body = VaultBody.changing(current, to: desired)
        body["tags"] = TagSet(live).updated(from: current, to: desired, owner: operation.owner, others: others)
        let request = body
        let answer = try await polling.retrying(while: Self.isPassing, timeout: .seconds(120)) {
            () async throws(ServiceError) in
            try await arm.patch(path, apiVersion: AzureVersion.vaults, body: request)
        }
        return try await afterWrite { try await usable(answer, desired, operation) }
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        try await arm.delete(try path(of: recorded), apiVersion: AzureVersion.vaults)
        guard operation.purges, recorded[Self.purgeProtection] != true else { return }
        try await afterWrite { try await purge(recorded, operation) }
    }

    package func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        guard let current = try await read(former, wanted: nil, operation) else {
            // Never purged here, whatever the user has chosen for what is new.
            var kept = former
            kept[Self.whenDeleted] = "recover"
            guard try await readDeleted(kept, operation) != nil else { return try await create(kept, operation) }
            var found = try await recover(kept, operation)
            found[Self.whenDeleted] = former[Self.whenDeleted]
            return found
        }
        return try await patch(
            current.attributes, former, operation, others: former[AzureAttributes.foreignTags] ?? [:])
    }

    // MARK: Soft-deleted vaults

    /// Nil also where the caller may not look, which is told: then the creation meets the conflict.
    package func readDeleted(_ desired: Attributes, _ operation: Operation) async throws -> Attributes? {
        let sight = try await deleted(desired)
        if case .hidden(let reason, _) = sight {
            operation.missed("whether a soft-deleted vault has its name could not be seen: \(reason)")
        }
        guard case .present(let body) = sight, try isOfSamePlace(body, desired) else { return nil }
        let isProtected = body.at("properties", "purgeProtectionEnabled")?.bool ?? false
        guard isProtected || desired[Self.whenDeleted] != "purge" else { return nil }
        var found = desired
        found[Self.purgeProtection] = isProtected
        found[Self.retention] = Self.retention(ofDeleted: body) ?? desired[Self.retention]
        return found
    }

    private func deleted(_ desired: Attributes) async throws -> VaultObjects.Sight<JSONValue> {
        let path = try deletedPath(of: desired)
        return try await VaultObjects.sight { () async throws(ServiceError) in
            try await arm.get(path, apiVersion: AzureVersion.vaults)
        }
    }

    private func isOfSamePlace(_ deleted: JSONValue, _ desired: Attributes) throws -> Bool {
        let id = deleted.at("properties", "vaultId")?.string ?? ""
        return AzurePaths.areEqual(id, try path(of: desired))
    }

    /// The days between deletion and the purge that is due.
    private static func retention(ofDeleted body: JSONValue) -> Int? {
        func seconds(_ member: String) -> Int? {
            body.at("properties", member)?.string.flatMap(ObjectLifetime.seconds)
        }
        guard let deleted = seconds("deletionDate"), let due = seconds("scheduledPurgeDate") else { return nil }
        return (due - deleted + 43_200) / 86_400
    }

    package func recover(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        operation.report("recovering the soft-deleted vault")
        let path = try path(of: desired)
        if try await arm.get(path, apiVersion: AzureVersion.vaults) == nil {
            _ = try await written(path, try VaultBody.recovering(desired))
        }
        return try await afterWrite {
            guard let body = try await arm.get(path, apiVersion: AzureVersion.vaults) else {
                throw ResourceFailure(.serviceNotFound, "the recovered vault '\(path)' is not there")
            }
            return try await patch(observed(body, known: desired, wanted: desired), desired, operation, others: nil)
        }
    }

    /// Purges the deleted vault. Right after the deletion the service may refuse, or not know the deleted vault yet.
    private func purge(_ recorded: Attributes, _ operation: Operation) async throws {
        operation.report("purging the vault; this can take minutes")
        let path = try deletedPath(of: recorded)
        _ = try await polling.until("the deleted vault", timeout: .seconds(120)) {
            () async throws(ServiceError) -> JSONValue? in
            try await arm.get(path, apiVersion: AzureVersion.vaults)
        }
        _ = try await polling.retrying(
            while: { $0.status == 404 || $0.code == "MethodNotAllowed" }, timeout: .seconds(60)
        ) { () async throws(ServiceError) in
            try await arm.post("\(path)/purge", apiVersion: AzureVersion.vaults, repeatable: true)
        }
    }

    // MARK: Wire

    private func path(of attributes: Attributes) throws -> String {
        try Self.resourceID(of: attributes) ?? ""
    }

    private func deletedPath(of attributes: Attributes) throws -> String {
        AzurePaths.deletedVault(
            subscription: try attributes.required(Self.subscription),
            location: try attributes.required(Self.location), name: try attributes.required(Self.vaultName))
    }

    private func observed(_ body: JSONValue, known: Attributes, wanted: Attributes?) -> Attributes {
        var found = known
        AzureAttributes.observe(body, into: &found, known: known, wanted: wanted)
        found[Self.id] = try? path(of: known)
        VaultBody.observe(
            body["properties"] ?? [:], into: &found,
            reports: { attribute in [known, wanted].contains { $0?.values[attribute] != nil } })
        return found
    }
}

extension KeyVault: RightsDeclaring {
    package static func resourceID(of attributes: Attributes) throws -> String? {
        if let written = attributes[resourceId] { return written }
        return AzurePaths.vault(group: try attributes.groupID(), name: try attributes.required(vaultName))
    }

    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        let scope = try resourceID(of: attributes) ?? ""
        let deleted = "Microsoft.KeyVault/locations/deletedVaults"
        let above = scope.split(separator: "/").prefix(2).joined(separator: "/")
        switch use {
        case .read:
            let blind = "whether a soft-deleted vault has its name shows only at apply"
            return [
                .action("Microsoft.KeyVault/vaults/read", at: scope),
                .action("\(deleted)/read", at: "/\(above)", otherwise: blind),
            ]
        case .create, .update:
            let purge = Right.action("\(deleted)/purge/action", at: "/\(above)")
            let purges = use == .create && attributes[whenDeleted] == "purge"
            return [.action("Microsoft.KeyVault/vaults/write", at: scope)] + (purges ? [purge] : [])
        case .delete: return [.action("Microsoft.KeyVault/vaults/delete", at: scope)]
        }
    }
}
