/// The identities to whose credentials a write is under way: the service refuses a second one at the same time.
/// Source: Azure documentation, "Important considerations and restrictions for federated identity credentials".
actor FederatedCredentialWrites {
    private var identities: Set<String> = []

    /// Carries out a call to the credentials, a write only where it is alone at its identity.
    func carryingOut(
        _ request: SandboxRequest, timing: Timing, _ body: @Sendable () async throws -> SandboxResponse
    ) async throws -> SandboxResponse {
        let parts = request.path.lowercased().split(separator: "/", omittingEmptySubsequences: true)
        guard request.method != "GET", let end = parts.firstIndex(of: "federatedidentitycredentials") else {
            return try await body()
        }
        let identity = parts[..<end].joined(separator: "/")
        guard identities.insert(identity).inserted else {
            throw AzureError(
                409, "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
                "Too many Federated Identity Credentials are written concurrently for the managed identity "
                    + "'/\(identity)'. Concurrent Federated Identity Credentials writes under the same managed identity are "
                    + "not supported.")
        }
        defer { identities.remove(identity) }
        try await timing.clock.sleep(for: timing.operationDelay)
        return try await body()
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
