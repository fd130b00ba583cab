import Foundation

/// Creating, replacing, patching and recovering a vault, with every rule of its properties.
/// Source: Azure REST reference, vaults, Create Or Update and Update, api-version 2026-02-01.
struct VaultWriting: Sendable {
    let call: ARMCall
    let name: String

    private var key: String { name.lowercased() }

    func put(in store: isolated Store) throws -> SandboxResponse {
        guard Vaults.isValid(name: name) else {
            throw AzureError(400, "VaultNameNotValid", VaultResources.nameRule(name))
        }
        let body = try call.request.object()
        let group = try ResourceGroups.nameForWriting(call.path.group ?? "", in: store)
        let location = try call.location(body)
        guard let properties = body["properties"], properties.objectValue != nil else {
            throw bad("The parameter properties is not specified.")
        }
        let isRecovery = properties["createMode"]?.stringValue?.lowercased() == "recover"
        if let known = store.get(Vaults.collection, key) {
            return try update(known, body, group: group, location: location, in: store)
        }
        if let deleted = store.get(Vaults.deletedCollection, key) {
            return try recover(deleted, isAsked: isRecovery, group: group, location: location, in: store)
        }
        if isRecovery {
            throw AzureError(404, "ResourceNotFound", "There is no deleted vault '\(name)' to recover.")
        }
        return try create(body, group: group, location: location, in: store)
    }

    // MARK: Ways of a PUT

    private func create(
        _ body: JSON, group: String, location: String, in store: isolated Store
    ) throws -> SandboxResponse {
        let asked = body["properties"] ?? [:]
        var properties = try replaced([:], by: asked, isNew: true)
        if properties["enableRbacAuthorization"] == nil, call.apiVersion >= "2026-02-01" {
            properties["enableRbacAuthorization"] = true
        }
        let now = call.timing.now().azureText
        var vault: JSON = [
            "name": .string(name), "group": .string(group), "location": .string(location), "properties": properties,
            "readyAt": .double(call.timing.seconds(after: call.timing.operationDelay)),
            "systemData": [
                "createdBy": .string(call.caller.clientID), "createdByType": "Application", "createdAt": .string(now),
                "lastModifiedBy": .string(call.caller.clientID), "lastModifiedByType": "Application",
                "lastModifiedAt": .string(now),
            ],
        ]
        vault["tags"] = try call.tags(body)
        return try save(vault, in: store, state: "RegisteringDns")
    }

    private func update(
        _ known: JSON, _ body: JSON, group: String, location: String, in store: isolated Store
    ) throws -> SandboxResponse {
        guard known["group"]?.stringValue?.lowercased() == group.lowercased() else {
            throw AzureError(
                409, "VaultAlreadyExists",
                "The vault name '\(name)' is already in use. Vault names are globally unique so it is possible that the "
                    + "name is already taken. If you are sure that the vault name was not taken then it is possible "
                    + "that a vault with the same name was recently deleted but not purged after being placed in a "
                    + "recoverable state. If the vault is in a recoverable state then the vault will need to be purged "
                    + "before reusing the name.")
        }
        guard known["location"]?.stringValue == location else {
            throw AzureError(
                409, "InvalidResourceLocation",
                "The resource '\(name)' already exists in location '\(known["location"]?.stringValue ?? "")' in resource "
                    + "group '\(AzureID.parts(ofGroup: group).name)'. A resource with the same name cannot be created in location '\(location)'. "
                    + "Please select a new resource name.")
        }
        var vault = known
        vault["properties"] = try replaced(known["properties"] ?? [:], by: body["properties"] ?? [:], isNew: false)
        vault["tags"] = try call.tags(body)
        return try save(vault, in: store)
    }

    private func recover(
        _ deleted: JSON, isAsked: Bool, group: String, location: String, in store: isolated Store
    ) throws -> SandboxResponse {
        guard isAsked, deleted["purgingUntil"] == nil else {
            throw AzureError(
                409, "ConflictError",
                "A vault with the same name already exists in deleted state. You need to either recover or purge "
                    + "existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more "
                    + "information on soft delete.")
        }
        var vault = deleted["vault"] ?? [:]
        guard vault["group"]?.stringValue?.lowercased() == group.lowercased(),
            vault["location"]?.stringValue == location
        else {
            throw bad("A deleted vault can only be recovered in its former resource group and location.")
        }
        vault["readyAt"] = .double(call.timing.seconds(after: call.timing.operationDelay))
        try store.remove(Vaults.deletedCollection, key)
        return try save(vault, in: store, state: "RegisteringDns")
    }

    func patch(in store: isolated Store) throws -> SandboxResponse {
        var vault = try VaultResources.existing(name, call, in: store)
        let body = try call.request.object()
        if let tags = try call.tags(body) { vault["tags"] = tags }
        if let asked = body["properties"] {
            var merged = asked
            for (key, value) in vault["properties"]?.objectValue ?? [:] where merged[key] == nil { merged[key] = value }
            vault["properties"] = try replaced(vault["properties"] ?? [:], by: merged, isNew: false)
        }
        return try save(vault, in: store)
    }

