import PurserClients
import PurserEngine

/// What the kinds do with objects of the cluster, whatever their kind: server-side apply that takes over nothing foreign,
/// and deletion that deletes nothing foreign.
package struct Cluster: Sendable {
    let client: KubernetesClient
    let polling: Polling

    func get(_ name: ObjectName) async throws -> Value? {
        try await client.get(name.path)?.value
    }

    /// The object, if it is there and not on its way out.
    func getLasting(_ name: ObjectName) async throws -> Value? {
        guard let object = try await get(name), !object.isTerminating else { return nil }
        return object
    }

    /// Throws `service/not-served` where the API server is too old for the kind.
    func requireServed(_ kind: ObjectKind) async throws {
        guard try await !client.serves(kind.path(namespace: nil, name: nil)) else { return }
        throw ResourceFailure.notServed(kind, by: try await client.version())
    }

    /// Applies the manifest to a name that is free or ours already (an earlier run that was cut short).
    ///
    /// Throws `apply/already-exists` when somebody else has the name.
    func create(
        _ manifest: Value, named name: ObjectName, _ operation: Operation,
        ifTaken hint: String = "choose another name, or remove the object first"
    ) async throws -> Value {
        if let found = try await get(name) {
            guard ObjectOwner.of(found) == operation.owner else {
                throw ResourceFailure.nameTaken("\(name)", by: ObjectOwner.of(found), hint: hint)
            }
            if found.isTerminating {
                operation.report("waiting until the former \(name) is gone")
                try await removal(of: name, operation).wait(uid: found.uid)
            }
        }
        return try await apply(manifest, named: name, operation)
    }

    /// Applies the manifest to an object that is ours. Edits that people made by kubectl are taken back: the plan has
    /// shown them. Fields that a controller or another tool keeps up are left, and reported.
    func update(_ manifest: Value, named name: ObjectName, _ operation: Operation) async throws -> Value {
        do throws(ServiceError) {
            return try await client.apply(manifest.json, at: name.path, force: operation.forcesConflicts).value
        } catch {
            guard !error.conflicts.isEmpty else { throw error }
            guard error.conflicts.allSatisfy({ FieldOwners.isEdit($0.manager) }) else {
                throw ResourceFailure.fieldConflict("\(name)", error)
            }
            return try await client.apply(manifest.json, at: name.path, force: true).value
        }
    }

    private func apply(_ manifest: Value, named name: ObjectName, _ operation: Operation) async throws -> Value {
        do throws(ServiceError) {
            return try await client.apply(manifest.json, at: name.path, force: operation.forcesConflicts).value
        } catch {
            guard !error.conflicts.isEmpty else { throw error }
            throw ResourceFailure.fieldConflict("\(name)", error)
        }
    }

    /// Deletes the object if it is the recorded one or carries the environment's mark, and waits until it is gone. An
    /// object of somebody else that took the name since then is left alone.
    func delete(_ name: ObjectName, uid recorded: String?, _ operation: Operation) async throws {
        guard let found = try await get(name) else { return }
        let isOurs = ObjectOwner.of(found)?.environment == operation.environment
        guard isOurs || (recorded != nil && found.uid == recorded) else { return }
        try await client.delete(name.path, propagation: .foreground, uid: found.uid)
        try await afterWrite { try await removal(of: name, operation).wait(uid: found.uid) }
    }

    private func removal(of name: ObjectName, _ operation: Operation) -> Removal {
        Removal(client: client, name: name, operation: operation)
    }
}

/// Who owns a field, and whether it may be taken back.
enum FieldOwners {
    /// kubectl names itself after its command: `kubectl-edit`, `kubectl-patch`, `kubectl-label`. What it applies from
    /// files is somebody's declaration, and no edit.
    static func isEdit(_ manager: String) -> Bool {
        manager.hasPrefix("kubectl-") && manager != "kubectl-client-side-apply"
    }
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
