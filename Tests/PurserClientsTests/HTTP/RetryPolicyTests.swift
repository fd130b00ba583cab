import PurserClients
import PurserTestSupport
import Testing

struct RetryPolicyTests {
    static let policy = RetryPolicy(attempts: 6)

    @Test(arguments: [
        (408, true, true), (429, true, true), (500, true, true), (502, true, true), (503, true, true),
        (504, true, true), (501, true, false), (400, true, false), (404, true, false), (409, true, false),
        (200, true, false), (408, false, true), (429, false, true), (500, false, false), (503, false, false),
    ])
    func `a status is tried again only where that is safe`(status: Int, repeatable: Bool, again: Bool) {
        let pause = Self.policy.pause(
            after: .success(HTTPResponse(status: status)), attempt: 1, repeatable: repeatable, jitter: 0.5)
        #expect((pause != nil) == again)
    }

    @Test(arguments: [
        (TransportError.Kind.connect, false, false, true), (.connect, true, false, false), (.reset, true, true, true),
        (.reset, true, false, false), (.truncated, true, true, true), (.timeout, true, true, true),
        (.timeout, true, false, false), (.tls, false, true, false), (.cancelled, true, true, false),
        (.tooLarge, true, true, false),
    ])
    func `a lost connection is tried again only where that is safe`(
        kind: TransportError.Kind, sent: Bool, repeatable: Bool, again: Bool
    ) {
        let error = TransportError(kind, requestMayHaveBeenSent: sent, detail: "")
        let pause = Self.policy.pause(after: .failure(error), attempt: 1, repeatable: repeatable, jitter: 0.5)
        #expect((pause != nil) == again)
    }

    @Test(arguments: [
        (["Retry-After": "7"], Duration.seconds(7)), (["retry-after": "7"], .seconds(7)),
        (["retry-after-ms": "250", "Retry-After": "7"], .milliseconds(250)),
        (["x-ms-retry-after-ms": "90"], .milliseconds(90)), (["Retry-After": "3600"], .seconds(60)),
        (["Retry-After": "0"], .milliseconds(800)), ([:], .milliseconds(800)),
        (
            ["Retry-After": "Fri, 31 Dec 2027 23:59:59 GMT", "Date": "Fri, 31 Dec 2027 23:59:42 GMT"], .seconds(17)
        ),
        (
            ["Retry-After": "Fri, 31 Dec 2027 23:59:59 GMT", "Date": "Sat, 01 Jan 2028 00:00:00 GMT"],
            .milliseconds(800)
        ),
        (["Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"], .milliseconds(800)),
        (["Retry-After": "soon"], .milliseconds(800)),
    ])
    func `the service's wish comes before our own pause`(headers: [String: String], expected: Duration) {
        let response = HTTPResponse(status: 503, headers: headers.map { HTTPHeader($0.key, $0.value) })
        let pause = Self.policy.pause(after: .success(response), attempt: 1, repeatable: true, jitter: 0.5)
        #expect(pause == expected)
    }

    @Test func `pauses double up to a bound, with a fifth of jitter, and end`() {
        let policy = RetryPolicy(attempts: 9)
        func pause(_ attempt: Int, _ jitter: Double) -> Duration? {
            policy.pause(
                after: .success(HTTPResponse(status: 500)), attempt: attempt, repeatable: true, jitter: jitter)
        }
        #expect(
            (1...8).map { pause($0, 0.5) }
                == [800, 1600, 3200, 6400, 12800, 25600, 51200, 60000].map { .milliseconds($0) })
        #expect(pause(1, 0) == .milliseconds(640))
        #expect(pause(1, 1) == .milliseconds(960))
        #expect(pause(9, 0.5) == nil)
    }

    @Test(arguments: [TransportError.Kind.timeout, .unknownHost])
    func `what takes long or seldom changes is tried three times`(kind: TransportError.Kind) {
        let failure: Result<HTTPResponse, TransportError> = .failure(
            TransportError(kind, requestMayHaveBeenSent: true, detail: ""))
        let pauses = (1...3).map { Self.policy.pause(after: failure, attempt: $0, repeatable: true, jitter: 0.5) }
        #expect(pauses.map { $0 != nil } == [true, true, false])
    }
}
