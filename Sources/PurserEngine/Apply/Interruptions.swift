import Synchronization

/// The user's wish to stop, told to whoever listens at the moment: once per Ctrl-C.
package final class Interruptions: Sendable {
    private struct Listeners {
        var nextID = 0
        var wasSignalled = false
        var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let listeners = Mutex(Listeners())

    package init() {}

    package func signal() {
        let continuations = listeners.withLock { listeners in
            listeners.wasSignalled = true
            return Array(listeners.continuations.values)
        }
        for continuation in continuations { continuation.yield() }
    }

    /// Whether there was a signal yet: a wait that changes nothing need not go on.
    package var wasSignalled: Bool { listeners.withLock(\.wasSignalled) }

    /// The signals from now on. Ends when the task that listens is cancelled; other listeners go on.
    package func stream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let id = listeners.withLock { listeners in
            listeners.nextID += 1
            listeners.continuations[listeners.nextID] = continuation
            return listeners.nextID
        }
        continuation.onTermination = { [weak self] _ in
            self?.listeners.withLock { _ = $0.continuations.removeValue(forKey: id) }
        }
        return stream
    }
}
