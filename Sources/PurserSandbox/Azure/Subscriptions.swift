/// Subscriptions, tenants, locations, groups of a subscription, and the list of all its resources.
/// Source: Azure REST reference, Subscriptions, api-version 2022-12-01; Resources, api-version 2021-04-01.
struct Subscriptions: Sendable {
    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        let scope = call.path.scope.map { $0.lowercased() }
        guard call.method == "GET" || call.method == "HEAD" else { throw call.methodNotAllowed }
        switch (scope.first, scope.count) {
        case ("tenants", 1): return .json(["value": [Self.tenant]])
        case ("subscriptions", 1): return try call.page([Self.subscription])
        case ("subscriptions", 2): return .json(Self.subscription)
        case ("subscriptions", 3): return try list(scope[2], call, in: store)
        case ("subscriptions", 4) where scope[2] == "operationresults":
            return try Operations.locationAnswer(call.path.scope[3], call, in: store)
        default: throw Self.unknownPath(call)
        }
    }

    private func list(_ what: String, _ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        switch what {
        case "resourcegroups":
            return try call.page(store.list(ResourceGroups.collection).map { ResourceGroups.answer($0.value) })
        case "resources": return try ResourceList().respond(to: call, in: store)
        case "locations":
            return .json(["value": .array(ARMCall.locations.map(Self.location))])
        case "providers":
            return try Providers().respond(to: call, in: store)
        default: throw Self.unknownPath(call)
        }
    }

    static func unknownPath(_ call: ARMCall) -> AzureError {
        AzureError(404, "InvalidResourceType", "The resource type could not be found for '\(call.request.path)'.")
    }

    private static let subscription: JSON = [
        "id": .string(AzureID.subscription), "subscriptionId": .string(WorldFacts.subscription),
        "tenantId": .string(WorldFacts.tenant), "displayName": .string(WorldFacts.subscriptionName),
        "state": "Enabled", "authorizationSource": "RoleBased", "managedByTenants": [],
        "subscriptionPolicies": [
            "locationPlacementId": "Internal_2014-09-01", "quotaId": "Internal_2014-09-01", "spendingLimit": "Off",
        ],
    ]

    private static let tenant: JSON = [
        "id": .string("/tenants/\(WorldFacts.tenant)"), "tenantId": .string(WorldFacts.tenant),
        "displayName": .string(WorldFacts.subscriptionName), "tenantCategory": "Home",
        "defaultDomain": .string("sandbox.\(WorldFacts.domain)"),
    ]

    private static func location(_ name: String) -> JSON {
        [
            "id": .string("\(AzureID.subscription)/locations/\(name)"), "name": .string(name),
            "displayName": .string(name), "regionalDisplayName": .string(name), "type": "Region",
            "metadata": ["regionType": "Physical"],
        ]
    }
}
