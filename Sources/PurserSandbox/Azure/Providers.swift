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
            "registrationPolicy": "RegistrationRequired",
            "resourceTypes": .array(ARMService.allCases.filter { $0.namespace == namespace }.map(type)),
        ]
    }

    private static func type(_ service: ARMService) -> JSON {
        [
            "resourceType": .string(service.type), "locations": .array(ARMCall.locations.map { .string($0) }),
            "apiVersions": .array(service.versions.reversed().map { .string($0) }), "capabilities": "None",
        ]
    }
}
