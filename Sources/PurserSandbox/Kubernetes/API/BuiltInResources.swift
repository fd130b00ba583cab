/// The resources that the sandbox's API serves without a CustomResourceDefinition.
/// Source: Kubernetes API reference v1.33, "Workload Resources" to "Cluster Resources".
enum BuiltInResources {
    static let pods = type(
        "", "v1", "pods", "Pod", ["po"], ["status", "log", "exec", "attach", "portforward", "eviction", "binding"])
    static let secrets = type("", "v1", "secrets", "Secret")
    static let configMaps = type("", "v1", "configmaps", "ConfigMap", ["cm"])
    static let serviceAccounts = type("", "v1", "serviceaccounts", "ServiceAccount", ["sa"], ["token"])
    static let events = type("", "v1", "events", "Event", ["ev"])
    static let services = type("", "v1", "services", "Service", ["svc"], ["status"])
    static let volumeClaims = type("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", ["pvc"], ["status"])
    static let namespaces = type("", "v1", "namespaces", "Namespace", ["ns"], ["status", "finalize"], cluster: true)
    static let nodes = type("", "v1", "nodes", "Node", ["no"], ["status"], cluster: true)
    static let deployments = type("apps", "v1", "deployments", "Deployment", ["deploy"], ["status", "scale"])
    static let daemonSets = type("apps", "v1", "daemonsets", "DaemonSet", ["ds"], ["status"])
    static let statefulSets = type("apps", "v1", "statefulsets", "StatefulSet", ["sts"], ["status", "scale"])
    static let replicaSets = type("apps", "v1", "replicasets", "ReplicaSet", ["rs"], ["status", "scale"])
    static let jobs = type("batch", "v1", "jobs", "Job", [], ["status"])
    static let cronJobs = type("batch", "v1", "cronjobs", "CronJob", ["cj"], ["status"])
    static let clusterRoles = type(rbac, "v1", "clusterroles", "ClusterRole", cluster: true)
    static let clusterRoleBindings = type(rbac, "v1", "clusterrolebindings", "ClusterRoleBinding", cluster: true)
    static let roles = type(rbac, "v1", "roles", "Role")
    static let roleBindings = type(rbac, "v1", "rolebindings", "RoleBinding")
    static let csiDrivers = type("storage.k8s.io", "v1", "csidrivers", "CSIDriver", cluster: true)
    static let leases = type("coordination.k8s.io", "v1", "leases", "Lease")
    static let definitions = type(
        "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", ["crd", "crds"],
        ["status"], cluster: true)

    static let all: [ResourceType] =
        [
            pods, secrets, configMaps, serviceAccounts, events, services, volumeClaims, namespaces, nodes, deployments,
            daemonSets,
            statefulSets, replicaSets, jobs, cronJobs, clusterRoles, clusterRoleBindings, roles, roleBindings,
            csiDrivers, leases, definitions,
            type("storage.k8s.io", "v1", "storageclasses", "StorageClass", ["sc"], cluster: true),
            type("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", ["pdb"], ["status"]),
            type("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", ["netpol"]),
            type("networking.k8s.io", "v1", "ingresses", "Ingress", ["ing"], ["status"]),
            type(admission, "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", cluster: true),
            type(admission, "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", cluster: true),
        ] + reviews

    /// The core and group versions in the order in which discovery lists them.
    static let groups: [String] = all.map(\.group).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }

    static func type(group: String, plural: String) -> ResourceType? { byName["\(plural).\(group)"] }

    private static let byName = Dictionary(all.map { ("\($0.plural).\($0.group)", $0) }) { first, _ in first }
    private static let rbac = "rbac.authorization.k8s.io"
    private static let admission = "admissionregistration.k8s.io"

    private static let reviews: [ResourceType] = [
        review("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        review("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
        review("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"),
        review("authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview", namespaced: true),
        review("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    ]

    private static func type(
        _ group: String, _ version: String, _ plural: String, _ kind: String, _ shortNames: [String] = [],
        _ subresources: [String] = [], cluster: Bool = false
    ) -> ResourceType {
        ResourceType(
            group: group, versions: [version], storageVersion: version, plural: plural, singular: kind.lowercased(),
            kind: kind, shortNames: shortNames, categories: inAll.contains(plural) ? ["all"] : [],
            namespaced: !cluster, subresources: subresources)
    }

    private static func review(
        _ group: String, _ plural: String, _ kind: String, namespaced: Bool = false
    ) -> ResourceType {
        var review = type(group, "v1", plural, kind, cluster: !namespaced)
        review.isCreateOnly = true
        return review
    }

    /// What `kubectl get all` lists.
    private static let inAll: Set = [
        "pods", "services", "deployments", "daemonsets", "statefulsets", "replicasets", "jobs", "cronjobs",
    ]
}
