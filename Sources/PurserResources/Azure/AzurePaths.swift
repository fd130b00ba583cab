import PurserEngine

/// Resource identifiers of Azure Resource Manager. They serve as paths of requests too.
///
/// The service changes the case of some segments in what it answers (`resourcegroups`); identifiers are therefore built
/// here, and compared without regard to case. The client encodes what an address needs encoded.
enum AzurePaths {
    static func group(subscription: String, name: String) -> String {
        "/subscriptions/\(subscription)/resourceGroups/\(name)"
    }

    static func identity(group: String, name: String) -> String {
        "\(group)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/\(name)"
    }

    static func vault(group: String, name: String) -> String {
        "\(group)/providers/Microsoft.KeyVault/vaults/\(name)"
    }

    static func deletedVault(subscription: String, location: String, name: String) -> String {
        "/subscriptions/\(subscription)/providers/Microsoft.KeyVault/locations/\(location)"
            + "/deletedVaults/\(name)"
    }

    static func managedCluster(subscription: String, group: String, name: String) -> String {
        "\(Self.group(subscription: subscription, name: group))/providers/Microsoft.ContainerService"
            + "/managedClusters/\(name)"
    }

    static func scaleSets(subscription: String, group: String) -> String {
        "\(Self.group(subscription: subscription, name: group))/providers/Microsoft.Compute/virtualMachineScaleSets"
    }

    static func areEqual(_ left: String, _ right: String) -> Bool { left.lowercased() == right.lowercased() }
}

/// Where a resource group is.
struct GroupPlace: Sendable, Equatable {
    let subscription: String
    let name: String

    /// Nil for what is no identifier of a group.
    init?(id: String) {
        let parts = id.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[0].isEmpty, parts[1].lowercased() == "subscriptions", !parts[2].isEmpty,
            parts[3].lowercased() == "resourcegroups", !parts[4].isEmpty
        else { return nil }
        subscription = parts[2]
        name = parts[4]
    }

    /// Nil where the spec gives no identifier.
    init?(of group: DeclaredResource) {
        guard let id = group.known(ResourceGroup.resourceId.name)?.string else { return nil }
        self.init(id: id)
    }
}

/// The api-versions in use. Source: Azure REST reference.
enum AzureVersion {
    static let resources = "2021-04-01"
    static let identities = "2024-11-30"
    static let vaults = "2026-02-01"
    static let scaleSets = "2024-11-01"
    static let managedClusters = "2025-10-01"
}
