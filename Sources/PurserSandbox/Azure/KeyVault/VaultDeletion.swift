/// Soft deletion, recovery and purge, the same for all three kinds. A certificate takes its key and secret along.
struct VaultDeletion: Sendable {
    let call: VaultCall
    let kind: VaultObject.Kind
    /// The object as its own kind shows it.
    let answer: @Sendable (VaultObject) -> JSON

    func delete(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        try VaultAccess(call: call).require("delete", on: kind, named: name, in: store)
        let object = try VaultObject.live(kind, name, call, in: store)
        guard kind == .certificates || !object.isManaged else { throw Self.managed(object, "delete") }
        let from = call.timing.seconds(after: call.timing.operationDelay)
        var deleted = object
        for var face in faces(of: name, in: store) {
            face.document["deletedFrom"] = .double(from)
            face.document["deletedDate"] = .int(call.now)
            face.document["scheduledPurgeDate"] = .int(call.now + call.retentionDays * 86_400)
            face.document["recoveredFrom"] = nil
            try face.save(call, in: store)
            if face.kind == kind { deleted = face }
        }
        return .json(deleted.withDeletion(answer(deleted), call))
    }

    func list(in store: isolated Store) throws -> SandboxResponse {
        try VaultAccess(call: call).require("list", on: kind, in: store)
        let now = call.timing.seconds
        let found = VaultObject.all(kind, of: call, in: store).filter { $0.life(at: now) == .deleted }
        return try call.page(
            found.map { object in
                var item = object.withDeletion(answer(object), call)
                for member in ["value", "key", "cer", "policy"] { item[member] = nil }
                item[kind == .keys ? "kid" : "id"] = .string(object.id(call))
                return item
            })
    }

    func get(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        try VaultAccess(call: call).require("get", on: kind, named: name, in: store)
        let object = try deleted(name, in: store)
        var item = object.withDeletion(answer(object), call)
        item["value"] = nil
        return .json(item)
    }

    func recover(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        try VaultAccess(call: call).require("recover", on: kind, named: name, in: store)
        var recovered = try settled(name, "recover", in: store)
        for var face in faces(of: name, in: store) {
            for member in ["deletedFrom", "deletedDate", "scheduledPurgeDate"] { face.document[member] = nil }
            face.document["recoveredFrom"] = .double(call.timing.seconds(after: call.timing.operationDelay))
            try face.save(call, in: store)
            if face.kind == kind { recovered = face }
        }
        var item = answer(recovered)
        item["value"] = nil
        return .json(item)
    }

    func purge(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        try VaultAccess(call: call).require("purge", on: kind, named: name, in: store)
        let object = try settled(name, "purge", in: store)
        guard !call.hasPurgeProtection else {
            throw AzureError(
                403, "Forbidden",
                "Operation \"purge\" is not allowed because purge protection is enabled for this vault. Key Vault service "
                    + "will automatically purge it after the retention period has passed.\r\nVault: \(object.name)",
                inner: "ForbiddenByPolicy")
        }
        for var face in faces(of: name, in: store) {
            face.document = ["name": .string(face.name), "versions": []]
            face.document["purgedFrom"] = .double(call.timing.seconds(after: call.timing.operationDelay))
            try face.save(call, in: store)
        }
        return SandboxResponse(status: 204)
    }

    // MARK: Parts

    /// The object itself, and the key and secret of a certificate.
    private func faces(of name: String, in store: isolated Store) -> [VaultObject] {
        let kinds = kind == .certificates ? VaultObject.Kind.allCases : [kind]
        return kinds.compactMap { VaultObject.find($0, name, call, in: store) }
            .filter { $0.kind == kind || $0.isManaged }
    }

    private func deleted(_ name: String, in store: isolated Store) throws -> VaultObject {
        guard let object = VaultObject.find(kind, name, call, in: store),
            object.life(at: call.timing.seconds) == .deleted
        else {
            throw AzureError(
                404, kind.notFoundCode, "Deleted \(kind.title.lowercased()) not found: \(name)")
        }
        return object
    }

    /// The deleted object, whose deletion has come to its end.
    private func settled(_ name: String, _ operation: String, in store: isolated Store) throws -> VaultObject {
        guard let object = VaultObject.find(kind, name, call, in: store) else { return try deleted(name, in: store) }
        switch object.life(at: call.timing.seconds) {
        case .deleted:
            guard kind == .certificates || !object.isManaged else { throw Self.managed(object, operation) }
            return object
        case .beingDeleted:
            throw object.conflict("ObjectIsBeingDeleted", "is currently being deleted.")
        case .live, .beingRecovered:
            throw AzureError(
                400, "MethodNotAllowed", "Operation \"\(operation)\" is not allowed on a non-deleted object.",
                inner: "RequestNotAllowedOnNonDeletedObject")
        case .beingPurged: return try deleted("", in: store)
        }
    }

    static func managed(_ object: VaultObject, _ operation: String) -> AzureError {
        AzureError(
            403, "Forbidden",
            "Operation \"\(operation)\" is not allowed on \(object.kind.title.lowercased()) \(object.name) since it is "
                + "associated with a certificate.")
    }
}
