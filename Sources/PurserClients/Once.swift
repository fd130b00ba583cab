/// A value that is made at its first use. Whoever asks meanwhile waits for the same attempt; a failed attempt is not
/// remembered.
actor Once<Value: Sendable> {
    private let make: @Sendable () async throws(ServiceError) -> Value
    private var attempt: Task<Result<Value, ServiceError>, Never>?

    init(_ make: @escaping @Sendable () async throws(ServiceError) -> Value) { self.make = make }

    func value() async throws(ServiceError) -> Value {
        let running = attempt ?? start()
        attempt = running
        let result = await running.value
        if case .failure = result, attempt == running { attempt = nil }
        return try result.get()
    }

    /// Forgets the value, so that the next use makes it again.
    func reset() { attempt = nil }

    private func start() -> Task<Result<Value, ServiceError>, Never> {
        Task { [make] in
            do throws(ServiceError) { return .success(try await make()) } catch { return .failure(error) }
        }
    }
}
