import Foundation

/// Microsoft Entra ID as far as confidential clients need it: OpenID configuration and the token endpoints, v2.0 and
/// v1. Source: Microsoft identity platform reference, client credentials flow; AADSTS error codes.
struct Entra: SandboxService {
    let store: Store
    let facts: WorldFacts
    let timing: Timing
    let addresses: Addresses

    private static let lifetime = 3599

    func respond(to request: SandboxRequest) async -> SandboxResponse {
        let segments = request.segments
        guard let tenant = segments.first else { return .text(404, "") }
        let rest = segments.dropFirst().map { $0.lowercased() }
        switch (request.method, rest) {
        case ("GET", ["v2.0", ".well-known", "openid-configuration"]),
            ("GET", [".well-known", "openid-configuration"]):
            return configuration(tenant, isV2: rest.count == 3, request: request)
        case ("GET", ["discovery", "v2.0", "keys"]), ("GET", ["discovery", "keys"]):
            return .json(["keys": []])
        case ("GET", ["discovery", "instance"]):
            return instanceDiscovery(request)
        case ("POST", ["oauth2", "v2.0", "token"]), ("POST", ["oauth2", "token"]):
            let answer = await token(
                tenant: tenant, form: request.form(), isV2: rest.count == 3, authority: request.authority)
            return .json(answer.status, answer.body, headers: ["Cache-Control": "no-store, no-cache"])
        default:
            return .text(404, "")
        }
    }

