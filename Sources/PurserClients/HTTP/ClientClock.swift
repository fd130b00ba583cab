/// Time as the clients need it: how much has passed, and pauses. Made from any clock, so that tests never sleep.
package struct ClientClock: Sendable {
    /// Time since the clock was wrapped; never goes back.
    package let now: @Sendable () -> Duration
    private let sleeping: @Sendable (Duration) async throws -> Void

    package init(_ clock: any Clock<Duration>) { self = Self.wrap(clock) }

    private init(now: @escaping @Sendable () -> Duration, sleeping: @escaping @Sendable (Duration) async throws -> Void)
    {
        self.now = now
        self.sleeping = sleeping
    }

    private static func wrap<Wrapped: Clock>(_ clock: Wrapped) -> ClientClock where Wrapped.Duration == Duration {
        let start = clock.now
        return ClientClock(
            now: { start.duration(to: clock.now) },
            sleeping: { try await clock.sleep(for: $0) }
        )
    }

    /// Returns after the pause, or with false as soon as the task is cancelled.
    package func pause(_ duration: Duration) async -> Bool {
        do {
            try Task.checkCancellation()
            try await sleeping(duration)
            return true
        } catch {
            return false
        }
    }

    /// As `pause`, for one who is waiting for `service`.
    func pause(_ duration: Duration, for service: ServiceError.Service) async throws(ServiceError) {
        guard await pause(duration) else { throw .cancelled(service) }
    }
}

extension ServiceError {
    static func cancelled(_ service: Service) -> ServiceError {
        ServiceError(service: service, code: Code.cancelled, message: "cancelled while waiting")
    }
}
