import Foundation

/// What lies below objects.
extension KubernetesAPI {
    func answer(_ resource: ResourceRequest, _ subresource: String) async throws -> SandboxResponse {
        guard resource.type.subresources.contains(subresource), let name = resource.name else {
            throw APIError.noSuchPath
        }
        switch (subresource, resource.request.method) {
        case ("status", "GET"): return try await get(resource, name)
        case ("status", "PUT"): return try await update(resource, name)
        case ("status", "PATCH"): return try await patch(resource, name)
        case ("scale", _): return try await scale(resource, name)
        case ("finalize", "PUT"): return try await finalize(resource, name)
        case ("eviction", "POST"): return try await evict(resource, name)
        case ("token", "POST"): return try await serviceAccountToken(resource, name)
        case ("log", "GET"): return try await log(resource, name)
        case ("exec", "GET"), ("exec", "POST"):
            return try await exec(resource, in: try await existing(resource, name))
        case ("attach", "GET"), ("attach", "POST"):
            _ = try Self.container(resource.parameter("container"), of: try await existing(resource, name))
            throw APIError.badRequest("the sandbox plays out no attach: its containers run no program")
        case ("portforward", "GET"), ("portforward", "POST"):
            _ = try await existing(resource, name)
            throw APIError.badRequest("the sandbox plays out no port-forward: its containers run no program")
        default: throw APIError.methodNotAllowed
        }
    }

    private func existing(_ resource: ResourceRequest, _ name: String) async throws -> JSON {
        guard let object = await objects.get(resource.type, resource.namespace, name) else {
            throw APIError.notFound(resource.type, name)
        }
        return object
    }

    // MARK: - Scale

    /// Source: Kubernetes API reference v1.33, `autoscaling/v1 Scale`.
    private func scale(_ resource: ResourceRequest, _ name: String) async throws -> SandboxResponse {
        let object = try await existing(resource, name)
        let body = RequestBody(request: resource.request)
        let wanted: JSON
        switch resource.request.method {
        case "GET": return .json(200, Self.scale(of: object), headers: ["Content-Type": "application/json"])
        case "PUT": wanted = try body.object()
        case "PATCH": wanted = MergePatch.apply(try body.json(), to: Self.scale(of: object))
        default: throw APIError.methodNotAllowed
        }
        guard let replicas = wanted[path: "spec", "replicas"]?.intValue, replicas >= 0 else {
            throw APIError.badRequest("spec.replicas must be a number that is not negative")
        }
        let writer = ManagedFields.Entry(
            manager: resource.fieldManager, operation: "Update", subresource: "scale",
            apiVersion: resource.type.apiVersion(resource.version), time: objects.time, fields: FieldSet())
        try await objects.update(resource.type, like: object) { live in
            guard live[path: "spec", "replicas"]?.intValue != replicas else { return }
            var managed = ManagedFields(of: live)
            let former = live
            live[path: "spec", "replicas"] = .int(replicas)
            managed.noteUpdate(
                from: former, to: live, by: writer, MergeRules(resource.type, version: resource.version))
            managed.write(to: &live)
            live[path: "metadata", "generation"] = .int((live[path: "metadata", "generation"]?.intValue ?? 0) + 1)
        }
        let scaled = try await existing(resource, name)
        return .json(200, Self.scale(of: scaled), headers: ["Content-Type": "application/json"])
    }

    private static func scale(of object: JSON) -> JSON {
        let labels = object[path: "spec", "selector", "matchLabels"]?.stringMap ?? [:]
        let selector = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        var metadata: JSON = ["name": .string(object.objectName)]
        for field in ["namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[field] = object[path: "metadata", field]
        }
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
            "spec": ["replicas": object[path: "spec", "replicas"] ?? 0],
            "status": ["replicas": object[path: "status", "replicas"] ?? 0, "selector": .string(selector)],
        ]
    }

    // MARK: - Namespaces and pods

    private func finalize(_ resource: ResourceRequest, _ name: String) async throws -> SandboxResponse {
        let live = try await existing(resource, name)
        let finalizers = try RequestBody(request: resource.request).object()[path: "spec", "finalizers"]
        try await objects.update(resource.type, like: live) {
            $0[path: "spec", "finalizers"] = finalizers?.arrayValue?.isEmpty == false ? finalizers : nil
        }
        return present(await objects.get(resource.type, nil, name) ?? live, resource)
    }

    private func evict(_ resource: ResourceRequest, _ name: String) async throws -> SandboxResponse {
        let eviction = try RequestBody(request: resource.request).object()
        let options = try DeleteOptions(
            eviction["deleteOptions"] ?? [:], parameter: { _ in nil }, isDryRun: resource.isDryRun)
        let deletion = ObjectDeletion(objects: objects, type: resource.type, options: options)
        _ = try await objects.store.transaction { try deletion.delete(resource.namespace, name, on: $0) }
        return .json(
            201, ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201],
            headers: ["Content-Type": "application/json"])
    }

    /// No program runs, so nothing is ever logged.
    private func log(_ resource: ResourceRequest, _ name: String) async throws -> SandboxResponse {
        let pod = try await existing(resource, name)
        let container = try Self.container(resource.parameter("container"), of: pod)
        guard pod[path: "status", "phase"] == "Running" else {
            let reason = pod[path: "status", "containerStatuses"]?.arrayValue?.first?[
                path: "state", "waiting", "reason"]
            throw APIError.badRequest(
                "container \"\(container)\" in pod \"\(name)\" is waiting to start: \(reason?.stringValue ?? "ContainerCreating")"
            )
        }
        return .text(200, "")
    }

    // MARK: - Tokens

    /// Source: Kubernetes API reference v1.33, `authentication.k8s.io/v1 TokenRequest`.
    private func serviceAccountToken(_ resource: ResourceRequest, _ name: String) async throws -> SandboxResponse {
        let account = try await existing(resource, name)
        let request = try RequestBody(request: resource.request).object()
        let audiences = request[path: "spec", "audiences"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let seconds = request[path: "spec", "expirationSeconds"]?.intValue ?? 3_600
        guard seconds >= 600 else {
            let cause = APIError.Cause.invalid(
                "spec.expirationSeconds", .int(seconds), "may not specify a duration less than 10 minutes")
            throw APIError(
                code: 422, reason: "Invalid",
                message: "TokenRequest.authentication.k8s.io \"\" is invalid: \(cause.field): \(cause.message)",
                details: ["group": "authentication.k8s.io", "kind": "TokenRequest", "causes": [cause.document]])
        }
        let key = try await objects.store.transaction { try IssuerKey.loaded(from: $0) }
        let token = try ServiceAccountToken(issuer: issuer, account: account, key: key, now: objects.now())
            .token(
                audiences: audiences.isEmpty ? ["https://kubernetes.default.svc.cluster.local"] : audiences,
                seconds: seconds)
        var answer = request
        answer["kind"] = "TokenRequest"
        answer["apiVersion"] = "authentication.k8s.io/v1"
        answer["status"] = ["token": .string(token.text), "expirationTimestamp": .string(token.expiration)]
        return .json(201, answer, headers: ["Content-Type": "application/json"])
    }
}
