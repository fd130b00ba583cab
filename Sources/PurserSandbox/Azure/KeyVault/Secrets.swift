/// Secrets. Source: Azure REST reference, Key Vault secrets, api-version 7.4.
struct Secrets: Sendable {
    let call: VaultCall

    private static let longestValue = 25_600

    func respond(_ path: [String], in store: isolated Store) throws -> SandboxResponse {
        switch (call.method, path.count, path.last?.lowercased()) {
        case ("GET", 0, _): return try list(in: store)
        case ("POST", 1, "restore"): return try VaultBackup(call: call, kind: .secrets).restore(answer, in: store)
        case ("PUT", 1, _): return try set(path[0], in: store)
        case ("DELETE", 1, _): return try deletion.delete(path[0], in: store)
        case ("GET", 2, "versions"): return try versions(path[0], in: store)
        case ("POST", 2, "backup"): return try VaultBackup(call: call, kind: .secrets).backup(path[0], in: store)
        case ("GET", 1...2, _): return try get(path[0], path.count == 2 ? path[1] : nil, in: store)
        case ("PATCH", 1...2, _): return try patch(path[0], path.count == 2 ? path[1] : nil, in: store)
        default: throw VaultPlane.methodNotAllowed(call.request)
        }
    }

    var deletion: VaultDeletion {
        VaultDeletion(call: call, kind: .secrets) { answer($0, nil, showsValue: false) }
    }

    private func list(in store: isolated Store) throws -> SandboxResponse {
        try access("list", nil, in: store)
        let now = call.timing.seconds
        let found = VaultObject.all(.secrets, of: call, in: store).filter { $0.life(at: now) == .live }
        return try call.page(
            found.map { object in
                var item = answer(object, nil, showsValue: false)
                item["id"] = .string(object.id(call))
                return item
            })
    }

    private func versions(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        try access("list", name, in: store)
        guard let object = try? VaultObject.live(.secrets, name, call, in: store) else { return try call.page([]) }
        return try call.page(object.versions.map { answer(object, $0, showsValue: false) })
    }

    private func get(_ name: String, _ version: String?, in store: isolated Store) throws -> SandboxResponse {
        try access("get", name, in: store)
        let object = try VaultObject.live(.secrets, name, call, in: store)
        guard let found = object.version(version) else {
            throw VaultObject.notFound(.secrets, name, version: version)
        }
        guard found["enabled"] != false else {
            throw AzureError(
                403, "Forbidden", "Operation get is not allowed on a disabled secret.", inner: "SecretDisabled")
        }
        return .json(answer(object, found, showsValue: true))
    }

    private func set(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        try access("set", name, in: store)
        let body = try call.object()
        var object = try VaultObject.writable(.secrets, name, call, in: store)
        guard !object.isManaged else { throw VaultDeletion.managed(object, "set") }
        guard let value = body["value"]?.stringValue else {
            throw call.badParameter("The request body must specify the property value.")
        }
        guard value.utf8.count <= Self.longestValue else {
            throw call.badParameter("Secret value is too long; at most \(Self.longestValue) bytes.")
        }
        var version = VaultObject.newVersion(call)
        try VaultObject.apply(body, to: &version, call)
        version["value"] = .string(value)
        version["contentType"] = try contentType(body)
        object.versions.append(version)
        try object.save(call, in: store)
        return .json(answer(object, version, showsValue: true))
    }

    private func patch(_ name: String, _ wanted: String?, in store: isolated Store) throws -> SandboxResponse {
        try access("set", name, in: store)
        let body = try call.object()
        var object = try VaultObject.live(.secrets, name, call, in: store)
        guard var version = object.version(wanted) else {
            throw VaultObject.notFound(.secrets, name, version: wanted)
        }
        guard !object.isManaged else { throw VaultDeletion.managed(object, "update") }
        try VaultObject.apply(body, to: &version, call)
        if let type = try contentType(body) { version["contentType"] = type }
        object.replace(version)
        try object.save(call, in: store)
        return .json(answer(object, version, showsValue: false))
    }

    private func contentType(_ body: JSON) throws -> JSON? {
        guard let type = body["contentType"], !type.isNull else { return nil }
        guard let text = type.stringValue, text.count <= 255 else {
            throw call.badParameter("contentType is a string of at most 255 characters.")
        }
        return type
    }

    private func answer(_ object: VaultObject) -> JSON { answer(object, nil, showsValue: false) }

    private func answer(_ object: VaultObject, _ version: JSON?, showsValue: Bool) -> JSON {
        let version = version ?? object.versions.last ?? [:]
        var answer: JSON = [
            "id": .string(object.id(call, version: version)), "attributes": VaultObject.attributes(version, call),
        ]
        if showsValue { answer["value"] = version["value"] }
        for member in ["contentType", "tags"] { answer[member] = version[member] }
        if version["managed"] == true {
            answer["managed"] = true
            answer["kid"] = .string(
                "\(call.root)/keys/\(object.name)/\(version["version"]?.stringValue ?? "")")
        }
        return answer
    }

    private func access(_ permission: String, _ name: String?, in store: isolated Store) throws {
        try VaultAccess(call: call).require(permission, on: .secrets, named: name, in: store)
    }
}
