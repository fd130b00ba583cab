import Foundation

/// Issuers that a vault orders certificates from. Each has an authority of its own that signs at once; one without an
/// account refuses every order.
/// Source: Azure REST reference, Key Vault certificates, `IssuerBundle`, api-version 7.4.
struct CertificateIssuers: Sendable {
    let call: VaultCall

    struct Issuer: Sendable {
        let document: JSON

        var name: String { document["name"]?.stringValue ?? "" }

        /// What a pending operation says of a refusal; nil if the issuer signs.
        var refusal: JSON? {
            let account = document[path: "credentials", "account_id"]?.stringValue ?? ""
            guard account.isEmpty else { return nil }
            return [
                "code": "IssuerRejected",
                "message": .string("The issuer \(name) rejected the order: it knows no account for this vault."),
            ]
        }

        func authority() throws -> VaultCertificate? {
            guard let pem = document["private"]?.stringValue, let key = CertificateImport.key(pem: pem),
                let der = document["authority"]?.stringValue.flatMap({ Data(base64Encoded: $0) })
            else { return nil }
            return VaultCertificate(key: key, chain: [[UInt8](der)])
        }
    }

    /// Apart from the objects, whose names have other beginnings.
    private static let prefix = "issuers/"

    func find(_ name: String, in store: isolated Store) -> Issuer? {
        store.get(call.collection, Self.prefix + name.lowercased()).map(Issuer.init)
    }

    func respond(_ name: String?, in store: isolated Store) throws -> SandboxResponse {
        let permission =
            switch call.method {
            case "GET": name == nil ? "listissuers" : "getissuers"
            case "DELETE": "deleteissuers"
            default: "setissuers"
            }
        try VaultAccess(call: call).require(permission, on: .certificates, in: store)
        switch (call.method, name) {
        case ("GET", nil): return try list(in: store)
        case ("GET", let name?): return .json(answer(try existing(name, in: store)))
        case ("PUT", let name?): return .json(answer(try set(name, in: store)))
        case ("DELETE", let name?):
            let found = try existing(name, in: store)
            try store.remove(call.collection, Self.prefix + name.lowercased())
            return .json(answer(found))
        default: throw VaultPlane.methodNotAllowed(call.request)
        }
    }

    private func list(in store: isolated Store) throws -> SandboxResponse {
        let found = store.list(call.collection).filter { $0.key.hasPrefix(Self.prefix) }.map {
            Issuer(document: $0.value)
        }
        return try call.page(found.map { ["id": .string(id($0)), "provider": $0.document["provider"] ?? .null] })
    }

    private func existing(_ name: String, in store: isolated Store) throws -> Issuer {
        guard let found = find(name, in: store) else {
            throw AzureError(404, "CertificateIssuerNotFound", "Certificate issuer not found: \(name)")
        }
        return found
    }

    private func set(_ name: String, in store: isolated Store) throws -> Issuer {
        let body = try call.object()
        guard let provider = body["provider"]?.stringValue, !provider.isEmpty else {
            throw call.badParameter("The request body must specify the property provider.")
        }
        var document = find(name, in: store)?.document ?? ["name": .string(name), "created": .int(call.now)]
        document["provider"] = .string(provider)
        document["updated"] = .int(call.now)
        for member in ["org_details", "attributes"] { document[member] = body[member] }
        document["credentials"] = [:]
        document[path: "credentials", "account_id"] = body[path: "credentials", "account_id"]
        if document["authority"] == nil {
            let key = try KeyMaterial(KeyMaterial.Shape(["kty": "EC"]))
            let authority = try VaultCertificate(authority: name, key: key, now: call.timing.now())
            document["private"] = .string(key.pem)
            document["authority"] = .string(Data(authority.leaf).base64EncodedString())
        }
        try store.put(call.collection, Self.prefix + name.lowercased(), document)
        return Issuer(document: document)
    }

    private func id(_ issuer: Issuer) -> String { "\(call.root)/certificates/issuers/\(issuer.name)" }

    private func answer(_ issuer: Issuer) -> JSON {
        var answer: JSON = ["id": .string(id(issuer)), "provider": issuer.document["provider"] ?? .null]
        for member in ["credentials", "org_details"] { answer[member] = issuer.document[member] }
        answer["attributes"] = [
            "enabled": issuer.document[path: "attributes", "enabled"] ?? true,
            "created": issuer.document["created"] ?? .null, "updated": issuer.document["updated"] ?? .null,
        ]
        return answer
    }
}
