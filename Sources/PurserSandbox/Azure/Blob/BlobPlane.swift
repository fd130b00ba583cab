import Foundation

/// Blobs of storage accounts, at `https://ACCOUNT.blob.storage.purser.test`, for holders of Entra's tokens alone: an
/// account's keys do not open it.
///
/// Source: Azure REST reference, Blob service; "Authorize with Microsoft Entra ID"; "Status and error codes".
struct BlobPlane: SandboxService {
    let store: Store
    let facts: WorldFacts
    let timing: Timing
    let addresses: Addresses

    /// The account that a host names, nil for a host that is none's.
    static func accountName(ofHost host: String) -> String? {
        WorldFacts.label(of: host, below: "blob.\(WorldFacts.storageDomain)")
    }

    /// Whether a host has a name: an account's if there is one; any other host of the sandbox always.
    func resolves(host: String) async -> Bool {
        guard let name = Self.accountName(ofHost: host) else { return true }
        return await store.get(StorageAccounts.collection, name) != nil
    }

    func respond(to request: SandboxRequest) async -> SandboxResponse {
        var response: SandboxResponse
        do {
            response = try await answer(request)
        } catch let error as AzureError {
            response = BlobError.response(error)
        } catch {
            response = BlobError.response(AzureError(500, "InternalError", "\(error)"))
        }
        if request.method == "HEAD" || response.status == 304 { response.body = .bytes([]) }
        if case .bytes(let bytes) = response.body, bytes.isEmpty { response.headers["Content-Length"] = nil }
        response.headers["Server"] = "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0"
        response.headers["x-ms-request-id"] = UUID().uuidString.lowercased()
        response.headers["x-ms-version"] = request.headers["x-ms-version"]
        response.headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
        return response
    }

    private func answer(_ request: SandboxRequest) async throws -> SandboxResponse {
        try checkHeaders(request)
        let operation = try BlobRoute.operation(of: request)
        let token = try accepted(request)
        return try await store.transaction { store in
            guard let name = Self.accountName(ofHost: request.host),
                let account = store.get(StorageAccounts.collection, name)
            else { return SandboxResponse(status: 404) }
            let call = BlobCall(request: request, account: account, token: token, timing: timing)
            try call.demand(operation, in: store)
            return try call.carryOut(operation, in: store)
        }
    }

    private func checkHeaders(_ request: SandboxRequest) throws(AzureError) {
        guard let version = request.headers["x-ms-version"],
            request.headers["x-ms-date"] ?? request.headers["Date"] != nil
        else {
            throw AzureError(
                400, "MissingRequiredHeader", "An HTTP header that's mandatory for this request is not specified.")
        }
        guard version.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil, version >= BlobRoute.versions.first,
            version <= BlobRoute.versions.last
        else {
            throw AzureError(
                400, "InvalidHeaderValue", "The value for one of the HTTP headers is not in the correct format.")
        }
    }

    // MARK: The token

    private func accepted(_ request: SandboxRequest) throws(AzureError) -> AccessToken {
        guard let text = request.bearerToken else {
            throw challenge(
                "NoAuthenticationInformation",
                "Server failed to authenticate the request. Please refer to the information in the www-authenticate "
                    + "header.")
        }
        let token: AccessToken
        do throws(AccessToken.Refusal) {
            token = try AccessToken(verifying: text, with: facts.signingKey, at: timing.seconds)
        } catch {
            throw challenge("InvalidAuthenticationInfo", "Server failed to authenticate the request.")
        }
        let audience = token.audience.hasSuffix("/") ? String(token.audience.dropLast()) : token.audience
        guard audience == "https://storage.azure.com" || audience == "https://\(request.host)" else {
            throw challenge(
                "InvalidAuthenticationInfo", "Audience validation failed. Audience did not match.")
        }
        guard token.tenant == WorldFacts.tenant else {
            throw challenge("InvalidAuthenticationInfo", "Issuer validation failed. Issuer did not match.")
        }
        return token
    }

    private func challenge(_ code: String, _ message: String) -> AzureError {
        let authority = "\(addresses.azureURL)/\(WorldFacts.tenant)/oauth2/authorize"
        return AzureError(
            401, code, message,
            headers: [
                "WWW-Authenticate": "Bearer authorization_uri=\(authority) resource_id=https://storage.azure.com"
            ])
    }
}

/// A refusal as the service writes it: XML behind a byte order mark, and the code in a header too.
enum BlobError {
    static func response(_ error: AzureError) -> SandboxResponse {
        let message = "\(error.message)\nRequestId:\(UUID().uuidString.lowercased())\nTime:\(Date().azureText)"
        let text =
            "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>\(error.code)</Code><Message>"
            + "\(XMLText.escaped(message))</Message></Error>"
        var headers = error.headers
        headers["x-ms-error-code"] = error.code
        headers["Content-Type"] = "application/xml"
        return SandboxResponse(status: error.status, headers: headers, body: .bytes(Array(text.utf8)))
    }
}

enum XMLText {
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
