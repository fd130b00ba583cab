import Foundation

/// The built-in roles that the sandbox knows, by the last segment of their definition's id.
enum BuiltInRole: String, Sendable, CaseIterable {
    case keyVaultAdministrator = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
    case keyVaultReader = "21090545-7ca7-4776-b22c-e363652d74d2"
    case keyVaultSecretsOfficer = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
    case keyVaultSecretsUser = "4633458b-17de-408a-b874-0445c86b69e6"
    case keyVaultCertificatesOfficer = "a4417e6f-fecd-4de8-b567-7b0420556985"
    case keyVaultCertificateUser = "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba"
    case keyVaultCryptoOfficer = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"
    case keyVaultCryptoUser = "12338af0-0e69-4776-bea7-57ae8d297424"
    case keyVaultPurgeOperator = "a68e7c17-0ab2-4c09-9a58-125dae29748c"
    case keyVaultDataAccessAdministrator = "8b54135c-b56d-4d72-a534-26097cfdc8d8"
    case keyVaultContributor = "f25e0fa2-a7c8-4377-a976-54943a77a395"
    case managedIdentityOperator = "f1a07417-d97a-45cb-824c-7a7467783830"
    case managedIdentityContributor = "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59"
    case virtualMachineContributor = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"
    case storageBlobDataContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
    case storageBlobDataReader = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    case owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    case contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c"
    case reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
    case userAccessAdministrator = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
    case rbacAdministrator = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"

    var title: String {
        switch self {
        case .keyVaultAdministrator: "Key Vault Administrator"
        case .keyVaultReader: "Key Vault Reader"
        case .keyVaultSecretsOfficer: "Key Vault Secrets Officer"
        case .keyVaultSecretsUser: "Key Vault Secrets User"
        case .keyVaultCertificatesOfficer: "Key Vault Certificates Officer"
        case .keyVaultCertificateUser: "Key Vault Certificate User"
        case .keyVaultCryptoOfficer: "Key Vault Crypto Officer"
        case .keyVaultCryptoUser: "Key Vault Crypto User"
        case .keyVaultPurgeOperator: "Key Vault Purge Operator"
        case .keyVaultDataAccessAdministrator: "Key Vault Data Access Administrator"
        case .keyVaultContributor: "Key Vault Contributor"
        case .managedIdentityOperator: "Managed Identity Operator"
        case .managedIdentityContributor: "Managed Identity Contributor"
        case .virtualMachineContributor: "Virtual Machine Contributor"
        case .storageBlobDataContributor: "Storage Blob Data Contributor"
        case .storageBlobDataReader: "Storage Blob Data Reader"
        case .owner: "Owner"
        case .contributor: "Contributor"
        case .reader: "Reader"
        case .userAccessAdministrator: "User Access Administrator"
        case .rbacAdministrator: "Role Based Access Control Administrator"
        }
    }
}

/// Who holds which role where.
enum RoleAssignments {
    /// By the assignment's id in lower case.
    static let collection = "roleAssignments"

    /// The roles that the principal holds at that resource or above it, as far as they have taken effect by `now`.
    static func roles(
        of objectID: String, covering id: String, at now: Double = .infinity, in store: isolated Store
    ) -> [BuiltInRole] {
        store.list(collection).map(\.value).filter { assignment in
            assignment["principalId"]?.stringValue?.lowercased() == objectID.lowercased()
                && isAt(assignment["scope"]?.stringValue ?? "?", orAbove: id)
                && (assignment["effectiveFrom"]?.numberValue ?? 0) <= now
        }
        .compactMap(role)
    }

    static func role(_ assignment: JSON) -> BuiltInRole? {
        assignment["roleDefinitionId"]?.stringValue?.split(separator: "/").last.flatMap {
            BuiltInRole(rawValue: $0.lowercased())
        }
    }

    /// Whether `scope` is `id` or contains it.
    static func isAt(_ scope: String, orAbove id: String) -> Bool {
        let scope = scope.lowercased()
        let id = id.lowercased()
        return scope == "/" || scope == id || id.hasPrefix(scope + "/")
    }

    static func removeAll(within id: String, in store: isolated Store) throws {
        for (key, assignment) in store.list(collection)
        where isAt(id, orAbove: assignment["scope"]?.stringValue ?? "?") {
            try store.remove(collection, key)
        }
    }

    static func put(
        _ name: String, scope: String, role: BuiltInRole, principal: String, in store: isolated Store
    ) throws {
        let id = "\(scope)/providers/Microsoft.Authorization/roleAssignments/\(name)"
        try store.put(
            collection, id.lowercased(),
            [
                "name": .string(name), "scope": .string(scope), "principalId": .string(principal),
                "principalType": "ServicePrincipal", "roleDefinitionId": .string(Authorization.definitionID(role)),
            ])
    }
}
