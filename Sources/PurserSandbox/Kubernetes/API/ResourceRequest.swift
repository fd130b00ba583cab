/// A request for a resource, taken apart.
/// Source: Kubernetes documentation, "Kubernetes API Concepts", "Resource URIs".
struct ResourceRequest: Sendable {
    let request: SandboxRequest
    let type: ResourceType
    /// The version of the group in the path.
    let version: String
    let namespace: String?
    /// nil for a collection.
    let name: String?
    let subresource: String?

    var isDryRun: Bool { request.query.contains { $0.name == "dryRun" && $0.value == "All" } }
    /// Who writes: the query's `fieldManager`, else the program's name.
    var fieldManager: String {
        if let manager = parameter("fieldManager"), !manager.isEmpty { return manager }
        let agent = request.headers["User-Agent"] ?? ""
        let program = String(agent.prefix { $0 != "/" })
        return program.isEmpty ? "unknown" : program
    }

    /// A query parameter; unlike Azure's, Kubernetes' names are case-sensitive.
    func parameter(_ name: String) -> String? { request.query.first { $0.name == name }?.value }

    /// Only `false` and `0` mean no.
    func flag(_ name: String) -> Bool { parameter(name).map { !["false", "0"].contains($0.lowercased()) } ?? false }

    var fieldValidation: FieldValidation { FieldValidation(rawValue: parameter("fieldValidation") ?? "") ?? .warn }

    /// Refuses options of a write that have a value they cannot have. `kind`: of the options, such as `CreateOptions`.
    func checkOptions(_ kind: String) throws(APIError) {
        var causes: [APIError.Cause] = []
        let dryRun = request.query.filter { $0.name == "dryRun" }.map(\.value)
        if !dryRun.allSatisfy({ $0 == "All" }) {
            causes.append(
                .unsupported("dryRun", "[\(dryRun.map { "\"\($0)\"" }.joined(separator: ","))]", ["All"], quoted: false)
            )
        }
        let validation = parameter("fieldValidation") ?? ""
        if !validation.isEmpty, FieldValidation(rawValue: validation) == nil {
            causes.append(.unsupported("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]))
        }
        if kind == "PatchOptions" { causes += patchCauses }
        if !causes.isEmpty { throw .invalidOptions(kind, causes) }
    }

    private var patchCauses: [APIError.Cause] {
        let isApply = RequestBody(request: request).mediaType == "application/apply-patch+yaml"
        if isApply {
            return (parameter("fieldManager") ?? "").isEmpty
                ? [.required("fieldManager", "is required for apply patch")] : []
        }
        return flag("force") ? [.forbidden("force", "may not be specified for non-apply patch")] : []
    }

    func selector() throws(APIError) -> ObjectSelector {
        try ObjectSelector(labels: parameter("labelSelector"), fields: parameter("fieldSelector"), of: type)
    }
}

/// What becomes of fields that the server does not know.
enum FieldValidation: String {
    case strict = "Strict"
    case warn = "Warn"
    case ignore = "Ignore"
}

/// The parts of a resource's path, before the resource is looked up.
struct ResourcePath: Equatable {
    var group: String
    var version: String
    var namespace: String?
    var plural: String
    var name: String?
    var subresource: String?

    /// - Returns: nil if the segments are no resource's path.
    init?(_ segments: [String]) {
        var rest = segments[...]
        switch rest.popFirst() {
        case "api": group = ""
        case "apis":
            guard let name = rest.popFirst() else { return nil }
            group = name
        default: return nil
        }
        guard let version = rest.popFirst() else { return nil }
        self.version = version
        if rest.first == "namespaces", rest.count > 2, !Self.isNamespaceSubresource(rest) {
            rest.removeFirst()
            namespace = rest.popFirst()
        }
        guard let plural = rest.popFirst() else { return nil }
        self.plural = plural
        name = rest.popFirst()
        subresource = rest.popFirst()
        // Only proxies have anything below a subresource.
        guard rest.isEmpty else { return nil }
    }

    private static func isNamespaceSubresource(_ rest: ArraySlice<String>) -> Bool {
        rest.count == 3 && ["status", "finalize"].contains(rest.last ?? "")
    }
}
