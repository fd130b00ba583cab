/// Keys. Source: Azure REST reference, Key Vault keys, api-version 7.4.
struct Keys: Sendable {
    let call: VaultCall
    /// The new key, for a call that creates one.
    let key: KeyMaterial?

    private static let rsaOperations = ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"]
    private static let curveOperations = ["sign", "verify"]

    func respond(_ path: [String], in store: isolated Store) throws -> SandboxResponse {
        switch (call.method, path.count, path.last?.lowercased()) {
        case ("GET", 0, _): return try list(in: store)
        case ("POST", 1, "restore"): return try VaultBackup(call: call, kind: .keys).restore(answer, in: store)
        case ("POST", 2, "create"): return try create(path[0], in: store)
        case ("POST", 2, "backup"): return try VaultBackup(call: call, kind: .keys).backup(path[0], in: store)
        case ("PUT", 1, _): return try importKey(path[0], in: store)
        case ("DELETE", 1, _): return try deletion.delete(path[0], in: store)
        case ("GET", 2, "versions"): return try versions(path[0], in: store)
        case ("GET", 2, "rotationpolicy"), ("PUT", 2, "rotationpolicy"):
            return try KeyRotationPolicies(call: call).respond(path[0], in: store)
        case ("GET", 1...2, _): return try get(path[0], path.count == 2 ? path[1] : nil, in: store)
        case ("PATCH", 1...2, _): return try patch(path[0], path.count == 2 ? path[1] : nil, in: store)
        default: throw VaultPlane.methodNotAllowed(call.request)
        }
    }

    var deletion: VaultDeletion { VaultDeletion(call: call, kind: .keys) { answer($0, nil) } }

    private func list(in store: isolated Store) throws -> SandboxResponse {
        try access("list", nil, in: store)
        let now = call.timing.seconds
        let found = VaultObject.all(.keys, of: call, in: store).filter { $0.life(at: now) == .live }
        return try call.page(found.map { item($0, nil) })
    }

    private func versions(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        try access("list", name, in: store)
        guard let object = try? VaultObject.live(.keys, name, call, in: store) else { return try call.page([]) }
        return try call.page(object.versions.map { item(object, $0) })
    }

    private func get(_ name: String, _ version: String?, in store: isolated Store) throws -> SandboxResponse {
        try access("get", name, in: store)
        let object = try VaultObject.live(.keys, name, call, in: store)
        guard let found = object.version(version) else { throw VaultObject.notFound(.keys, name, version: version) }
        return .json(answer(object, found))
    }

    private func create(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        try access("create", name, in: store)
        let body = try call.object()
        guard body["kty"]?.stringValue != nil else {
            throw call.badParameter("The request body must specify the property kty.")
        }
        _ = try KeyMaterial.Shape(body)
        try call.checkHardware(body)
        guard let key else { throw call.badParameter("The key could not be made.") }
        return try add(key, name, body, operations: body["key_ops"]?.arrayValue, in: store)
    }

    private func importKey(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        try access("import", name, in: store)
        let body = try call.object()
        guard let jwk = body["key"], let key = KeyMaterial(jwk: jwk) else {
            throw call.badParameter("The JSON Web Key is no private key of a known type.")
        }
        return try add(key, name, body, operations: jwk["key_ops"]?.arrayValue, in: store)
    }

    private func add(
        _ key: KeyMaterial, _ name: String, _ body: JSON, operations: [JSON]?, in store: isolated Store
    ) throws -> SandboxResponse {
        var object = try VaultObject.writable(.keys, name, call, in: store)
        guard !object.isManaged else { throw VaultDeletion.managed(object, "create") }
        var version = VaultObject.newVersion(call)
        if let period = KeyRotationPolicies.expiry(of: object) { version["exp"] = .int(call.now + period * 86_400) }
        try VaultObject.apply(body, to: &version, call)
        version["key"] = key.publicJWK
        if let type = body["kty"]?.stringValue, type.hasSuffix("-HSM") { version[path: "key", "kty"] = .string(type) }
        version["private"] = .string(key.pem)
        version["operations"] = .array(try checked(operations) ?? Self.operations(of: key))
        object.versions.append(version)
        try object.save(call, in: store)
        return .json(answer(object, version))
    }

    private func checked(_ operations: [JSON]?) throws -> [JSON]? {
        let known = Self.rsaOperations + ["import", "export"]
        guard operations?.allSatisfy({ known.contains($0.stringValue ?? "") }) != false else {
            throw call.badParameter("key_ops holds an operation that is none of \(known.joined(separator: ", ")).")
        }
        return operations
    }

    static func operations(of key: KeyMaterial) -> [JSON] {
        if case .rsa = key { return rsaOperations.map { .string($0) } }
        return curveOperations.map { .string($0) }
    }

    private func patch(_ name: String, _ wanted: String?, in store: isolated Store) throws -> SandboxResponse {
        try access("update", name, in: store)
        let body = try call.object()
        var object = try VaultObject.live(.keys, name, call, in: store)
        guard var version = object.version(wanted) else { throw VaultObject.notFound(.keys, name, version: wanted) }
        guard !object.isManaged else { throw VaultDeletion.managed(object, "update") }
        try VaultObject.apply(body, to: &version, call)
        if let operations = try checked(body["key_ops"]?.arrayValue) { version["operations"] = .array(operations) }
        object.replace(version)
        try object.save(call, in: store)
        return .json(answer(object, version))
    }

    private func answer(_ object: VaultObject) -> JSON { answer(object, nil) }

    private func answer(_ object: VaultObject, _ version: JSON?) -> JSON {
        let version = version ?? object.versions.last ?? [:]
        var key = version["key"] ?? [:]
        key["kid"] = .string(object.id(call, version: version))
        key["key_ops"] = version["operations"]
        var answer: JSON = ["key": key, "attributes": VaultObject.attributes(version, call)]
        answer["tags"] = version["tags"]
        answer["managed"] = version["managed"]
        return answer
    }

    /// An item of a list: the key's id and none of its numbers.
    private func item(_ object: VaultObject, _ version: JSON?) -> JSON {
        let shown = version ?? object.versions.last ?? [:]
        var item: JSON = [
            "kid": .string(object.id(call, version: version)), "attributes": VaultObject.attributes(shown, call),
        ]
        item["tags"] = shown["tags"]
        item["managed"] = shown["managed"]
        return item
    }

    private func access(_ permission: String, _ name: String?, in store: isolated Store) throws {
        try VaultAccess(call: call).require(permission, on: .keys, named: name, in: store)
    }
}
