/// Subscriptions, tenants and locations. Source: Azure REST reference, Subscriptions, api-version 2022-12-01.
struct Subscriptions: Sendable {
    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        let scope = call.path.scope.map { $0.lowercased() }
        switch (scope.first, scope.count) {
        case ("tenants", 1): return .json(["value": [Self.tenant]])
        case ("subscriptions", 1): return try call.page(Self.readable(call, in: store))
        case ("subscriptions", 2):
            return .json(Self.answer(try Self.existing(call.path.subscription ?? "", in: store)))
        default:
            let subscription = call.path.subscriptionID
            return .json(["value": .array(ARMCall.locations.map { Self.location($0, of: subscription) })])
        }
    }

    /// Subscriptions beside the first, by id.
    static let collection = "subscriptions"

    /// The subscriptions in which the caller has any role at all, down to a single resource.
    private static func readable(_ call: ARMCall, in store: isolated Store) -> [JSON] {
        let scopes = store.list(RoleAssignments.collection).map(\.value)
            .filter { $0["principalId"]?.stringValue?.lowercased() == call.caller.objectID.lowercased() }
            .compactMap { $0["scope"]?.stringValue }
        return all(in: store).map(answer).filter { subscription in
            let id = subscription["id"]?.stringValue ?? ""
            return scopes.contains { RoleAssignments.isAt($0, orAbove: id) || RoleAssignments.isAt(id, orAbove: $0) }
        }
    }

    private static func all(in store: isolated Store) -> [JSON] {
        [["id": .string(WorldFacts.subscription), "name": .string(WorldFacts.subscriptionName)]]
            + store.list(collection).map(\.value)
    }

    static func existing(_ id: String, in store: isolated Store) throws -> JSON {
        guard let found = all(in: store).first(where: { $0["id"]?.stringValue == id.lowercased() }) else {
            throw AzureError(404, "SubscriptionNotFound", "The subscription '\(id)' could not be found.")
        }
        return found
    }

    static func unknownPath(_ call: ARMCall) -> AzureError {
        AzureError(404, "InvalidResourceType", "The resource type could not be found for '\(call.request.path)'.")
    }

    private static func answer(_ subscription: JSON) -> JSON {
        let id = subscription["id"]?.stringValue ?? ""
        return [
            "id": .string(AzureID.subscription(id)), "subscriptionId": .string(id),
            "tenantId": .string(WorldFacts.tenant), "displayName": subscription["name"] ?? .string(id),
            "state": "Enabled", "authorizationSource": "RoleBased", "managedByTenants": [],
            "subscriptionPolicies": [
                "locationPlacementId": "Internal_2014-09-01", "quotaId": "Internal_2014-09-01", "spendingLimit": "Off",
            ],
        ]
    }

    private static let tenant: JSON = [
        "id": .string("/tenants/\(WorldFacts.tenant)"), "tenantId": .string(WorldFacts.tenant),
        "displayName": .string(WorldFacts.subscriptionName), "tenantCategory": "Home",
        "defaultDomain": .string("sandbox.\(WorldFacts.domain)"),
    ]

    private static func location(_ name: String, of subscription: String) -> JSON {
        [
            "id": .string("\(subscription)/locations/\(name)"), "name": .string(name),
            "displayName": .string(name), "regionalDisplayName": .string(name), "type": "Region",
            "metadata": ["regionType": "Physical"],
        ]
    }
}
