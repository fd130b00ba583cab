import PurserClients
import PurserEngine

/// A kind of Kubernetes object: how manifests name it and where the API serves it.
struct ObjectKind: Sendable, Hashable {
    let name: String
    /// Plural, lower case, as in the API's paths.
    let resource: String
    let group: String
    let version: String

    init(_ name: String, _ resource: String, group: String = "", version: String = "v1") {
        self.name = name
        self.resource = resource
        self.group = group
        self.version = version
    }

    var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    func path(namespace: String?, name: String?) -> ResourcePath {
        ResourcePath(group: group, version: version, resource: resource, namespace: namespace, name: name)
    }

    static let namespace = ObjectKind("Namespace", "namespaces")
    static let pod = ObjectKind("Pod", "pods")
    static let secret = ObjectKind("Secret", "secrets")
    static let configMap = ObjectKind("ConfigMap", "configmaps")
    static let service = ObjectKind("Service", "services")
    static let serviceAccount = ObjectKind("ServiceAccount", "serviceaccounts")
    static let volumeClaim = ObjectKind("PersistentVolumeClaim", "persistentvolumeclaims")
    static let deployment = ObjectKind("Deployment", "deployments", group: "apps")
    static let statefulSet = ObjectKind("StatefulSet", "statefulsets", group: "apps")
    static let daemonSet = ObjectKind("DaemonSet", "daemonsets", group: "apps")
    static let job = ObjectKind("Job", "jobs", group: "batch")
    static let cronJob = ObjectKind("CronJob", "cronjobs", group: "batch")
    /// Source: Secrets Store CSI Driver, CRD of `v1`; `v1alpha1` is served but deprecated.
    static let secretProviderClass = ObjectKind(
        "SecretProviderClass", "secretproviderclasses", group: "secrets-store.csi.x-k8s.io"
    )
    static let secretProviderClassPodStatus = ObjectKind(
        "SecretProviderClassPodStatus", "secretproviderclasspodstatuses", group: "secrets-store.csi.x-k8s.io"
    )
    static let definition = ObjectKind(
        "CustomResourceDefinition", "customresourcedefinitions", group: "apiextensions.k8s.io")
    static let node = ObjectKind("Node", "nodes")
}

/// One object: its kind, namespace and name.
package struct ObjectName: Sendable, Hashable, CustomStringConvertible {
    let kind: ObjectKind
    let namespace: String?
    let name: String

    var path: ResourcePath { kind.path(namespace: namespace, name: name) }

    /// As in "pod 'infra/web'".
    package var description: String {
        let place = namespace.map { "\($0)/" } ?? ""
        return "\(kind.name) '\(place)\(name)'"
    }
}
