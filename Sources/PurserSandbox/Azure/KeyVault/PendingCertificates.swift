import Foundation
import SwiftASN1
import X509

/// The creation of a certificate: an operation of its own, that is asked about at `…/pending`.
/// Source: Azure REST reference, Key Vault certificates, Create Certificate, Get Certificate Operation.
struct PendingCertificates: Sendable {
    let call: VaultCall

    func create(_ name: String, _ key: KeyMaterial?, in store: isolated Store) throws -> SandboxResponse {
        try access("create", name, in: store)
        let body = try call.object()
        var object = try VaultObject.writable(.certificates, name, call, in: store)
        try checkFaces(object, in: store)
        guard object.document[path: "pending", "status"] != "inProgress" else {
            throw AzureError(
                409, "Conflict",
                "A new key vault certificate can not be created or imported while a pending key vault certificate's status "
                    + "is inProgress.")
        }
        let issuers = CertificateIssuers(call: call)
        let policy = try CertificatePolicy(creating: body["policy"] ?? .null) { issuers.find($0, in: store) != nil }
        try call.checkHardware(body[path: "policy", "key_props"])
        guard let key else { throw call.badParameter("The key of the certificate could not be made.") }
        note(policy, in: &object)
        object.document["pending"] = try operation(policy, key, body, issuers.find(policy.issuer, in: store))
        try object.save(call, in: store)
        let id = object.document[path: "pending", "request_id"]?.stringValue ?? ""
        let version = call.request[query: "api-version"] ?? ""
        let url = "\(object.id(call))/pending?api-version=\(version)&request_id=\(id)"
        return .json(202, answer(object), headers: ["Location": url, "Retry-After": "1"])
    }

    /// A plain secret or key of the name keeps a certificate from taking it.
    func checkFaces(_ object: VaultObject, in store: isolated Store) throws {
        for kind in [VaultObject.Kind.secrets, .keys] {
            guard let face = VaultObject.find(kind, object.name, call, in: store) else { continue }
            try face.checkWritable(at: call.timing.seconds)
            guard face.isManaged || face.versions.isEmpty else {
                throw AzureError(
                    409, "Conflict",
                    "\(kind.title) \(object.name) already exists, and a certificate needs the name for its own.")
            }
        }
    }

    /// Makes `policy` the one of the next version.
    func note(_ policy: CertificatePolicy, in object: inout VaultObject) {
        object.document["policy"] = policy.document
        object.document["policyCreated"] = object.document["policyCreated"] ?? .int(call.now)
        object.document["policyUpdated"] = .int(call.now)
    }

    /// The certificate of issuer Self, and of one that the vault knows, is signed at once and kept back until the
    /// operation ends.
    private func operation(
        _ policy: CertificatePolicy, _ key: KeyMaterial, _ body: JSON, _ issuer: CertificateIssuers.Issuer?
    ) throws -> JSON {
        let request = try VaultCertificate.signingRequest(policy, key: key)
        var operation: JSON = [
            "status": "inProgress", "issuer": .string(policy.issuer),
            "csr": .string(Data(request).base64EncodedString()),
            "request_id": .string(VaultCall.newVersion()), "private": .string(key.pem),
            "version": .string(VaultCall.newVersion()), "cancellation_requested": false,
        ]
        operation["asked"] = ["attributes": body["attributes"] ?? .null, "tags": body["tags"] ?? .null]
        let readyAt = JSON.double(call.timing.seconds(after: call.timing.operationDelay))
        if let refusal = issuer?.refusal {
            operation["refusal"] = refusal
            operation["readyAt"] = readyAt
        } else if policy.issuer != "Unknown" {
            let certificate = try VaultCertificate(
                signing: policy, key: key, by: issuer?.authority(), now: call.timing.now())
            operation["chain"] = .array(certificate.chain.map { .string(Data($0).base64EncodedString()) })
            operation["readyAt"] = readyAt
        }
        return operation
    }

    // MARK: The operation

    func respond(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        let permission =
            switch call.method {
            case "GET": "get"
            case "DELETE": "delete"
            case "POST": "create"
            default: "update"
            }
        try access(permission, name, in: store)
        guard var object = VaultObject.find(.certificates, name, call, in: store),
            object.life(at: call.timing.seconds) == .live, object.document["pending"] != nil
        else {
            throw AzureError(404, "PendingCertificateNotFound", "Pending certificate not found: \(name)")
        }
        let shown = answer(object)
        switch call.method {
        case "DELETE":
            object.document["pending"] = nil
            if object.versions.isEmpty {
                try store.remove(call.collection, object.key)
            } else {
                try object.save(call, in: store)
            }
            return .json(shown)
        case "PATCH":
            guard try call.object()["cancellation_requested"] == true else { break }
            object.document[path: "pending", "cancellation_requested"] = true
            object.document[path: "pending", "status"] = "cancelled"
            try object.save(call, in: store)
        case "POST": return try merge(&object, in: store)
        default: break
        }
        return .json(answer(object))
    }

    /// Completes an operation of issuer Unknown with what its issuer signed.
    private func merge(_ object: inout VaultObject, in store: isolated Store) throws -> SandboxResponse {
        let body = try call.object()
        let chain = (body["x5c"]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap { Data(base64Encoded: $0) } }
        guard object.document[path: "pending", "status"] == "inProgress",
            let pem = object.document[path: "pending", "private"]?.stringValue,
            let key = CertificateImport.key(pem: pem), let leaf = chain.first,
            let certificate = try? Certificate(derEncoded: [UInt8](leaf)),
            certificate.publicKey == key.certificateKey.publicKey
        else { throw call.badParameter("The public key of the end-entity certificate is not the pending one's.") }
        try CertificatePublication(call: call).publish(
            VaultCertificate(key: key, chain: chain.map { [UInt8]($0) }), in: &object,
            version: object.document[path: "pending", "version"]?.stringValue ?? VaultCall.newVersion(),
            policy: CertificatePolicy(stored: object.document["policy"] ?? [:]), body: body, in: store)
        object.document["pending"] = nil
        try object.save(call, in: store)
        return .json(201, Certificates(call: call, key: nil).answer(object, nil))
    }

    private func answer(_ object: VaultObject) -> JSON {
        let pending = object.document["pending"] ?? [:]
        var answer: JSON = [
            "id": .string("\(object.id(call))/pending"), "issuer": ["name": pending["issuer"] ?? .null],
        ]
        if let type = object.document[path: "policy", "issuer", "cty"] { answer[path: "issuer", "cty"] = type }
        for member in ["csr", "cancellation_requested", "status", "request_id"] { answer[member] = pending[member] }
        switch pending["status"]?.stringValue {
        case "completed": answer["target"] = .string(object.id(call))
        case "failed": answer["error"] = pending["error"]
        case "inProgress":
            answer["status_details"] = .string(
                "Pending certificate created. Certificate request is in progress. This may take some time based on the "
                    + "issuer provider. Please check again later.")
        default: break
        }
        return answer
    }

    private func access(_ permission: String, _ name: String, in store: isolated Store) throws {
        try VaultAccess(call: call).require(permission, on: .certificates, named: name, in: store)
    }
}
