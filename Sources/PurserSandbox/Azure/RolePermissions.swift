/// What a role allows: actions of Resource Manager and of the data plane, with `*` for anything.
/// Source: Azure documentation, "Azure built-in roles" and "Understand Azure role definitions".
struct RolePermissions: Sendable {
    var actions: [String] = []
    var notActions: [String] = []
    var dataActions: [String] = []

    func allows(_ action: String) -> Bool {
        actions.contains { Self.matches(action, $0) } && !notActions.contains { Self.matches(action, $0) }
    }

    /// As `GET …/permissions` and role definitions show it.
    var document: JSON {
        func list(_ actions: [String]) -> JSON { .array(actions.map { .string($0) }) }
        return [
            "actions": list(actions), "notActions": list(notActions), "dataActions": list(dataActions),
            "notDataActions": [],
        ]
    }

    /// Without regard to case.
    static func matches(_ action: String, _ pattern: String) -> Bool {
        let parts = pattern.lowercased().split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        var rest = Substring(action.lowercased())
        guard let first = parts.first, let last = parts.last, rest.hasPrefix(first) else { return false }
        if parts.count == 1 { return rest == first }
        rest = rest.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}

extension BuiltInRole {
    private static let vaultReads = [
        "Microsoft.Authorization/*/read", "Microsoft.KeyVault/checkNameAvailability/read",
        "Microsoft.KeyVault/deletedVaults/read", "Microsoft.KeyVault/locations/*/read",
        "Microsoft.KeyVault/vaults/*/read", "Microsoft.Resources/subscriptions/resourceGroups/read",
    ]
    private static let groupReads = [
        "Microsoft.Authorization/*/read", "Microsoft.Resources/subscriptions/resourceGroups/read",
    ]

    var permissions: RolePermissions {
        switch self {
        case .owner: RolePermissions(actions: ["*"])
        case .contributor:
            RolePermissions(
                actions: ["*"],
                notActions: [
                    "Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
                    "Microsoft.Authorization/elevateAccess/Action",
                ])
        case .reader: RolePermissions(actions: ["*/read"])
        case .userAccessAdministrator: RolePermissions(actions: ["*/read", "Microsoft.Authorization/*"])
        case .rbacAdministrator:
            RolePermissions(actions: [
                "*/read", "Microsoft.Authorization/roleAssignments/write",
                "Microsoft.Authorization/roleAssignments/delete",
            ])
        case .keyVaultContributor:
            RolePermissions(
                actions: Self.groupReads + ["Microsoft.KeyVault/*"],
                notActions: [
                    "Microsoft.KeyVault/locations/deletedVaults/purge/action", "Microsoft.KeyVault/hsmPools/*",
                    "Microsoft.KeyVault/managedHsms/*",
                ])
        case .managedIdentityContributor:
            RolePermissions(
                actions: Self.groupReads + [
                    "Microsoft.ManagedIdentity/userAssignedIdentities/read",
                    "Microsoft.ManagedIdentity/userAssignedIdentities/write",
                    "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
                    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/*",
                ])
        case .managedIdentityOperator:
            RolePermissions(
                actions: Self.groupReads + [
                    "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
                    "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
                ])
        case .virtualMachineContributor:
            RolePermissions(actions: Self.groupReads + ["Microsoft.Compute/virtualMachineScaleSets/*"])
        case .storageBlobDataContributor:
            RolePermissions(
                actions: ["read", "write", "delete"].map {
                    "Microsoft.Storage/storageAccounts/blobServices/containers/\($0)"
                }, dataActions: dataActions)
        case .storageBlobDataReader:
            RolePermissions(
                actions: ["Microsoft.Storage/storageAccounts/blobServices/containers/read"], dataActions: dataActions)
        default: RolePermissions(actions: isForVaults ? Self.vaultReads : [], dataActions: dataActions)
        }
    }

    private var isForVaults: Bool { dataActions.contains { $0.hasPrefix("Microsoft.KeyVault/") } }

    private var dataActions: [String] {
        let vaults = "Microsoft.KeyVault/vaults"
        switch self {
        case .keyVaultAdministrator: return ["\(vaults)/*"]
        case .keyVaultReader: return ["\(vaults)/*/read", "\(vaults)/secrets/readMetadata/action"]
        case .keyVaultSecretsOfficer: return ["\(vaults)/secrets/*"]
        case .keyVaultSecretsUser:
            return ["\(vaults)/secrets/getSecret/action", "\(vaults)/secrets/readMetadata/action"]
        case .keyVaultCertificatesOfficer:
            return ["\(vaults)/certificatecas/*", "\(vaults)/certificatecontacts/write", "\(vaults)/certificates/*"]
        case .keyVaultCertificateUser:
            return [
                "\(vaults)/certificates/read", "\(vaults)/keys/read", "\(vaults)/secrets/getSecret/action",
                "\(vaults)/secrets/readMetadata/action",
            ]
        case .keyVaultCryptoOfficer: return ["\(vaults)/keys/*", "\(vaults)/keyrotationpolicies/*"]
        case .keyVaultCryptoUser:
            return [
                "read", "update/action", "backup/action", "encrypt/action", "decrypt/action", "wrap/action",
                "unwrap/action", "sign/action", "verify/action",
            ].map { "\(vaults)/keys/\($0)" }
        case .keyVaultCryptoServiceEncryptionUser:
            return ["read", "wrap/action", "unwrap/action"].map { "\(vaults)/keys/\($0)" }
        case .keyVaultCryptoServiceReleaseUser: return ["\(vaults)/keys/release/action"]
        case .storageBlobDataContributor:
            return ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*"]
        case .storageBlobDataReader:
            return ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"]
        default: return []
        }
    }
}