    private func save(_ vault: JSON, in store: isolated Store, state: String? = nil) throws -> SandboxResponse {
        var vault = vault
        Vaults.noteAccess(of: &vault, timing: call.timing)
        vault[path: "systemData", "lastModifiedAt"] = .string(call.timing.now().azureText)
        try store.put(Vaults.collection, key, vault)
        var answer = Vaults.answer(vault, at: call.timing.seconds)
        let headers: Headers = state == nil ? [:] : ["Retry-After": "1"]
        if let state {
            answer[path: "properties", "provisioningState"] = .string(state)
            answer[path: "properties", "vaultUri"] = .string(Vaults.uri(name))
        }
        return .json(200, answer, headers: headers)
    }

    // MARK: Properties

    /// The properties after a PUT: what is left out falls back to its default, but for what stays once set.
    private func replaced(_ known: JSON, by asked: JSON, isNew: Bool) throws -> JSON {
        var properties: JSON = [:]
        properties["tenantId"] = try tenant(asked)
        properties["sku"] = try sku(asked)
        properties["accessPolicies"] = try policies(asked)
        properties["enableSoftDelete"] = try softDelete(asked)
        properties["softDeleteRetentionInDays"] = try retention(known, asked, isNew: isNew)
        properties["enablePurgeProtection"] = try purgeProtection(known, asked)
        properties["enableRbacAuthorization"] =
            try flag("enableRbacAuthorization", asked) ?? known["enableRbacAuthorization"]
        for name in ["enabledForDeployment", "enabledForDiskEncryption", "enabledForTemplateDeployment"] {
            properties[name] = try flag(name, asked)
        }
        properties["enabledForDeployment"] = properties["enabledForDeployment"] ?? false
        properties["networkAcls"] = NetworkRules(asked["networkAcls"]).answer
        properties["publicNetworkAccess"] = try publicAccess(asked)
        return properties
    }

    private func tenant(_ asked: JSON) throws -> JSON {
        guard let tenant = asked["tenantId"]?.stringValue else { throw bad("The parameter tenantId is not specified.") }
        guard tenant.lowercased() == WorldFacts.tenant else {
            throw bad("The tenant '\(tenant)' is not the one that the subscription belongs to.")
        }
        return .string(tenant)
    }

    private func sku(_ asked: JSON) throws -> JSON {
        guard let sku = asked["sku"], let family = sku["family"]?.stringValue, let name = sku["name"]?.stringValue
        else { throw bad("The parameter sku is not specified.") }
        guard family.uppercased() == "A", ["standard", "premium"].contains(name.lowercased()) else {
            throw bad("The sku family '\(family)' and name '\(name)' are not valid.")
        }
        return ["family": "A", "name": .string(name.lowercased())]
    }

    private func policies(_ asked: JSON) throws -> JSON {
        guard let policies = asked["accessPolicies"]?.arrayValue else {
            throw bad("The parameter accessPolicies is not specified. It is required unless createMode is 'recover'.")
        }
        return .array(try AccessPolicies.checked(policies))
    }

    private func softDelete(_ asked: JSON) throws -> JSON {
        guard try flag("enableSoftDelete", asked) != false else {
            throw bad(
                "The property \"enableSoftDelete\" can be set to false only for creating new vault; soft delete is "
                    + "on for every vault.")
        }
        return true
    }

    private func retention(_ known: JSON, _ asked: JSON, isNew: Bool) throws -> JSON {
        guard let value = asked["softDeleteRetentionInDays"], !value.isNull else {
            return known["softDeleteRetentionInDays"] ?? 90
        }
        guard let days = value.intValue, (7...90).contains(days) else {
            throw bad("The property \"softDeleteRetentionInDays\" must be between 7 and 90.")
        }
        guard isNew || known["softDeleteRetentionInDays"]?.intValue == days else {
            throw bad("The property \"softDeleteRetentionInDays\" has been set already and it can't be modified.")
        }
        return .int(days)
    }

    private func purgeProtection(_ known: JSON, _ asked: JSON) throws -> JSON? {
        guard try flag("enablePurgeProtection", asked) != false else {
            throw bad(
                "The property \"enablePurgeProtection\" cannot be set to false. Enabling the purge protection for a vault "
                    + "is an irreversible action.")
        }
        return asked["enablePurgeProtection"] == true ? true : known["enablePurgeProtection"]
    }

    private func publicAccess(_ asked: JSON) throws -> JSON {
        let value = asked["publicNetworkAccess"]?.stringValue ?? "Enabled"
        guard
            let known = ["Enabled", "Disabled", "SecuredByPerimeter"].first(where: {
                $0.lowercased() == value.lowercased()
            })
        else { throw bad("The value '\(value)' of publicNetworkAccess is not valid.") }
        return .string(known)
    }

    private func flag(_ name: String, _ asked: JSON) throws -> JSON? {
        guard let value = asked[name], !value.isNull else { return nil }
        guard value.boolValue != nil else { throw bad("The property \"\(name)\" is no boolean.") }
        return value
    }

    private func bad(_ message: String) -> AzureError { AzureError(400, "BadRequest", message) }
}
