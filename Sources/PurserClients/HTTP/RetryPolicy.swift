#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// When a request is sent again, and after which pause.
///
/// Azure's guidance for clients: 408, 429, 500, 502, 503, 504 and lost connections, after what `retry-after-ms`,
/// `x-ms-retry-after-ms` or `Retry-After` say, otherwise after exponentially growing pauses with jitter.
package struct RetryPolicy: Sendable {
    /// How often a request is sent altogether.
    package var attempts: Int
    package var firstPause: Duration
    /// Bounds every pause, also one that the service asked for.
    package var longestPause: Duration

    package init(attempts: Int = 6, firstPause: Duration = .milliseconds(800), longestPause: Duration = .seconds(60)) {
        self.attempts = attempts
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// The pause before the next attempt, or nil if there must be none. `attempt` tells how many were made, from 1,
    /// `repeatable` whether carrying the request out twice does no harm; `jitter` is between 0 and 1.
    package func pause(
        after outcome: Result<HTTPResponse, TransportError>, attempt: Int, repeatable: Bool, jitter: Double
    ) -> Duration? {
        guard attempt < limit(for: outcome), Self.mayRepeat(outcome, repeatable: repeatable) else { return nil }
        if case .success(let response) = outcome, let asked = Self.retryAfter(response.headers) {
            return min(asked, longestPause)
        }
        return min(growing(attempt), longestPause) * Int(800 + 400 * jitter) / 1000
    }

    /// What takes long to fail, or seldom changes, is not tried as often.
    private func limit(for outcome: Result<HTTPResponse, TransportError>) -> Int {
        guard case .failure(let error) = outcome, [.timeout, .unknownHost].contains(error.kind) else { return attempts }
        return min(attempts, 3)
    }

    private func growing(_ attempt: Int) -> Duration { firstPause * (1 << min(attempt - 1, 20)) }

    private static func mayRepeat(_ outcome: Result<HTTPResponse, TransportError>, repeatable: Bool) -> Bool {
        switch outcome {
        case .success(let response): mayRepeat(status: response.status, repeatable: repeatable)
        case .failure(let error): mayRepeat(error, repeatable: repeatable)
        }
    }

    /// 408 and 429 say that nothing was done; the others leave that open.
    private static func mayRepeat(status: Int, repeatable: Bool) -> Bool {
        switch status {
        case 408, 429: true
        case 500, 502, 503, 504: repeatable
        default: false
        }
    }

    private static func mayRepeat(_ error: TransportError, repeatable: Bool) -> Bool {
        switch error.kind {
        case .cancelled, .tls, .tooLarge: false
        case .connect, .reset, .timeout, .truncated, .unknownHost: repeatable || !error.requestMayHaveBeenSent
        }
    }

    /// What the service asks for, in seconds or as the time from which on it may be asked again (RFC 9110, section
    /// 10.2.3); that is counted from the answer's own `Date`, so that clocks need not agree. Zero, and what is past, ask
    /// for nothing in particular.
    package static func retryAfter(_ headers: [HTTPHeader]) -> Duration? {
        for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
            if let value = headers.first(named: name).flatMap({ Int($0) }), value > 0 { return .milliseconds(value) }
        }
        guard let value = headers.first(named: "Retry-After") else { return nil }
        let seconds =
            Int(value)
            ?? HTTPDate.seconds(value).map { time in
                time - (headers.first(named: "Date").flatMap(HTTPDate.seconds) ?? Int(Date().timeIntervalSince1970))
            }
        return seconds.flatMap { $0 > 0 ? .seconds($0) : nil }
    }
}

/// Where the randomness of pauses comes from: a number between 0 and 1 at each call.
package struct Jitter: Sendable {
    package var next: @Sendable () -> Double

    package init(next: @escaping @Sendable () -> Double) { self.next = next }

    package static let system = Jitter { Double.random(in: 0...1) }
    /// The same at each call: pauses without randomness, for tests.
    package static let none = Jitter { 0.5 }
}
