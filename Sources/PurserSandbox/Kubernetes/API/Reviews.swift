/// Reviews of access: the kubeconfig's user may do everything, service accounts what their roles give.
/// Source: Kubernetes API reference v1.33, `authorization.k8s.io/v1`, `authentication.k8s.io/v1`.
extension KubernetesAPI {
    func review(_ resource: ResourceRequest, of caller: APICaller) async throws -> SandboxResponse {
        guard resource.request.method == "POST", resource.name == nil else { throw APIError.methodNotAllowed }
        var review = try RequestBody(request: resource.request).object()
        review["kind"] = .string(resource.type.kind)
        review["apiVersion"] = .string(resource.type.apiVersion(resource.version))
        review.setDefault("metadata", [:])
        review[path: "metadata", "creationTimestamp"] = nil
        switch resource.type.kind {
        case "SelfSubjectReview":
            let groups = JSON.array(caller.groups.map { .string($0) })
            let user: JSON = ["username": .string(caller.userName), "groups": groups]
            review["status"] = ["userInfo": user]
        case "SelfSubjectRulesReview":
            let rules: JSON = [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]]
            review["status"] = [
                "resourceRules": rules, "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]],
                "incomplete": false,
            ]
        default:
            let spec = review["spec"] ?? [:]
            let isOwn = resource.type.kind == "SelfSubjectAccessReview"
            let subject = isOwn ? caller : APICaller(userName: spec["user"]?.stringValue ?? "") ?? .administrator
            review["status"] = ["allowed": .bool(await isAllowed(spec, subject))]
        }
        return .json(201, review, headers: ["Content-Type": "application/json"])
    }

    private func isAllowed(_ spec: JSON, _ subject: APICaller) async -> Bool {
        guard case .serviceAccount(let namespace, let name) = subject else { return true }
        let attributes = spec["resourceAttributes"] ?? [:]
        let place = attributes["namespace"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        let resource = [attributes["resource"]?.stringValue, attributes["subresource"]?.stringValue]
            .compactMap { $0.flatMap { $0.isEmpty ? nil : $0 } }.joined(separator: "/")
        return await ClusterAccess(objects: objects).allows(
            namespace: namespace, serviceAccount: name, verb: attributes["verb"]?.stringValue ?? "",
            group: attributes["group"]?.stringValue ?? "", resource: resource, in: place)
    }
}

/// What roles allow a service account: those that hold everywhere, and those of one namespace.
/// Source: Kubernetes documentation, "Using RBAC Authorization".
struct ClusterAccess: Sendable {
    let objects: ObjectStore

    /// `place` is the namespace that is asked about; nil for all of them and for what has none.
    func allows(
        namespace: String, serviceAccount: String, verb: String, group: String, resource: String,
        in place: String? = nil
    ) async -> Bool {
        let clusterRoles = await objects.list(BuiltInResources.clusterRoles)
        let roles = await objects.list(BuiltInResources.roles).filter { $0.objectNamespace == place }
        let bindings =
            await objects.list(BuiltInResources.clusterRoleBindings)
            + (place == nil
                ? [] : await objects.list(BuiltInResources.roleBindings).filter { $0.objectNamespace == place })
        return bindings.contains { binding in
            let isSubject = (binding["subjects"]?.arrayValue ?? []).contains { subject in
                subject["kind"] == "ServiceAccount" && subject["name"]?.stringValue == serviceAccount
                    && subject["namespace"]?.stringValue ?? binding.objectNamespace == namespace
            }
            guard isSubject, let name = binding[path: "roleRef", "name"]?.stringValue else { return false }
            let known = binding[path: "roleRef", "kind"] == "Role" ? roles : clusterRoles
            let rules = known.first { $0.objectName == name }?["rules"]?.arrayValue ?? []
            return rules.contains { Self.rule($0, allows: verb, group, resource) }
        }
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
