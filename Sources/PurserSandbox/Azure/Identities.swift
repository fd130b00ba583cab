import Foundation

/// User-assigned managed identities and their federated credentials.
/// Source: Azure REST reference, `Microsoft.ManagedIdentity`, api-version 2024-11-30.
struct Identities: Sendable {
    /// By group and name in lower case, joined by a slash.
    static let collection = "identities"

    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        switch (call.path.type, call.path.isNamed) {
        case ("userassignedidentities", true): return try identity(call, in: store)
        case ("userassignedidentities", false) where call.method == "GET": return try list(call, in: store)
        case ("userassignedidentities/federatedidentitycredentials", _):
            return try FederatedCredentialResources().respond(to: call, in: store)
        default: throw Subscriptions.unknownPath(call)
        }
    }

    private func list(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        if let group = call.path.group { _ = try ResourceGroups.existing(group, in: store) }
        let found = store.list(Self.collection).map(\.value).filter { identity in
            call.path.group.map { $0.lowercased() == identity["group"]?.stringValue?.lowercased() } ?? true
        }
        return try call.page(found.map(Self.answer).filter { call.isInSubscription($0) })
    }

    private func identity(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        let name = call.path.names[0]
        switch call.method {
        case "GET": return .json(Self.answer(try Self.existing(call, in: store)))
        case "PUT": return try put(name, call, in: store)
        case "PATCH":
            var identity = try Self.existing(call, in: store)
            if let tags = try call.tags(try call.request.object()) { identity["tags"] = tags }
            try store.put(Self.collection, Self.key(call.path.group ?? "", name), identity)
            return .json(Self.answer(identity))
        case "DELETE":
            guard (try? Self.existing(call, in: store)) != nil else { return SandboxResponse(status: 204) }
            try Self.delete(Self.key(call.path.group ?? "", name), in: store)
            return SandboxResponse(status: 200)
        default: throw call.methodNotAllowed
        }
    }

    private func put(_ name: String, _ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        guard name.wholeMatch(of: /[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}/) != nil else {
            throw AzureError(
                400, "InvalidResourceName",
                "The identity name '\(name)' is invalid: 3 to 128 letters, digits, '-' and '_', beginning with a letter "
                    + "or digit.")
        }
        let group = try ResourceGroups.nameForWriting(call.path.group ?? "", in: store)
        let body = try call.request.object()
        let location = try call.location(body)
        let key = Self.key(group, name)
        if var known = store.get(Self.collection, key) {
            guard known["location"]?.stringValue == location else {
                throw AzureError(
                    409, "InvalidResourceLocation",
                    "The resource '\(name)' already exists in location '\(known["location"]?.stringValue ?? "")'.")
            }
            known["tags"] = try call.tags(body)
            try store.put(Self.collection, key, known)
            return .json(200, Self.answer(known))
        }
        var identity = try Self.create(name, group: group, location: location, timing: call.timing, in: store)
        identity["tags"] = try call.tags(body)
        identity["isolationScope"] = body[path: "properties", "isolationScope"]
        try store.put(Self.collection, key, identity)
        // A relative Location, which is no long-running operation.
        return .json(201, Self.answer(identity), headers: ["Location": AzureID.identity(name, group: group)])
    }

    // MARK: What others ask

    static func key(_ group: String, _ name: String) -> String { "\(group)/\(name)".lowercased() }

    /// Makes the identity and its principal, which other services see after the propagation delay.
    static func create(
        _ name: String, group: String, location: String, timing: Timing, in store: isolated Store
    ) throws -> JSON {
        let principal = Principal(
            clientID: UUID().uuidString.lowercased(), objectID: UUID().uuidString.lowercased(), displayName: name,
            kind: .managedIdentity, secret: nil, visibleFrom: timing.seconds(after: timing.propagationDelay))
        try Directory.add(principal, in: store)
        let identity: JSON = [
            "name": .string(name), "group": .string(group), "location": .string(location),
            "clientId": .string(principal.clientID), "principalId": .string(principal.objectID),
        ]
        try store.put(collection, key(group, name), identity)
        return identity
    }

    /// The identity that an id names, whatever its letter case.
    static func identity(id: String, in store: isolated Store) -> JSON? {
        let path = ARMPath(id.split(separator: "/").map(String.init))
        guard path.namespace?.lowercased() == "microsoft.managedidentity", path.type == "userassignedidentities",
            let group = path.group, let name = path.names.first
        else { return nil }
        return store.get(collection, key(group, name))
    }

    static func existing(_ call: ARMCall, in store: isolated Store) throws -> JSON {
        let name = call.path.names.first ?? ""
        _ = try ResourceGroups.existing(call.path.group ?? "", in: store)
        guard let identity = store.get(collection, key(call.path.group ?? "", name)) else {
            throw call.notFound("Microsoft.ManagedIdentity/userAssignedIdentities", name)
        }
        return identity
    }

    /// Role assignments, policies and scale sets that name the identity keep their dead references.
    static func delete(_ key: String, in store: isolated Store) throws {
        guard let identity = store.get(collection, key), let client = identity["clientId"]?.stringValue else { return }
        for (credential, _) in store.list(FederatedCredentials.collection)
        where credential.hasPrefix(client.lowercased() + "/") {
            try store.remove(FederatedCredentials.collection, credential)
        }
        try Directory.remove(clientID: client, in: store)
        try store.remove(collection, key)
    }

    static func answer(_ identity: JSON) -> JSON {
        let name = identity["name"]?.stringValue ?? ""
        var properties: JSON = ["tenantId": .string(WorldFacts.tenant)]
        for member in ["principalId", "clientId", "isolationScope"] { properties[member] = identity[member] }
        return [
            "id": .string(AzureID.identity(name, group: identity["group"]?.stringValue ?? "")), "name": .string(name),
            "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
            "location": identity["location"] ?? .null, "tags": identity["tags"] ?? [:], "properties": properties,
        ]
    }
}
