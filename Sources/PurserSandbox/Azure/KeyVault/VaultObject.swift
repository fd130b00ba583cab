import Foundation

/// A secret, certificate or key with all its versions, and where it stands between life and purge.
///
/// Deletion, recovery and purge each take a while in Azure; what is not yet so is written down with its instant.
struct VaultObject: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case secrets, certificates, keys

        /// `Secret` and so on, as error codes and messages name it.
        var title: String {
            switch self {
            case .secrets: "Secret"
            case .certificates: "Certificate"
            case .keys: "Key"
            }
        }

        var notFoundCode: String { "\(title)NotFound" }
    }

    enum Life: Sendable {
        case live, beingDeleted, deleted, beingRecovered, beingPurged
    }

    let kind: Kind
    var document: JSON

    init(_ kind: Kind, _ document: JSON) {
        self.kind = kind
        self.document = document
    }

    init(_ kind: Kind, name: String) { self.init(kind, ["name": .string(name), "versions": []]) }

    var name: String { document["name"]?.stringValue ?? "" }
    var key: String { Self.key(kind, name) }

    static func key(_ kind: Kind, _ name: String) -> String { "\(kind.rawValue)/\(name.lowercased())" }

    /// Oldest first.
    var versions: [JSON] {
        get { document["versions"]?.arrayValue ?? [] }
        set { document["versions"] = .array(newValue) }
    }

    /// Whether it belongs to a certificate.
    var isManaged: Bool { versions.last?["managed"] == true }

    func life(at now: Double) -> Life {
        if document["purgedFrom"] != nil { return .beingPurged }
        if let deletedFrom = document["deletedFrom"]?.numberValue {
            return deletedFrom > now ? .beingDeleted : .deleted
        }
        if let recovered = document["recoveredFrom"]?.numberValue, recovered > now { return .beingRecovered }
        return .live
    }

    /// The version of that name, or the latest.
    func version(_ name: String?) -> JSON? {
        guard let name, !name.isEmpty else { return versions.last }
        return versions.first { $0["version"]?.stringValue == name.lowercased() }
    }

    /// Changes one version in place.
    mutating func replace(_ version: JSON) {
        versions = versions.map { $0["version"] == version["version"] ? version : $0 }
    }

    // MARK: Store

    static func all(_ kind: Kind, of call: VaultCall, in store: isolated Store) -> [VaultObject] {
        store.list(call.collection).filter { $0.key.hasPrefix(kind.rawValue + "/") }
            .map { VaultObject(kind, $0.value) }
    }

    static func find(_ kind: Kind, _ name: String, _ call: VaultCall, in store: isolated Store) -> VaultObject? {
        store.get(call.collection, key(kind, name)).map { VaultObject(kind, $0) }
    }

    /// The object, if it is live.
    /// - Throws: 404 with the kind's own code.
    static func live(_ kind: Kind, _ name: String, _ call: VaultCall, in store: isolated Store) throws -> VaultObject {
        guard let object = find(kind, name, call, in: store), object.life(at: call.timing.seconds) == .live,
            !object.versions.isEmpty
        else { throw notFound(kind, name) }
        return object
    }

    static func notFound(_ kind: Kind, _ name: String, version: String? = nil) -> AzureError {
        AzureError(
            404, kind.notFoundCode,
            "A \(kind.title.lowercased()) with (name/id) \(name)\(version.map { "/\($0)" } ?? "") was not found in this "
                + "key vault. If you recently deleted this \(kind.title.lowercased()) you may be able to recover it using "
                + "the correct recovery command. For help resolving this issue, please see "
                + "https://go.microsoft.com/fwlink/?linkid=2125182")
    }

    func save(_ call: VaultCall, in store: isolated Store) throws {
        try store.put(call.collection, key, document)
    }

    /// The object that a new version may be added to: the live one, or a new one.
    /// - Throws: 400 for a name that is none, 409 while a deleted object holds the name.
    static func writable(
        _ kind: Kind, _ name: String, _ call: VaultCall, in store: isolated Store
    ) throws -> VaultObject {
        guard name.wholeMatch(of: /[0-9a-zA-Z-]{1,127}/) != nil else {
            throw call.badParameter(
                "The request URI contains an invalid name: \(name). A \(kind.title.lowercased()) name has 1 to 127 "
                    + "characters, each a letter, a digit or '-'.")
        }
        guard let object = find(kind, name, call, in: store) else { return VaultObject(kind, name: name) }
        try object.checkWritable(at: call.timing.seconds)
        return object
    }

    func checkWritable(at now: Double) throws {
        switch life(at: now) {
        case .live: return
        case .deleted:
            throw conflict(
                "ObjectIsDeletedButRecoverable",
                "is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the "
                    + "\(kind.title.lowercased()) can only be recovered or purged.")
        case .beingDeleted, .beingPurged:
            throw conflict("ObjectIsBeingDeleted", "is currently being deleted and cannot be re-created; retry later.")
        case .beingRecovered: throw conflict("ObjectIsBeingRecovered", "is currently being recovered; retry later.")
        }
    }

    func conflict(_ inner: String, _ text: String) -> AzureError {
        AzureError(409, "Conflict", "\(kind.title) \(name) \(text)", inner: inner)
    }

    // MARK: Answers

    func id(_ call: VaultCall, version: JSON? = nil) -> String {
        let base = "\(call.root)/\(kind.rawValue)/\(name)"
        return version?["version"]?.stringValue.map { "\(base)/\($0)" } ?? base
    }

    /// The attributes of a version as every answer shows them.
    static func attributes(_ version: JSON, _ call: VaultCall) -> JSON {
        var attributes: JSON = [
            "enabled": version["enabled"] ?? true, "recoveryLevel": .string(call.recoveryLevel),
            "recoverableDays": .int(call.retentionDays),
        ]
        for member in ["nbf", "exp", "created", "updated"] { attributes[member] = version[member] }
        return attributes
    }

    /// Adds to an answer what shows that the object is deleted.
    func withDeletion(_ answer: JSON, _ call: VaultCall) -> JSON {
        var answer = answer
        answer["recoveryId"] = .string("\(call.root)/deleted\(kind.rawValue)/\(name)")
        answer["deletedDate"] = document["deletedDate"]
        answer["scheduledPurgeDate"] = document["scheduledPurgeDate"]
        return answer
    }

    /// Takes over the attributes and tags that a body names.
    /// - Throws: 400 `BadParameter` for what is not well formed.
    static func apply(_ body: JSON, to version: inout JSON, _ call: VaultCall) throws {
        if let attributes = body["attributes"], !attributes.isNull {
            if let enabled = attributes["enabled"], !enabled.isNull { version["enabled"] = enabled }
            for member in ["nbf", "exp"] {
                guard let time = attributes[member], !time.isNull else { continue }
                guard time.intValue != nil else { throw call.badParameter("\(member) is a number of seconds.") }
                version[member] = time
            }
        }
        if let tags = body["tags"], !tags.isNull {
            guard let members = tags.objectValue, members.values.allSatisfy({ $0.stringValue != nil }) else {
                throw call.badParameter("The tags are no map of strings.")
            }
            let isTooLong = members.contains { $0.key.count > 512 || ($0.value.stringValue?.count ?? 0) > 512 }
            guard members.count <= 15, !isTooLong else {
                throw call.badParameter("At most 15 tags, with names and values of at most 512 characters.")
            }
            version["tags"] = tags
        }
        version["updated"] = .int(call.now)
    }

    /// A new version's document with its name and times.
    static func newVersion(_ call: VaultCall, named version: String = VaultCall.newVersion()) -> JSON {
        ["version": .string(version), "enabled": true, "created": .int(call.now), "updated": .int(call.now)]
    }
}
