import PurserClients
import PurserEngine

/// The Kubernetes Secrets that the driver keeps for a class.
///
/// Source: Secrets Store CSI Driver, "Sync as Kubernetes Secret": what the driver made has the label below; it writes the
/// data of a Secret that is there, never its type, and makes it anew once it is gone.
struct SyncedSecrets: Sendable {
    let client: KubernetesClient

    private static let managedLabel = "secrets-store.csi.k8s.io/managed"

    /// Deletes those that have another type than the class says: the API server lets no Secret change its type.
    func removeOfOtherType(_ desired: Attributes) async throws {
        let namespace = try desired.required(SecretProviderClass.namespace)
        for (name, secret) in desired[SecretProviderClass.secretObjects] ?? [:] {
            let path = ObjectKind.secret.path(namespace: namespace, name: name)
            guard let wanted = secret["type"]?.string, let found = try await object(path),
                found["type"] != .string(wanted),
                found.member("metadata", "labels", Self.managedLabel)?.string == "true"
            else { continue }
            try await client.delete(path, propagation: .background, uid: found.uid)
        }
    }

    /// Nil where Secrets may not be read.
    private func object(_ path: ResourcePath) async throws(ServiceError) -> Value? {
        do throws(ServiceError) {
            return try await client.get(path)?.value
        } catch {
            guard error.status == 403 else { throw error }
            return nil
        }
    }
}
