import PurserClients
import PurserEngine

/// The sections of a vault to which an access policy grants something.
enum VaultSection: String, CaseIterable, Sendable {
    case certificates
    case keys
    case secrets

    /// Every permission that the section knows. Source: Azure REST reference, vaults, `Permissions`.
    var permissions: [String] {
        switch self {
        case .certificates:
            [
                "all", "backup", "create", "delete", "deleteissuers", "get", "getissuers", "import", "list",
                "listissuers", "managecontacts", "manageissuers", "purge", "recover", "restore", "setissuers", "update",
            ]
        case .keys:
            [
                "all", "backup", "create", "decrypt", "delete", "encrypt", "get", "getrotationpolicy", "import", "list",
                "purge", "recover", "release", "restore", "rotate", "setrotationpolicy", "sign", "unwrapKey", "update",
                "verify", "wrapKey",
            ]
        case .secrets: ["all", "backup", "delete", "get", "list", "purge", "recover", "restore", "set"]
        }
    }
}

/// Permissions by section, compared without regard to order and letter case; or, where the vault goes by roles, the
/// names of roles.
struct PermissionSet: Sendable, Equatable {
    private var words: [VaultSection: Set<String>] = [:]
    private var roleNames: Set<String> = []

    init() {}

    /// What an access entry grants under its vault's model.
    init(_ attributes: Attributes?) {
        guard let attributes else { return }
        self = attributes.vaultModel == .rbac ? Self(roles: Self.roles(of: attributes)) : Self(sections: attributes)
    }

    /// From an attribute list of the same names as the sections.
    init(sections attributes: Attributes) {
        for section in VaultSection.allCases {
            let listed = attributes[AccessPolicy.permissions(section)] ?? []
            if !listed.isEmpty { words[section] = Set(listed.map { $0.lowercased() }) }
        }
    }

    init(roles: some Sequence<KeyVaultRole>) { roleNames = Set(roles.map(\.rawValue)) }

    /// The roles that an entry names, and the least ones that its permissions ask for.
    static func roles(of attributes: Attributes) -> [KeyVaultRole] {
        let named = (attributes[AccessPolicy.roles] ?? []).compactMap(KeyVaultRole.init)
        let least = KeyVaultRole.least(for: PermissionSet(sections: attributes))
        return named.isEmpty ? least : named
    }

    /// From a map of sections, as outputs record it.
    init(_ map: [String: [String]]) {
        roleNames = Set(map["roles"] ?? [])
        for section in VaultSection.allCases {
            if let listed = map[section.rawValue], !listed.isEmpty {
                words[section] = Set(listed.map { $0.lowercased() })
            }
        }
    }

    var isEmpty: Bool { words.values.allSatisfy(\.isEmpty) && roleNames.isEmpty }

    var roles: [KeyVaultRole] { roleNames.sorted().compactMap(KeyVaultRole.init) }

    /// What the roles allow, or the permissions themselves.
    var allowed: PermissionSet {
        roleNames.isEmpty ? self : roles.reduce(PermissionSet()) { $0.union($1.permissions) }
    }

    /// With the permissions that `all` stands for in its place.
    var withoutAll: PermissionSet {
        var result = self
        for section in VaultSection.allCases where contains("all", in: section) {
            let meant = section.permissions.filter { $0 != "purge" && $0 != "all" }
            let others = (words[section] ?? []).subtracting(["all"])
            result.words[section] = others.union(meant.map { $0.lowercased() })
        }
        return result
    }

    func union(_ other: PermissionSet) -> PermissionSet { combined(other) { $0.union($1) } }

    func subtracting(_ other: PermissionSet) -> PermissionSet { combined(other) { $0.subtracting($1) } }

    /// What of these a principal with `granted` may do: `all` stands for everything but purging.
    func covered(by granted: PermissionSet) -> PermissionSet {
        combined(granted) { own, granted in
            granted.contains("all")
                ? own.filter { $0 != "purge" || granted.contains("purge") } : own.intersection(granted)
        }
    }

    private func combined(
        _ other: PermissionSet, _ combine: (Set<String>, Set<String>) -> Set<String>
    ) -> PermissionSet {
        var result = PermissionSet()
        for section in VaultSection.allCases {
            let combined = combine(words[section] ?? [], other.words[section] ?? [])
            if !combined.isEmpty { result.words[section] = combined }
        }
        result.roleNames = combine(roleNames, other.roleNames)
        return result
    }

    func contains(_ word: String, in section: VaultSection) -> Bool {
        words[section]?.contains(word.lowercased()) ?? false
    }

    /// The words of a section in the letter case of the reference, in alphabetical order.
    func listed(_ section: VaultSection) -> [String] {
        let own = words[section] ?? []
        let known = section.permissions.filter { own.contains($0.lowercased()) }
        return (known + own.subtracting(known.map { $0.lowercased() })).sorted()
    }

    var map: [String: [String]] {
        var map = Dictionary(
            uniqueKeysWithValues: VaultSection.allCases.filter { words[$0] != nil }.map { ($0.rawValue, listed($0)) })
        if !roleNames.isEmpty { map["roles"] = roleNames.sorted() }
        return map
    }
}

/// Who decides on access to what a vault holds.
enum VaultModel: String, Sendable {
    case policies
    case rbac
}

extension Attributes {
    /// The model of the vault that an access entry stands in. A record from before there was a choice has none.
    var vaultModel: VaultModel {
        self[AccessPolicy.vault]?.value["authorization"]?.string.flatMap(VaultModel.init) ?? .policies
    }
}

/// One entry of a vault's access policies.
struct PolicyEntry: Sendable {
    let tenantId: String
    let objectId: String
    /// As the service stores them, in its letter case.
    let stored: [VaultSection: [String]]

    var permissions: PermissionSet {
        PermissionSet(Dictionary(uniqueKeysWithValues: stored.map { ($0.key.rawValue, $0.value) }))
    }

    /// The principal's own entry in a vault's body. One with an `applicationId` is another one: it serves only calls on
    /// behalf of somebody.
    static func find(_ objectId: String, in vault: JSONValue) -> PolicyEntry? {
        let entries = vault.at("properties", "accessPolicies")?.array ?? []
        for entry in entries where entry["objectId"]?.string?.lowercased() == objectId.lowercased() {
            guard entry["applicationId"]?.string == nil else { continue }
            return PolicyEntry(
                tenantId: entry["tenantId"]?.string ?? "", objectId: objectId,
                stored: Dictionary(
                    uniqueKeysWithValues: VaultSection.allCases.map {
                        ($0, entry.at("permissions", $0.rawValue)?.strings ?? [])
                    }))
        }
        return nil
    }

    /// The given permissions in the stored letter case: a removal in another case leaves them behind.
    func storedWords(of permissions: PermissionSet) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for (section, words) in stored {
            let matching = words.filter { permissions.contains($0, in: section) }
            if !matching.isEmpty { result[section.rawValue] = matching }
        }
        return result
    }
}
