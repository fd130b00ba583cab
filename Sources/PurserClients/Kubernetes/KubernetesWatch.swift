/// A change of a watched collection.
package enum WatchEvent: Sendable, Hashable {
    /// All objects that exist now; whatever was known before and is not among them is gone.
    case listed([JSONValue])
    case added(JSONValue)
    case modified(JSONValue)
    case deleted(JSONValue)
}

extension KubernetesClient {
    /// The objects of a collection as they change. Starts with `.listed`, and lists anew whenever the server has
    /// forgotten the version (410), so that no change is missed. Ends only by an error or with its consumer's task.
    package func watch(
        _ path: ResourcePath, labelSelector: String? = nil, fieldSelector: String? = nil
    ) -> AsyncThrowingStream<WatchEvent, any Error> {
        let watch = KubernetesWatch(
            client: self, path: path, labelSelector: labelSelector, fieldSelector: fieldSelector)
        return AsyncThrowingStream { continuation in
            let watching = Task {
                do throws(ServiceError) {
                    try await watch.run { continuation.yield($0) }
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in watching.cancel() }
        }
    }
}

/// Lists, then watches from the list's version on, as long as it takes.
///
/// Source: Kubernetes, "Efficient detection of changes": one JSON object a line with `type` and `object`; `BOOKMARK`s
/// move the version on; `ERROR` with status 410, or an answer 410, means that the version is forgotten.
private struct KubernetesWatch {
    /// What the end of one stream asks for.
    private enum Ending {
        case resume
        case relist
    }

    let client: KubernetesClient
    let path: ResourcePath
    let labelSelector: String?
    let fieldSelector: String?

    /// How long a stream may last before it is begun anew, in seconds.
    private static let longestStream = "300"

    func run(_ yield: (WatchEvent) -> Void) async throws(ServiceError) -> Never {
        while true {
            let listing = try await client.listing(path, labelSelector: labelSelector, fieldSelector: fieldSelector)
            yield(.listed(listing.objects))
            try await follow(from: listing.resourceVersion, yield)
        }
    }

    /// Returns when the collection must be listed anew.
    private func follow(from start: String, _ yield: (WatchEvent) -> Void) async throws(ServiceError) {
        var version = start
        var pause: Duration = .milliseconds(500)
        while true {
            let before = version
            if case .relist = try await stream(from: &version, yield) { return }
            pause = version == before ? min(pause * 2, .seconds(30)) : .milliseconds(500)
            try await client.session.sender.clock.pause(pause, for: .kubernetes)
        }
    }

    private func stream(
        from version: inout String, _ yield: (WatchEvent) -> Void
    ) async throws(ServiceError) -> Ending {
        let query =
            KubernetesClient.selectors(labelSelector, fieldSelector) + [
                (key: "watch", value: "true"), (key: "allowWatchBookmarks", value: "true"),
                (key: "resourceVersion", value: version), (key: "timeoutSeconds", value: Self.longestStream),
            ]
        let request = try await client.session.request("GET", path.url, query: query)
        client.session.sender.observer?.willSend(RequestSummary(request))
        do {
            for try await line in client.session.sender.transport.lines(request) {
                guard try take(line, &version, yield) else { return .relist }
            }
            if Task.isCancelled { throw ServiceError.cancelled(.kubernetes) }
            return .resume
        } catch {
            return try await ending(after: error, request)
        }
    }

    /// False if the server has forgotten the version.
    private func take(
        _ line: [UInt8], _ version: inout String, _ yield: (WatchEvent) -> Void
    ) throws -> Bool {
        let event = try JSONValue(parsing: line)
        guard let type = event["type"]?.string, let object = event["object"]?.shown(at: path) else { return true }
        if type == "ERROR" {
            if object["code"]?.int == 410 { return false }
            throw ServiceError(
                service: .kubernetes, status: object["code"]?.int, code: object["reason"]?.string ?? "WatchFailed",
                message: object["message"]?.string ?? "the watch failed",
                isRetryable: (object["code"]?.int ?? 500) >= 500)
        }
        version = object.at("metadata", "resourceVersion")?.string ?? version
        switch type {
        case "ADDED": yield(.added(object))
        case "MODIFIED": yield(.modified(object))
        case "DELETED": yield(.deleted(object))
        default: break
        }
        return true
    }

    /// Broken connections and passing failures are resumed, as is a stream whose credential has expired and could be
    /// renewed; refusals are thrown.
    private func ending(after error: any Error, _ request: HTTPRequest) async throws(ServiceError) -> Ending {
        switch error {
        case let refused as UnexpectedStatus:
            if refused.response.status == 410 { return .relist }
            if refused.response.status == 401, try await client.session.renewed(request) != nil { return .resume }
            let exchange = Exchange(response: refused.response, mayHaveRunBefore: false)
            let error = ServiceError(kubernetes: exchange, request: request)
            guard error.isRetryable else { throw error }
            return .resume
        case let failure as TransportError:
            let error = ServiceError(failure, service: .kubernetes, request: request)
            guard error.isRetryable else { throw error }
            return .resume
        case let error as ServiceError:
            guard error.isRetryable else { throw error }
            return .relist
        case is JSONSyntaxError: return .resume
        default: throw ServiceError.cancelled(.kubernetes)
        }
    }
}
