/// Create, update and patch. Source: Kubernetes documentation, "Kubernetes API Concepts".
extension KubernetesAPI {
    func create(_ resource: ResourceRequest) async throws -> SandboxResponse {
        try resource.checkOptions("CreateOptions")
        let object = try RequestBody(request: resource.request).object(of: resource.type.kind)
        let writer = ObjectWriter(objects: objects, resource: resource)
        let written = try await objects.store.transaction { try writer.create(object, on: $0) }
        return answered(written, resource, status: 201)
    }

    func update(_ resource: ResourceRequest, _ name: String) async throws -> SandboxResponse {
        try resource.checkOptions("UpdateOptions")
        let object = try RequestBody(request: resource.request).object(of: resource.type.kind)
        let writer = ObjectWriter(objects: objects, resource: resource)
        let written = try await objects.store.transaction { try writer.update(object, name, on: $0) }
        return answered(written, resource)
    }

    func patch(_ resource: ResourceRequest, _ name: String) async throws -> SandboxResponse {
        try resource.checkOptions("PatchOptions")
        let body = RequestBody(request: resource.request)
        let writer = ObjectWriter(objects: objects, resource: resource)
        let kind = body.mediaType
        if kind == "application/apply-patch+yaml" {
            let wanted = try body.yaml()
            let (written, isNew) = try await objects.store.transaction { try writer.apply(wanted, name, on: $0) }
            return answered(written, resource, status: isNew ? 201 : 200)
        }
        let isKnown = ["application/json-patch+json", "application/merge-patch+json"].contains(kind)
        guard isKnown || (kind == "application/strategic-merge-patch+json" && resource.type.custom == nil) else {
            let custom = resource.type.custom != nil
            throw APIError(
                code: 415, reason: "UnsupportedMediaType",
                message: custom
                    ? "the body of the request was in an unknown format - accepted media types include: "
                        + "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
                    : "415: Unsupported Media Type", details: [:])
        }
        guard let patch = try? body.json() else {
            throw APIError.badRequest("error decoding patch: the body is not JSON")
        }
        let written = try await objects.store.transaction { try writer.patch(patch, kind, name, on: $0) }
        return answered(written, resource)
    }

    private func answered(
        _ written: ObjectWriter.Written, _ resource: ResourceRequest, status: Int = 200
    ) -> SandboxResponse {
        var response = present(written.object, resource, status: status)
        for warning in written.warnings {
            response.headers.fields.append(("Warning", "299 - \"\(warning.replacing("\"", with: "\\\""))\""))
        }
        return response
    }
}
