import Synchronization

/// What happened to one object.
struct ObjectEvent: Sendable {
    enum Change: String, Sendable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }

    /// The resource version that the change made.
    var version: Int
    var collection: String
    var change: Change
    /// As it is now; for a deletion as it was last.
    var object: JSON
    /// As it was before; nil for an addition.
    var previous: JSON?
}

/// Passes changes on to those who watch, in the order in which they were made, and remembers the latest ones for those
/// who come back. Whoever publishes holds the store's isolation, which is what makes the order the true one.
final class WatchHub: Sendable {
    private struct State {
        var log: [ObjectEvent] = []
        var subscribers: [Int: (collection: String?, continuation: AsyncStream<ObjectEvent>.Continuation)] = [:]
        var nextSubscriber = 0
    }

    private let state = Mutex(State())
    /// How many changes can be asked for again.
    private let remembered: Int

    init(remembered: Int = 4_096) { self.remembered = remembered }

    func publish(_ event: ObjectEvent) {
        state.withLock { state in
            state.log.append(event)
            // Dropped in large pieces, so that a publication does not move the whole log each time.
            if state.log.count > remembered * 2 { state.log.removeFirst(remembered) }
            for subscriber in state.subscribers.values {
                if let collection = subscriber.collection, collection != event.collection { continue }
                subscriber.continuation.yield(event)
            }
        }
    }

    /// The changes after `version`, of one collection or of all. `current` is the store's present version; the caller
    /// holds the store's isolation.
    /// - Throws: `APIError.expired` if some of them are forgotten.
    func subscribe(
        to collection: String?, after version: Int, current: Int
    ) throws(APIError) -> AsyncStream<ObjectEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: ObjectEvent.self)
        let outcome: Result<Int, APIError> = state.withLock { state in
            let oldest = (state.log.first?.version ?? current + 1) - 1
            guard version >= oldest else { return .failure(.expired(version, oldest: oldest)) }
            for event in state.log where event.version > version {
                if collection == nil || event.collection == collection { continuation.yield(event) }
            }
            state.nextSubscriber += 1
            state.subscribers[state.nextSubscriber] = (collection, continuation)
            return .success(state.nextSubscriber)
        }
        let subscriber = try outcome.get()
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.subscribers[subscriber] = nil }
        }
        return stream
    }
}
