/// The resource types of Resource Manager that the sandbox serves, and the api-versions that each has.
///
/// Source: the versions that the Azure REST reference and Microsoft's published API specifications list by type, those of
/// the last years; a client that asks for another one is refused as by Azure.
enum ARMService: String, Sendable, CaseIterable {
    case subscriptions = "Microsoft.Resources/subscriptions"
    case groups = "Microsoft.Resources/resourceGroups"
    case resources = "Microsoft.Resources/resources"
    case providers = "Microsoft.Resources/providers"
    case tags = "Microsoft.Resources/tags"
    case vaults = "Microsoft.KeyVault/vaults"
    case managedHSMs = "Microsoft.KeyVault/managedHSMs"
    case identities = "Microsoft.ManagedIdentity/userAssignedIdentities"
    case federatedCredentials = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
    case scaleSets = "Microsoft.Compute/virtualMachineScaleSets"
    case clusters = "Microsoft.ContainerService/managedClusters"
    case roleAssignments = "Microsoft.Authorization/roleAssignments"
    case roleDefinitions = "Microsoft.Authorization/roleDefinitions"
    case permissions = "Microsoft.Authorization/permissions"
    case locks = "Microsoft.Authorization/locks"
    case policyAssignments = "Microsoft.Authorization/policyAssignments"

    var namespace: String { rawValue.split(separator: "/").first.map(String.init) ?? "" }
    /// The type without its namespace, e.g. `vaults`.
    var type: String { rawValue.split(separator: "/").dropFirst().joined(separator: "/") }

    /// Oldest first.
    var versions: [String] {
        switch self {
        case .subscriptions: Self.subscriptionVersions
        case .groups, .resources, .providers, .tags: Self.resourceVersions
        case .vaults: Self.vaultVersions
        case .managedHSMs: Self.vaultVersions.filter { $0 >= "2021-04-01" }
        case .identities: ["2018-11-30", "2021-09-30-preview"] + Self.identityVersions
        case .federatedCredentials: Self.identityVersions
        case .scaleSets: Self.computeVersions
        case .clusters: Self.clusterVersions
        case .roleAssignments: ["2015-07-01", "2018-01-01-preview", "2018-09-01-preview"] + Self.assignmentVersions
        case .roleDefinitions: ["2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"]
        case .permissions: ["2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"]
        case .locks: ["2015-01-01", "2016-09-01", "2017-04-01", "2020-05-01"]
        case .policyAssignments: ["2021-06-01", "2022-06-01", "2023-04-01", "2024-04-01", "2025-01-01"]
        }
    }

    /// The version that the call asks for.
    /// - Throws: 400 with the versions that there are.
    func apiVersion(of request: SandboxRequest) throws(AzureError) -> String {
        guard let version = request[query: "api-version"], !version.isEmpty else {
            throw AzureError(
                400, "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.")
        }
        guard let known = versions.first(where: { $0 == version.lowercased() }) else { throw unknown(version) }
        return known
    }

    /// Resource Manager's own types are refused in other words than those of the providers behind it.
    private func unknown(_ version: String) -> AzureError {
        guard namespace != "Microsoft.Resources" else {
            return AzureError(
                400, "InvalidApiVersionParameter",
                "The api-version '\(version)' is invalid. The supported versions are "
                    + "'\(versions.reversed().joined(separator: ","))'.")
        }
        return AzureError(
            400, "NoRegisteredProviderFound",
            "No registered resource provider found for location 'westeurope' and API version '\(version)' for type "
                + "'\(type)'. The supported api-versions are '\(versions.joined(separator: ", "))'. The supported "
                + "locations are '\(ARMCall.locations.joined(separator: ", "))'.")
    }

    private static let subscriptionVersions = [
        "2014-04-01", "2015-01-01", "2016-06-01", "2018-06-01", "2019-06-01", "2019-11-01", "2020-01-01", "2021-01-01",
        "2021-04-01", "2021-10-01", "2022-09-01", "2022-12-01",
    ]
    private static let resourceVersions = [
        "2015-01-01", "2015-11-01", "2016-02-01", "2016-06-01", "2016-09-01", "2017-05-10", "2018-02-01", "2018-05-01",
        "2019-03-01", "2019-05-01", "2019-05-10", "2019-07-01", "2019-08-01", "2019-10-01", "2020-06-01", "2020-10-01",
        "2021-01-01", "2021-04-01", "2022-09-01", "2023-07-01", "2024-03-01", "2024-07-01", "2024-11-01", "2025-03-01",
        "2025-04-01",
    ]
    private static let vaultVersions = [
        "2015-06-01", "2016-10-01", "2018-02-14", "2019-09-01", "2020-04-01-preview", "2021-04-01-preview",
        "2021-06-01-preview", "2021-10-01", "2021-11-01-preview", "2022-02-01-preview", "2022-07-01", "2022-11-01",
        "2023-02-01", "2023-07-01", "2024-04-01-preview", "2024-11-01", "2024-12-01-preview", "2025-05-01",
        "2026-02-01",
    ]
    private static let identityVersions = [
        "2022-01-31-preview", "2023-01-31", "2023-07-31-preview", "2024-11-30", "2025-01-31-preview",
        "2025-05-31-preview", "2026-04-30", "2026-05-31",
    ]
    private static let computeVersions = [
        "2017-03-30", "2017-12-01", "2018-04-01", "2018-06-01", "2018-10-01", "2019-03-01", "2019-07-01", "2019-12-01",
        "2020-06-01", "2020-12-01", "2021-03-01", "2021-04-01", "2021-07-01", "2021-11-01", "2022-03-01", "2022-08-01",
        "2022-11-01", "2023-03-01", "2023-07-01", "2023-09-01", "2024-03-01", "2024-07-01", "2024-11-01", "2025-04-01",
        "2026-04-01",
    ]
    private static let clusterVersions = [
        "2020-11-01", "2021-03-01", "2021-05-01", "2021-10-01", "2022-01-01", "2022-04-01", "2022-07-01", "2022-09-01",
        "2023-01-01", "2023-04-01", "2023-07-01", "2023-10-01", "2024-01-01", "2024-05-01", "2024-09-01", "2025-01-01",
        "2025-05-01", "2025-07-01", "2025-10-01", "2026-04-01", "2026-05-01", "2026-06-01",
    ]
    private static let assignmentVersions = ["2020-04-01-preview", "2020-10-01-preview", "2022-04-01"]
}
