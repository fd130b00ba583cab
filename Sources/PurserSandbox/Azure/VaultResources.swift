/// `Microsoft.KeyVault`, control plane. Source: Azure REST reference, vaults, api-version 2026-02-01 and before.
struct VaultResources: Sendable {
    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        switch (call.path.type, call.method) {
        case ("vaults", "GET") where !call.path.isNamed: return try list(call, in: store)
        case ("vaults", _): return try vault(call, in: store)
        case ("vaults/accesspolicies", "PUT"): return try AccessPolicies().respond(to: call, in: store)
        case ("checknameavailability", "POST"): return try checkName(call, in: store)
        case ("managedhsms", "GET"), ("deletedmanagedhsms", "GET"): return try call.page([])
        default: return try DeletedVaults().respond(to: call, in: store)
        }
    }

    private func list(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        if let group = call.path.group { _ = try ResourceGroups.existing(group, in: store) }
        let found = store.list(Vaults.collection).map(\.value).filter { vault in
            call.path.group.map { $0.lowercased() == vault["group"]?.stringValue?.lowercased() } ?? true
        }
        return try call.page(
            found.map { Vaults.answer($0, at: call.timing.seconds) }.filter { call.isInSubscription($0) })
    }

    private func vault(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        guard call.path.isNamed, call.path.group != nil, let name = call.path.names.last else {
            throw call.methodNotAllowed
        }
        switch call.method {
        case "GET":
            let vault = Vaults.answer(try Self.existing(name, call, in: store), at: call.timing.seconds)
            let isReady = vault[path: "properties", "provisioningState"] == "Succeeded"
            return .json(vault, headers: isReady ? [:] : ["Retry-After": "1"])
        case "PUT": return try VaultWriting(call: call, name: name).put(in: store)
        case "PATCH": return try VaultWriting(call: call, name: name).patch(in: store)
        case "DELETE": return try delete(name, call, in: store)
        default: throw call.methodNotAllowed
        }
    }

    /// The vault of that name in the path's group.
    static func existing(_ name: String, _ call: ARMCall, in store: isolated Store) throws -> JSON {
        _ = try ResourceGroups.existing(call.path.group ?? "", in: store)
        guard let vault = store.get(Vaults.collection, name.lowercased()),
            vault["group"]?.stringValue?.lowercased() == call.path.group?.lowercased()
        else { throw call.notFound("Microsoft.KeyVault/vaults", name) }
        return vault
    }

    private func delete(_ name: String, _ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        guard (try? Self.existing(name, call, in: store)) != nil else { return SandboxResponse(status: 204) }
        try Vaults.softDelete(name.lowercased(), timing: call.timing, in: store)
        return SandboxResponse(status: 200)
    }

    private func checkName(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        let body = try call.request.object()
        guard let name = body["name"]?.stringValue,
            body["type"]?.stringValue?.lowercased() == "microsoft.keyvault/vaults"
        else {
            throw AzureError(400, "BadRequest", "The body holds a name and the type 'Microsoft.KeyVault/vaults'.")
        }
        guard Vaults.isValid(name: name) else {
            return .json([
                "nameAvailable": false, "reason": "AccountNameInvalid", "message": .string(Self.nameRule(name)),
            ])
        }
        let isTaken =
            store.get(Vaults.collection, name.lowercased()) != nil
            || store.get(Vaults.deletedCollection, name.lowercased()) != nil
        guard isTaken else { return .json(["nameAvailable": true]) }
        return .json([
            "nameAvailable": false, "reason": "AlreadyExists",
            "message": .string("The vault name '\(name)' is already in use. Vault names are globally unique."),
        ])
    }

    static func nameRule(_ name: String) -> String {
        "The vault name '\(name)' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must "
            + "begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link "
            + "for more information: https://go.microsoft.com/fwlink/?linkid=2147742"
    }
}
