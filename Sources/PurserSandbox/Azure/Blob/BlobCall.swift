import Foundation

/// A call to an account's blobs, once it is known who calls.
struct BlobCall: Sendable {
    let request: SandboxRequest
    let account: JSON
    let token: AccessToken
    let timing: Timing

    /// Blocks that an append blob takes.
    static let mostBlocks = 50_000

    private var now: Double { timing.seconds }
    private var container: String { request.segments.first ?? "" }
    private var containerKey: String { "\(account["name"]?.stringValue ?? "")/\(container)" }
    private var blobKey: String { ([containerKey] + request.segments.dropFirst()).joined(separator: "/") }

    // MARK: Rights

    /// Demands a role at the container or above it. To own the account is not enough for its data.
    /// - Throws: 403 `AuthorizationPermissionMismatch`.
    func demand(_ operation: BlobRoute.Operation, in store: isolated Store) throws {
        let scope = "\(StorageAccounts.id(account))/blobServices/default/containers/\(container)"
        let roles = RoleAssignments.roles(of: token.objectID, covering: scope, at: now, in: store)
        let containers = "Microsoft.Storage/storageAccounts/blobServices/containers"
        let isAllowed =
            switch operation {
            case .createContainer: roles.contains { $0.permissions.allows("\(containers)/write") }
            case .containerProperties: roles.contains { $0.permissions.allows("\(containers)/read") }
            case .list, .get, .properties: Self.allow("\(containers)/blobs/read", roles)
            case .put, .setMetadata, .lease, .appendBlock: Self.allow("\(containers)/blobs/write", roles)
            case .delete: Self.allow("\(containers)/blobs/delete", roles)
            }
        guard isAllowed else {
            throw AzureError(
                403, "AuthorizationPermissionMismatch",
                "This request is not authorized to perform this operation using this permission.")
        }
    }

    private static func allow(_ action: String, _ roles: [BuiltInRole]) -> Bool {
        roles.contains { $0.permissions.dataActions.contains { RolePermissions.matches(action, $0) } }
    }

    // MARK: Operations

    func carryOut(_ operation: BlobRoute.Operation, in store: isolated Store) throws -> SandboxResponse {
        if operation == .createContainer { return try createContainer(in: store) }
        guard let known = store.get(StorageAccounts.containers, containerKey) else {
            throw AzureError(404, "ContainerNotFound", "The specified container does not exist.")
        }
        switch operation {
        case .createContainer, .containerProperties:
            return SandboxResponse(
                status: 200, headers: ["ETag": known["etag"]?.stringValue ?? "", "x-ms-lease-state": "available"])
        case .list: return BlobList(request: request, containerKey: containerKey, now: now).response(in: store)
        case .put: return try put(in: store)
        case .appendBlock: return try append(in: store)
        case .get, .properties: return try get(in: store)
        case .delete: return try delete(in: store)
        case .setMetadata: return try setMetadata(in: store)
        case .lease: return try lease(in: store)
        }
    }

    private func createContainer(in store: isolated Store) throws -> SandboxResponse {
        guard container.wholeMatch(of: /[a-z0-9](-?[a-z0-9])+/) != nil, (3...63).contains(container.utf8.count) else {
            throw AzureError(400, "InvalidResourceName", "The specified resource name contains invalid characters.")
        }
        guard store.get(StorageAccounts.containers, containerKey) == nil else {
            throw AzureError(409, "ContainerAlreadyExists", "The specified container already exists.")
        }
        let etag = "\"0x8DC\(try store.nextNumber("blobs"))\""
        try store.put(StorageAccounts.containers, containerKey, ["etag": .string(etag)])
        return SandboxResponse(status: 201, headers: ["ETag": etag])
    }

    private func put(in store: isolated Store) throws -> SandboxResponse {
        guard let kind = request.headers["x-ms-blob-type"].flatMap(StoredBlob.Kind.init) else {
            throw AzureError(
                400, "MissingRequiredHeader", "An HTTP header that's mandatory for this request is not specified.")
        }
        guard kind == .block || request.body.isEmpty else {
            throw AzureError(
                400, "InvalidHeaderValue", "The value for one of the HTTP headers is not in the correct format.")
        }
        let former = existing(in: store)
        try checkConditions(former, mustExist: false)
        try BlobLease.admit(request.headers["x-ms-lease-id"], to: former?.lease, at: now)
        let type = request.headers["x-ms-blob-content-type"] ?? request.headers["Content-Type"]
        var blob = StoredBlob(kind: kind, content: request.body, contentType: type ?? "application/octet-stream")
        blob.metadata = givenMetadata
        blob.lease = former?.lease
        return try saved(&blob, 201, in: store)
    }

