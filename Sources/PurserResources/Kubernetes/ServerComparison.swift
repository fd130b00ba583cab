import PurserClients
import PurserEngine

/// What the API server would make of a manifest, asked by a dry run: only it knows its defaults, how it writes what it
/// is given, and whose a field is.
///
/// Source: Kubernetes API concepts, "Dry-run" and "Server-Side Apply".
struct ServerComparison: Sendable {
    /// The object as it would be.
    let applied: Value
    /// Fields that would be taken from others than people who edited them by kubectl.
    let conflicts: [FieldConflict]
}

extension Cluster {
    /// Nil where the server does not tell: the caller may not write, a webhook does not take part in dry runs, or what
    /// is wanted is not known yet. Then the record decides.
    ///
    /// Where the server refuses to change the object so (a pod's spec), the same manifest under a name of its own shows
    /// what it would be made anew.
    func comparison(
        of manifest: Value, named name: ObjectName, _ operation: Operation
    ) async throws -> ServerComparison? {
        guard !manifest.containsUnknown else { return nil }
        do throws(ServiceError) {
            return ServerComparison(applied: try await dryRun(manifest, at: name, force: false), conflicts: [])
        } catch {
            if error.isCancellation { throw error }
            if error.status == 422 { return try await comparisonAnew(manifest, name) }
            if error.status == 403 {
                operation.missed(
                    "the plan compares with what is recorded: the caller may not ask by a dry run what the cluster "
                        + "would make of it (\(error.code))")
            }
            guard !error.conflicts.isEmpty else { return nil }
            return try await comparison(of: manifest, name, taking: error.conflicts)
        }
    }

    private func comparison(
        of manifest: Value, _ name: ObjectName, taking conflicts: [ServiceError.FieldConflict]
    ) async throws -> ServerComparison? {
        let foreign = conflicts.filter { !FieldOwners.isEdit($0.manager) }.map {
            FieldConflict(field: $0.field, owner: $0.manager)
        }
        do throws(ServiceError) {
            return ServerComparison(applied: try await dryRun(manifest, at: name, force: true), conflicts: foreign)
        } catch {
            if error.isCancellation { throw error }
            return error.status == 422 ? try await comparisonAnew(manifest, name) : nil
        }
    }

    private func comparisonAnew(_ manifest: Value, _ name: ObjectName) async throws -> ServerComparison? {
        let other = ObjectName(
            kind: name.kind, namespace: name.namespace, name: "\(name.name.prefix(40))-purser-dry-run")
        let renamed = manifest.replacing(["metadata", "name"]) { _ in .string(other.name) }
        do throws(ServiceError) {
            return ServerComparison(applied: try await dryRun(renamed, at: other, force: false), conflicts: [])
        } catch {
            if error.isCancellation { throw error }
            return nil
        }
    }

    private func dryRun(_ manifest: Value, at name: ObjectName, force: Bool) async throws(ServiceError) -> Value {
        try await client.apply(manifest.json, at: name.path, dryRun: true, force: force).value
    }
}
