/// Waiting for what services do in their own time.
package struct Polling: Sendable {
    /// Asks until there is a value, with growing pauses from `first` to `longest`. Code `TimedOut` when the next pause
    /// would end after `timeout`.
    package func until<Value: Sendable>(
        _ what: String,
        service: ServiceError.Service = .resourceManager,
        first: Duration = .seconds(1),
        longest: Duration = .seconds(15),
        timeout: Duration,
        _ ask: () async throws(ServiceError) -> Value?
    ) async throws(ServiceError) -> Value {
        throw ServiceError(service: service, code: "NotYet", message: "")
    }

    /// Repeats what fails for a reason that passes by itself (another replica does not know the identity yet), with
    /// growing pauses; after `timeout`, throws the last failure.
    package func retrying<Value: Sendable>(
        while isPassing: (ServiceError) -> Bool,
        first: Duration = .seconds(1),
        longest: Duration = .seconds(15),
        timeout: Duration,
        _ attempt: () async throws(ServiceError) -> Value
    ) async throws(ServiceError) -> Value {
        throw ServiceError(service: .resourceManager, code: "NotYet", message: "")
    }
}
