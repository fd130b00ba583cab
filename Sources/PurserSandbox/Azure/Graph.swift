/// Microsoft Graph, as far as `az` asks it for principals. Source: Microsoft Graph v1.0 reference, servicePrincipal.
struct Graph: SandboxService {
    let store: Store
    let facts: WorldFacts
    let timing: Timing

    func respond(to request: SandboxRequest) async -> SandboxResponse {
        do {
            try check(request)
            return try await store.transaction { try answer(request, in: $0) }
        } catch let error as AzureError {
            return error.response
        } catch {
            return AzureError(500, "generalException", "\(error)").response
        }
    }

    private func check(_ request: SandboxRequest) throws {
        guard let text = request.bearerToken,
            (try? AccessToken(verifying: text, with: facts.signingKey, at: timing.seconds)) != nil
        else { throw AzureError(401, "InvalidAuthenticationToken", "Access token is empty or not valid.") }
    }

    private func answer(_ request: SandboxRequest, in store: isolated Store) throws -> SandboxResponse {
        let path = request.segments.dropFirst().map { $0.lowercased() }
        let principals = Directory.principals(in: store)
        switch (request.method, path) {
        case ("GET", ["serviceprincipals"]):
            return list(principals, filter: request[query: "$filter"] ?? "")
        case ("POST", ["directoryobjects", "getbyids"]):
            let ids = try request.json()["ids"]?.arrayValue?.compactMap { $0.stringValue?.lowercased() } ?? []
            return values(principals.filter { ids.contains($0.objectID) })
        case ("GET", ["users"]), ("GET", ["groups"]), ("GET", ["applications"]): return values([])
        case ("GET", let path) where path.count == 2 && path[0] == "serviceprincipals":
            guard let found = principals.first(where: { $0.objectID == path[1] }) else { throw missing(path[1]) }
            return .json(Self.document(found))
        default: throw missing(path.last ?? "")
        }
    }

    private func list(_ principals: [Principal], filter: String) -> SandboxResponse {
        guard let name = filter.firstMatch(of: /'([^']*)'/)?.1.lowercased() else { return values(principals) }
        return values(
            principals.filter { [$0.clientID, $0.objectID, $0.displayName.lowercased()].contains(name) })
    }

    private func values(_ principals: [Principal]) -> SandboxResponse {
        .json(["@odata.context": "$metadata#servicePrincipals", "value": .array(principals.map(Self.document))])
    }

    private static func document(_ principal: Principal) -> JSON {
        [
            "@odata.type": "#microsoft.graph.servicePrincipal", "id": .string(principal.objectID),
            "appId": .string(principal.clientID), "displayName": .string(principal.displayName),
            "servicePrincipalType": .string(principal.kind.rawValue),
            "servicePrincipalNames": [.string(principal.clientID)],
        ]
    }

    private func missing(_ what: String) -> AzureError {
        AzureError(
            404, "Request_ResourceNotFound",
            "Resource '\(what)' does not exist or one of its queried reference-property objects are not present.")
    }
}
