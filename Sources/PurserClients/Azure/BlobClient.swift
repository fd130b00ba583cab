/// Where a blob lies. The name may hold slashes.
package struct BlobAddress: Sendable, Hashable {
    package let account: String
    package let container: String
    package let name: String

    package init(account: String, container: String, name: String) {
        self.account = account
        self.container = container
        self.name = name
    }
}

/// A blob with its content, as one answer told it.
package struct Blob: Sendable {
    package let bytes: [UInt8]
    /// Changes with each write, and is never the same again.
    package let etag: String
    /// How many blocks an append blob has.
    package let blocks: Int
    /// Whether somebody has a lease of it, one that is about to end included.
    package let isLeased: Bool
}

/// What must be so for a blob to be written.
package enum BlobCondition: Sendable, Hashable {
    case absent
    /// It is as it was when this was its ETag.
    case unchanged(etag: String)

    fileprivate var header: HTTPHeader {
        switch self {
        case .absent: HTTPHeader("If-None-Match", "*")
        case .unchanged(let etag): HTTPHeader("If-Match", etag)
        }
    }
}

/// Blobs of storage accounts, with tokens of Entra: never with an account's key.
///
/// Source: Azure REST reference, Blob service, version 2025-11-05 (Put Blob, Get Blob, Append Block, Delete Blob, Lease
/// Blob; "Specify conditional headers"). Whatever is written has a condition, so that it may be sent again after a lost
/// answer: a refusal of the second attempt may then come of the first one, which `outcomeUnknown` tells.
package struct BlobClient: Sendable {
    static let version = "2025-11-05"
    static let scope = "https://storage.azure.com/.default"
    /// Append blobs take no more blocks than these.
    package static let mostBlocks = 50_000

    let cloud: Once<CloudEnvironment>
    let credential: any AzureCredential
    var sender: RequestSender
    /// Seconds since 1970.
    let now: @Sendable () -> Int

    /// The blob, or nil if it does not exist. A container that is not there is an error.
    package func read(_ blob: BlobAddress) async throws(ServiceError) -> Blob? {
        do throws(ServiceError) {
            let response = try await send("GET", blob)
            return Blob(
                bytes: response.body, etag: response.header("ETag") ?? "",
                blocks: response.header("x-ms-blob-committed-block-count").flatMap { Int($0) } ?? 0,
                isLeased: ["leased", "breaking"].contains(response.header("x-ms-lease-state")))
        } catch {
            guard error.code == "BlobNotFound" else { throw error }
            return nil
        }
    }

    /// Makes a block blob, or replaces it as a whole. `lease` is needed where it is leased. Returns the new ETag.
    package func write(
        _ bytes: [UInt8], to blob: BlobAddress, if condition: BlobCondition?, lease: String? = nil
    ) async throws(ServiceError) -> String {
        var headers = [
            HTTPHeader("x-ms-blob-type", "BlockBlob"), HTTPHeader("Content-Type", "application/json"),
        ]
        if let condition { headers.append(condition.header) }
        if let lease { headers.append(HTTPHeader("x-ms-lease-id", lease)) }
        return try await send("PUT", blob, headers, body: bytes).header("ETag") ?? ""
    }

    /// Makes an append blob without content, where there is none. Returns its ETag.
    package func createAppendBlob(_ blob: BlobAddress) async throws(ServiceError) -> String {
        let headers = [
            HTTPHeader("x-ms-blob-type", "AppendBlob"), HTTPHeader("Content-Type", "application/x-ndjson"),
            BlobCondition.absent.header,
        ]
        return try await send("PUT", blob, headers, body: []).header("ETag") ?? ""
    }

    /// Appends one block if the blob is as it was when `etag` was its ETag and ends at `position`. Returns the new ETag.
    package func append(
        _ bytes: [UInt8], to blob: BlobAddress, at position: Int, etag: String
    ) async throws(ServiceError) -> String {
        let headers = [
            HTTPHeader("x-ms-blob-condition-appendpos", "\(position)"), BlobCondition.unchanged(etag: etag).header,
        ]
        return try await send("PUT", blob, query: "comp=appendblock", headers, body: bytes).header("ETag") ?? ""
    }

    /// Succeeds if the blob is already absent.
    package func delete(_ blob: BlobAddress, if condition: BlobCondition? = nil) async throws(ServiceError) {
        do throws(ServiceError) {
            let headers = [HTTPHeader("x-ms-delete-snapshots", "include")] + (condition.map { [$0.header] } ?? [])
            _ = try await send("DELETE", blob, headers)
        } catch {
            guard error.code == "BlobNotFound" else { throw error }
        }
    }
}

