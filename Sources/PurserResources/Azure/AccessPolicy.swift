package import PurserClients
package import PurserEngine
import PurserSyntax

/// What one identity may do in a vault: its entry among the vault's access policies.
///
/// Entries of others are never touched, nor are permissions that the identity had before or got from somebody else.
/// Source: Azure REST reference, vaults, "Update Access Policy", api-version 2026-02-01.
package struct AccessPolicy: ResourceKind {
    package static let name: KindName = "azure/accessPolicy"
    package static let title = "access policy"
    package static let place = SpecPlace("vaults", "*", "access")
    package static let identity = ["vault.id", "identity.principalId"]
    package static let marksOwnership = false
    package static let volatileOutputs: Set<String> = [objectId.name, preexisting.name, effective.name]

    static let fromVault = ["id", "name", "tenantId", "vaultURI"]

    static let vault = Attribute<Referenced>(
        "vault", .json, .parent(taking: fromVault), .replaces, "The vault.")
    static let grantee = Attribute<Referenced>.optional(
        "identity", .reference(to: ["identities"], taking: ["principalId"]), .replaces, "The identity that gets access."
    )
    static let principal = Attribute<String>(
        "principal", .text, .derived, .replaces, "`deployer` for the one who runs Purser.")
    static let secrets = granting(.secrets)
    static let keys = granting(.keys)
    static let certificates = granting(.certificates)
    static let objectId = Attribute<String>.computed("objectId", "The directory object that the entry names.")
    static let preexisting = Attribute<[String: [String]]>.computed(
        "preexisting", "Permissions that the identity had before, which stay when ours go.")
    static let effective = Attribute<[String: [String]]>.computed(
        "effective", "All permissions that the identity has in the vault, whoever granted them.")

    package static let attributes: [any AttributeDeclaration] = [
        vault, grantee, principal, secrets, keys, certificates, objectId, preexisting, effective,
    ]

    package static let example = """
        apiVersion: purser/v1
        environment: access-policy
        azure:
          tenant: 8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e
          subscription: 0b1f6471-1bf0-4dda-aec3-cb9272f09590
          location: westeurope
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

        """

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
        guard !old.subtracting(new).isEmpty else { return nil }
        if new.subtracting(old).isEmpty { return current }
        var both = desired
        for section in VaultSection.allCases {
            let words = old.union(new).listed(section)
            both[permissions(section)] = words.isEmpty ? nil : words
        }
        return both
    }

    // MARK: Operations

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        guard known[Self.objectId] != nil || known[Self.preexisting] != nil else { return nil }
        let objectId = try await objectId(of: known)
        guard let body = try await vault(of: known) else { return nil }
        let live = PolicyEntry.find(objectId, in: body)?.permissions ?? PermissionSet()
        let ours = PermissionSet(known).union(PermissionSet(wanted)).covered(by: live)
        let isRecorded = known[Self.objectId] != nil
        guard !(isRecorded ? ours : ours.subtracting(before(known))).isEmpty else { return nil }
        var found = recorded(known, ours, objectId: objectId, before: before(known), live: live)
        if isRecorded, wanted?[Self.principal] == DeployerAccess.key,
            try await caller().objectID.lowercased() != objectId.lowercased()
        {
            // Somebody else ran Purser before.
            found[Self.principal] = "object \(objectId)"
        }
        return Observation(found)
    }

    package func remembered(before desired: Attributes, _ operation: Operation) async throws -> Attributes {
        var found = Attributes()
        let entry = try await entry(of: try await objectId(of: desired), desired)
        found[Self.preexisting] = entry?.permissions.map ?? [:]
        return found
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let objectId = try await objectId(of: desired)
        let live = try await entry(of: objectId, desired)?.permissions ?? PermissionSet()
        let before = desired[Self.preexisting].map(PermissionSet.init) ?? live
        let ours = PermissionSet(desired)
        try await change("add", ours.map, of: objectId, desired)
        try await afterWrite { try await waitUntilEffective(desired, operation) }
        return recorded(desired, ours, objectId: objectId, before: before, live: live.union(ours))
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        let objectId = try await objectId(of: current)
        let entry = try await entry(of: objectId, desired)
        let live = entry?.permissions ?? PermissionSet()
        let former = PermissionSet(current)
        let ours = PermissionSet(desired)
        // What somebody else granted meanwhile stays when ours goes.
        let before = before(current).union(ours.subtracting(former).covered(by: live))
        let missing = ours.subtracting(live)
        if !missing.isEmpty { try await change("add", missing.map, of: objectId, desired) }
        let dropped = former.subtracting(ours).subtracting(before)
        let words = entry?.storedWords(of: dropped) ?? [:]
        try await afterWrite {
            if !words.isEmpty { try await change("remove", words, of: objectId, desired) }
            try await waitUntilEffective(desired, operation)
        }
        return recorded(
            desired, ours, objectId: objectId, before: before, live: live.union(ours).subtracting(dropped))
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        let objectId = try await objectId(of: recorded)
        guard let entry = try await entry(of: objectId, recorded) else { return }
        let words = entry.storedWords(of: PermissionSet(recorded).subtracting(before(recorded)))
        if !words.isEmpty { try await change("remove", words, of: objectId, recorded) }
    }

    /// The identity's entry is again exactly as it was, with what others had granted.
    package func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        let objectId = try await objectId(of: former)
        let entry = try await entry(of: objectId, former)
        let live = entry?.permissions ?? PermissionSet()
        let wanted = former[Self.effective].map(PermissionSet.init) ?? PermissionSet(former)
        let missing = wanted.subtracting(live)
        if !missing.isEmpty { try await change("add", missing.map, of: objectId, former) }
        let surplus = entry?.storedWords(of: live.subtracting(wanted)) ?? [:]
        if !surplus.isEmpty { try await change("remove", surplus, of: objectId, former) }
        try await waitUntilEffective(former, operation)
        return former
    }

    // MARK: Parts

    private func before(_ attributes: Attributes) -> PermissionSet {
        PermissionSet(attributes[Self.preexisting] ?? [:])
    }

    private func recorded(
        _ attributes: Attributes, _ ours: PermissionSet, objectId: String, before: PermissionSet, live: PermissionSet
    ) -> Attributes {
        var result = attributes
        for section in VaultSection.allCases {
            let words = ours.listed(section)
            result[Self.permissions(section)] = words.isEmpty ? nil : words
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

    private func entry(of objectId: String, _ attributes: Attributes) async throws -> PolicyEntry? {
        try await vault(of: attributes).flatMap { PolicyEntry.find(objectId, in: $0) }
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

    /// Waits until the vault lets the caller in, when the policy is the caller's own. Whether other identities are let
    /// in cannot be tried from here.
    private func waitUntilEffective(_ attributes: Attributes, _ operation: Operation) async throws {
        guard attributes[Self.principal] == DeployerAccess.key else { return }
        let address = try attributes.required(Self.vault).string("vaultURI")
        let granted = PermissionSet(attributes)
        for section in VaultSection.allCases where granted.contains("get", in: section) {
            operation.report("waiting until the vault admits reading \(section.rawValue)")
            _ = try await polling.until(
                "access to \(section.rawValue)", service: .keyVault, first: .milliseconds(500), timeout: .seconds(180)
            ) { () async throws(ServiceError) -> Bool? in
                try await isAdmitted(to: section, address)
            }
        }
    }

    /// Asks for an object that does not exist: 404 says that we may ask, 403 that we may not yet.
    private func isAdmitted(to section: VaultSection, _ address: String) async throws(ServiceError) -> Bool? {
        do throws(ServiceError) {
            _ = try await keyVault.get(vaultURL: address, path: "/\(section.rawValue)/purser-access-probe")
            return true
        } catch {
            guard error.status == 403 else { throw error }
            return nil
        }
    }
}