    private func append(in store: isolated Store) throws -> SandboxResponse {
        var blob = try present(in: store)
        try checkConditions(blob, mustExist: true)
        try BlobLease.admit(request.headers["x-ms-lease-id"], to: blob.lease, at: now)
        guard blob.kind == .append else {
            throw AzureError(409, "InvalidBlobType", "The blob type is invalid for this operation.")
        }
        guard !request.body.isEmpty else {
            throw AzureError(
                400, "InvalidHeaderValue", "The value for one of the HTTP headers is not in the correct format.")
        }
        let position = blob.content.count
        if let wanted = request.headers["x-ms-blob-condition-appendpos"], Int(wanted) != position {
            throw AzureError(
                412, "AppendPositionConditionNotMet", "The append position condition specified was not met.")
        }
        if let most = request.headers["x-ms-blob-condition-maxsize"].flatMap({ Int($0) }),
            position + request.body.count > most
        {
            throw AzureError(412, "MaxBlobSizeConditionNotMet", "The max blob size condition specified was not met.")
        }
        guard blob.blocks < Self.mostBlocks else {
            throw AzureError(
                409, "BlockCountExceedsLimit",
                "The committed block count cannot exceed the maximum limit of 50,000 "
                    + "blocks."
            )
        }
        blob.content += request.body
        blob.blocks += 1
        var response = try saved(&blob, 201, in: store)
        response.headers["x-ms-blob-append-offset"] = "\(position)"
        response.headers["x-ms-blob-committed-block-count"] = "\(blob.blocks)"
        return response
    }

    private func get(in store: isolated Store) throws -> SandboxResponse {
        let blob = try present(in: store)
        try checkConditions(blob, mustExist: true)
        if let given = request.headers["x-ms-lease-id"] { try BlobLease.admit(given, to: blob.lease, at: now) }
        var headers = blob.headers(at: now)
        headers["Content-Type"] = blob.contentType
        return SandboxResponse(status: 200, headers: headers, body: .bytes(blob.content))
    }

    private func delete(in store: isolated Store) throws -> SandboxResponse {
        let blob = try present(in: store)
        try checkConditions(blob, mustExist: true)
        try BlobLease.admit(request.headers["x-ms-lease-id"], to: blob.lease, at: now)
        try store.remove(StorageAccounts.blobs, blobKey)
        return SandboxResponse(status: 202, headers: ["x-ms-delete-type-permanent": "true"])
    }

    private func setMetadata(in store: isolated Store) throws -> SandboxResponse {
        var blob = try present(in: store)
        try checkConditions(blob, mustExist: true)
        try BlobLease.admit(request.headers["x-ms-lease-id"], to: blob.lease, at: now)
        blob.metadata = givenMetadata
        return try saved(&blob, 200, in: store)
    }

    /// A lease is no change of the blob: its ETag stays.
    private func lease(in store: isolated Store) throws -> SandboxResponse {
        var blob = try present(in: store)
        try checkConditions(blob, mustExist: true)
        let outcome = try BlobLeaseAction(request: request, now: now).outcome(of: blob.lease)
        blob.lease = outcome.lease
        try store.put(StorageAccounts.blobs, blobKey, blob.document)
        var headers = outcome.headers
        headers["ETag"] = blob.etag
        headers["Last-Modified"] = Date(timeIntervalSince1970: blob.modified).httpText
        return SandboxResponse(status: outcome.status, headers: headers)
    }

    // MARK: Parts of them

    private func existing(in store: isolated Store) -> StoredBlob? {
        store.get(StorageAccounts.blobs, blobKey).flatMap(StoredBlob.init)
    }

    private func present(in store: isolated Store) throws(AzureError) -> StoredBlob {
        guard let blob = existing(in: store) else {
            throw AzureError(404, "BlobNotFound", "The specified blob does not exist.")
        }
        return blob
    }

    private func saved(_ blob: inout StoredBlob, _ status: Int, in store: isolated Store) throws -> SandboxResponse {
        try blob.touch(at: now, in: store)
        try store.put(StorageAccounts.blobs, blobKey, blob.document)
        return SandboxResponse(
            status: status,
            headers: [
                "ETag": blob.etag, "Last-Modified": Date(timeIntervalSince1970: blob.modified).httpText,
                "x-ms-request-server-encrypted": "true",
            ])
    }

    private var givenMetadata: [String: String] {
        let prefix = "x-ms-meta-"
        let fields = request.headers.fields.filter { $0.name.lowercased().hasPrefix(prefix) }
        return Dictionary(fields.map { ($0.name.dropFirst(prefix.count).lowercased(), $0.value) }) { $1 }
    }

    /// `If-Match` and `If-None-Match`.
    /// - Throws: 412, 409 for `If-None-Match: *` of what exists, 304 for a read of what has not changed.
    private func checkConditions(_ blob: StoredBlob?, mustExist: Bool) throws(AzureError) {
        let notMet = AzureError(
            412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")
        if let wanted = request.headers["If-Match"], wanted == "*" ? blob == nil : wanted != blob?.etag { throw notMet }
        guard let unwanted = request.headers["If-None-Match"], let blob else { return }
        let isRead = ["GET", "HEAD"].contains(request.method)
        if unwanted == "*", !isRead, !mustExist {
            throw AzureError(409, "BlobAlreadyExists", "The specified blob already exists.")
        }
        guard unwanted == "*" || unwanted == blob.etag else { return }
        throw isRead ? AzureError(304, "ConditionNotMet", notMet.message) : notMet
    }
}
