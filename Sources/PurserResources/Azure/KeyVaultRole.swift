/// The built-in roles that concern key vaults, by the names under which Azure lists them.
///
/// Source: Azure documentation, "Provide access to Key Vault keys, certificates, and secrets with Azure role-based access
/// control", and the built-in roles' definitions.
enum KeyVaultRole: String, CaseIterable, Sendable {
    case administrator = "Key Vault Administrator"
    case certificateUser = "Key Vault Certificate User"
    case certificatesOfficer = "Key Vault Certificates Officer"
    case contributor = "Key Vault Contributor"
    case cryptoOfficer = "Key Vault Crypto Officer"
    case cryptoServiceEncryptionUser = "Key Vault Crypto Service Encryption User"
    case cryptoServiceReleaseUser = "Key Vault Crypto Service Release User"
    case cryptoUser = "Key Vault Crypto User"
    case dataAccessAdministrator = "Key Vault Data Access Administrator"
    case purgeOperator = "Key Vault Purge Operator"
    case reader = "Key Vault Reader"
    case secretsOfficer = "Key Vault Secrets Officer"
    case secretsUser = "Key Vault Secrets User"

    /// The last segment of the role definition's identifier, the same in every subscription.
    var id: String {
        switch self {
        case .administrator: "00482a5a-887f-4fb3-b363-3b7fe8e74483"
        case .certificateUser: "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba"
        case .certificatesOfficer: "a4417e6f-fecd-4de8-b567-7b0420556985"
        case .contributor: "f25e0fa2-a7c8-4377-a976-54943a77a395"
        case .cryptoOfficer: "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"
        case .cryptoServiceEncryptionUser: "e147488a-f6f5-4113-8e2d-b22465e65bf6"
        case .cryptoServiceReleaseUser: "08bbd89e-9f13-488c-ac41-acfcb10c90ab"
        case .cryptoUser: "12338af0-0e69-4776-bea7-57ae8d297424"
        case .dataAccessAdministrator: "8b54135c-b56d-4d72-a534-26097cfdc8d8"
        case .purgeOperator: "a68e7c17-0ab2-4c09-9a58-125dae29748c"
        case .reader: "21090545-7ca7-4776-b22c-e363652d74d2"
        case .secretsOfficer: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
        case .secretsUser: "4633458b-17de-408a-b874-0445c86b69e6"
        }
    }

    static func role(id: String) -> KeyVaultRole? { allCases.first { $0.id == id.lowercased() } }

    /// What the role allows inside a vault, in the words of access policies. Reading a key or a certificate does not
    /// give its private part; listing secrets does not give their values.
    var permissions: PermissionSet {
        func all(_ section: VaultSection) -> [String] { section.permissions.filter { $0 != "all" } }
        let metadata = ["certificates": ["get", "list"], "keys": ["get", "list"], "secrets": ["list"]]
        switch self {
        case .administrator:
            return PermissionSet(
                Dictionary(uniqueKeysWithValues: VaultSection.allCases.map { ($0.rawValue, all($0)) }))
        case .certificateUser:
            return PermissionSet(
                ["certificates": ["get", "list"], "keys": ["get", "list"], "secrets": ["get", "list"]])
        case .certificatesOfficer: return PermissionSet(["certificates": all(.certificates)])
        case .cryptoOfficer: return PermissionSet(["keys": all(.keys)])
        case .cryptoServiceEncryptionUser: return PermissionSet(["keys": ["get", "list", "unwrapKey", "wrapKey"]])
        case .cryptoServiceReleaseUser: return PermissionSet(["keys": ["release"]])
        case .cryptoUser:
            return PermissionSet([
                "keys": [
                    "backup", "decrypt", "encrypt", "get", "list", "sign", "unwrapKey", "update", "verify", "wrapKey",
                ]
            ])
        case .reader: return PermissionSet(metadata)
        case .secretsOfficer: return PermissionSet(["secrets": all(.secrets)])
        case .secretsUser: return PermissionSet(["secrets": ["get", "list"]])
        case .contributor, .dataAccessAdministrator, .purgeOperator: return PermissionSet()
        }
    }

    // MARK: The least roles

    /// The roles that together allow all of `wanted` and the least beside it.
    ///
    /// Every set of roles is weighed: what it allows beyond what is wanted, then how many roles it takes. Reading a
    /// secret's value and using a key count ten times what reading metadata does, and writing twenty times. What
    /// administrators may do beside is not among the permissions, and counts once.
    static func least(for wanted: PermissionSet) -> [KeyVaultRole] {
        let wanted = wanted.withoutAll
        guard !wanted.isEmpty else { return [] }
        let candidates = allCases.filter { !$0.permissions.isEmpty }
        var best: (weight: Int, roles: [KeyVaultRole])?
        for choice in 1..<(1 << candidates.count) {
            let roles = candidates.enumerated().filter { choice & (1 << $0.offset) != 0 }.map(\.element)
            guard roles.count <= VaultSection.allCases.count else { continue }
            let granted = roles.reduce(PermissionSet()) { $0.union($1.permissions) }
            guard wanted.subtracting(granted).isEmpty else { continue }
            let beyond = roles.contains(.administrator) ? 1 : 0
            let weight = (weight(of: granted.subtracting(wanted)) + beyond) * 10 + roles.count
            if weight < best?.weight ?? .max { best = (weight, roles) }
        }
        return best?.roles ?? []
    }

    private static func weight(of surplus: PermissionSet) -> Int {
        VaultSection.allCases.reduce(0) { sum, section in
            sum + surplus.listed(section).reduce(0) { $0 + weight(of: $1, in: section) }
        }
    }

    private static func weight(of word: String, in section: VaultSection) -> Int {
        switch word {
        case "list", "getissuers", "listissuers", "getrotationpolicy": 1
        case "get": section == .secrets ? 10 : 1
        case "decrypt", "encrypt", "release", "sign", "unwrapKey", "verify", "wrapKey": 10
        default: 20
        }
    }
}
