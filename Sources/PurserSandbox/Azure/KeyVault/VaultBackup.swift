import Crypto
import Foundation

/// Backup and restore of one object: an opaque text that only a vault of the same world takes back.
struct VaultBackup: Sendable {
    let call: VaultCall
    let kind: VaultObject.Kind

    func backup(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        try VaultAccess(call: call).require("backup", on: kind, named: name, in: store)
        let object = try VaultObject.live(kind, name, call, in: store)
        let content: JSON = ["kind": .string(kind.rawValue), "document": object.document]
        let sealed = try AES.GCM.seal(content.bytes(), using: try Self.key(in: store))
        return .json(["value": .string(Base64URL.encoded(sealed.combined ?? Data()))])
    }

    func restore(_ answer: (VaultObject) -> JSON, in store: isolated Store) throws -> SandboxResponse {
        try VaultAccess(call: call).require("restore", on: kind, in: store)
        let key = try Self.key(in: store)
        guard let text = try call.object()["value"]?.stringValue, let sealed = Base64URL.decoded(text),
            let box = try? AES.GCM.SealedBox(combined: sealed),
            let plain = try? AES.GCM.open(box, using: key),
            let content = try? JSON(parsing: [UInt8](plain)), content["kind"]?.stringValue == kind.rawValue
        else { throw call.badParameter("Backup blob is corrupted.") }
        let object = VaultObject(kind, content["document"] ?? [:])
        guard VaultObject.find(kind, object.name, call, in: store) == nil else {
            throw object.conflict("ObjectAlreadyExists", "already exists; a backup is restored beside no other.")
        }
        try object.save(call, in: store)
        return .json(answer(object))
    }

    private static func key(in store: isolated Store) throws -> SymmetricKey {
        let world = try WorldFacts.loaded(from: store).signingKey
        return HKDF<SHA256>.deriveKey(inputKeyMaterial: world, info: Data("backup".utf8), outputByteCount: 32)
    }
}
