import PurserClients
import PurserEngine
import PurserSyntax

/// Vaults, identities and scale sets of a subscription, found by lists.
///
/// Sources: Azure REST reference: "List By Subscription" of vaults and of user-assigned identities, "List" of resource
/// groups; Key Vault REST reference 7.4: "Get Secrets", "Get Certificates", "Get Keys", which hold no values.
struct AzureSurvey: Sendable {
    let arm: ARMClient
    let keyVault: KeyVaultClient
    let polling: Polling
    let subscription: String

    /// A resource of a group.
    struct Resource: Sendable {
        let id: String
        let name: String
        /// As its identifier spells it.
        let group: String
        let location: String
        let body: JSONValue

        init?(_ body: JSONValue) {
            guard let id = body["id"]?.string, let name = body["name"]?.string else { return nil }
            let parts = id.split(separator: "/").map(String.init)
            guard parts.count > 4, parts[2].lowercased() == "resourcegroups" else { return nil }
            self.id = id
            self.name = name
            group = parts[3]
            location = body["location"]?.string ?? ""
            self.body = body
        }

        var properties: JSONValue? { body["properties"] }
        var principal: String? { properties?["principalId"]?.string }
        var clientId: String? { properties?["clientId"]?.string }
        var vaultURI: String? { properties?["vaultUri"]?.string }
        var model: VaultModel { properties?["enableRbacAuthorization"]?.bool == true ? .rbac : .policies }
    }

    func vaults() async throws(ServiceError) -> [Resource] {
        try await arm.list("\(base)/providers/Microsoft.KeyVault/vaults", apiVersion: AzureVersion.vaults)
            .compactMap(Resource.init)
    }

    func identities() async throws(ServiceError) -> [Resource] {
        try await arm.list(
            "\(base)/providers/Microsoft.ManagedIdentity/userAssignedIdentities", apiVersion: AzureVersion.identities
        ).compactMap(Resource.init)
    }

    /// Name and region of each resource group, by its name in lower case.
    func groups() async throws(ServiceError) -> [String: (name: String, location: String)] {
        let listed = try await arm.list("\(base)/resourcegroups", apiVersion: AzureVersion.resources)
        let named = listed.compactMap { group in
            group["name"]?.string.map { ($0.lowercased(), (name: $0, location: group["location"]?.string ?? "")) }
        }
        return Dictionary(named) { first, _ in first }
    }

    func scaleSets(of group: String) async throws(ServiceError) -> [ScaleSet] {
        let client = ScaleSetClient(arm: arm, polling: polling)
        return try await client.listIfThere(.init(subscription: subscription, name: group)) ?? []
    }

    private var base: String { "/subscriptions/\(subscription)" }

    // MARK: Access

    /// What the principal may do at just this vault, in the fields of an access entry; empty if nothing.
    func access(of principal: String, to vault: Resource) async throws(ServiceError) -> [YAMLField?] {
        switch vault.model {
        case .policies:
            let permissions = PolicyEntry.find(principal, in: vault.body)?.permissions ?? PermissionSet()
            return [VaultSection.secrets, .keys, .certificates].map { .texts($0.rawValue, permissions.listed($0)) }
        case .rbac:
            let assignments = RoleAssignments(
                arm: arm, polling: polling, scope: vault.id, owner: Owner(environment: "", address: nil))
            let roles = try await assignments.held(by: principal).keys.map(\.rawValue).sorted()
            return [.texts("roles", roles)]
        }
    }

    // MARK: Contents

    /// Names in lower case; nil where they may not be listed.
    struct Contents: Sendable {
        var names: [VaultSection: Set<String>] = [:]
        /// Why a section could not be listed.
        var failure: ServiceError?

        func has(_ name: String, in section: VaultSection) -> Bool? { names[section]?.contains(name.lowercased()) }
    }

    func contents(of vault: Resource, _ sections: Set<VaultSection>) async -> Contents {
        var contents = Contents()
        guard let address = vault.vaultURI else { return contents }
        for section in VaultSection.allCases where sections.contains(section) {
            do throws(ServiceError) {
                let listed = try await keyVault.list(vaultURL: address, path: "/\(section.rawValue)")
                // `{vault}/secrets/NAME`; a key has it in `kid`.
                contents.names[section] = Set(
                    listed.compactMap { ($0["id"] ?? $0["kid"])?.string?.split(separator: "/").last?.lowercased() })
            } catch {
                contents.failure = error
            }
        }
        return contents
    }
}
