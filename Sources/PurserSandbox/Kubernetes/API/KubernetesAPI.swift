import Foundation

/// The cluster's API server. Source: Kubernetes documentation, "Kubernetes API Concepts".
struct KubernetesAPI: SandboxService {
    let objects: ObjectStore
    let kubelet: Kubelet
    /// The bearer token of the world's kubeconfig.
    let token: String
    /// `iss` of the service accounts' tokens.
    let issuer: String

    static let version: JSON = [
        "major": "1", "minor": "36", "gitVersion": "v1.36.2", "gitCommit": "98b35193b2ac7a23a673325f5e9b830ecd5ba406",
        "gitTreeState": "clean", "buildDate": "2026-06-16T09:21:07Z", "goVersion": "go1.26.3", "compiler": "gc",
        "platform": "linux/amd64", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35",
    ]

    func respond(to request: SandboxRequest) async -> SandboxResponse {
        do {
            return try await answer(request)
        } catch let error as APIError where error == .noSuchPath {
            return await unknownPath(request)
        } catch let error as APIError {
            return error.response
        } catch {
            return APIError.internalError("\(error)").response
        }
    }

    private func answer(_ request: SandboxRequest) async throws -> SandboxResponse {
        let segments = request.segments
        switch segments.first {
        case "version":
            guard request.method == "GET" else { throw APIError.methodNotAllowed }
            return .json(200, Self.version)
        case "healthz", "livez", "readyz": return .text(200, "ok")
        default: break
        }
        let caller = try await caller(of: request)
        if let document = try await discovery(request, segments) { return document }
        guard let path = ResourcePath(segments) else { throw APIError.noSuchPath }
        let resource = try await resource(at: path, request)
        var response = try await answer(resource, to: caller)
        if let warning = resource.type.custom?.warnings[resource.version] {
            response.headers.fields.append(("Warning", "299 - \"\(warning)\""))
        }
        return response
    }

    /// What no group of the API stands behind is refused in plain text, by the server's last handler.
    private func unknownPath(_ request: SandboxRequest) async -> SandboxResponse {
        let segments = request.segments
        if segments.first == "openapi" { return .text(404, "") }
        let isKnown: Bool
        switch segments.first {
        case "api": isKnown = true
        case "apis" where segments.count > 1:
            isKnown = await objects.store.transaction { objects.resourceTypes(on: $0) }.contains {
                $0.group == segments[1]
            }
        default: isKnown = false
        }
        return isKnown ? APIError.noSuchPath.response : .text(404, "404 page not found\n")
    }

    private func discovery(_ request: SandboxRequest, _ segments: [String]) async throws -> SandboxResponse? {
        guard segments.isEmpty || ["api", "apis", "openapi"].contains(segments[0]) else { return nil }
        let types = await objects.store.transaction { objects.resourceTypes(on: $0) }
        guard let response = try Discovery(types: types).answer(request, segments) else { return nil }
        guard request.method == "GET" else { throw APIError.methodNotAllowed }
        return response
    }

    func resource(at path: ResourcePath, _ request: SandboxRequest) async throws -> ResourceRequest {
        guard let type = await objects.customType(group: path.group, plural: path.plural),
            type.versions.contains(path.version)
        else { throw APIError.noSuchPath }
        // All objects of a namespaced resource are under its plain path; everything else must fit its scope.
        guard type.namespaced || path.namespace == nil else { throw APIError.noSuchPath }
        if type.namespaced, path.namespace == nil, path.name != nil { throw APIError.noSuchPath }
        return ResourceRequest(
            request: request, type: type, version: path.version, namespace: path.namespace, name: path.name,
            subresource: path.subresource)
    }

    private func answer(_ resource: ResourceRequest, to caller: APICaller) async throws -> SandboxResponse {
        if resource.type.isCreateOnly { return try await review(resource, of: caller) }
        try await authorize(caller, resource)
        if let subresource = resource.subresource { return try await answer(resource, subresource) }
        switch (resource.request.method, resource.name) {
        case ("GET", let name?): return try await get(resource, name)
        case ("GET", nil): return resource.flag("watch") ? try await watch(resource) : try await list(resource)
        case ("POST", nil): return try await create(resource)
        case ("PUT", let name?): return try await update(resource, name)
        case ("PATCH", let name?): return try await patch(resource, name)
        case ("DELETE", let name?): return try await delete(resource, name)
        case ("DELETE", nil): return try await deleteCollection(resource)
        default: throw APIError.methodNotAllowed
        }
    }

    /// One object as the client asked for it: whole, as a table, or only its metadata.
    func present(_ object: JSON, _ resource: ResourceRequest, status: Int = 200) -> SandboxResponse {
        let form = RepresentationForm(accept: resource.request.headers["Accept"])
        let shown = resource.type.presented(object, version: resource.version)
        return .json(status, form.document(of: shown, resource), headers: ["Content-Type": "application/json"])
    }
}
