import PurserClients
import PurserEngine

/// What the hooks of a release leave in the cluster. Helm does not count it as part of the release: an install that is cut
/// short among its hooks leaves their objects behind, and `helm uninstall` does not remove them.
///
/// Sources: Helm documentation, "Chart Hooks" (annotation `helm.sh/hook`) and "Labels and Annotations" (standard labels).
struct HookLeftovers: Sendable {
    let client: KubernetesClient
    let release: String
    let namespace: String

    private static let clusterRole = ObjectKind("ClusterRole", "clusterroles", group: "rbac.authorization.k8s.io")
    private static let clusterRoleBinding = ObjectKind(
        "ClusterRoleBinding", "clusterrolebindings", group: "rbac.authorization.k8s.io")
    private static let namespaced: [ObjectKind] = [
        .job, .pod, .serviceAccount, .configMap,
        ObjectKind("RoleBinding", "rolebindings", group: "rbac.authorization.k8s.io"),
        ObjectKind("Role", "roles", group: "rbac.authorization.k8s.io"),
    ]

    /// Deletes the hooks' objects that carry the release's name. Of those outside the namespace what binds a service
    /// account of it is certainly this release's, and goes; what nothing binds (Helm was stopped between the two) goes
    /// if no release elsewhere has the same name.
    func remove() async throws {
        for kind in Self.namespaced {
            for object in try await hooks(kind, in: namespace) { try await delete(object, kind, in: namespace) }
        }
        let all = try await hooks(Self.clusterRoleBinding, in: nil)
        let bindings = all.filter(isOfNamespace)
        for binding in bindings { try await delete(binding, Self.clusterRoleBinding, in: nil) }
        let (bound, ours) = (Self.roles(of: all), Self.roles(of: bindings))
        for role in try await hooks(Self.clusterRole, in: nil) {
            guard let name = role.member("metadata", "name")?.string else { continue }
            var isOurs = ours.contains(name)
            if !bound.contains(name) { isOurs = try await !hasNamesake() }
            if isOurs { try await delete(role, Self.clusterRole, in: nil) }
        }
    }

    private static func roles(of bindings: [Value]) -> Set<String> {
        Set(bindings.compactMap { $0.member("roleRef", "name")?.string })
    }

    /// Whether a release of this name is, or may be, in another namespace. Helm keeps each revision in a Secret with
    /// these labels (Helm documentation, "Advanced Helm Techniques", storage backends).
    private func hasNamesake() async throws(ServiceError) -> Bool {
        do throws(ServiceError) {
            return try await client.list(
                ObjectKind.secret.path(namespace: nil, name: nil), labelSelector: "owner=helm,name=\(release)"
            ).contains { $0.value.member("metadata", "namespace")?.string != namespace }
        } catch {
            guard error.status == 403 else { throw error }
            return true
        }
    }

    private func isOfNamespace(_ binding: Value) -> Bool {
        binding["subjects"]?.list?.contains { $0["namespace"]?.string == namespace } ?? false
    }

    /// Empty where the cluster does not serve the kind, or does not let it be listed.
    private func hooks(_ kind: ObjectKind, in namespace: String?) async throws(ServiceError) -> [Value] {
        do throws(ServiceError) {
            return try await client.list(
                kind.path(namespace: namespace, name: nil),
                labelSelector: "app.kubernetes.io/managed-by=Helm,app.kubernetes.io/instance=\(release)"
            ).map(\.value).filter { $0.member("metadata", "annotations", "helm.sh/hook") != nil }
        } catch {
            guard error.isNotFound || error.status == 403 else { throw error }
            return []
        }
    }

    private func delete(_ object: Value, _ kind: ObjectKind, in namespace: String?) async throws {
        guard let name = object.member("metadata", "name")?.string else { return }
        try await client.delete(
            kind.path(namespace: namespace, name: name), propagation: .background, uid: object.uid)
    }
}
