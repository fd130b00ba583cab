/// One row of Resource Manager's routing table: what the table does not have is not served, and docs/sandbox.md lists what
/// it has.
struct ARMRoute: Sendable {
    let methods: [String]
    let template: RouteTemplate
    let service: ARMService

    private init(_ methods: String, _ template: String, _ service: ARMService) {
        self.methods = methods.split(separator: " ").map(String.init)
        self.template = RouteTemplate(template)
        self.service = service
    }

    /// The rows of that path, whatever the method.
    static func rows(for path: [String]) -> [ARMRoute] {
        all.filter { $0.template.matches(path) }
    }

    static let all: [ARMRoute] = account + keyVault + identities + compute + clusters + scoped

    private static let subscription = "/subscriptions/{subscription}"
    private static let group = "\(subscription)/resourceGroups/{group}"

    /// The same list for a subscription and for one of its groups.
    private static func lists(_ path: String, _ service: ARMService) -> [ARMRoute] {
        [subscription, group].map { ARMRoute("GET", "\($0)/providers/\(path)", service) }
    }

    private static let account = [
        ARMRoute("GET", "/tenants", .subscriptions),
        ARMRoute("GET", "/subscriptions", .subscriptions),
        ARMRoute("GET", subscription, .subscriptions),
        ARMRoute("GET", "\(subscription)/locations", .subscriptions),
        ARMRoute("GET", "\(subscription)/resourceGroups", .groups),
        ARMRoute("GET HEAD PUT PATCH DELETE", group, .groups),
        ARMRoute("GET", "\(subscription)/operationresults/{operation}", .groups),
        ARMRoute("GET", "\(subscription)/resources", .resources),
        ARMRoute("GET", "\(group)/resources", .resources),
        ARMRoute("GET", "\(subscription)/providers", .providers),
        ARMRoute("GET", "\(subscription)/providers/{namespace}", .providers),
        ARMRoute("POST", "\(subscription)/providers/{namespace}/register", .providers),
        ARMRoute("POST", "\(subscription)/providers/{namespace}/unregister", .providers),
    ]

    private static let vaults = "\(group)/providers/Microsoft.KeyVault/vaults/{vault}"
    private static let keyVaultProvider = "\(subscription)/providers/Microsoft.KeyVault"
    private static let keyVault =
        lists("Microsoft.KeyVault/vaults", .vaults) + [
            ARMRoute("GET PUT PATCH DELETE", vaults, .vaults),
            ARMRoute("PUT", "\(vaults)/accessPolicies/{add|replace|remove}", .vaults),
            ARMRoute("POST", "\(keyVaultProvider)/checkNameAvailability", .vaults),
            ARMRoute("GET", "\(keyVaultProvider)/deletedVaults", .vaults),
            ARMRoute("GET", "\(keyVaultProvider)/locations/{location}/deletedVaults/{vault}", .vaults),
            ARMRoute("POST", "\(keyVaultProvider)/locations/{location}/deletedVaults/{vault}/purge", .vaults),
            ARMRoute("GET", "\(keyVaultProvider)/locations/{location}/operationResults/{operation}", .vaults),
            ARMRoute("GET", "\(keyVaultProvider)/deletedManagedHSMs", .managedHSMs),
        ] + lists("Microsoft.KeyVault/managedHSMs", .managedHSMs)

    private static let identity = "\(group)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{identity}"
    private static let identities =
        lists("Microsoft.ManagedIdentity/userAssignedIdentities", .identities) + [
            ARMRoute("GET PUT PATCH DELETE", identity, .identities),
            ARMRoute("GET", "\(identity)/federatedIdentityCredentials", .federatedCredentials),
            ARMRoute("GET PUT DELETE", "\(identity)/federatedIdentityCredentials/{credential}", .federatedCredentials),
        ]

    private static let scaleSet = "\(group)/providers/Microsoft.Compute/virtualMachineScaleSets/{scaleSet}"
    private static let compute =
        lists("Microsoft.Compute/virtualMachineScaleSets", .scaleSets) + [
            ARMRoute("GET PATCH", scaleSet, .scaleSets),
            ARMRoute("POST", "\(scaleSet)/manualupgrade", .scaleSets),
            ARMRoute("GET", "\(scaleSet)/virtualMachines", .scaleSets),
            ARMRoute(
                "GET", "\(subscription)/providers/Microsoft.Compute/locations/{location}/operations/{operation}",
                .scaleSets),
        ]

    private static let cluster = "\(group)/providers/Microsoft.ContainerService/managedClusters/{cluster}"
    private static let clusters =
        lists("Microsoft.ContainerService/managedClusters", .clusters) + [
            ARMRoute("GET PUT", cluster, .clusters),
            ARMRoute("POST", "\(cluster)/listClusterUserCredential", .clusters),
            ARMRoute("POST", "\(cluster)/listClusterAdminCredential", .clusters),
            ARMRoute(
                "GET",
                "\(subscription)/providers/Microsoft.ContainerService/locations/{location}/operations/{operation}",
                .clusters),
        ]

    private static let scoped = [
        ARMRoute("GET PUT PATCH DELETE", "{scope}/providers/Microsoft.Resources/tags/default", .tags),
        ARMRoute("GET", "{scope}/providers/Microsoft.Authorization/roleAssignments", .roleAssignments),
        ARMRoute(
            "GET PUT DELETE", "{scope}/providers/Microsoft.Authorization/roleAssignments/{assignment}", .roleAssignments
        ),
        ARMRoute("GET", "{scope}/providers/Microsoft.Authorization/roleDefinitions", .roleDefinitions),
        ARMRoute("GET", "{scope}/providers/Microsoft.Authorization/roleDefinitions/{definition}", .roleDefinitions),
        ARMRoute("GET", "{scope}/providers/Microsoft.Authorization/permissions", .permissions),
        ARMRoute("GET", "{scope}/providers/Microsoft.Authorization/locks", .locks),
        ARMRoute("GET PUT DELETE", "{scope}/providers/Microsoft.Authorization/locks/{lock}", .locks),
        ARMRoute("GET", "{scope}/providers/Microsoft.Authorization/policyAssignments", .policyAssignments),
    ]
}
