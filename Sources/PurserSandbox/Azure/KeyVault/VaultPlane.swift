import Foundation

/// Key Vault's data plane: finds the vault by host, demands a token by challenge, and leads to the three kinds of
/// object. Source: Azure REST reference, Key Vault, "Authentication, requests and responses"; api-version 7.4.
struct VaultPlane: SandboxService {
    let store: Store
    let facts: WorldFacts
    let timing: Timing
    let addresses: Addresses
    let throttle: Throttle

    /// The vault that a host names, nil for a host that is no vault's.
    static func vaultName(ofHost host: String) -> String? {
        WorldFacts.label(of: host, below: WorldFacts.vaultDomain)
    }

    /// Whether a host has a name: a vault's once it is registered, for as long as the vault is not purged; any other
    /// host of the sandbox always.
    func resolves(host: String) async -> Bool {
        guard let name = Self.vaultName(ofHost: host) else { return true }
        return await store.transaction { store in
            if store.get(Vaults.deletedCollection, name) != nil { return true }
            let ready = store.get(Vaults.collection, name)?["readyAt"]?.numberValue
            return ready.map { $0 <= timing.seconds } ?? false
        }
    }

    func respond(to request: SandboxRequest) async -> SandboxResponse {
        var response: SandboxResponse
        do {
            response = try await answer(request)
        } catch let error as AzureError {
            response = error.response
        } catch {
            response = AzureError(500, "InternalServerError", "\(error)").response
        }
        if case .bytes(let bytes) = response.body, bytes.isEmpty { response.headers["Content-Length"] = nil }
        response.headers["x-ms-request-id"] = UUID().uuidString.lowercased()
        response.headers["x-ms-keyvault-region"] = "westeurope"
        response.headers["x-ms-keyvault-network-info"] =
            "conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;"
        response.headers["x-ms-keyvault-service-version"] = "1.9.2000.1"
        response.headers["Cache-Control"] = "no-cache"
        return response
    }

    private func answer(_ request: SandboxRequest) async throws -> SandboxResponse {
        guard let name = Self.vaultName(ofHost: request.host) else { return SandboxResponse(status: 404) }
        let vault = try await store.transaction { store in
            try Settlement(timing: timing).settle(in: store)
            return store.get(Vaults.collection, name)
        }
        // A vault that is deleted, or whose name is being registered; the name of any other would not resolve.
        guard let vault, (vault["readyAt"]?.numberValue ?? 0) <= timing.seconds else {
            return SandboxResponse(status: 404)
        }
        let token = try accepted(request)
        try VaultRoute.checkVersion(of: request)
        try await throttle.takeVault(request, vault: vault, at: timing.seconds)
        let call = VaultCall(request: request, vault: vault, token: token, timing: timing)
        let key = try await KeyMaterial.made(for: call)
        return try await store.transaction { try route(call, key, in: $0) }
    }

    private func route(_ call: VaultCall, _ key: KeyMaterial?, in store: isolated Store) throws -> SandboxResponse {
        try VaultSettlement.settle(call, in: store)
        let rows = VaultRoute.rows(for: call.request.segments)
        guard let row = rows.first(where: { $0.methods.contains(call.method) }) else {
            if rows.isEmpty {
                throw AzureError(404, "NotFound", "The resource '\(call.request.path)' was not found.")
            }
            throw Self.methodNotAllowed(call.request)
        }
        let rest = Array(call.request.segments.dropFirst())
        switch row.service {
        case .secrets: return try Secrets(call: call).respond(rest, in: store)
        case .certificates: return try Certificates(call: call, key: key).respond(rest, in: store)
        case .keys: return try Keys(call: call, key: key).respond(rest, in: store)
        case .deletedSecrets: return try deleted(Secrets(call: call).deletion, rest, call, in: store)
        case .deletedCertificates:
            return try deleted(Certificates(call: call, key: nil).deletion, rest, call, in: store)
        case .deletedKeys: return try deleted(Keys(call: call, key: nil).deletion, rest, call, in: store)
        }
    }

    private func deleted(
        _ deletion: VaultDeletion, _ path: [String], _ call: VaultCall, in store: isolated Store
    ) throws -> SandboxResponse {
        switch (call.method, path.count) {
        case ("GET", 0): return try deletion.list(in: store)
        case ("GET", 1): return try deletion.get(path[0], in: store)
        case ("DELETE", 1): return try deletion.purge(path[0], in: store)
        case ("POST", 2) where path[1].lowercased() == "recover": return try deletion.recover(path[0], in: store)
        default: throw Self.methodNotAllowed(call.request)
        }
    }

    // MARK: The challenge

    private func accepted(_ request: SandboxRequest) throws -> AccessToken {
        guard let text = request.bearerToken else {
            throw challenge(request, "AKV10000: Request is missing a Bearer or PoP token.")
        }
        let token: AccessToken
        do throws(AccessToken.Refusal) {
            token = try AccessToken(verifying: text, with: facts.signingKey, at: timing.seconds)
        } catch {
            throw challenge(
                request,
                error == .expired
                    ? "AKV10046: Token is expired, or its lifetime is not valid."
                    : "AKV10001: The token is invalid: it is malformed or its signature does not match.")
        }
        let audience = token.audience.hasSuffix("/") ? String(token.audience.dropLast()) : token.audience
        guard audience == resource(request) || audience == "https://\(WorldFacts.vaultDomain)" else {
            throw challenge(
                request,
                "AKV10022: Invalid audience. Expected \(resource(request)), found: \(token.audience).")
        }
        guard token.tenant == WorldFacts.tenant else {
            throw challenge(request, "AKV10032: Invalid issuer.")
        }
        return token
    }

    /// What a token has to be for: the vault's host without its first label, with the port that the client used.
    private func resource(_ request: SandboxRequest) -> String {
        let port = request.authority.split(separator: ":").dropFirst().first
        return "https://\(WorldFacts.vaultDomain)" + (port.map { $0 == "443" ? "" : ":\($0)" } ?? "")
    }

    private func challenge(_ request: SandboxRequest, _ message: String) -> AzureError {
        let header =
            "Bearer authorization=\"\(addresses.azureURL)/\(WorldFacts.tenant)\", resource=\"\(resource(request))\""
        return AzureError(401, "Unauthorized", message, headers: ["WWW-Authenticate": header])
    }

    static func methodNotAllowed(_ request: SandboxRequest) -> AzureError {
        AzureError(405, "MethodNotAllowed", "Method \(request.method) does not allow to be used on this resource.")
    }
}
