package import PurserClients
import Synchronization

/// Puts faults in front of another transport.
package final class FaultyTransport: HTTPTransport {
    package enum Fault: Sendable {
        /// The request does not get there.
        case before(TransportError.Kind)
        /// The request gets there, its answer is lost.
        case after(TransportError.Kind)
        /// This answer comes in place of the service's; the request does not get there.
        case answer(HTTPResponse)
    }

    private let inner: any HTTPTransport
    private let choose: @Sendable (_ index: Int, _ request: HTTPRequest) -> Fault?
    private let count = Mutex(0)

    /// `choose` gives the fault for a request, counted from 0, or nil to let it pass.
    package init(
        _ inner: any HTTPTransport, choose: @escaping @Sendable (_ index: Int, _ request: HTTPRequest) -> Fault?
    ) {
        self.inner = inner
        self.choose = choose
    }

    package func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        switch next(request) {
        case nil: return try await inner.send(request)
        case .answer(let response): return response
        case .before(let kind): throw TransportError(kind, requestMayHaveBeenSent: false, detail: "as ordered")
        case .after(let kind):
            _ = try await inner.send(request)
            throw TransportError(kind, requestMayHaveBeenSent: true, detail: "as ordered")
        }
    }

    package func lines(_ request: HTTPRequest) -> AsyncThrowingStream<[UInt8], any Error> {
        switch next(request) {
        case nil: return inner.lines(request)
        case .answer(let response): return Self.failing(UnexpectedStatus(response: response))
        case .before(let kind), .after(let kind):
            return Self.failing(TransportError(kind, requestMayHaveBeenSent: true, detail: "as ordered"))
        }
    }

    package func shutdown() async { await inner.shutdown() }

    private func next(_ request: HTTPRequest) -> Fault? {
        let index = count.withLock { count in
            defer { count += 1 }
            return count
        }
        return choose(index, request)
    }

    private static func failing(_ error: any Error) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { $0.finish(throwing: error) }
    }
}
