import PurserClients
import PurserEngine

/// What a namespace holds that deleting it would take from somebody.
struct NamespaceContents: Sendable {
    let client: KubernetesClient

    /// The foreign objects, as `Kind/name`, sorted. Not foreign are: what this environment made, what the cluster puts
    /// into every namespace, and what belongs to another object (which is looked at itself).
    func foreign(in namespace: String, _ operation: Operation) async throws -> [String] {
        var names: [String] = []
        for kind in Self.kinds {
            for object in try await objects(kind, in: namespace)
            where Self.isForeign(object, kind, environment: operation.environment) {
                names.append("\(kind.name)/\(object.member("metadata", "name")?.string ?? "")")
            }
        }
        return names.sorted()
    }

    private func objects(_ kind: ObjectKind, in namespace: String) async throws(ServiceError) -> [Value] {
        do throws(ServiceError) {
            return try await client.list(kind.path(namespace: namespace, name: nil)).map(\.value)
        } catch {
            guard error.isNotFound else { throw error }
            return []  // The cluster does not serve this kind, so it cannot hold any.
        }
    }

    /// What is looked for.
    static let kinds: [ObjectKind] = [
        .pod, .secret, .configMap, .serviceAccount, .service, .volumeClaim, .deployment, .statefulSet, .daemonSet, .job,
        .cronJob, .secretProviderClass,
    ]

    /// What clusters put into every namespace: Kubernetes itself, OpenShift (documentation, "Default project service
    /// accounts and roles" and "Understanding service serving certificates") and Istio ("Plug in CA certificates").
    private static let ofTheCluster = (
        accounts: Set(["default", "builder", "deployer"]),
        maps: Set(["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"])
    )

    static func isForeign(_ object: Value, _ kind: ObjectKind, environment: String) -> Bool {
        let metadata = object["metadata"]
        if object.isTerminating { return false }
        if metadata?["ownerReferences"]?.list?.isEmpty == false { return false }
        if ObjectOwner.of(object)?.environment == environment { return false }
        switch (kind, metadata?["name"]?.string) {
        case (.serviceAccount, let name?) where ofTheCluster.accounts.contains(name): return false
        case (.configMap, let name?) where ofTheCluster.maps.contains(name): return false
        case (.secret, _):
            // Synced by the CSI driver from mounted files; goes with the last pod that mounts them.
            if metadata?["labels"]?["secrets-store.csi.k8s.io/managed"]?.string == "true" { return false }
            return object["type"]?.string != "kubernetes.io/service-account-token"
        default: return true
        }
    }
}
