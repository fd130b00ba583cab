/// Whether the caller may do something in a vault: by access policies or, where the vault says so, by roles.
/// Source: Key Vault documentation, access policies and Azure RBAC for the data plane.
struct VaultAccess: Sendable {
    let call: VaultCall

    /// Demands a permission, named by the word that access policies have for it, e.g. `get`.
    /// - Throws: 403 `Forbidden` with the inner code that tells the model which refused.
    func require(
        _ permission: String, on kind: VaultObject.Kind, named object: String? = nil, in store: isolated Store
    ) throws {
        try checkNetwork()
        let access = Vaults.access(of: call.vault, at: call.timing.seconds)
        if access.isRBAC {
            try requireRole(permission, kind, object, in: store)
        } else {
            try requirePolicy(permission, kind, access.policies)
        }
    }

    private func checkNetwork() throws {
        let properties = call.vault["properties"] ?? [:]
        if properties["publicNetworkAccess"] == "Disabled" {
            throw AzureError(
                403, "Forbidden",
                "Public network access is disabled and request is not from a trusted service nor via an approved private "
                    + "link.\r\nCaller: \(call.callerText)\r\nVault: \(vaultText)", inner: "ForbiddenByConnection")
        }
        guard NetworkRules(properties["networkAcls"]).admitsLoopback else {
            throw AzureError(
                403, "Forbidden",
                "Client address is not authorized and caller is not a trusted service.\r\nClient address: 127.0.0.1\r\n"
                    + "Caller: \(call.callerText)\r\nVault: \(vaultText)", inner: "ForbiddenByFirewall")
        }
    }

    // MARK: Access policies

    private func requirePolicy(_ permission: String, _ kind: VaultObject.Kind, _ policies: [JSON]) throws {
        let own = policies.filter { $0["objectId"]?.stringValue?.lowercased() == call.token.objectID.lowercased() }
        let grants = own.filter { policy in
            let words = policy[path: "permissions", kind.rawValue]?.arrayValue?.compactMap {
                $0.stringValue?.lowercased()
            }
            return words?.contains(permission) == true || (permission != "purge" && words?.contains("all") == true)
        }
        if grants.contains(where: { $0["applicationId"]?.stringValue == nil }) { return }
        let isCompound = !grants.isEmpty
        let obo = isCompound ? " to use on-behalf-of (OBO) flow" : ""
        throw AzureError(
            403, "Forbidden",
            "The user, group or application '\(call.callerText)' does not have \(kind.rawValue) \(permission) permission"
                + "\(obo) on key vault '\(vaultText)'. For help resolving this issue, please see "
                + "https://go.microsoft.com/fwlink/?linkid=2125287",
            inner: isCompound ? "ForbiddenByPolicy" : "AccessDenied")
    }

    private var vaultText: String { "\(call.name);location=\(call.vault["location"]?.stringValue ?? "")" }

    // MARK: Roles

    private func requireRole(
        _ permission: String, _ kind: VaultObject.Kind, _ object: String?, in store: isolated Store
    ) throws {
        let resource = Vaults.id(call.vault) + (object.map { "/\(kind.rawValue)/\($0)" } ?? "")
        let roles = RoleAssignments.roles(
            of: call.token.objectID, covering: resource, at: call.timing.seconds, in: store)
        guard !roles.contains(where: { Self.allows($0, permission, kind) }) else { return }
        throw AzureError(
            403, "Forbidden",
            "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role "
                + "definitions were changed recently, please observe propagation time.\r\nCaller: \(call.callerText)"
                + "\r\nAction: 'Microsoft.KeyVault/vaults/\(kind.rawValue)/\(Self.action(permission, kind))'\r\nResource: "
                + "'\(resource.lowercased())'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: "
                + "'DeniedWithNoValidRBAC' \r\nVault: \(vaultText)\r\n",
            inner: "ForbiddenByRbac")
    }

    private static func allows(_ role: BuiltInRole, _ permission: String, _ kind: VaultObject.Kind) -> Bool {
        switch role {
        case .keyVaultAdministrator: true
        case .keyVaultSecretsOfficer: kind == .secrets
        case .keyVaultCertificatesOfficer: kind == .certificates
        case .keyVaultCryptoOfficer: kind == .keys
        case .keyVaultSecretsUser: kind == .secrets && ["get", "list"].contains(permission)
        case .keyVaultCertificateUser: ["get", "list"].contains(permission)
        case .keyVaultCryptoUser:
            kind == .keys
                && [
                    "get", "list", "update", "backup", "encrypt", "decrypt", "wrapkey", "unwrapkey", "sign", "verify",
                ].contains(permission.lowercased())
        case .keyVaultCryptoServiceEncryptionUser:
            kind == .keys && ["get", "list", "wrapkey", "unwrapkey"].contains(permission.lowercased())
        case .keyVaultCryptoServiceReleaseUser: kind == .keys && permission == "release"
        case .keyVaultReader: permission == "list" || (permission == "get" && kind != .secrets)
        default: false
        }
    }

    private static func action(_ permission: String, _ kind: VaultObject.Kind) -> String {
        switch (permission, kind) {
        case ("get", .secrets): "getSecret/action"
        case ("set", .secrets): "setSecret/action"
        case ("get", _), ("list", _): "read"
        case ("create", _): "create/action"
        case ("update", _): "update/action"
        case ("import", _): "import/action"
        case ("delete", _): "delete"
        default: "\(permission)/action"
        }
    }
}
