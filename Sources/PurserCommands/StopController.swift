import PurserEngine
import Synchronization

/// What a wish to stop leads to: a command that has begun nothing is cancelled; a run is told, and puts things back.
final class StopController: Sendable {
    enum Consequence: Sendable, Hashable {
        case cancel
        case tellRun
    }

    private struct State {
        var signal: StopSignal?
        var isRunning = false
    }

    let interruptions = Interruptions()
    private let state = Mutex(State())

    /// The first signal that came.
    var signal: StopSignal? { state.withLock { $0.signal } }

    var hasBegunRun: Bool { state.withLock { $0.isRunning } }

    func receive(_ signal: StopSignal) -> Consequence {
        let isRunning = state.withLock { state in
            if state.signal == nil { state.signal = signal }
            return state.isRunning
        }
        guard isRunning else { return .cancel }
        interruptions.signal()
        return .tellRun
    }

    /// Whether a run may begin: not after a signal. From here on signals are told to the run.
    func beginRun() -> Bool {
        state.withLock { state in
            guard state.signal == nil else { return false }
            state.isRunning = true
            return true
        }
    }
}
