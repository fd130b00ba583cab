import Foundation

/// Watching a collection: one JSON document a line, until the client leaves or its time is up.
/// Source: Kubernetes documentation, "Kubernetes API Concepts", "Efficient detection of changes".
extension KubernetesAPI {
    func watch(_ resource: ResourceRequest) async throws -> SandboxResponse {
        let watch = try ObjectWatch(resource)
        let sendsInitial = resource.flag("sendInitialEvents")
        if sendsInitial { try checkInitialEvents(resource) }
        let version = try ListOptions(resource).version
        let (initial, events, current) = await objects.store.transaction { store in
            let current = objects.currentVersion(on: store)
            let fromPresent = version == 0 || sendsInitial
            let initial = fromPresent ? objects.list(resource.type, resource.namespace, on: store) : []
            let events = Result { () throws(APIError) in
                try objects.hub.subscribe(
                    to: resource.type.collection, after: fromPresent ? current : version, current: current)
            }
            return (initial, events, current)
        }
        let (lines, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        for object in initial {
            if let line = watch.line(forInitial: object) { continuation.yield(line) }
        }
        if sendsInitial { continuation.yield(watch.bookmark(current, endsInitialEvents: true)) }
        switch events {
        case .failure(let error):
            continuation.yield(watch.line("ERROR", error.status))
            continuation.finish()
        case .success(let events):
            follow(events, watch, continuation, for: timeout(resource), from: current)
        }
        return SandboxResponse(status: 200, headers: ["Content-Type": "application/json"], body: .stream(lines))
    }

    private func follow(
        _ events: AsyncStream<ObjectEvent>, _ watch: ObjectWatch,
        _ continuation: AsyncStream<[UInt8]>.Continuation, for timeout: Duration, from version: Int
    ) {
        let task = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await event in events {
                        if let line = watch.line(for: event) { continuation.yield(line) }
                    }
                }
                group.addTask { try? await Task.sleep(for: timeout) }
                await group.next()
                group.cancelAll()
            }
            if watch.allowsBookmarks, !Task.isCancelled {
                let last = await objects.store.transaction { objects.currentVersion(on: $0) }
                continuation.yield(watch.bookmark(last))
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
    }

    /// A server ends a watch by itself after half an hour to an hour, if the client names no time.
    private func timeout(_ resource: ResourceRequest) -> Duration {
        .seconds(resource.parameter("timeoutSeconds").flatMap { Int($0) } ?? 1_800)
    }

    private func checkInitialEvents(_ resource: ResourceRequest) throws(APIError) {
        guard resource.parameter("resourceVersionMatch") == "NotOlderThan" else {
            throw APIError(
                code: 422, reason: "Invalid",
                message: "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
                    + "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
                details: ["group": "meta.k8s.io", "kind": "ListOptions"])
        }
    }
}

/// What one watcher sees of the changes.
struct ObjectWatch: Sendable {
    private let resource: ResourceRequest
    private let selector: ObjectSelector
    private let form: RepresentationForm
    var allowsBookmarks: Bool { resource.flag("allowWatchBookmarks") }

    init(_ resource: ResourceRequest) throws(APIError) {
        self.resource = resource
        selector = try resource.selector()
        form = RepresentationForm(accept: resource.request.headers["Accept"])
    }

    func line(forInitial object: JSON) -> [UInt8]? {
        accepts(object) ? line("ADDED", shown(object)) : nil
    }

    /// An object that begins to match is added for this watcher, and one that ceases to is deleted.
    func line(for event: ObjectEvent) -> [UInt8]? {
        let isIn = event.change != .deleted && accepts(event.object)
        let wasIn = event.previous.map(accepts) ?? false
        switch (wasIn, isIn) {
        case (false, true): return line("ADDED", shown(event.object))
        case (true, true): return line("MODIFIED", shown(event.object))
        case (true, false): return line("DELETED", shown(event.object))
        case (false, false): return nil
        }
    }

    func bookmark(_ version: Int, endsInitialEvents: Bool = false) -> [UInt8] {
        var metadata: JSON = ["resourceVersion": .string(String(version)), "creationTimestamp": nil]
        if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        return line(
            "BOOKMARK",
            [
                "kind": .string(resource.type.kind),
                "apiVersion": .string(resource.type.apiVersion(resource.version)), "metadata": metadata,
            ])
    }

    func line(_ type: String, _ object: JSON) -> [UInt8] {
        (["type": .string(type), "object": object] as JSON).bytes() + [0x0A]
    }

    private func accepts(_ object: JSON) -> Bool {
        if let namespace = resource.namespace, object.objectNamespace != namespace { return false }
        if let name = resource.name, object.objectName != name { return false }
        return selector.accepts(object)
    }

    private func shown(_ object: JSON) -> JSON {
        form.document(of: resource.type.presented(object, version: resource.version), resource)
    }
}
