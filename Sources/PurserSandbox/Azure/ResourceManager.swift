import Foundation

/// Azure Resource Manager: who may call, and which service a path belongs to. Source: Azure REST reference.
struct ResourceManager: SandboxService {
    let store: Store
    let facts: WorldFacts
    let timing: Timing
    let addresses: Addresses
    let throttle: Throttle
    private let credentialWrites = FederatedCredentialWrites()

    init(store: Store, facts: WorldFacts, timing: Timing, addresses: Addresses, throttle: Throttle) {
        self.throttle = throttle
        self.store = store
        self.facts = facts
        self.timing = timing
        self.addresses = addresses
    }

    func respond(to request: SandboxRequest) async -> SandboxResponse {
        var response: SandboxResponse
        var remaining: Headers = [:]
        do {
            let token = try verified(request)
            remaining = try await throttle.takeManagement(request, by: token, at: timing.seconds)
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
        for field in remaining.fields { response.headers[field.name] = field.value }
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
        let service = try service(for: request)
        let call = ARMCall(
            request: request, path: ARMPath(request.segments), caller: caller,
            apiVersion: try service.apiVersion(of: request), timing: timing)
        if let subscription = call.path.subscription { _ = try Subscriptions.existing(subscription, in: store) }
        try ARMAccess.check(call, in: store)
        try Locks.check(call, in: store)
        if let namespace = call.path.namespace, service != .providers {
            try Providers.checkRegistered(namespace, for: call, in: store)
        }
        return try respond(service, call, in: store)
    }

    private func respond(_ service: ARMService, _ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        switch service {
        case .subscriptions: try Subscriptions().respond(to: call, in: store)
        case .groups: try ResourceGroups().respond(to: call, in: store)
        case .resources: try ResourceList().respond(to: call, in: store)
        case .providers: try Providers().respond(to: call, in: store)
        case .tags: try Tags().respond(to: call, in: store)
        case .vaults: try VaultResources().respond(to: call, in: store)
        case .managedHSMs: try call.page([])
        case .identities: try Identities().respond(to: call, in: store)
        case .federatedCredentials: try FederatedCredentialResources().respond(to: call, in: store)
        case .scaleSets: try ScaleSets().respond(to: call, in: store)
        case .clusters: try ManagedClusters(facts: facts, addresses: addresses).respond(to: call, in: store)
        case .locks: try Locks().respond(to: call, in: store)
        case .policyAssignments: try call.page([])
        case .roleAssignments, .roleDefinitions, .permissions: try Authorization().respond(to: call, in: store)
        }
    }

    /// The row of the routing table that the call is for.
    private func service(for request: SandboxRequest) throws(AzureError) -> ARMService {
        guard request[query: "api-version"]?.isEmpty == false else {
            throw AzureError(
                400, "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.")
        }
        let rows = ARMRoute.rows(for: request.segments)
        if let row = rows.first(where: { $0.methods.contains(request.method) }) { return row.service }
        guard rows.isEmpty else {
            throw AzureError(
                405, "MethodNotAllowed",
                "The request method '\(request.method)' is not supported for '\(request.path)'.")
        }
        throw Self.unknownType(ARMPath(request.segments), request)
    }

    /// A type that the namespace does not have, or a namespace that there is not.
    private static func unknownType(_ path: ARMPath, _ request: SandboxRequest) -> AzureError {
        guard let namespace = path.namespace else {
            return AzureError(
                404, "InvalidResourceType", "The resource type could not be found for '\(request.path)'.")
        }
        let services = ARMService.allCases.filter { $0.namespace.lowercased() == namespace.lowercased() }
        guard !services.isEmpty else {
            return AzureError(404, "InvalidResourceNamespace", "The resource namespace '\(namespace)' is invalid.")
        }
        let versions = Set(services.flatMap(\.versions)).sorted()
        return AzureError(
            404, "InvalidResourceType",
            "The resource type '\(path.type)' could not be found in the namespace '\(namespace)' for api version "
                + "'\(request[query: "api-version"] ?? "")'. The supported api-versions are "
                + "'\(versions.joined(separator: ","))'.")
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
        response.headers["Cache-Control"] = "no-cache"
        return response
    }
}
