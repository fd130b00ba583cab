/// The roles that every cluster has, as far as the sandbox serves what they are about.
/// Source: Kubernetes documentation, "Using RBAC Authorization", "Default roles and role bindings".
struct BootstrapRoles: Sendable {
    let objects: ObjectStore

    func bootstrap() async throws {
        for (name, rules) in Self.roles {
            try await objects.add(
                ["metadata": Self.metadata(name), "rules": .array(rules)], BuiltInResources.clusterRoles)
        }
        for (role, group) in Self.bindings {
            let group: JSON = ["apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": .string(group)]
            let reference: JSON = [
                "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(role),
            ]
            try await objects.add(
                ["metadata": Self.metadata(role), "roleRef": reference, "subjects": [group]],
                BuiltInResources.clusterRoleBindings)
        }
    }

    private static func metadata(_ name: String) -> JSON {
        [
            "name": .string(name), "labels": ["kubernetes.io/bootstrapping": "rbac-defaults"],
            "annotations": ["rbac.authorization.kubernetes.io/autoupdate": "true"],
        ]
    }

    private static let bindings = [
        ("cluster-admin", "system:masters"), ("system:basic-user", APICaller.authenticated),
        ("system:discovery", APICaller.authenticated), ("system:public-info-viewer", APICaller.authenticated),
    ]

    private static let roles: [(String, [JSON])] = [
        (
            "cluster-admin",
            [
                ["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]],
                ["verbs": ["*"], "nonResourceURLs": ["*"]],
            ]
        ),
        ("admin", edit + [rule("rbac.authorization.k8s.io", ["rolebindings", "roles"], all), localReviews]),
        ("edit", edit),
        ("view", work(reading)),
        (
            "system:basic-user",
            [
                rule("authorization.k8s.io", ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["create"]),
                rule("authentication.k8s.io", ["selfsubjectreviews"], ["create"]),
            ]
        ),
        (
            "system:discovery",
            [
                paths([
                    "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz",
                    "/version", "/version/",
                ])
            ]
        ),
        ("system:public-info-viewer", [paths(["/healthz", "/livez", "/readyz", "/version", "/version/"])]),
    ]

    private static let reading = ["get", "list", "watch"]
    private static let writing = ["create", "delete", "deletecollection", "patch", "update"]
    private static let all = reading + writing

    private static func rule(_ group: String, _ resources: [String], _ verbs: [String]) -> JSON {
        [
            "verbs": .array(verbs.map { .string($0) }), "apiGroups": [.string(group)],
            "resources": .array(resources.map { .string($0) }),
        ]
    }

    private static func paths(_ paths: [String]) -> JSON {
        ["verbs": ["get"], "nonResourceURLs": .array(paths.map { .string($0) })]
    }

    /// Whoever may read Secrets may act as any service account of the namespace: viewers may not.
    private static var edit: [JSON] {
        [rule("", ["pods/exec", "secrets"], all), rule("", ["pods/eviction"], ["create"])] + work(all)
    }

    private static func work(_ verbs: [String]) -> [JSON] {
        [
            rule("", ["configmaps", "persistentvolumeclaims", "pods", "serviceaccounts", "services"], verbs),
            rule("", ["events", "namespaces", "pods/log", "pods/status"], reading),
            rule(
                "apps",
                [
                    "daemonsets", "deployments", "deployments/scale", "replicasets", "replicasets/scale",
                    "statefulsets", "statefulsets/scale",
                ], verbs),
            rule("batch", ["cronjobs", "jobs"], verbs),
            rule("networking.k8s.io", ["ingresses", "networkpolicies"], verbs),
            rule("policy", ["poddisruptionbudgets"], verbs),
        ]
    }

    private static let localReviews = rule("authorization.k8s.io", ["localsubjectaccessreviews"], ["create"])
}
