/// One row of the routing table of storage accounts' blobs. A blob's name may hold slashes.
struct BlobRoute: Sendable {
    enum Operation: Sendable {
        case createContainer, containerProperties, list
        case put, appendBlock, get, properties, delete, setMetadata, lease
    }

    let method: String
    let isOfContainer: Bool
    /// The value of the query's `comp`; empty if there is none.
    let component: String
    let operation: Operation

    private init(_ method: String, container: String, _ operation: Operation) {
        self.init(method: method, isOfContainer: true, component: container, operation: operation)
    }

    private init(_ method: String, blob: String, _ operation: Operation) {
        self.init(method: method, isOfContainer: false, component: blob, operation: operation)
    }

    private init(method: String, isOfContainer: Bool, component: String, operation: Operation) {
        self.method = method
        self.isOfContainer = isOfContainer
        self.component = component
        self.operation = operation
    }

    static let all = [
        BlobRoute("PUT", container: "", .createContainer),
        BlobRoute("GET", container: "", .containerProperties),
        BlobRoute("HEAD", container: "", .containerProperties),
        BlobRoute("GET", container: "list", .list),
        BlobRoute("PUT", blob: "", .put),
        BlobRoute("PUT", blob: "appendblock", .appendBlock),
        BlobRoute("GET", blob: "", .get),
        BlobRoute("HEAD", blob: "", .properties),
        BlobRoute("DELETE", blob: "", .delete),
        BlobRoute("PUT", blob: "metadata", .setMetadata),
        BlobRoute("PUT", blob: "lease", .lease),
    ]

    var text: String {
        let query = (isOfContainer ? ["restype=container"] : []) + (component.isEmpty ? [] : ["comp=\(component)"])
        return "\(method) /{container}\(isOfContainer ? "" : "/{blob}")"
            + (query.isEmpty ? "" : "?\(query.joined(separator: "&"))")
    }

    /// The versions of the service (`x-ms-version`) that take tokens of Entra, from the first to the newest known.
    static let versions = (first: "2017-11-09", last: "2026-04-06")

    /// - Throws: 400 for a path or query that is none of the table's, 405 for another method.
    static func operation(of request: SandboxRequest) throws(AzureError) -> Operation {
        let isOfContainer = request.segments.count == 1
        guard !request.segments.isEmpty, !isOfContainer || request[query: "restype"] == "container" else {
            throw AzureError(400, "InvalidUri", "The request URI is invalid.")
        }
        let component = (request[query: "comp"] ?? "").lowercased()
        let rows = all.filter { $0.isOfContainer == isOfContainer && $0.component == component }
        if let row = rows.first(where: { $0.method == request.method }) { return row.operation }
        guard rows.isEmpty else {
            throw AzureError(405, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb.")
        }
        throw AzureError(
            400, "InvalidQueryParameterValue",
            "Value for one of the query parameters specified in the request URI is invalid.")
    }
}
