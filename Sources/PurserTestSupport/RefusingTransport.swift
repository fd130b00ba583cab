package import PurserClients
package import Testing

/// For what must work without a network: every request is an issue of the test.
package struct RefusingTransport: HTTPTransport {
    private let sourceLocation: SourceLocation

    package init(sourceLocation: SourceLocation = #_sourceLocation) { self.sourceLocation = sourceLocation }

    package func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse { throw refuse(request) }

    package func lines(_ request: HTTPRequest) -> AsyncThrowingStream<[UInt8], any Error> {
        let error = refuse(request)
        return AsyncThrowingStream { $0.finish(throwing: error) }
    }

    package func shutdown() async {}

    private func refuse(_ request: HTTPRequest) -> TransportError {
        Issue.record("nothing may be sent, but \(request)", sourceLocation: sourceLocation)
        return TransportError(.tls, requestMayHaveBeenSent: false, detail: "nothing may be sent")
    }
}
