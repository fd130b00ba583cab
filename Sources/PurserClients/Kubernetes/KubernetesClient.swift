/// The Kubernetes API, by the current context of the kubeconfig, which is read at the first call.
///
/// Values of Secrets never come back in `JSONValue`s: their `data` keeps its keys with null values. They are read with
/// `secretData(…)` and sent with the `secretData` of `apply` and `create`.
package struct KubernetesClient: Sendable {
    /// The owner of fields that purser applies.
    package static let fieldManager = "purser"

    let session: KubernetesSession

    /// The object, or nil if it, its namespace or its resource type does not exist (404).
    package func get(_ path: ResourcePath) async throws(ServiceError) -> JSONValue? {
        try await object(path)?.shown(at: path)
    }

    /// The values of a Secret, decoded, or nil if it does not exist.
    package func secretData(namespace: String, name: String) async throws(ServiceError) -> [String: SecretBytes]? {
        let path = ResourcePath(version: "v1", resource: "secrets", namespace: namespace, name: name)
        guard let secret = try await object(path) else { return nil }
        return (secret["data"]?.object ?? [:]).compactMapValues { value in
            value.string.flatMap(Base64.decoded).map { SecretBytes($0) }
        }
    }

    private func object(_ path: ResourcePath) async throws(ServiceError) -> JSONValue? {
        let request = try await session.request("GET", path.url)
        do throws(ServiceError) {
            return try await session.result(request)
        } catch {
            guard error.status == 404 else { throw error }
            return nil
        }
    }

    /// All objects of a collection, page after page.
    package func list(
        _ path: ResourcePath, labelSelector: String? = nil, fieldSelector: String? = nil
    ) async throws(ServiceError) -> [JSONValue] {
        try await listing(path, labelSelector: labelSelector, fieldSelector: fieldSelector).objects
    }

    /// Server-side apply: the fields of `object` become ours, fields that we owned and no longer name are removed.
    ///
    /// A field of another manager gives a `ServiceError` with `conflicts`, unless `force`. With `dryRun` nothing is
    /// stored and the would-be object is returned.
    package func apply(
        _ object: JSONValue,
        at path: ResourcePath,
        secretData: [String: SecretBytes] = [:],
        dryRun: Bool = false,
        force: Bool = false
    ) async throws(ServiceError) -> JSONValue {
        let query = Self.writeQuery(dryRun: dryRun) + [(key: "force", value: String(force))]
        let request = try await session.request(
            "PATCH", path.url, query: query, body: object.adding(secretData: secretData),
            contentType: "application/apply-patch+yaml")
        return try await session.result(request, secrets: Array(secretData.values)).shown(at: path)
    }

    /// Creates the object; 409 `AlreadyExists` if its name is taken. `path` is the collection.
    package func create(
        _ object: JSONValue, in path: ResourcePath, secretData: [String: SecretBytes] = [:], dryRun: Bool = false
    ) async throws(ServiceError) -> JSONValue {
        let request = try await session.request(
            "POST", path.url, query: Self.writeQuery(dryRun: dryRun), body: object.adding(secretData: secretData))
        return try await session.result(request, repeatable: false, secrets: Array(secretData.values))
            .shown(at: path)
    }

    /// Changes members by a JSON merge patch: null removes a member.
    package func mergePatch(
        _ patch: JSONValue, at path: ResourcePath, dryRun: Bool = false
    ) async throws(ServiceError) -> JSONValue {
        let request = try await session.request(
            "PATCH", path.url, query: Self.writeQuery(dryRun: dryRun), body: patch,
            contentType: "application/merge-patch+json")
        return try await session.result(request).shown(at: path)
    }

    private static func writeQuery(dryRun: Bool) -> [(key: String, value: String)] {
        [(key: "fieldManager", value: fieldManager), (key: "fieldValidation", value: "Strict")]
            + (dryRun ? [(key: "dryRun", value: "All")] : [])
    }

    /// Asks for deletion: true if the object was there, false if it was already absent. With `uid`, only the object of
    /// that identity (409 otherwise). The object may exist for a while: see `waitUntilGone`.
    @discardableResult
    package func delete(
        _ path: ResourcePath, propagation: Propagation = .foreground, uid: String? = nil
    ) async throws(ServiceError) -> Bool {
        var options: JSONValue = [
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": .string(propagation.rawValue),
        ]
        if let uid { options["preconditions"] = ["uid": .string(uid)] }
        let request = try await session.request("DELETE", path.url, body: options)
        let exchange = try await session.exchange(request)
        if exchange.response.status == 404 { return exchange.mayHaveRunBefore }
        guard (200..<300).contains(exchange.response.status) else {
            throw ServiceError(kubernetes: exchange, request: request)
        }
        return true
    }

    /// The events about an object, oldest first.
    package func events(
        namespace: String, kind: String, name: String, uid: String? = nil
    ) async throws(ServiceError) -> [JSONValue] {
        let selector =
            ["involvedObject.kind=\(kind)", "involvedObject.name=\(name)"]
            + (uid.map { ["involvedObject.uid=\($0)"] } ?? [])
        let events = try await list(
            ResourcePath(version: "v1", resource: "events", namespace: namespace),
            fieldSelector: selector.joined(separator: ","))
        return events.sorted { Self.order(of: $0) < Self.order(of: $1) }
    }

    /// By time, and among those of the same second by when they were written.
    private static func order(of event: JSONValue) -> (String, Int) {
        (time(of: event), event.at("metadata", "resourceVersion")?.string.flatMap { Int($0) } ?? 0)
    }

    /// Times are ISO 8601 in UTC: their order as text is their order in time.
    private static func time(of event: JSONValue) -> String {
        [event["lastTimestamp"], event["eventTime"], event.at("metadata", "creationTimestamp")]
            .compactMap { $0?.string }.first ?? ""
    }

    /// The text of a container's log, bounded to its last lines.
    package func logs(
        namespace: String, pod: String, container: String? = nil, tailLines: Int = 100
    ) async throws(ServiceError) -> String {
        let path = ResourcePath(
            version: "v1", resource: "pods", namespace: namespace, name: pod, subresource: "log")
        var query = [(key: "tailLines", value: String(tailLines)), (key: "limitBytes", value: "262144")]
        if let container { query.append((key: "container", value: container)) }
        let request = try await session.request("GET", path.url, query: query)
        let exchange = try await session.exchange(request)
        guard exchange.response.status == 200 else { throw ServiceError(kubernetes: exchange, request: request) }
        return String(decoding: exchange.response.body, as: UTF8.self)
    }

    /// The server's version, e.g. `v1.33.1`.
    package func version() async throws(ServiceError) -> String {
        let request = try await session.request("GET", "/version")
        return try await session.result(request)["gitVersion"]?.string ?? "unknown"
    }

    /// Whether the server knows the resource in that version.
    package func serves(_ path: ResourcePath) async throws(ServiceError) -> Bool {
        let root = path.group.isEmpty ? "/api/\(path.version)" : "/apis/\(path.group)/\(path.version)"
        let request = try await session.request("GET", root)
        do throws(ServiceError) {
            let list = try await session.result(request)
            return (list["resources"]?.array ?? []).contains { $0["name"]?.string == path.resource }
        } catch {
            guard error.status == 404 else { throw error }
            return false
        }
    }

    /// Context and namespace in use, by the kubeconfig alone.
    package func connection() async throws(ServiceError) -> KubernetesConnection {
        try await session.connection.value()
    }
}

