/// Management locks: what nobody may delete, or not even change, until the lock is taken away.
/// Source: Azure REST reference, Management Locks, api-version 2020-05-01; "Lock your resources to protect your
/// infrastructure".
struct Locks: Sendable {
    /// By the lock's id in lower case.
    static let collection = "locks"

    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        guard call.path.isNamed else { return try list(call, in: store) }
        let key = call.path.id.lowercased()
        let known = store.get(Self.collection, key)
        switch call.method {
        case "GET":
            guard let known else { throw missing(call) }
            return .json(Self.answer(known))
        case "PUT":
            let lock = try checked(call, in: store)
            try store.put(Self.collection, key, lock)
            return .json(known == nil ? 201 : 200, Self.answer(lock))
        case "DELETE":
            try store.remove(Self.collection, key)
            return SandboxResponse(status: known == nil ? 204 : 200)
        default: throw call.methodNotAllowed
        }
    }

    /// Those at the scope and below it; with `atScope()`, at the scope and above.
    private func list(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        let here = call.path.scopeID
        let isUpward = call.request[query: "$filter"]?.lowercased().contains("atscope()") ?? false
        let found = store.list(Self.collection).map(\.value).filter { lock in
            let scope = lock["scope"]?.stringValue ?? "?"
            return isUpward ? RoleAssignments.isAt(scope, orAbove: here) : RoleAssignments.isAt(here, orAbove: scope)
        }
        return try call.page(found.map(Self.answer))
    }

    private func checked(_ call: ARMCall, in store: isolated Store) throws -> JSON {
        let properties = try call.request.object()["properties"] ?? [:]
        let levels = ["CanNotDelete", "ReadOnly"]
        guard let level = properties["level"]?.stringValue,
            let known = levels.first(where: { $0.lowercased() == level.lowercased() })
        else {
            throw AzureError(
                400, "InvalidLockLevel", "The lock level must be one of '\(levels.joined(separator: "', '"))'.")
        }
        guard call.path.names[0].count <= 90 else {
            throw AzureError(400, "LockNameTooLong", "The lock name must not be longer than 90 characters.")
        }
        if let group = ARMPath(call.path.scope).group { _ = try ResourceGroups.existing(group, in: store) }
        var lock: JSON = [
            "name": .string(call.path.names[0]), "scope": .string(call.path.scopeID), "level": .string(known),
        ]
        for member in ["notes", "owners"] { lock[member] = properties[member] }
        return lock
    }

    private static func answer(_ lock: JSON) -> JSON {
        let scope = lock["scope"]?.stringValue ?? ""
        let name = lock["name"]?.stringValue ?? ""
        var properties: JSON = ["level": lock["level"] ?? .null]
        for member in ["notes", "owners"] { properties[member] = lock[member] }
        return [
            "id": .string("\(scope)/providers/Microsoft.Authorization/locks/\(name)"), "name": .string(name),
            "type": "Microsoft.Authorization/locks", "properties": properties,
        ]
    }

    private func missing(_ call: ARMCall) -> AzureError {
        AzureError(404, "LockNotFound", "The lock '\(call.path.names[0])' could not be found.")
    }

    // MARK: What locks forbid

    /// A delete is refused by a lock at the resource, above it, or anywhere within what would go with it; any other
    /// change only by a `ReadOnly` lock at the resource or above. Locks themselves are no part of what they protect.
    static func check(_ call: ARMCall, in store: isolated Store) throws(AzureError) {
        let isDelete = call.method == "DELETE"
        guard isDelete || ["PUT", "PATCH"].contains(call.method) || isAction(call),
            call.path.type != "locks", call.path.group != nil || call.path.type == "roleassignments"
        else { return }
        let target = call.path.id
        let locked = store.list(collection).map(\.value).filter { lock in
            let scope = lock["scope"]?.stringValue ?? "?"
            let isAbove = RoleAssignments.isAt(scope, orAbove: target)
            guard isDelete else { return isAbove && lock["level"] == "ReadOnly" }
            return isAbove || RoleAssignments.isAt(target, orAbove: scope)
        }
        let scopes = Set(locked.compactMap { $0["scope"]?.stringValue }).sorted()
        guard !scopes.isEmpty else { return }
        throw AzureError(
            409, "ScopeLocked",
            "The scope '\(target)' cannot perform \(isDelete ? "delete" : "write") operation because following scope(s) "
                + "are locked: '\(scopes.joined(separator: ","))'. Please remove the lock and try again.",
            headers: ["x-ms-failure-cause": "gateway"])
    }

    /// A POST at a resource counts as a change of it, whatever it does: Resource Manager does not know.
    private static func isAction(_ call: ARMCall) -> Bool { call.method == "POST" && call.path.rest.count >= 3 }
}
