import Foundation

/// What the nodes of the cluster get from Azure: the same services as over the wire, and the metadata service besides.
/// Their calls are neither logged nor faulted, so that a rule or a count means the clients' calls alone.
struct NodeAccess: AzureForNodes {
    let store: Store
    let azure: AzureServices
    let timing: Timing

    func instanceToken(
        nodeResourceGroup: String, scaleSet: String, clientID: String?, resource: String
    ) async -> (status: Int, body: JSON) {
        let principal: Principal
        do {
            principal = try await store.transaction { store in
                try Settlement(timing: timing).settle(in: store)
                return try Self.principal(
                    on: Identities.key(nodeResourceGroup, scaleSet), clientID: clientID, in: store)
            }
        } catch let refusal as InstanceRefusal {
            return (400, ["error": "invalid_request", "error_description": .string(refusal.rawValue)])
        } catch {
            return (500, ["error": "unknown", "error_description": .string("\(error)")])
        }
        let now = Int(timing.seconds)
        return (
            200,
            [
                "access_token": .string(azure.entra.issue(to: principal, audience: resource)),
                "client_id": .string(principal.clientID), "expires_in": "3599", "ext_expires_in": "3599",
                "expires_on": .string("\(now + 3599)"), "not_before": .string("\(now)"),
                "resource": .string(resource), "token_type": "Bearer",
            ]
        )
    }

    private enum InstanceRefusal: String, Error {
        case notFound = "Identity not found"
        case several =
            "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request"
    }

    private static func principal(
        on key: String, clientID: String?, in store: isolated Store
    ) throws -> Principal {
        guard let scaleSet = store.get(ScaleSets.collection, key) else { throw InstanceRefusal.notFound }
        let identity = ScaleSetIdentity(scaleSet)
        // What is still being assigned shows no client id yet, and what was deleted is no principal any more.
        let assigned = identity.assigned.values.compactMap { $0["clientId"]?.stringValue }
            .compactMap { Directory.principal(clientID: $0, in: store) }
        if let clientID, !clientID.isEmpty {
            guard let named = assigned.first(where: { $0.clientID == clientID.lowercased() }) else {
                throw InstanceRefusal.notFound
            }
            return named
        }
        if let own = identity.systemAssignedPrincipal.flatMap({ Directory.principal(objectID: $0, in: store) }) {
            return own
        }
        guard let only = assigned.first else { throw InstanceRefusal.notFound }
        guard assigned.count == 1 else { throw InstanceRefusal.several }
        return only
    }

    func token(tenant: String, form: [String: String]) async -> (status: Int, body: JSON) {
        await azure.entra.token(tenant: tenant, form: form)
    }

    func vault(_ method: String, url: String, token: String, body: JSON?) async -> (status: Int, body: JSON) {
        guard let parts = URLComponents(string: url), let host = parts.host else { return (404, .null) }
        let authority = parts.port.map { "\(host):\($0)" } ?? host
        let target = parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
        let response = await azure.vaults.respond(
            to: SandboxRequest(
                method, target, authority: authority, headers: ["Authorization": "Bearer \(token)"],
                body: body?.bytes() ?? []))
        guard case .bytes(let bytes) = response.body else { return (response.status, .null) }
        return (response.status, (try? JSON(parsing: bytes)) ?? .null)
    }
}