// MARK: - Leases

extension BlobClient {
    /// Takes a lease of 15 to 60 seconds. Asking again for a lease of the same id renews it.
    package func acquireLease(_ blob: BlobAddress, id: String, seconds: Int) async throws(ServiceError) {
        try await lease(
            blob, "acquire",
            [HTTPHeader("x-ms-lease-duration", "\(seconds)"), HTTPHeader("x-ms-proposed-lease-id", id)])
    }

    /// Counts from the time at which the service answers: a lease lasts at least as long as from before the call.
    package func renewLease(_ blob: BlobAddress, id: String) async throws(ServiceError) {
        try await lease(blob, "renew", [HTTPHeader("x-ms-lease-id", id)])
    }

    package func releaseLease(_ blob: BlobAddress, id: String) async throws(ServiceError) {
        try await lease(blob, "release", [HTTPHeader("x-ms-lease-id", id)])
    }

    /// Ends whatever lease there is, at once. Succeeds if there is none.
    package func breakLease(_ blob: BlobAddress) async throws(ServiceError) {
        do throws(ServiceError) {
            try await lease(blob, "break", [HTTPHeader("x-ms-lease-break-period", "0")])
        } catch {
            let settled = ["BlobNotFound", "LeaseNotPresentWithLeaseOperation", "LeaseAlreadyBroken"]
            guard settled.contains(error.code) else { throw error }
        }
    }

    /// A lease is worth nothing once it is late: its calls are not tried for as long as others.
    private func lease(
        _ blob: BlobAddress, _ action: String, _ headers: [HTTPHeader]
    ) async throws(ServiceError) {
        var hasty = self
        hasty.sender.policy.attempts = min(sender.policy.attempts, 2)
        _ = try await hasty.send(
            "PUT", blob, query: "comp=lease", [HTTPHeader("x-ms-lease-action", action)] + headers, body: [],
            timeout: .seconds(10))
    }
}

// MARK: - Requests

extension BlobClient {
    private func send(
        _ method: String, _ blob: BlobAddress, query: String? = nil, _ headers: [HTTPHeader] = [],
        body: [UInt8]? = nil, timeout: Duration = .seconds(30)
    ) async throws(ServiceError) -> HTTPResponse {
        guard let suffix = try await cloud.value().storageDNSSuffix else {
            throw ServiceError(
                service: .blobStorage, code: ServiceError.Code.configuration,
                message: "the cloud does not say where its storage accounts are: set PURSER_STORAGE_SUFFIX")
        }
        let parts = [blob.container] + blob.name.split(separator: "/").map(String.init)
        let path = parts.map(PercentEncoding.component).joined(separator: "/")
        let url = "https://\(blob.account).blob.\(suffix)/\(path)" + (query.map { "?\($0)" } ?? "")
        let common = [
            HTTPHeader("User-Agent", UserAgent.text), HTTPHeader("x-ms-version", Self.version),
            HTTPHeader("x-ms-date", HTTPDate.text(now())),
            HTTPHeader("x-ms-client-request-id", Identifier.random()),
        ]
        let request = HTTPRequest(method: method, url: url, headers: common + headers, body: body, timeout: timeout)
        let exchange = try await authorized(request)
        guard (200..<300).contains(exchange.response.status) else {
            throw ServiceError(exchange, service: .blobStorage, request: request)
        }
        return exchange.response
    }

    /// A token that is refused (401) is replaced once.
    private func authorized(_ request: HTTPRequest) async throws(ServiceError) -> Exchange {
        let token = try await credential.token(scope: Self.scope)
        let first = try await sender.exchange(request.authorized(token), service: .blobStorage, repeatable: true)
        guard first.response.status == 401 else { return first }
        let challenge = BearerChallenge(first.response.header("WWW-Authenticate"))
        let renewed = try await credential.token(
            TokenRequest(scope: Self.scope, claims: challenge?.claims, rejected: token))
        return try await sender.exchange(request.authorized(renewed), service: .blobStorage, repeatable: true)
    }
}
