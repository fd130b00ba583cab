import Foundation

/// Get and list. Source: Kubernetes documentation, "Kubernetes API Concepts".
extension KubernetesAPI {
    func get(_ resource: ResourceRequest, _ name: String) async throws -> SandboxResponse {
        try RepresentationForm.checkAcceptable(resource.request.headers["Accept"])
        guard let object = await objects.get(resource.type, resource.namespace, name) else {
            throw APIError.notFound(resource.type, name)
        }
        return present(object, resource)
    }

    func list(_ resource: ResourceRequest) async throws -> SandboxResponse {
        try RepresentationForm.checkAcceptable(resource.request.headers["Accept"])
        let options = try ListOptions(resource)
        let selector = try resource.selector()
        let start = try resource.parameter("continue").flatMap { $0.isEmpty ? nil : $0 }.map { try ContinueToken($0) }
        let (found, version) = await objects.store.transaction { store in
            (objects.list(resource.type, resource.namespace, on: store), objects.currentVersion(on: store))
        }
        try options.checkReached(version)
        var selected = selector.isEmpty ? found : found.filter(selector.accepts)
        if let start { selected = selected.filter { resource.type.key(of: $0) > start.after } }
        var metadata: JSON = ["resourceVersion": .string(String(version))]
        if let limit = resource.parameter("limit").flatMap({ Int($0) }), limit > 0, selected.count > limit {
            metadata["remainingItemCount"] = .int(selected.count - limit)
            selected.removeLast(selected.count - limit)
            let last = selected.last.map(resource.type.key(of:)) ?? ""
            metadata["continue"] = .string(ContinueToken(after: last).text)
        }
        let form = RepresentationForm(accept: resource.request.headers["Accept"])
        let shown = selected.map { resource.type.presented($0, version: resource.version) }
        return .json(
            200, form.list(of: shown, metadata: metadata, resource), headers: ["Content-Type": "application/json"])
    }
}

/// Where the next page of a list begins. Opaque to clients.
struct ContinueToken {
    /// The store's key of the last object of the page before.
    let after: String

    init(after: String) { self.after = after }

    init(_ text: String) throws(APIError) {
        guard let data = Data(base64Encoded: text), let token = try? JSON(parsing: Array(data)),
            let start = token["start"]?.stringValue
        else { throw .badRequest("invalid continue token: continue key is not valid: illegal base64 data") }
        after = start
    }

    var text: String {
        let token: JSON = ["v": "meta.k8s.io/v1", "start": .string(after)]
        return Data(token.bytes()).base64EncodedString()
    }
}

/// In which form a client wants its objects. Source: Kubernetes API Concepts, "Receiving resources as Tables" and
/// "Metadata-only fetches".
enum RepresentationForm {
    case whole
    case table
    case metadata

    init(accept: String?) {
        let first = (accept ?? "").split(separator: ",").first ?? ""
        self = first.contains("as=Table") ? .table : first.contains("as=PartialObjectMetadata") ? .metadata : .whole
    }

    /// - Throws: 406 for a client that takes none of the forms that API servers have.
    static func checkAcceptable(_ accept: String?) throws(APIError) {
        guard let accept, !accept.isEmpty else { return }
        let served = ["*/*", "application/*", "application/json", "application/yaml", Protobuf.mediaType]
        let isServed = accept.split(separator: ",").contains { form in
            served.contains(String(form.prefix { $0 != ";" }).trimmingBlanks().lowercased())
        }
        guard !isServed else { return }
        throw APIError(
            code: 406, reason: "NotAcceptable",
            message: "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
                + "application/vnd.kubernetes.protobuf, application/json;stream=watch, "
                + "application/vnd.kubernetes.protobuf;stream=watch", details: [:])
    }

    func document(of object: JSON, _ resource: ResourceRequest) -> JSON {
        switch self {
        case .whole: object
        case .metadata: Self.metadataOnly(object)
        case .table:
            ObjectTable(resource).document(
                of: [object],
                metadata: ["resourceVersion": object[path: "metadata", "resourceVersion"] ?? ""])
        }
    }

    func list(of objects: [JSON], metadata: JSON, _ resource: ResourceRequest) -> JSON {
        switch self {
        case .table: return ObjectTable(resource).document(of: objects, metadata: metadata)
        case .metadata:
            return [
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
                "items": .array(objects.map(Self.metadataOnly)),
            ]
        case .whole:
            return [
                "kind": .string(resource.type.kind + "List"),
                "apiVersion": .string(resource.type.apiVersion(resource.version)), "metadata": metadata,
                "items": .array(objects),
            ]
        }
    }

    static func metadataOnly(_ object: JSON) -> JSON {
        [
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": object["metadata"] ?? [:],
        ]
    }
}
