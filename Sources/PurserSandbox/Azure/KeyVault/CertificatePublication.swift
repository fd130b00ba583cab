import Foundation
import SwiftASN1

/// Turns a finished certificate into a version of three objects: certificate, key and secret of one name and version.
struct CertificatePublication: Sendable {
    let call: VaultCall

    /// Publishes the certificate that is pending in `object`, if its time has come.
    func publish(_ object: VaultObject, in store: isolated Store) throws {
        var object = object
        guard let pending = object.document["pending"], pending["status"] == "inProgress",
            let ready = pending["readyAt"]?.numberValue, ready <= call.timing.seconds
        else { return }
        if let refusal = pending["refusal"] {
            object.document[path: "pending", "status"] = "failed"
            object.document[path: "pending", "error"] = refusal
            return try object.save(call, in: store)
        }
        let chain = (pending["chain"]?.arrayValue ?? []).compactMap {
            $0.stringValue.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
        }
        guard !chain.isEmpty, let pem = pending["private"]?.stringValue else { return }
        guard let key = CertificateImport.key(pem: pem) else { return }
        let version = pending["version"]?.stringValue ?? VaultCall.newVersion()
        try publish(
            VaultCertificate(key: key, chain: chain), in: &object, version: version,
            policy: CertificatePolicy(stored: object.document["policy"] ?? [:]), body: pending["asked"] ?? [:],
            in: store)
        for member in ["private", "chain", "readyAt", "asked"] { object.document[path: "pending", member] = nil }
        object.document[path: "pending", "status"] = "completed"
        try object.save(call, in: store)
    }

    /// Adds the version to `object`, which is not saved here, and to its key and secret, which are.
    func publish(
        _ certificate: VaultCertificate, in object: inout VaultObject, version: String, policy: CertificatePolicy,
        body: JSON, in store: isolated Store
    ) throws {
        var common = VaultObject.newVersion(call, named: version)
        if let validity = certificate.validity {
            common["nbf"] = .int(validity.from)
            common["exp"] = .int(validity.to)
        }
        try VaultObject.apply(
            ["attributes": ["enabled": body[path: "attributes", "enabled"] ?? true], "tags": body["tags"] ?? .null],
            to: &common, call)
        var added = common
        added["cer"] = .string(Data(certificate.leaf).base64EncodedString())
        added["x5t"] = .string(certificate.thumbprint)
        added["subject"] = certificate.properties["subject"]
        object.versions.append(added)
        common["managed"] = true
        try addSecret(certificate, common, policy, name: object.name, in: store)
        try addKey(certificate, common, policy, name: object.name, in: store)
    }

    private func addSecret(
        _ certificate: VaultCertificate, _ common: JSON, _ policy: CertificatePolicy, name: String,
        in store: isolated Store
    ) throws {
        var secret = VaultObject.find(.secrets, name, call, in: store) ?? VaultObject(.secrets, name: name)
        var version = common
        version["contentType"] = .string(policy.contentType)
        version["value"] = .string(
            try certificate.secretValue(contentType: policy.contentType, isExportable: policy.isExportable))
        secret.versions.append(version)
        try secret.save(call, in: store)
    }

    private func addKey(
        _ certificate: VaultCertificate, _ common: JSON, _ policy: CertificatePolicy, name: String,
        in store: isolated Store
    ) throws {
        var key = VaultObject.find(.keys, name, call, in: store) ?? VaultObject(.keys, name: name)
        var version = common
        version["key"] = certificate.key.publicJWK
        version["private"] = .string(certificate.key.pem)
        version["operations"] = .array(Self.operations(policy.keyUsage))
        key.versions.append(version)
        try key.save(call, in: store)
    }

    /// What a key may do, from what its certificate is for.
    private static func operations(_ usage: [String]) -> [JSON] {
        var operations: [String] = []
        if usage.contains("digitalSignature") { operations += ["sign", "verify"] }
        if usage.contains("keyEncipherment") { operations += ["wrapKey", "unwrapKey"] }
        if usage.contains("dataEncipherment") { operations += ["encrypt", "decrypt"] }
        return operations.map { .string($0) }
    }
}

extension CertificateImport {
    /// Reads a PKCS#8 key that this sandbox has written.
    static func key(pem: String) -> KeyMaterial? {
        (try? PEMDocument(pemString: pem)).flatMap { KeyMaterial(der: $0.derBytes) }
    }
}
