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
        return try call.page(found.map(Self.answer))
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
            path.subscription?.lowercased() == WorldFacts.subscription, let group = path.group,
            let name = path.names.first
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

/// The credentials as Resource Manager shows them.
struct FederatedCredentialResources: Sendable {
    private static let limit = 20

    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        guard let identity = try? Identities.existing(call, in: store), let client = identity["clientId"]?.stringValue
        else {
            throw AzureError(
                404, "ParentResourceNotFound",
                "Can not perform requested operation on nested resource. Parent resource "
                    + "'\(call.path.names.first ?? "")' not found.")
        }
        let prefix = client.lowercased() + "/"
        guard call.path.isNamed, let name = call.path.names.last else {
            guard call.method == "GET" else { throw call.methodNotAllowed }
            let all = store.list(FederatedCredentials.collection).filter { $0.key.hasPrefix(prefix) }
            return try call.page(all.map { Self.answer($0.value, of: identity) })
        }
        let key = prefix + name.lowercased()
        let known = store.get(FederatedCredentials.collection, key)
        switch call.method {
        case "GET":
            guard let known else { throw missing(name) }
            return .json(Self.answer(known, of: identity))
        case "PUT":
            let credential = try checked(name, call, key: key, prefix: prefix, in: store)
            try store.put(FederatedCredentials.collection, key, credential)
            return .json(known == nil ? 201 : 200, Self.answer(credential, of: identity))
        case "DELETE":
            try store.remove(FederatedCredentials.collection, key)
            return SandboxResponse(status: known == nil ? 204 : 200)
        default: throw call.methodNotAllowed
        }
    }

    private func checked(
        _ name: String, _ call: ARMCall, key: String, prefix: String, in store: isolated Store
    ) throws -> JSON {
        guard name.wholeMatch(of: /[a-zA-Z0-9][a-zA-Z0-9_-]{2,119}/) != nil else {
            throw bad("The name '\(name)' of the federated identity credential is invalid.")
        }
        let properties = try call.request.object()["properties"] ?? [:]
        let audiences = properties["audiences"]?.arrayValue?.compactMap(\.stringValue) ?? []
        guard let issuer = properties["issuer"]?.stringValue, let subject = properties["subject"]?.stringValue,
            audiences.count == 1, ([issuer, subject] + audiences).allSatisfy({ (1...600).contains($0.count) })
        else { throw bad("A credential has an issuer, a subject and one audience, each of at most 600 characters.") }
        let others = store.list(FederatedCredentials.collection).filter {
            $0.key.hasPrefix(prefix) && $0.key != key
        }
        guard others.count < Self.limit else {
            throw bad("Too many Federated Identity Credentials have been added to the managed identity: at most 20.")
        }
        let isTaken = others.contains {
            $0.value["issuer"]?.stringValue == issuer && $0.value["subject"]?.stringValue == subject
        }
        guard !isTaken else {
            throw AzureError(
                409, "Conflict", "Issuer and subject combination already exists for this Managed Identity.")
        }
        return [
            "name": .string(name), "issuer": .string(issuer), "subject": .string(subject),
            "audiences": .array(audiences.map { .string($0) }),
            "visibleFrom": .double(call.timing.seconds(after: call.timing.propagationDelay)),
        ]
    }

    private static func answer(_ credential: JSON, of identity: JSON) -> JSON {
        let parent = Identities.answer(identity)["id"]?.stringValue ?? ""
        let name = credential["name"]?.stringValue ?? ""
        return [
            "id": .string("\(parent)/federatedIdentityCredentials/\(name)"), "name": .string(name),
            "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
            "properties": [
                "issuer": credential["issuer"] ?? .null, "subject": credential["subject"] ?? .null,
                "audiences": credential["audiences"] ?? [],
            ],
        ]
    }

    private func missing(_ name: String) -> AzureError {
        AzureError(404, "NotFound", "The federated identity credential '\(name)' was not found.")
    }

    private func bad(_ message: String) -> AzureError { AzureError(400, "BadRequest", message) }
}
