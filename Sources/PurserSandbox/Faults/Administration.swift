import Foundation
import SwiftASN1
import X509

/// The endpoint by which tests steer the sandbox: fault rules, the log of calls, and changes of the world that no
/// client of Azure could make. Guarded by a token of its own, as `x-admin-token` or as bearer token.
struct Administration: Sendable {
    static let path = "/purser-sandbox/admin"

    let store: Store
    let facts: WorldFacts
    let timing: Timing
    let faults: Faults
    let log: RequestLog
    let throttle: Throttle
    let cluster: KubernetesWorld

    /// Nil for a request that is none of this endpoint's.
    func respond(to request: SandboxRequest) async -> SandboxResponse? {
        guard request.path == Self.path || request.path.hasPrefix(Self.path + "/") else { return nil }
        guard request.bearerToken == facts.adminToken || request.headers["x-admin-token"] == facts.adminToken else {
            return .json(401, ["error": "The admin token of connection.json is required."])
        }
        do {
            return try await carryOut(request, Array(request.segments.dropFirst(2)))
        } catch {
            return .json(400, ["error": .string("\(error)")])
        }
    }

    private func carryOut(_ request: SandboxRequest, _ path: [String]) async throws -> SandboxResponse {
        switch (request.method, path) {
        case ("POST", ["faults"]): return .json(201, ["id": .string(try await faults.order(request.json()))])
        case ("GET", ["faults"]): return .json(await faults.listing())
        case ("DELETE", ["faults"]): await faults.clear()
        case ("DELETE", let path) where path.count == 2 && path[0] == "faults": await faults.clear(path[1])
        case ("GET", ["requests"]): return .json(await log.listing())
        case ("DELETE", ["requests"]): await log.clear()
        case ("GET", ["throttling"]): return .json(await throttle.listing())
        case ("PUT", ["throttling"]): try await throttle.order(request.json())
        case ("DELETE", ["throttling"]): await throttle.clear()
        case ("POST", ["world", "subscriptions"]): return try await addSubscription(request.json())
        case ("POST", ["world", "scale-sets"]): return try await addScaleSet(request.json())
        case ("POST", ["world", "service-principals"]): return try await addServicePrincipal(request.json())
        case ("POST", ["world", "issuers"]): try await addIssuer(request.json())
        default: return .json(404, ["error": "There is no such admin endpoint."])
        }
        return SandboxResponse(status: 204)
    }

    /// `{"name", "group"?, "pool"?}`: another node pool, as AKS would add it, with the agent pool's identity.
    private func addScaleSet(_ body: JSON) async throws -> SandboxResponse {
        guard let name = body["name"]?.stringValue else { throw FaultRuleError("a scale set needs a name") }
        let group = body["group"]?.stringValue ?? InitialWorld.nodeGroup
        let scaleSet = try await store.transaction { store in
            let agent = store.get(
                Identities.collection, Identities.key(InitialWorld.clusterGroup, InitialWorld.agentPoolIdentity))
            try InitialWorld.addScaleSet(
                name, group: group, pool: body["pool"]?.stringValue ?? "nodepool2",
                carrying: agent.map { [$0] } ?? [], in: store)
            return store.get(ScaleSets.collection, Identities.key(group, name))
        }
        try await cluster.synchronizeNodes(scaleSets: InitialWorld.scaleSets(in: store))
        return .json(201, ScaleSets.answer(scaleSet ?? [:]))
    }

    /// `{"name"}`: another subscription of the tenant, of which the deployer is Owner; its id is in the answer.
    private func addSubscription(_ body: JSON) async throws -> SandboxResponse {
        guard let name = body["name"]?.stringValue else { throw FaultRuleError("a subscription needs a name") }
        let id = UUID().uuidString.lowercased()
        try await store.transaction { store in
            try store.put(Subscriptions.collection, id, ["id": .string(id), "name": .string(name)])
            try RoleAssignments.put(
                UUID().uuidString.lowercased(), scope: AzureID.subscription(id), role: .owner,
                principal: WorldFacts.deployerObjectID, in: store)
        }
        return .json(201, ["subscriptionId": .string(id), "name": .string(name)])
    }

    /// `{"issuer", "jwks"}`: somebody else whose tokens federated credentials may name, with the keys that it publishes.
    private func addIssuer(_ body: JSON) async throws {
        guard let issuer = body["issuer"]?.stringValue, let keys = body["jwks"], keys["keys"]?.arrayValue != nil else {
            throw FaultRuleError("an issuer needs its name and its key set")
        }
        try await store.transaction { try $0.put(OutsideIssuers.collection, issuer, keys) }
    }

    /// `{"name", "role"?, "scope"?, "certificate"?, "secretExpired"?}`: an application with a secret, which is in the
    /// answer, with a certificate in PEM, and with that role at the scope or else at the subscription.
    private func addServicePrincipal(_ body: JSON) async throws -> SandboxResponse {
        guard let name = body["name"]?.stringValue else { throw FaultRuleError("a service principal needs a name") }
        let role = body["role"]?.stringValue.map { $0.lowercased() }
        let granted = BuiltInRole.allCases.first { $0.title.lowercased() == role }
        if let role, granted == nil { throw FaultRuleError("there is no role '\(role)'") }
        var principal = Principal(
            clientID: UUID().uuidString.lowercased(), objectID: UUID().uuidString.lowercased(), displayName: name,
            kind: .application, secret: UUID().uuidString, visibleFrom: 0)
        if body["secretExpired"] == true { principal.secretExpiry = timing.seconds }
        if let pem = body["certificate"]?.stringValue {
            guard let der = try? Certificate(pemEncoded: pem).serializeAsPEM().derBytes else {
                throw FaultRuleError("the certificate is no PEM text")
            }
            principal.certificates = [Data(der).base64EncodedString()]
        }
        let added = principal
        let scope = body["scope"]?.stringValue ?? AzureID.subscription
        try await store.transaction { store in
            try Directory.add(added, in: store)
            guard let granted else { return }
            try RoleAssignments.put(
                UUID().uuidString.lowercased(), scope: scope, role: granted, principal: added.objectID, in: store)
        }
        return .json(
            201,
            [
                "clientId": .string(principal.clientID), "objectId": .string(principal.objectID),
                "clientSecret": .string(principal.secret ?? ""),
            ])
    }
}
