/// The Kubernetes API, by the current context of the kubeconfig, which is read at the first call.
///
/// Values of Secrets never come back in `JSONValue`s: their `data` keeps its keys with null values. They are read with
/// `secretData(…)` and sent with the `secretData` of `apply` and `create`.
package struct KubernetesClient: Sendable {
    /// The owner of fields that purser applies.
    package static let fieldManager = "purser"

    private let pipeline: ARMPipeline

    init(pipeline: ARMPipeline) { self.pipeline = pipeline }

    /// The object, or nil if it, its namespace or its resource type does not exist (404).
    package func get(_ path: ResourcePath) async throws(ServiceError) -> JSONValue? {
        try await pipeline.notYet()
    }

    /// All objects of a collection, page after page.
    package func list(
        _ path: ResourcePath, labelSelector: String? = nil, fieldSelector: String? = nil
    ) async throws(ServiceError) -> [JSONValue] {
        try await pipeline.notYet()
    }

    /// The values of a Secret, decoded, or nil if it does not exist.
    package func secretData(namespace: String, name: String) async throws(ServiceError) -> [String: SecretBytes]? {
        try await pipeline.notYet()
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
        try await pipeline.notYet()
    }

    /// Creates the object; 409 `AlreadyExists` if its name is taken. `path` is the collection.
    package func create(
        _ object: JSONValue, in path: ResourcePath, secretData: [String: SecretBytes] = [:], dryRun: Bool = false
    ) async throws(ServiceError) -> JSONValue {
        try await pipeline.notYet()
    }

    /// Asks for deletion: true if the object was there, false if it was already absent. With `uid`, only the object of
    /// that identity (409 otherwise). The object may exist for a while: see `waitUntilGone`.
    @discardableResult
    package func delete(
        _ path: ResourcePath, propagation: Propagation = .foreground, uid: String? = nil
    ) async throws(ServiceError) -> Bool {
        try await pipeline.notYet()
    }

    /// Waits until the object is gone, or, with `uid`, until another has taken its place.
    package func waitUntilGone(
        _ path: ResourcePath, uid: String? = nil, timeout: Duration
    ) async throws(ServiceError) {
        try await pipeline.notYet()
    }

    /// Watches the object and returns it as soon as `predicate` holds; nil stands for an absent object. A predicate may
    /// throw to end the wait. Code `TimedOut` if it does not hold in time.
    @discardableResult
    package func wait(
        for path: ResourcePath,
        timeout: Duration,
        until predicate: @escaping @Sendable (JSONValue?) throws(ServiceError) -> Bool
    ) async throws(ServiceError) -> JSONValue? {
        try await pipeline.notYet()
    }

    /// The objects of a collection as they change. Starts with `.listed`, and lists anew whenever the server has
    /// forgotten the version (410), so that no change is missed. Ends only by an error or with its consumer's task.
    package func watch(
        _ path: ResourcePath, labelSelector: String? = nil, fieldSelector: String? = nil
    ) -> AsyncThrowingStream<WatchEvent, any Error> {
        AsyncThrowingStream { $0.finish() }
    }

    /// The events about an object, oldest first.
    package func events(
        namespace: String, kind: String, name: String, uid: String? = nil
    ) async throws(ServiceError) -> [JSONValue] {
        try await pipeline.notYet()
    }

    /// The text of a container's log, bounded to its last lines.
    package func logs(
        namespace: String, pod: String, container: String? = nil, tailLines: Int = 100
    ) async throws(ServiceError) -> String {
        try await pipeline.notYet()
    }

    /// The server's version, e.g. `v1.33.1`.
    package func version() async throws(ServiceError) -> String {
        try await pipeline.notYet()
    }
}

/// What happens to objects that the deleted one owns.
package enum Propagation: String, Sendable {
    case foreground = "Foreground"
    case background = "Background"
    case orphan = "Orphan"
}

/// A change of a watched collection.
package enum WatchEvent: Sendable, Hashable {
    /// All objects that exist now; whatever was known before and is not among them is gone.
    case listed([JSONValue])
    case added(JSONValue)
    case modified(JSONValue)
    case deleted(JSONValue)
}
