/// Reviews of access: the kubeconfig's user is an administrator, so everything is allowed.
/// Source: Kubernetes API reference v1.33, `authorization.k8s.io/v1`, `authentication.k8s.io/v1`.
extension KubernetesAPI {
    func review(_ resource: ResourceRequest) async throws -> SandboxResponse {
        guard resource.request.method == "POST", resource.name == nil else { throw APIError.methodNotAllowed }
        var review = try RequestBody(request: resource.request).object()
        review["kind"] = .string(resource.type.kind)
        review["apiVersion"] = .string(resource.type.apiVersion(resource.version))
        review.setDefault("metadata", [:])
        review[path: "metadata", "creationTimestamp"] = nil
        switch resource.type.kind {
        case "SelfSubjectReview":
            let user: JSON = ["username": "clusterAdmin", "groups": ["system:masters", "system:authenticated"]]
            review["status"] = ["userInfo": user]
        case "SelfSubjectRulesReview":
            let rules: JSON = [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]]
            review["status"] = [
                "resourceRules": rules, "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]],
                "incomplete": false,
            ]
        default:
            review["status"] = ["allowed": .bool(try await isAllowed(review["spec"] ?? [:]))]
        }
        return .json(201, review, headers: ["Content-Type": "application/json"])
    }

    /// Service accounts have what their roles give; everybody else is the administrator.
    private func isAllowed(_ spec: JSON) async throws -> Bool {
        let user = spec["user"]?.stringValue ?? ""
        let parts = user.split(separator: ":").map(String.init)
        guard parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount" else { return true }
        let attributes = spec["resourceAttributes"] ?? [:]
        return await ClusterAccess(objects: objects).allows(
            namespace: parts[2], serviceAccount: parts[3], verb: attributes["verb"]?.stringValue ?? "",
            group: attributes["group"]?.stringValue ?? "", resource: attributes["resource"]?.stringValue ?? "")
    }
}

/// What roles that hold everywhere allow a service account.
/// Source: Kubernetes documentation, "Using RBAC Authorization".
struct ClusterAccess: Sendable {
    let objects: ObjectStore

    func allows(
        namespace: String, serviceAccount: String, verb: String, group: String, resource: String
    ) async -> Bool {
        let roles = await objects.list(BuiltInResources.clusterRoles)
        for binding in await objects.list(BuiltInResources.clusterRoleBindings) {
            let isSubject = (binding["subjects"]?.arrayValue ?? []).contains { subject in
                subject["kind"] == "ServiceAccount" && subject["name"]?.stringValue == serviceAccount
                    && subject["namespace"]?.stringValue == namespace
            }
            guard isSubject, let name = binding[path: "roleRef", "name"]?.stringValue else { continue }
            let role = roles.first { $0.objectName == name }
            let rules = role?["rules"]?.arrayValue ?? []
            if rules.contains(where: { Self.rule($0, allows: verb, group, resource) }) { return true }
        }
        return false
    }

    private static func rule(_ rule: JSON, allows verb: String, _ group: String, _ resource: String) -> Bool {
        let contains = { (field: String, value: String) in
            let values = rule[field]?.arrayValue ?? []
            return values.contains(.string(value)) || values.contains("*")
        }
        return contains("verbs", verb) && contains("apiGroups", group) && contains("resources", resource)
            && rule["resourceNames"] == nil
    }
}
