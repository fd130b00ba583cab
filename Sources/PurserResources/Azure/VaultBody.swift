import PurserClients
import PurserEngine

/// The vault's properties as Azure writes them.
enum VaultBody {
    static func creating(_ desired: Attributes, owner: Owner) throws -> JSONValue {
        var properties: JSONValue = [
            "tenantId": .string(try desired.required(KeyVault.tenant)),
            "sku": sku(desired[KeyVault.sku]),
            // Required at creation; entries are added one by one afterwards.
            "accessPolicies": [],
            "enableRbacAuthorization": .bool(try desired.required(KeyVault.authorization) == "rbac"),
            "enableSoftDelete": true,
            "softDeleteRetentionInDays": .integer(desired[KeyVault.retention] ?? 90),
        ]
        // `false` is refused: a vault without purge protection does not have the property.
        if desired[KeyVault.purgeProtection] == true { properties["enablePurgeProtection"] = true }
        properties["publicNetworkAccess"] = desired[KeyVault.publicNetworkAccess].map(network)
        properties["networkAcls"] = desired[KeyVault.network].map(VaultNetwork.json)
        return [
            "location": .string(try desired.required(KeyVault.location)),
            "tags": TagSet.created(desired, owner: owner), "properties": properties,
        ]
    }

    static func recovering(_ desired: Attributes) throws -> JSONValue {
        [
            "location": .string(try desired.required(KeyVault.location)),
            "properties": [
                "tenantId": .string(try desired.required(KeyVault.tenant)), "sku": sku(desired[KeyVault.sku]),
                "createMode": "recover",
            ],
        ]
    }

    /// Only what differs: what is left out of a PATCH stays.
    static func changing(_ current: Attributes, to desired: Attributes) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        if current[KeyVault.sku] != desired[KeyVault.sku] { properties["sku"] = sku(desired[KeyVault.sku]) }
        if let wanted = desired[KeyVault.authorization], current[KeyVault.authorization] != wanted {
            properties["enableRbacAuthorization"] = .bool(wanted == "rbac")
        }
        if desired[KeyVault.purgeProtection] == true, current[KeyVault.purgeProtection] != true {
            properties["enablePurgeProtection"] = true
        }
        if current[KeyVault.publicNetworkAccess] != desired[KeyVault.publicNetworkAccess] {
            properties["publicNetworkAccess"] = network(desired[KeyVault.publicNetworkAccess] ?? "enabled")
        }
        if current[KeyVault.network] != desired[KeyVault.network] {
            properties["networkAcls"] = VaultNetwork.json(desired[KeyVault.network] ?? VaultNetwork.open)
        }
        return properties.isEmpty ? [:] : ["properties": .object(properties)]
    }

    static func observe(_ properties: JSONValue, into found: inout Attributes, reports: (String) -> Bool) {
        found[KeyVault.sku] = properties.at("sku", "name")?.string?.lowercased()
        // Vaults from before the property existed show null: access policies decide.
        found[KeyVault.authorization] = properties["enableRbacAuthorization"]?.bool == true ? "rbac" : "policies"
        found[KeyVault.retention] = properties["softDeleteRetentionInDays"]?.int ?? 90
        found[KeyVault.purgeProtection] = properties["enablePurgeProtection"]?.bool ?? false
        let network = properties["publicNetworkAccess"]?.string?.lowercased() ?? "enabled"
        found[KeyVault.publicNetworkAccess] = reports(KeyVault.publicNetworkAccess.name) ? network : nil
        let rules = VaultNetwork.observed(properties["networkAcls"])
        found[KeyVault.network] = reports(KeyVault.network.name) ? rules : nil
        found[KeyVault.tenantId] = properties["tenantId"]?.string
        found[KeyVault.tenant] = sameText(properties["tenantId"]?.string, found[KeyVault.tenant])
        // The slash at the end comes only once the vault is ready.
        found[KeyVault.vaultURI] = properties["vaultUri"]?.string.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
    }

    /// The live text, in the record's letter case if only the case differs.
    private static func sameText(_ live: String?, _ known: String?) -> String? {
        guard let live, let known, AzurePaths.areEqual(live, known) else { return live ?? known }
        return known
    }

    private static func sku(_ name: String?) -> JSONValue {
        ["family": "A", "name": .string(name ?? "standard")]
    }

    private static func network(_ word: String) -> JSONValue { word == "disabled" ? "Disabled" : "Enabled" }
}
