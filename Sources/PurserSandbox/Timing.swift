import Foundation

/// The sandbox's time. What becomes true later (a finished operation, an effective policy) is written down with the
/// instant from which it holds and compared with `now`, so that it survives a restart; only what truly has to wait
/// uses the clock.
struct Timing: Sendable {
    let clock: any Clock<Duration>
    let now: @Sendable () -> Date
    /// From a change of access to its effect on a vault's data plane.
    let propagationDelay: Duration
    /// How long an operation that Azure carries out asynchronously is under way.
    let operationDelay: Duration

    init(
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() },
        propagationDelay: Duration = .zero,
        operationDelay: Duration = .zero
    ) {
        self.clock = clock
        self.now = now
        self.propagationDelay = propagationDelay
        self.operationDelay = operationDelay
    }

    /// Seconds since 1970, with fractions.
    var seconds: Double { now().timeIntervalSince1970 }

    /// The instant, in seconds since 1970, that lies `delay` ahead.
    func seconds(after delay: Duration) -> Double { seconds + delay / .seconds(1) }
}
