/// Azure Resource Manager: resources by path, long-running operations followed to their end.
///
/// Paths start with `/subscriptions/…` and carry no `api-version`; each segment must already be percent-encoded where
/// needed. Errors are `ServiceError`s; 404 is nil where a value is optional.
package struct ARMClient: Sendable {
    private let pipeline: ARMPipeline

    init(pipeline: ARMPipeline) { self.pipeline = pipeline }

    /// The resource, or nil if it does not exist (404).
    package func get(
        _ path: String, apiVersion: String, query: KeyValuePairs<String, String> = [:]
    ) async throws(ServiceError) -> JSONValue? {
        try await pipeline.notYet()
    }

    /// All elements of a list, page after page. Pages that point to another host are refused.
    package func list(
        _ path: String, apiVersion: String, query: KeyValuePairs<String, String> = [:]
    ) async throws(ServiceError) -> [JSONValue] {
        try await pipeline.notYet()
    }

    /// Creates or replaces the resource and returns it as it is once the operation has ended.
    package func put(
        _ path: String, apiVersion: String, body: JSONValue, ifMatch: String? = nil
    ) async throws(ServiceError) -> JSONValue {
        try await pipeline.notYet()
    }

    /// Changes the given members and returns the resource as it is once the operation has ended.
    package func patch(
        _ path: String, apiVersion: String, body: JSONValue, ifMatch: String? = nil
    ) async throws(ServiceError) -> JSONValue {
        try await pipeline.notYet()
    }

    /// Performs an action and returns its result (`.null` if it has none) once the operation has ended.
    ///
    /// `repeatable` says that performing it twice does no harm (purge, recover, list…), so that it is sent again after a
    /// lost connection.
    package func post(
        _ path: String,
        apiVersion: String,
        body: JSONValue? = nil,
        query: KeyValuePairs<String, String> = [:],
        repeatable: Bool = false
    ) async throws(ServiceError) -> JSONValue {
        try await pipeline.notYet()
    }

    /// Deletes the resource and returns once it is gone: true if it was there, false if it was already absent.
    @discardableResult
    package func delete(
        _ path: String, apiVersion: String, query: KeyValuePairs<String, String> = [:], ifMatch: String? = nil
    ) async throws(ServiceError) -> Bool {
        try await pipeline.notYet()
    }
}

struct ARMPipeline: Sendable {
    func notYet() async throws(ServiceError) {
        throw ServiceError(service: .resourceManager, code: "NotYet", message: "")
    }
    func notYet<T>() async throws(ServiceError) -> T {
        throw ServiceError(service: .resourceManager, code: "NotYet", message: "")
    }
}
