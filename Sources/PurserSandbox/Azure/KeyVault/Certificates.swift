import Foundation

/// Certificates. Source: Azure REST reference, Key Vault certificates, api-version 7.4.
struct Certificates: Sendable {
    let call: VaultCall
    /// The new key, for a call that creates a certificate.
    let key: KeyMaterial?

    func respond(_ path: [String], in store: isolated Store) throws -> SandboxResponse {
        let name = path.first ?? ""
        switch (call.method, path.dropFirst().map { $0.lowercased() }) {
        case ("GET", []) where path.isEmpty: return try list(in: store)
        case ("POST", []) where name.lowercased() == "restore":
            return try VaultBackup(call: call, kind: .certificates).restore({ answer($0, nil) }, in: store)
        case (_, let rest) where name.lowercased() == "issuers" && rest.count < 2:
            return try CertificateIssuers(call: call).respond(path.count > 1 ? path[1] : nil, in: store)
        case ("GET", []): return try get(name, nil, in: store)
        case ("DELETE", []): return try deletion.delete(name, in: store)
        case ("PATCH", []): return try patch(name, nil, in: store)
        case ("POST", ["create"]): return try pending.create(name, key, in: store)
        case ("POST", ["import"]): return try importCertificate(name, in: store)
        case ("POST", ["backup"]): return try VaultBackup(call: call, kind: .certificates).backup(name, in: store)
        case ("GET", ["pending"]), ("PATCH", ["pending"]), ("DELETE", ["pending"]), ("POST", ["pending", "merge"]):
            return try pending.respond(name, in: store)
        case ("GET", ["policy"]), ("PATCH", ["policy"]): return try policy(name, in: store)
        case ("GET", ["versions"]): return try versions(name, in: store)
        case ("GET", let rest) where rest.count == 1: return try get(name, rest[0], in: store)
        case ("PATCH", let rest) where rest.count == 1: return try patch(name, rest[0], in: store)
        default: throw VaultPlane.methodNotAllowed(call.request)
        }
    }

    var deletion: VaultDeletion { VaultDeletion(call: call, kind: .certificates) { answer($0, nil) } }
    private var pending: PendingCertificates { PendingCertificates(call: call) }

    // MARK: Reading

    private func list(in store: isolated Store) throws -> SandboxResponse {
        try access("list", nil, in: store)
        let now = call.timing.seconds
        let showsPending = call.request[query: "includePending"]?.lowercased() == "true"
        let found = VaultObject.all(.certificates, of: call, in: store).filter {
            $0.life(at: now) == .live && (showsPending || !$0.versions.isEmpty)
        }
        return try call.page(found.map { item($0, nil) })
    }

    private func versions(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        try access("list", name, in: store)
        guard let object = try? VaultObject.live(.certificates, name, call, in: store) else { return try call.page([]) }
        return try call.page(object.versions.map { item(object, $0) })
    }

    private func get(_ name: String, _ version: String?, in store: isolated Store) throws -> SandboxResponse {
        try access("get", name, in: store)
        let object = try VaultObject.live(.certificates, name, call, in: store)
        guard let found = object.version(version) else {
            throw VaultObject.notFound(.certificates, name, version: version)
        }
        return .json(answer(object, found))
    }

    // MARK: Changing

    private func importCertificate(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        try access("import", name, in: store)
        let body = try call.object()
        var object = try VaultObject.writable(.certificates, name, call, in: store)
        try pending.checkFaces(object, in: store)
        guard let value = body["value"]?.stringValue, !value.isEmpty else {
            throw call.badParameter("The request body must specify the property value.")
        }
        let type = try CertificatePolicy.contentType(body["policy"]) ?? CertificatePolicy.pkcs12
        let certificate = try CertificateImport.certificate(
            value: value, password: body["pwd"]?.stringValue, contentType: type)
        let policy = try CertificatePolicy(importing: body["policy"], contentType: type, certificate: certificate)
        pending.note(policy, in: &object)
        try CertificatePublication(call: call).publish(
            certificate, in: &object, version: VaultCall.newVersion(), policy: policy, body: body, in: store)
        try object.save(call, in: store)
        return .json(answer(object, nil))
    }

    private func patch(_ name: String, _ wanted: String?, in store: isolated Store) throws -> SandboxResponse {
        try access("update", name, in: store)
        let body = try call.object()
        let object = try VaultObject.live(.certificates, name, call, in: store)
        guard let found = object.version(wanted) else {
            throw VaultObject.notFound(.certificates, name, version: wanted)
        }
        // The three objects of one certificate share their attributes.
        for kind in VaultObject.Kind.allCases {
            guard var face = VaultObject.find(kind, name, call, in: store),
                var version = face.version(found["version"]?.stringValue)
            else { continue }
            try VaultObject.apply(body, to: &version, call)
            face.replace(version)
            try face.save(call, in: store)
        }
        let changed = try VaultObject.live(.certificates, name, call, in: store)
        return .json(answer(changed, changed.version(found["version"]?.stringValue)))
    }

    private func policy(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        let changes = call.method == "PATCH"
        try access(changes ? "update" : "get", name, in: store)
        var object = try VaultObject.live(.certificates, name, call, in: store)
        if changes {
            var merged = object.document["policy"] ?? [:]
            for (member, value) in try call.object().objectValue ?? [:] where member != "id" && member != "attributes" {
                merged[member] = value
            }
            let issuers = CertificateIssuers(call: call)
            object.document["policy"] = try CertificatePolicy(creating: merged) {
                issuers.find($0, in: store) != nil
            }.document
            object.document["policyUpdated"] = .int(call.now)
            try object.save(call, in: store)
        }
        return .json(CertificatePolicy(stored: object.document["policy"] ?? [:]).answer(object, call))
    }

    // MARK: Answers

    func answer(_ object: VaultObject, _ version: JSON?) -> JSON {
        let version = version ?? object.versions.last ?? [:]
        let number = version["version"]?.stringValue ?? ""
        var answer: JSON = [
            "id": .string(object.id(call, version: version)),
            "kid": .string("\(call.root)/keys/\(object.name)/\(number)"),
            "sid": .string("\(call.root)/secrets/\(object.name)/\(number)"),
            "attributes": VaultObject.attributes(version, call),
            "policy": CertificatePolicy(stored: object.document["policy"] ?? [:]).answer(object, call),
        ]
        for member in ["x5t", "cer", "tags"] { answer[member] = version[member] }
        if object.document["pending"] != nil { answer["pending"] = ["id": .string("\(object.id(call))/pending")] }
        return answer
    }

    private func item(_ object: VaultObject, _ version: JSON?) -> JSON {
        let shown = version ?? object.versions.last ?? [:]
        var item: JSON = [
            "id": .string(object.id(call, version: version)), "attributes": VaultObject.attributes(shown, call),
            "subject": "",
        ]
        for member in ["x5t", "tags"] { item[member] = shown[member] }
        return item
    }

    private func access(_ permission: String, _ name: String?, in store: isolated Store) throws {
        try VaultAccess(call: call).require(permission, on: .certificates, named: name, in: store)
    }
}
