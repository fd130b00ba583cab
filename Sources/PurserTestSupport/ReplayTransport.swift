package import PurserClients
import Synchronization
package import Testing

/// Answers requests in exactly the order that was written down; anything else is an issue of the test.
package final class ReplayTransport: HTTPTransport {
    private struct State {
        var coming: ArraySlice<WireExchange>
        var requests: [HTTPRequest] = []
    }

    private let state: Mutex<State>

    package init(_ exchanges: [WireExchange]) { state = Mutex(State(coming: exchanges[...])) }

    /// From the text of a fixture: see `WireExchange`.
    package convenience init(_ text: String) throws { self.init(try WireExchange.parse(text)) }

    /// What was sent, in order.
    package var requests: [HTTPRequest] { state.withLock { $0.requests } }
    /// What was written down and not asked for.
    package var unused: [String] { state.withLock { $0.coming.map { "\($0.method) \($0.url)" } } }

    package func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        try outcome(of: request).get()
    }

    package func lines(_ request: HTTPRequest) -> AsyncThrowingStream<[UInt8], any Error> {
        let outcome = outcome(of: request)
        return AsyncThrowingStream { continuation in
            switch outcome {
            case .failure(let error): continuation.finish(throwing: error)
            case .success(let response) where response.status != 200:
                continuation.finish(throwing: UnexpectedStatus(response: response))
            case .success(let response):
                for line in response.body.split(separator: UInt8(ascii: "\n")) { continuation.yield(Array(line)) }
                continuation.finish()
            }
        }
    }

    package func shutdown() async {}

    /// Records an issue if something that was written down has not been asked for.
    package func expectFinished(sourceLocation: SourceLocation = #_sourceLocation) {
        guard !unused.isEmpty else { return }
        Issue.record("not asked for: \(unused.joined(separator: ", "))", sourceLocation: sourceLocation)
    }

    private func outcome(of request: HTTPRequest) -> Result<HTTPResponse, TransportError> {
        let expected = state.withLock { state in
            state.requests.append(request)
            return state.coming.popFirst()
        }
        let difference = expected.map { $0.difference(from: request) } ?? "nothing more was expected, but \(request)"
        guard let expected, difference == nil else {
            Issue.record("\(difference ?? "unexpected request")")
            return .failure(TransportError(.tls, requestMayHaveBeenSent: false, detail: "not in the script"))
        }
        return expected.outcome
    }
}
