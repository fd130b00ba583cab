/// Who may read what in a vault.
/// Source: Key Vault documentation, "Azure built-in roles for Key Vault data plane operations"; access policies: Azure
/// REST reference, vaults, `Permissions`.
struct VaultAccess {
    enum Verdict: Equatable {
        /// The label of the grant.
        case granted(String)
        /// No grant names the principal.
        case noGrant
        /// There are grants for the principal, but none for this. `isCertain` if nobody else can have granted it.
        case missing(permission: String, grant: Int, isCertain: Bool)
        /// All that there is for the principal is of the model that the vault does not look at.
        case otherModel(grant: Int)
        case undecided(String)
    }

    let vault: VaultDefinition
    let principal: String

    /// The places, in the vault's list, of the grants for the principal.
    private let grants: [Int]

    init(_ index: VaultIndex, principal: String) {
        vault = index.vault
        self.principal = principal
        grants = index.grants(for: principal)
    }

    func verdict(_ permissions: [String], on type: ObjectType, named name: String) -> Verdict {
        guard let model = vault.authorization else {
            return .undecided("whether \(vault.label) goes by access policies or by roles is not known")
        }
        let own = grants.filter { vault.grants[$0].model == model }
        guard let first = own.first else {
            if vault.hasGrantsToStrangers {
                return .undecided("for whom one of the access entries of \(vault.label) is, is not known")
            }
            if let other = grants.first, vault.hasAllGrants { return .otherModel(grant: other) }
            return .noGrant
        }
        for permission in permissions {
            guard !own.contains(where: { covers(vault.grants[$0], permission, type, name) }) else { continue }
            return .missing(permission: permission, grant: first, isCertain: vault.hasAllGrants)
        }
        let through = own.first { covers(vault.grants[$0], permissions.first ?? "get", type, name) } ?? first
        return .granted(vault.grants[through].label)
    }

    private func covers(_ grant: Grant, _ permission: String, _ type: ObjectType, _ name: String) -> Bool {
        if let object = grant.object, object.lowercased() != name.lowercased() { return false }
        if grant.roles.contains(where: { Self.role($0, allows: permission, on: type) }) { return true }
        guard let permissions = grant.permissions else { return true }
        let granted = permissions[type] ?? []
        return granted.contains(permission) || granted.contains("all")
    }

    /// Whether a built-in role lets it through; a role that is not built in may.
    static func role(_ role: String, allows permission: String, on type: ObjectType) -> Bool {
        guard let entry = roles.first(where: { $0.name == role || role.lowercased().hasSuffix($0.id) }) else {
            return true
        }
        if entry.types.contains(type) { return true }
        return permission == "list" && entry.listsSecrets && type == .secret
    }

    private struct Role {
        let name: String
        let id: String
        let types: Set<ObjectType>
        var listsSecrets = false
    }

    private static let roles = [
        Role(name: "Key Vault Secrets User", id: "4633458b-17de-408a-b874-0445c86b69e6", types: [.secret]),
        Role(
            name: "Key Vault Certificate User", id: "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba",
            types: [.secret, .key, .cert]),
        Role(name: "Key Vault Crypto User", id: "12338af0-0e69-4776-bea7-57ae8d297424", types: [.key]),
        Role(name: "Key Vault Crypto Officer", id: "14b46e9e-c2b7-41b4-b07b-48a6ebf60603", types: [.key]),
        Role(
            name: "Key Vault Crypto Service Encryption User", id: "e147488a-f6f5-4113-8e2d-b22465e65bf6",
            types: [.key]),
        Role(
            name: "Key Vault Reader", id: "21090545-7ca7-4776-b22c-e363652d74d2", types: [.key, .cert],
            listsSecrets: true),
        Role(name: "Key Vault Secrets Officer", id: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7", types: [.secret]),
        Role(name: "Key Vault Certificates Officer", id: "a4417e6f-fecd-4de8-b567-7b0420556985", types: [.cert]),
        Role(
            name: "Key Vault Administrator", id: "00482a5a-887f-4fb3-b363-3b7fe8e74483",
            types: [.secret, .key, .cert]),
        // Control plane only: they read nothing.
        Role(name: "Owner", id: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", types: []),
        Role(name: "Contributor", id: "b24988ac-6180-42a0-ab88-20f7382dd24c", types: []),
        Role(name: "Reader", id: "acdd72a7-3385-48ef-bd42-f606fba81ae7", types: []),
    ]
}
