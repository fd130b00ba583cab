import Foundation

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

/// The generic list of resources, of a subscription or of one group.
struct ResourceList: Sendable {
    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        var resources: [JSON] = []
        resources += store.list(Vaults.collection).map { Vaults.answer($0.value, at: call.timing.seconds) }
        resources += store.list(Identities.collection).map { Identities.answer($0.value) }
        resources += store.list(ScaleSets.collection).map { ScaleSets.answer($0.value) }
        resources += store.list(ManagedClusters.collection).map(\.value)
        let wanted = try Filter(call.request[query: "$filter"])
        let group = call.path.group.map { AzureID.group($0).lowercased() + "/" }
        let found = resources.filter { resource in
            let isInGroup = group.map { resource["id"]?.stringValue?.lowercased().hasPrefix($0) ?? false } ?? true
            return isInGroup && wanted.matches(resource)
        }
        return try call.page(found.map(Self.generic))
    }

    private static func generic(_ resource: JSON) -> JSON {
        let kept = ["id", "name", "type", "location", "tags", "identity", "sku"]
        return .object((resource.objectValue ?? [:]).filter { kept.contains($0.key) })
    }

    /// `field eq 'value' and …`, as the clients send it.
    private struct Filter {
        let clauses: [(field: String, value: String)]

        init(_ text: String?) throws {
            let parts = (text ?? "").split(separator: " and ").map { $0.trimmingCharacters(in: .whitespaces) }
            clauses = try parts.map { part in
                guard let match = part.wholeMatch(of: /(\w+)\s+eq\s+'([^']*)'/) else {
                    throw AzureError(400, "InvalidFilterInQueryString", "Invalid $filter '\(text ?? "")' specified.")
                }
                return (match.1.lowercased(), match.2.lowercased())
            }
        }

        func matches(_ resource: JSON) -> Bool {
            clauses.allSatisfy { field, value in
                let tags = (resource["tags"]?.objectValue ?? [:])
                switch field {
                case "resourcetype": return resource["type"]?.stringValue?.lowercased() == value
                case "name": return resource["name"]?.stringValue?.lowercased() == value
                case "location": return resource["location"]?.stringValue?.lowercased() == value
                case "resourcegroup":
                    return resource["id"]?.stringValue?.lowercased().contains("/resourcegroups/\(value)/") ?? false
                case "tagname": return tags.keys.contains { $0.lowercased() == value }
                case "tagvalue": return tags.values.contains { $0.stringValue?.lowercased() == value }
                default: return false
                }
            }
        }
    }
}

/// Resource providers and their registration. Source: Azure REST reference, Providers, api-version 2021-04-01.
struct Providers: Sendable {
    static let collection = "providers"
    static let namespaces = [
        "Microsoft.Authorization", "Microsoft.Compute", "Microsoft.ContainerService", "Microsoft.KeyVault",
        "Microsoft.ManagedIdentity", "Microsoft.Resources", "Microsoft.Storage",
    ]

    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        guard let namespace = call.path.namespace else {
            return try call.page(Self.namespaces.map { Self.answer($0, call.timing.seconds, in: store) })
        }
        let known = try Self.known(namespace)
        switch (call.method, call.path.rest.map { $0.lowercased() }) {
        case ("GET", []): break
        case ("POST", ["register"]):
            if store.get(Self.collection, known.lowercased()) != nil {
                let end = call.timing.seconds(after: call.timing.operationDelay)
                try store.put(Self.collection, known.lowercased(), ["registeredFrom": .double(end)])
            }
        case ("POST", ["unregister"]):
            try store.put(Self.collection, known.lowercased(), [:])
        default: throw Subscriptions.unknownPath(call)
        }
        return .json(Self.answer(known, call.timing.seconds, in: store))
    }

    /// Refuses writes to a provider that the subscription has not registered.
    static func checkRegistered(_ namespace: String, for call: ARMCall, in store: isolated Store) throws {
        guard call.method == "PUT", !call.path.rest.isEmpty,
            state(namespace, call.timing.seconds, in: store) != "Registered"
        else { return }
        throw AzureError(
            409, "MissingSubscriptionRegistration",
            "The subscription is not registered to use namespace '\(namespace)'. See https://aka.ms/rps-not-found for "
                + "how to register subscriptions.")
    }

    private static func known(_ namespace: String) throws -> String {
        guard let known = namespaces.first(where: { $0.lowercased() == namespace.lowercased() }) else {
            throw AzureError(
                404, "InvalidResourceNamespace", "The resource namespace '\(namespace)' is invalid.")
        }
        return known
    }

    /// A provider without a document is registered, as on a subscription in use.
    private static func state(_ namespace: String, _ now: Double, in store: isolated Store) -> String {
        guard let document = store.get(collection, namespace.lowercased()) else { return "Registered" }
        guard let from = document["registeredFrom"]?.numberValue else { return "NotRegistered" }
        return from <= now ? "Registered" : "Registering"
    }

    private static func answer(_ namespace: String, _ now: Double, in store: isolated Store) -> JSON {
        [
            "id": .string("\(AzureID.subscription)/providers/\(namespace)"), "namespace": .string(namespace),
            "registrationState": .string(state(namespace, now, in: store)),
            "registrationPolicy": "RegistrationRequired", "resourceTypes": [],
        ]
    }
}
