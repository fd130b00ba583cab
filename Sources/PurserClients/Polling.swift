/// Waiting for what services do in their own time.
package struct Polling: Sendable {
    let clock: ClientClock

    /// Asks until there is a value, with growing pauses from `first` to `longest`. Code `TimedOut` when the next pause
    /// would end after `timeout`. `waiting` is told before each pause how much of that time is left.
    package func until<Value: Sendable>(
        _ what: String,
        service: ServiceError.Service = .resourceManager,
        first: Duration = .seconds(1),
        longest: Duration = .seconds(15),
        timeout: Duration,
        waiting: (Duration) -> Void = { _ in },
        _ ask: () async throws(ServiceError) -> Value?
    ) async throws(ServiceError) -> Value {
        let began = clock.now()
        var pause = first
        while true {
            if let value = try await ask() { return value }
            let passed = clock.now() - began
            guard passed + pause <= timeout else {
                throw ServiceError(
                    service: service, code: ServiceError.Code.timedOut,
                    message: "\(what) was not ready within \(timeout)")
            }
            waiting(timeout - passed)
            try await clock.pause(pause, for: service)
            pause = min(pause * 1.5, longest)
        }
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
        let began = clock.now()
        var pause = first
        while true {
            do throws(ServiceError) {
                return try await attempt()
            } catch {
                guard isPassing(error), clock.now() - began + pause <= timeout else { throw error }
                try await clock.pause(pause, for: error.service)
                pause = min(pause * 1.5, longest)
            }
        }
    }
}
