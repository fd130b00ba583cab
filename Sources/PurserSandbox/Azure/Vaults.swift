import Foundation

/// Vaults as the sandbox keeps them: live ones in `vaults` and soft-deleted ones in `deletedVaults`, by lower-case
/// name, since the name is unique over the whole cloud. What a vault holds lies in a collection of its own and stays
/// where it is when the vault is soft-deleted.
enum Vaults {
    static let collection = "vaults"
    static let deletedCollection = "deletedVaults"

    /// The collection of what the vault of that name holds.
    static func contents(_ name: String) -> String { "vault-\(name.lowercased())" }

    static func uri(_ name: String) -> String { "https://\(name.lowercased()).\(WorldFacts.vaultDomain)" }

    // MARK: Answers

    /// The vault as Resource Manager shows it.
    static func answer(_ vault: JSON, at now: Double) -> JSON {
        let name = vault["name"]?.stringValue ?? ""
        let isReady = (vault["readyAt"]?.numberValue ?? 0) <= now
        var properties = vault["properties"] ?? [:]
        // Without a trailing slash while its name is being registered, with one afterwards.
        properties["vaultUri"] = .string(uri(name) + (isReady ? "/" : ""))
        properties["provisioningState"] = isReady ? "Succeeded" : "RegisteringDns"
        var answer: JSON = [
            "id": .string(id(vault)), "name": .string(name), "type": "Microsoft.KeyVault/vaults",
            "properties": properties,
        ]
        answer["location"] = vault["location"]
        answer["tags"] = vault["tags"] ?? [:]
        answer["systemData"] = vault["systemData"]
        return answer
    }

    static func id(_ vault: JSON) -> String {
        AzureID.vault(vault["name"]?.stringValue ?? "", group: vault["group"]?.stringValue ?? "")
    }

    static func deletedAnswer(_ deleted: JSON) -> JSON {
        let vault = deleted["vault"] ?? [:]
        let name = vault["name"]?.stringValue ?? ""
        let location = vault["location"]?.stringValue ?? ""
        let subscription = AzureID.subscription(
            AzureID.parts(ofGroup: vault["group"]?.stringValue ?? "").subscription)
        var properties: JSON = ["vaultId": .string(id(vault)), "location": .string(location)]
        properties["tags"] = vault["tags"] ?? [:]
        properties["deletionDate"] = deleted["deletionDate"]
        properties["scheduledPurgeDate"] = deleted["scheduledPurgeDate"]
        if vault[path: "properties", "enablePurgeProtection"] == true { properties["purgeProtectionEnabled"] = true }
        return [
            "id": .string(
                "\(subscription)/providers/Microsoft.KeyVault/locations/\(location)/deletedVaults/\(name)"),
            "name": .string(name), "type": "Microsoft.KeyVault/deletedVaults", "properties": properties,
        ]
    }

    // MARK: Access

    /// Notes from when the vault's present policies and model of authorisation count on its data plane.
    static func noteAccess(of vault: inout JSON, timing: Timing) {
        let properties = vault["properties"] ?? [:]
        var entry: JSON = ["from": .double(timing.seconds(after: timing.propagationDelay))]
        entry["policies"] = properties["accessPolicies"] ?? []
        entry["rbac"] = properties["enableRbacAuthorization"] ?? false
        var history = vault["access"]?.arrayValue ?? []
        if let last = history.last, last["policies"] == entry["policies"], last["rbac"] == entry["rbac"] { return }
        let effective = history.lastIndex { ($0["from"]?.numberValue ?? 0) <= timing.seconds } ?? 0
        history.removeFirst(effective)
        vault["access"] = .array(history + [entry])
    }

    /// The policies and the model that count at that instant; none before the first has propagated.
    static func access(of vault: JSON, at now: Double) -> (policies: [JSON], isRBAC: Bool) {
        let effective = vault["access"]?.arrayValue?.last { ($0["from"]?.numberValue ?? 0) <= now }
        return (effective?["policies"]?.arrayValue ?? [], effective?["rbac"]?.boolValue ?? false)
    }

    // MARK: Deletion

    static func softDelete(_ key: String, timing: Timing, in store: isolated Store) throws {
        guard let vault = store.get(collection, key) else { return }
        let now = timing.seconds
        let days = vault[path: "properties", "softDeleteRetentionInDays"]?.intValue ?? 90
        try store.put(
            deletedCollection, key,
            [
                "vault": vault, "deletionDate": .string(Date(seconds: now).azureText),
                "scheduledPurgeDate": .string(Date(seconds: now + Double(days) * 86_400).azureText),
                "purgeAt": .double(now + Double(days) * 86_400),
            ])
        try store.remove(collection, key)
        // Assignments at the vault's scope are destroyed and do not come back with it.
        try RoleAssignments.removeAll(within: id(vault), in: store)
    }

    /// Purges what is due: by request, or because its retention is over.
    static func settle(at now: Double, in store: isolated Store) throws {
        for (key, deleted) in store.list(deletedCollection) {
            let due = deleted["purgingUntil"]?.numberValue ?? deleted["purgeAt"]?.numberValue ?? .infinity
            guard due <= now else { continue }
            for (object, _) in store.list(contents(key)) { try store.remove(contents(key), object) }
            try store.remove(deletedCollection, key)
        }
    }

    // MARK: Names

    /// 3 to 24 letters, digits and hyphens; begins with a letter, ends with none but a letter or digit, no two hyphens
    /// in a row.
    static func isValid(name: String) -> Bool {
        name.wholeMatch(of: /[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]/) != nil && !name.contains("--")
    }
}