    private func configuration(_ tenant: String, isV2: Bool, request: SandboxRequest) -> SandboxResponse {
        guard let id = Self.tenantID(tenant) else {
            return .json(400, failure(.unknownTenant(tenant)))
        }
        let root = "https://\(request.authority)/\(id)"
        let path = isV2 ? "\(root)/oauth2/v2.0" : "\(root)/oauth2"
        return .json([
            "authorization_endpoint": .string("\(path)/authorize"), "token_endpoint": .string("\(path)/token"),
            "issuer": .string(isV2 ? "\(root)/v2.0" : "\(root)/"),
            "jwks_uri": .string("\(root)/discovery/v2.0/keys"), "response_types_supported": ["code", "id_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "subject_types_supported": ["pairwise"], "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"], "tenant_region_scope": "EU",
            "device_authorization_endpoint": .string("\(path)/devicecode"),
            "cloud_instance_name": .string(request.authority),
        ])
    }

    private func instanceDiscovery(_ request: SandboxRequest) -> SandboxResponse {
        let host = request.authority
        return .json([
            "tenant_discovery_endpoint":
                .string("https://\(host)/\(WorldFacts.tenant)/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            "metadata": [
                ["preferred_network": .string(host), "preferred_cache": .string(host), "aliases": [.string(host)]]
            ],
        ])
    }

    /// The tenant's GUID for what a client calls it by. Applications cannot sign in at `common`, but its
    /// configuration may be read.
    private static func tenantID(_ name: String) -> String? {
        let known = [WorldFacts.tenant, "common", "organizations", "sandbox.\(WorldFacts.domain)"]
        return known.contains(name.lowercased()) ? WorldFacts.tenant : nil
    }

    // MARK: Tokens

    /// Answers the token endpoint. Also what a node's CSI provider asks within this process.
    /// `authority` is the host by which the client knows this service.
    func token(
        tenant: String, form: [String: String], isV2: Bool = true, authority: String? = nil
    ) async -> (status: Int, body: JSON) {
        do {
            let principal = try await authenticated(tenant: tenant, form: form, authority: authority)
            let audience = try audience(form, isV2: isV2)
            let token = issue(to: principal, audience: audience)
            return (200, isV2 ? v2Answer(token) : v1Answer(token, audience))
        } catch {
            return (error.status, failure(error))
        }
    }

    /// A signed token for that principal, valid for an hour.
    func issue(to principal: Principal, audience: String) -> String {
        let now = Int(timing.seconds)
        return AccessToken(
            audience: audience, tenant: WorldFacts.tenant, objectID: principal.objectID,
            applicationID: principal.clientID, expiry: now + Self.lifetime + 1
        ).signed(with: facts.signingKey, at: now)
    }

    private func v2Answer(_ token: String) -> JSON {
        [
            "token_type": "Bearer", "expires_in": .int(Self.lifetime), "ext_expires_in": .int(Self.lifetime),
            "access_token": .string(token),
        ]
    }

    private func v1Answer(_ token: String, _ resource: String) -> JSON {
        let now = Int(timing.seconds)
        return [
            "token_type": "Bearer", "expires_in": .string("\(Self.lifetime)"),
            "ext_expires_in": .string("\(Self.lifetime)"), "expires_on": .string("\(now + Self.lifetime)"),
            "not_before": .string("\(now)"), "resource": .string(resource), "access_token": .string(token),
        ]
    }

    private func authenticated(
        tenant: String, form: [String: String], authority: String?
    ) async throws(EntraRefusal) -> Principal {
        guard Self.tenantID(tenant) != nil else { throw .unknownTenant(tenant) }
        guard form["grant_type"] == "client_credentials" else {
            throw form["grant_type"] == nil ? .missing("grant_type") : .unsupportedGrant(form["grant_type"] ?? "")
        }
        guard let clientID = form["client_id"], !clientID.isEmpty else { throw .missing("client_id") }
        let principal = await store.transaction { Directory.principal(clientID: clientID, in: $0) }
        guard let principal else { throw .unknownApplication(clientID) }
        if let assertion = form["client_assertion"] {
            try await ClientAssertions(store: store, timing: timing).accept(
                assertion, type: form["client_assertion_type"], for: principal,
                endpoints: Self.endpoints(tenant, authority))
        } else if let secret = form["client_secret"] {
            guard let known = principal.secret, known == secret else { throw .wrongSecret(clientID) }
            if let end = principal.secretExpiry, end <= timing.seconds { throw .expiredSecret(clientID) }
        } else {
            throw .missing("client_assertion' or 'client_secret")
        }
        return principal
    }

    /// What a client's own assertion may have for its audience: the token endpoints, or the issuer.
    private static func endpoints(_ tenant: String, _ authority: String?) -> [String] {
        guard let authority else { return [] }
        return [tenant, WorldFacts.tenant].flatMap { tenant in
            ["/oauth2/v2.0/token", "/oauth2/token", "/v2.0", "/"].map { "https://\(authority)/\(tenant)\($0)" }
        }
    }

    /// The audience that a scope or resource stands for.
    private func audience(_ form: [String: String], isV2: Bool) throws(EntraRefusal) -> String {
        let name: String
        if isV2 {
            guard let scope = form["scope"]?.split(separator: " ").first.map(String.init) else {
                throw .missing("scope")
            }
            guard scope.hasSuffix("/.default") else { throw .scopeWithoutDefault(scope) }
            name = String(scope.dropLast("/.default".count))
        } else {
            guard let resource = form["resource"] else { throw .missing("resource") }
            name = resource
        }
        guard isKnown(resource: name) else { throw .unknownResource(name) }
        return name
    }

    private static let resourceHosts: Set = [
        "management.azure.com", "management.core.windows.net", "graph.microsoft.com", "graph.windows.net",
        "storage.azure.com", "vault.azure.net", WorldFacts.vaultDomain, "localhost", "127.0.0.1",
    ]
    /// The AKS server application, for bearer tokens of Entra clusters.
    private static let clusterApplication = "6dae42f8-4368-4678-94ff-3960e28e3630"

    private func isKnown(resource: String) -> Bool {
        if resource.lowercased() == Self.clusterApplication { return true }
        guard let url = URL(string: resource), url.scheme == "https", let host = url.host else { return false }
        return Self.resourceHosts.contains(host.lowercased())
    }

    private func failure(_ refusal: EntraRefusal) -> JSON {
        let trace = UUID().uuidString.lowercased()
        let correlation = UUID().uuidString.lowercased()
        let time = timing.now().formatted(.iso8601).replacing("T", with: " ")
        let text =
            "AADSTS\(refusal.number): \(refusal.message) "
            + "Trace ID: \(trace) Correlation ID: \(correlation) Timestamp: \(time)"
        return [
            "error": .string(refusal.error), "error_description": .string(text),
            "error_codes": [.int(refusal.number)], "timestamp": .string(time), "trace_id": .string(trace),
            "correlation_id": .string(correlation),
            "error_uri": .string("\(addresses.azureURL)/error?code=\(refusal.number)"),
        ]
    }
}
