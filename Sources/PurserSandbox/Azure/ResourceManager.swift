import Foundation

/// Azure Resource Manager: who may call, and which service a path belongs to. Source: Azure REST reference.
struct ResourceManager: SandboxService {
    let store: Store
    let facts: WorldFacts
    let timing: Timing
    let addresses: Addresses
    private let credentialWrites = FederatedCredentialWrites()

    init(store: Store, facts: WorldFacts, timing: Timing, addresses: Addresses) {
        self.store = store
        self.facts = facts
        self.timing = timing
        self.addresses = addresses
    }

    func respond(to request: SandboxRequest) async -> SandboxResponse {
        var response: SandboxResponse
        do {
            let token = try verified(request)
            response = try await credentialWrites.carryingOut(request, timing: timing) {
                try await store.transaction { store in
                    try Settlement(timing: timing).settle(in: store)
                    return try answer(request, token, in: store)
                }
            }
        } catch let error as AzureError {
            response = error.response
            if response.headers["x-ms-failure-cause"] == nil { response.headers["x-ms-failure-cause"] = "gateway" }
        } catch {
            response = AzureError(500, "InternalServerError", "\(error)").response
        }
        if request.method == "HEAD" { response.body = .bytes([]) }
        return stamped(response, for: request)
    }

    private func answer(
        _ request: SandboxRequest, _ token: AccessToken, in store: isolated Store
    ) throws -> SandboxResponse {
        guard let caller = Directory.principal(clientID: token.applicationID, in: store),
            caller.objectID == token.objectID
        else {
            throw AzureError(
                401, "InvalidAuthenticationToken", "The access token is of an application that the tenant lost.")
        }
        let path = ARMPath(request.segments)
        let call = ARMCall(
            request: request, path: path, caller: caller, apiVersion: try apiVersion(request), timing: timing)
        try checkSubscription(path)
        try ARMAccess.check(call, in: store)
        return try route(call, in: store)
    }

    private func route(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        guard let namespace = call.path.namespace else {
            return call.path.scope.first?.lowercased() == "subscriptions" && call.path.group != nil
                ? try ResourceGroups().respond(to: call, in: store) : try Subscriptions().respond(to: call, in: store)
        }
        if ["", "register", "unregister"].contains(call.path.type), call.path.scope.count == 2 {
            return try Providers().respond(to: call, in: store)
        }
        try Providers.checkRegistered(namespace, for: call, in: store)
        switch namespace.lowercased() {
        case "microsoft.keyvault": return try VaultResources().respond(to: call, in: store)
        case "microsoft.managedidentity": return try Identities().respond(to: call, in: store)
        case "microsoft.compute": return try ScaleSets().respond(to: call, in: store)
        case "microsoft.authorization": return try Authorization().respond(to: call, in: store)
        case "microsoft.containerservice":
            return try ManagedClusters(facts: facts, addresses: addresses).respond(to: call, in: store)
        case "microsoft.resources": return try Tags().respond(to: call, in: store)
        default: return try Providers().respond(to: call, in: store)
        }
    }

    // MARK: Checks before any service

    private func verified(_ request: SandboxRequest) throws(AzureError) -> AccessToken {
        guard let text = request.bearerToken else {
            throw unauthorized("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
        }
        let token = try Self.verified(text, with: facts, at: timing.seconds, refusal: unauthorized)
        guard accepts(audience: token.audience) else {
            throw unauthorized(
                "InvalidAuthenticationTokenAudience",
                "The access token has been obtained for wrong audience or resource '\(token.audience)'. It should "
                    + "exactly match with one of the allowed audiences 'https://management.core.windows.net/', "
                    + "'https://management.core.windows.net', 'https://management.azure.com/', "
                    + "'https://management.azure.com'.")
        }
        return token
    }

    private static func verified(
        _ text: String, with facts: WorldFacts, at now: Double, refusal: (String, String) -> AzureError
    ) throws(AzureError) -> AccessToken {
        do throws(AccessToken.Refusal) {
            return try AccessToken(verifying: text, with: facts.signingKey, at: now)
        } catch {
            throw error == .expired
                ? refusal(
                    "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time.")
                : refusal("InvalidAuthenticationToken", "The access token is invalid.")
        }
    }

    private func accepts(audience: String) -> Bool {
        let plain = audience.hasSuffix("/") ? String(audience.dropLast()) : audience
        return plain == "https://management.azure.com" || plain == "https://management.core.windows.net"
            || plain == addresses.azureURL
    }

    private func unauthorized(_ code: String, _ message: String) -> AzureError {
        let challenge =
            "Bearer authorization_uri=\"\(addresses.azureURL)/\(WorldFacts.tenant)\", "
            + "error=\"invalid_token\", error_description=\"\(message)\""
        return AzureError(401, code, message, headers: ["WWW-Authenticate": challenge])
    }

    private func apiVersion(_ request: SandboxRequest) throws -> String {
        guard let version = request[query: "api-version"], !version.isEmpty else {
            throw AzureError(
                400, "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.")
        }
        guard version.wholeMatch(of: /\d{4}-\d{2}-\d{2}(-[a-z]+(\.\d+)?)?/) != nil else {
            throw AzureError(400, "InvalidApiVersionParameter", "The api-version '\(version)' is invalid.")
        }
        return version
    }

    private func checkSubscription(_ path: ARMPath) throws {
        guard let subscription = path.subscription, subscription.lowercased() != WorldFacts.subscription else { return }
        throw AzureError(404, "SubscriptionNotFound", "The subscription '\(subscription)' could not be found.")
    }

    /// Puts on the headers that every answer of Resource Manager has.
    private func stamped(_ response: SandboxResponse, for request: SandboxRequest) -> SandboxResponse {
        var response = response
        let id = UUID().uuidString.lowercased()
        let correlation = request.headers["x-ms-correlation-request-id"] ?? id
        response.headers["x-ms-request-id"] = id
        response.headers["x-ms-correlation-request-id"] = correlation
        response.headers["x-ms-routing-request-id"] = "WESTEUROPE:\(timing.now().azureText):\(id)"
        if request.headers["x-ms-return-client-request-id"] == "true" {
            response.headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
        }
        let kind = request.method == "GET" || request.method == "HEAD" ? "reads" : "writes"
        response.headers["x-ms-ratelimit-remaining-subscription-\(kind)"] = "199"
        response.headers["Cache-Control"] = "no-cache"
        return response
    }
}
