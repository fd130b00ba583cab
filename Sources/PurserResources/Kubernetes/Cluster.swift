import PurserClients
import PurserEngine

/// What the kinds do with objects of the cluster, whatever their kind: server-side apply that takes over nothing foreign,
/// and deletion that deletes nothing foreign.
struct Cluster: Sendable {
    let client: KubernetesClient
    let polling: Polling

    func get(_ name: ObjectName) async throws -> Value? {
        try await client.get(name.path).map { Value($0) }
    }

    /// The object, if it is there and not on its way out.
    func getLasting(_ name: ObjectName) async throws -> Value? {
        guard let object = try await get(name), !object.isTerminating else { return nil }
        return object
    }

    /// Applies the manifest to a name that is free or ours already (an earlier run that was cut short).
    ///
    /// Throws `apply/already-exists` when somebody else has the name.
    func create(_ manifest: Value, named name: ObjectName, _ operation: Operation) async throws -> Value {
        if let found = try await get(name) {
            guard ObjectOwner.of(found) == operation.owner else {
                throw ClusterFailure.alreadyExists(
                    "\(name)", owner: ObjectOwner.of(found), hint: "choose another name, or remove the object first")
            }
            if found.isTerminating {
                operation.report("waiting until the former \(name) is gone")
                try await client.waitUntilGone(name.path, uid: found.uid, timeout: Self.deletionLimit)
            }
        }
        return try await apply(manifest, named: name)
    }

    func apply(_ manifest: Value, named name: ObjectName) async throws -> Value {
        do {
            return Value(try await client.apply(manifest.json, at: name.path))
        } catch let error where !error.conflicts.isEmpty {
            throw ClusterFailure.conflict("\(name)", error)
        }
    }

    /// Deletes the object if it is the recorded one or carries our mark, and waits until it is gone. An object that took
    /// the name since then is left alone.
    func delete(_ name: ObjectName, uid recorded: String?, _ operation: Operation) async throws {
        guard let found = try await get(name) else { return }
        guard ObjectOwner.of(found) == operation.owner || (recorded != nil && found.uid == recorded) else { return }
        try await client.delete(name.path, propagation: .foreground, uid: found.uid)
        try await client.waitUntilGone(name.path, uid: found.uid, timeout: Self.deletionLimit)
    }

    /// Long enough for a pod's grace period and for a namespace's finalizers.
    private static let deletionLimit = Duration.seconds(300)
}

extension Value {
    /// The value below the given member names, or nil where one of them is missing.
    func member(_ path: String...) -> Value? {
        path.reduce(Optional(self)) { value, name in value?[name] }
    }

    /// `metadata.uid` of an object of the cluster.
    var uid: String? { member("metadata", "uid")?.string }

    var isTerminating: Bool { member("metadata", "deletionTimestamp")?.string != nil }

    /// The texts of a map of texts, as labels are.
    var texts: [String: String] { object?.compactMapValues(\.string) ?? [:] }
}
