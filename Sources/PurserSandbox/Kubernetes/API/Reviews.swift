/// Reviews of who somebody is and what somebody may do.
/// Source: Kubernetes API reference v1.33, `authorization.k8s.io/v1`, `authentication.k8s.io/v1`.
extension KubernetesAPI {
    func review(_ resource: ResourceRequest, of caller: APICaller) async throws -> SandboxResponse {
        guard resource.request.method == "POST", resource.name == nil else { throw APIError.methodNotAllowed }
        var review = try RequestBody(request: resource.request).object()
        review["kind"] = .string(resource.type.kind)
        review["apiVersion"] = .string(resource.type.apiVersion(resource.version))
        review.setDefault("metadata", [:])
        review[path: "metadata", "creationTimestamp"] = nil
        review["status"] = try await status(of: review["spec"] ?? [:], resource, caller)
        return .json(201, review, headers: ["Content-Type": "application/json"])
    }

    private func status(of spec: JSON, _ resource: ResourceRequest, _ caller: APICaller) async throws -> JSON {
        switch resource.type.kind {
        case "SelfSubjectReview": return ["userInfo": caller.document]
        case "SelfSubjectRulesReview":
            guard let namespace = spec["namespace"]?.stringValue, !namespace.isEmpty else {
                throw APIError.badRequest("no namespace on request")
            }
            return await rules(of: caller, in: namespace)
        case "SelfSubjectAccessReview": return try await decision(spec, caller)
        default:
            // Only who may make reviews may ask about others.
            try await authorize(caller, resource)
            let groups = spec["groups"]?.arrayValue?.compactMap(\.stringValue) ?? []
            guard let user = spec["user"]?.stringValue, !(user.isEmpty && groups.isEmpty) else {
                throw APIError.invalid(
                    resource.type, "", [.invalid("spec.user", "", "at least one of user or group must be specified")])
            }
            return try await decision(spec, APICaller(named: user, groups: groups))
        }
    }

    private func decision(_ spec: JSON, _ subject: APICaller) async throws -> JSON {
        let access = ClusterAccess(objects: objects)
        let isAllowed: Bool
        if let path = spec["nonResourceAttributes"] {
            isAllowed = await access.allows(
                subject, verb: path["verb"]?.stringValue ?? "", path: path["path"]?.stringValue ?? "")
        } else if let attributes = spec["resourceAttributes"] {
            isAllowed = await access.allows(subject, Self.action(attributes))
        } else {
            let cause = APIError.Cause.invalid(
                "spec.resourceAttributes", .null,
                "exactly one of nonResourceAttributes or resourceAttributes must be specified")
            throw APIError(
                code: 422, reason: "Invalid",
                message: ".authorization.k8s.io \"\" is invalid: \(cause.field): \(cause.message)",
                details: ["group": "authorization.k8s.io", "causes": [cause.document]])
        }
        return isAllowed ? ["allowed": true, "reason": "RBAC: allowed"] : ["allowed": false]
    }

    private static func action(_ attributes: JSON) -> APIAction {
        let text = { (field: String) in attributes[field]?.stringValue ?? "" }
        let subresource = text("subresource")
        return APIAction(
            verb: text("verb"), group: text("group"),
            resource: text("resource") + (subresource.isEmpty ? "" : "/\(subresource)"), name: text("name"),
            namespace: text("namespace").isEmpty ? nil : text("namespace"))
    }

    private func rules(of caller: APICaller, in namespace: String) async -> JSON {
        let rules = await ClusterAccess(objects: objects).rules(for: caller, in: namespace)
        let (paths, resources) = (
            rules.filter { $0["nonResourceURLs"] != nil }, rules.filter { $0["resources"] != nil }
        )
        return ["resourceRules": .array(resources), "nonResourceRules": .array(paths), "incomplete": false]
    }
}

extension APICaller {
    fileprivate var document: JSON {
        ["username": .string(userName), "groups": .array(groups.map { .string($0) })]
    }
}