/// What happens to objects that the deleted one owns.
package enum Propagation: String, Sendable {
    case foreground = "Foreground"
    case background = "Background"
    case orphan = "Orphan"
}

// MARK: - Lists

/// A whole collection, and the version it was read at.
struct KubernetesListing: Sendable {
    var objects: [JSONValue]
    var resourceVersion: String
}

extension KubernetesClient {
    private static let pageSize = "500"

    /// Reads page after page. When the server has forgotten the list in between (410), it is read anew, in one piece.
    func listing(
        _ path: ResourcePath, labelSelector: String?, fieldSelector: String?
    ) async throws(ServiceError) -> KubernetesListing {
        let selectors = Self.selectors(labelSelector, fieldSelector)
        do throws(ServiceError) {
            return try await pages(path, selectors, limit: Self.pageSize)
        } catch {
            guard error.status == 410 else { throw error }
            return try await pages(path, selectors, limit: nil)
        }
    }

    static func selectors(_ label: String?, _ field: String?) -> [(key: String, value: String)] {
        [("labelSelector", label), ("fieldSelector", field)].compactMap { name, value in
            value.map { (key: name, value: $0) }
        }
    }

    private func pages(
        _ path: ResourcePath, _ selectors: [(key: String, value: String)], limit: String?
    ) async throws(ServiceError) -> KubernetesListing {
        var objects: [JSONValue] = []
        var next: String?
        repeat {
            var query = selectors
            if let limit { query.append((key: "limit", value: limit)) }
            if let next { query.append((key: "continue", value: next)) }
            let page = try await session.result(try await session.request("GET", path.url, query: query))
            objects += (page["items"]?.array ?? []).map { $0.shown(at: path) }
            next = page.at("metadata", "continue")?.string.flatMap { $0.isEmpty ? nil : $0 }
            if next == nil {
                return KubernetesListing(
                    objects: objects, resourceVersion: page.at("metadata", "resourceVersion")?.string ?? "")
            }
        } while true
    }
}
