extension KubernetesClient {
    /// Watches the object and returns it as soon as `predicate` holds; nil stands for an absent object. A predicate may
    /// throw to end the wait. Code `TimedOut` if it does not hold in time, `Cancelled` once `isStopped` says so.
    @discardableResult
    package func wait(
        for path: ResourcePath,
        timeout: Duration,
        isStopped: (@Sendable () -> Bool)? = nil,
        until predicate: @escaping @Sendable (JSONValue?) throws(ServiceError) -> Bool
    ) async throws(ServiceError) -> JSONValue? {
        let outcome = await withTaskGroup(of: Result<JSONValue?, ServiceError>.self) { group in
            group.addTask { await self.outcome(of: path, until: predicate) }
            group.addTask { await self.lapse(of: timeout, path, isStopped) }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(.cancelled(.kubernetes))
        }
        return try outcome.get()
    }

    /// Waits until the object is gone, or, with `uid`, until another has taken its place.
    package func waitUntilGone(
        _ path: ResourcePath, uid: String? = nil, timeout: Duration,
        isStopped: (@Sendable () -> Bool)? = nil,
        meanwhile seen: @escaping @Sendable (JSONValue) -> Void = { _ in }
    ) async throws(ServiceError) {
        try await wait(for: path, timeout: timeout, isStopped: isStopped) { (object) throws(ServiceError) in
            guard let object else { return true }
            if uid != nil, object.at("metadata", "uid")?.string != uid { return true }
            seen(object)
            return false
        }
    }

    /// Who may be stopped looks for that each second.
    private func lapse(
        of timeout: Duration, _ path: ResourcePath, _ isStopped: (@Sendable () -> Bool)?
    ) async -> Result<JSONValue?, ServiceError> {
        let clock = session.sender.clock
        var left = timeout
        while left > .zero {
            let slice = isStopped == nil ? left : min(left, .seconds(1))
            guard isStopped?() != true, await clock.pause(slice) else { return .failure(.cancelled(.kubernetes)) }
            left -= slice
        }
        return .failure(
            ServiceError(
                service: .kubernetes, code: ServiceError.Code.timedOut,
                message: "\(path) did not reach the awaited state within \(timeout)"))
    }

    private func outcome(
        of path: ResourcePath, until predicate: (JSONValue?) throws(ServiceError) -> Bool
    ) async -> Result<JSONValue?, ServiceError> {
        let name = path.name ?? ""
        do {
            for try await event in watch(path.collection, fieldSelector: "metadata.name=\(name)") {
                let object = Self.object(named: name, after: event)
                if try predicate(object) { return .success(object) }
            }
            return .failure(.cancelled(.kubernetes))
        } catch let error as ServiceError {
            return .failure(error)
        } catch {
            return .failure(.cancelled(.kubernetes))
        }
    }

    private static func object(named name: String, after event: WatchEvent) -> JSONValue? {
        switch event {
        case .listed(let objects): objects.first { $0.at("metadata", "name")?.string == name }
        case .added(let object), .modified(let object): object
        case .deleted: nil
        }
    }
}
