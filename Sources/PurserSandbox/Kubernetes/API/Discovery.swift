/// What the API serves, in its two forms, and the OpenAPI documents.
/// Source: Kubernetes documentation, "The Kubernetes API", "API Discovery".
struct Discovery {
    let types: [ResourceType]

    private var groups: [String] {
        types.map(\.group).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private func versions(of group: String) -> [String] {
        types.filter { $0.group == group }.flatMap(\.versions).reduce(into: []) {
            if !$0.contains($1) { $0.append($1) }
        }
    }

    /// nil if the path is no document's.
    func answer(_ request: SandboxRequest, _ segments: [String]) throws(APIError) -> SandboxResponse? {
        switch segments.count {
        case 0:
            return plain(["paths": .array(["/api", "/apis", "/healthz", "/openapi/v2", "/openapi/v3", "/version"])])
        case _ where segments[0] == "openapi":
            return try OpenAPI(types: types).answer(segments, accept: request.headers["Accept"] ?? "")
        case 1: return index(request, isCore: segments[0] == "api")
        case 2 where segments[0] == "api": return try resources("", segments[1])
        case 2: return try group(segments[1])
        case 3 where segments[0] == "apis": return try resources(segments[1], segments[2])
        default: return nil
        }
    }

    private func plain(_ document: JSON) -> SandboxResponse {
        .json(200, document, headers: ["Content-Type": "application/json"])
    }

    // MARK: - Aggregated

    private func index(_ request: SandboxRequest, isCore: Bool) -> SandboxResponse {
        let accept = request.headers["Accept"] ?? ""
        for version in ["v2", "v2beta1"] where accept.contains("g=apidiscovery.k8s.io;v=\(version);") {
            let type = "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList"
            let groups = isCore ? [""] : groups.filter { !$0.isEmpty }
            return .json(
                200,
                [
                    "kind": "APIGroupDiscoveryList", "apiVersion": .string("apidiscovery.k8s.io/\(version)"),
                    "metadata": [:], "items": .array(groups.map(aggregated)),
                ],
                headers: ["Content-Type": type])
        }
        if isCore {
            return plain(["kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []])
        }
        let groups = groups.filter { !$0.isEmpty }.map(groupDocument)
        return plain(["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups)])
    }

    private func aggregated(_ group: String) -> JSON {
        let versions = versions(of: group).map { version -> JSON in
            let resources = types.filter { $0.group == group && $0.versions.contains(version) }
            return [
                "version": .string(version), "freshness": "Current",
                "resources": .array(resources.map { aggregated($0, version) }),
            ]
        }
        return [
            "metadata": group.isEmpty
                ? ["creationTimestamp": nil] : ["name": .string(group), "creationTimestamp": nil],
            "versions": .array(versions),
        ]
    }

    private func aggregated(_ type: ResourceType, _ version: String) -> JSON {
        var document: JSON = [
            "resource": .string(type.plural), "responseKind": kind(type.group, version, type.kind),
            "scope": type.namespaced ? "Namespaced" : "Cluster", "singularResource": .string(type.singular),
            "verbs": .array(type.verbs.map { .string($0) }),
        ]
        if !type.shortNames.isEmpty { document["shortNames"] = .array(type.shortNames.map { .string($0) }) }
        if !type.categories.isEmpty { document["categories"] = .array(type.categories.map { .string($0) }) }
        let subresources = type.subresources.map { Subresource(named: $0, of: type, version) }
        if !subresources.isEmpty {
            document["subresources"] = .array(
                subresources.map { subresource in
                    [
                        "subresource": .string(subresource.name),
                        "responseKind": kind(subresource.group, subresource.version, subresource.kind),
                        "verbs": .array(subresource.verbs.map { .string($0) }),
                    ]
                })
        }
        return document
    }

    private func kind(_ group: String, _ version: String, _ kind: String) -> JSON {
        ["group": .string(group), "version": .string(version), "kind": .string(kind)]
    }

    // MARK: - Plain

    private func group(_ name: String) throws(APIError) -> SandboxResponse {
        guard groups.contains(name), !name.isEmpty else { throw .noSuchPath }
        var document = groupDocument(name)
        document["kind"] = "APIGroup"
        document["apiVersion"] = "v1"
        return plain(document)
    }

    private func groupDocument(_ group: String) -> JSON {
        let versions = versions(of: group).map { version -> JSON in
            ["groupVersion": .string("\(group)/\(version)"), "version": .string(version)]
        }
        return ["name": .string(group), "versions": .array(versions), "preferredVersion": versions.first ?? .null]
    }

    private func resources(_ group: String, _ version: String) throws(APIError) -> SandboxResponse {
        let types = types.filter { $0.group == group && $0.versions.contains(version) }
        guard !types.isEmpty else { throw .noSuchPath }
        let resources = types.flatMap { type in
            [plainDocument(type)]
                + type.subresources.map { Subresource(named: $0, of: type, version) }.map { subresource -> JSON in
                    var document: JSON = [
                        "name": .string("\(type.plural)/\(subresource.name)"), "singularName": "",
                        "namespaced": .bool(type.namespaced), "kind": .string(subresource.kind),
                        "verbs": .array(subresource.verbs.map { .string($0) }),
                    ]
                    if subresource.group != group {
                        document["group"] = .string(subresource.group)
                        document["version"] = .string(subresource.version)
                    }
                    return document
                }
        }
        return plain([
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": .string(ResourceType.apiVersion(group, version)), "resources": .array(resources),
        ])
    }

    private func plainDocument(_ type: ResourceType) -> JSON {
        var document: JSON = [
            "name": .string(type.plural), "singularName": .string(type.singular), "namespaced": .bool(type.namespaced),
            "kind": .string(type.kind), "verbs": .array(type.verbs.map { .string($0) }),
        ]
        if !type.shortNames.isEmpty { document["shortNames"] = .array(type.shortNames.map { .string($0) }) }
        if !type.categories.isEmpty { document["categories"] = .array(type.categories.map { .string($0) }) }
        return document
    }
}

/// What lies below an object, e.g. its status.
struct Subresource {
    var name: String
    var group: String
    var version: String
    var kind: String
    var verbs: [String]

    init(named name: String, of type: ResourceType, _ version: String) {
        self.name = name
        (group, self.version, kind, verbs) = (type.group, version, type.kind, ["get", "patch", "update"])
        switch name {
        case "scale": (group, self.version, kind) = ("autoscaling", "v1", "Scale")
        case "token": (group, self.version, kind, verbs) = ("authentication.k8s.io", "v1", "TokenRequest", ["create"])
        case "eviction": (group, self.version, kind, verbs) = ("policy", "v1", "Eviction", ["create"])
        case "binding": (kind, verbs) = ("Binding", ["create"])
        case "finalize": verbs = ["update"]
        case "log": verbs = ["get"]
        case "exec": (kind, verbs) = ("PodExecOptions", ["create", "get"])
        default: break
        }
    }
}
