/// The built-in roles that this tool proposes to grant, from the narrow ones to the wide ones.
///
/// Source: Azure documentation, "Azure built-in roles".
enum RoleChoice {
    struct BuiltIn: Sendable {
        let name: String
        let grants: GrantedActions.Role

        init(_ name: String, _ actions: [String], not: [String] = [], data: [String] = []) {
            self.name = name
            grants = GrantedActions.Role(actions: actions, notActions: not, dataActions: data)
        }
    }

    struct Choice: Sendable {
        /// Each with the actions that it is for.
        var roles: [(name: String, actions: [String])] = []
        /// What no role of the list allows.
        var rest: [String] = []
    }

    /// For each action the narrowest role that allows it, without the roles that another one of them makes needless.
    static func roles(for actions: Set<String>, isData: Bool) -> Choice {
        let candidates = isData ? forData : forManagement
        var narrowest: [Int: Set<String>] = [:]
        var choice = Choice()
        for action in actions.sorted() {
            if let place = candidates.firstIndex(where: { $0.grants.allows(action, isData: isData) }) {
                narrowest[place, default: []].insert(action)
            } else {
                choice.rest.append(action)
            }
        }
        for place in narrowest.keys.sorted() {
            guard let own = narrowest[place] else { continue }
            let wider = narrowest.keys.sorted().first { other in
                other > place && own.allSatisfy { candidates[other].grants.allows($0, isData: isData) }
            }
            guard let wider else { continue }
            narrowest[wider]?.formUnion(own)
            narrowest[place] = nil
        }
        choice.roles = narrowest.sorted { $0.key < $1.key }.map { (candidates[$0.key].name, $0.value.sorted()) }
        return choice
    }

    static func allows(_ action: String, by role: String, isData: Bool) -> Bool {
        (isData ? forData : forManagement).first { $0.name == role }?.grants.allows(action, isData: isData) ?? false
    }

    private static let forManagement: [BuiltIn] = [
        BuiltIn("Reader", ["*/read"]),
        BuiltIn(
            "Key Vault Purge Operator",
            [
                "Microsoft.KeyVault/locations/deletedVaults/read",
                "Microsoft.KeyVault/locations/deletedVaults/purge/action",
            ]),
        BuiltIn(
            "Managed Identity Operator",
            [
                "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
                "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            ]),
        BuiltIn(
            "Managed Identity Contributor",
            [
                "Microsoft.ManagedIdentity/userAssignedIdentities/read",
                "Microsoft.ManagedIdentity/userAssignedIdentities/write",
                "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
                "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/*",
            ]),
        BuiltIn("Virtual Machine Contributor", ["Microsoft.Compute/virtualMachineScaleSets/*"]),
        BuiltIn(
            "Azure Kubernetes Service Cluster User Role",
            [
                "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
                "Microsoft.ContainerService/managedClusters/read",
            ]),
        BuiltIn(
            "Key Vault Contributor", ["Microsoft.KeyVault/*"],
            not: ["Microsoft.KeyVault/locations/deletedVaults/purge/action"]),
        BuiltIn(
            "Key Vault Data Access Administrator",
            [
                "Microsoft.Authorization/roleAssignments/read", "Microsoft.Authorization/roleAssignments/write",
                "Microsoft.Authorization/roleAssignments/delete",
            ]),
        BuiltIn(
            "Contributor", ["*"],
            not: ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]),
    ]

    private static let vaults = "Microsoft.KeyVault/vaults"
    private static let forData: [BuiltIn] = [
        BuiltIn(
            "Key Vault Secrets User", [],
            data: ["\(vaults)/secrets/getSecret/action", "\(vaults)/secrets/readMetadata/action"]),
        BuiltIn(
            "Key Vault Reader", [], data: ["\(vaults)/*/read", "\(vaults)/secrets/readMetadata/action"]),
        BuiltIn("Key Vault Secrets Officer", [], data: ["\(vaults)/secrets/*"]),
        BuiltIn("Key Vault Certificates Officer", [], data: ["\(vaults)/certificates/*"]),
        BuiltIn("Key Vault Crypto Officer", [], data: ["\(vaults)/keys/*"]),
        BuiltIn("Key Vault Administrator", [], data: ["\(vaults)/*"]),
    ]

    /// What Azure calls the data action that stands for a permission of access policies.
    ///
    /// Source: Azure documentation, "Azure permissions for Security", Microsoft.KeyVault, data actions.
    static func dataAction(section: String, permission: String) -> String {
        let action =
            switch (section, permission) {
            case ("secrets", "get"): "getSecret/action"
            case ("secrets", "set"): "setSecret/action"
            case ("secrets", "list"): "readMetadata/action"
            case (_, "get"), (_, "list"): "read"
            case (_, "delete"): "delete"
            default: "\(permission)/action"
            }
        return "\(vaults)/\(section)/\(action)"
    }
}
