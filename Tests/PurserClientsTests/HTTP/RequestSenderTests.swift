import PurserTestSupport
import Synchronization
import Testing

@testable import PurserClients

struct RequestSenderTests {
    let clock = ManualClock()
    let observer = RecordingObserver()

    private func sender(_ transport: any HTTPTransport, attempts: Int = 4) -> RequestSender {
        RequestSender(
            transport: transport, policy: RetryPolicy(attempts: attempts), clock: ClientClock(clock), jitter: .none,
            observer: observer)
    }

    private let put = HTTPRequest(method: "PUT", url: "https://a.test/x?api-version=1&sig=S3CRET")

    @Test func `a passing failure is waited out`() async throws {
        let replay = try ReplayTransport(
            """
            PUT https://a.test/x?api-version=1&sig=S3CRET
            <<<
            503
            Retry-After: 4
            ===
            PUT https://a.test/x?api-version=1&sig=S3CRET
            <<<
            reset
            ===
            PUT https://a.test/x?api-version=1&sig=S3CRET
            <<<
            200
            """)
        let exchange = try await sender(replay).send(put, repeatable: true)
        #expect(exchange.response.status == 200)
        #expect(exchange.mayHaveRunBefore)
        #expect(clock.pauses == [.seconds(4), .milliseconds(1600)])
        replay.expectFinished()
        #expect(observer.seen == Array(repeating: "PUT https://a.test/x?api-version=1&sig=…", count: 3))
        #expect(observer.statuses == [503, nil, 200])
    }

    @Test func `the last answer is given when tries run out`() async throws {
        let transport = FaultyTransport(RefusingTransport()) { _, _ in .answer(HTTPResponse(status: 500)) }
        let exchange = try await sender(transport).send(put, repeatable: true)
        #expect(exchange.response.status == 500)
        #expect(observer.seen.count == 4)
    }

    @Test func `what must not run twice is not sent again after it may have arrived`() async throws {
        let reached = try ReplayTransport("PUT https://a.test/x?api-version=1&sig=S3CRET\n<<<\n200")
        let transport = FaultyTransport(reached) { index, _ in index == 0 ? .after(.reset) : nil }
        let error = await #expect(throws: TransportError.self) {
            try await sender(transport).send(put, repeatable: false)
        }
        #expect(error?.kind == .reset)
        #expect(error?.requestMayHaveBeenSent == true)
    }

    @Test func `what never arrived is sent again even if it must not run twice`() async throws {
        let reached = try ReplayTransport("PUT https://a.test/x?api-version=1&sig=S3CRET\n<<<\n200")
        let transport = FaultyTransport(reached) { index, _ in index < 2 ? .before(.connect) : nil }
        let exchange = try await sender(transport).send(put, repeatable: false)
        #expect(exchange.response.status == 200)
        #expect(!exchange.mayHaveRunBefore)
    }

    @Test func `an attempt that may have arrived is remembered by a later failure`() async throws {
        let reached = try ReplayTransport("PUT https://a.test/x?api-version=1&sig=S3CRET\n<<<\n200")
        let transport = FaultyTransport(reached) { index, _ in index == 0 ? .after(.truncated) : .before(.connect) }
        let error = await #expect(throws: TransportError.self) {
            try await sender(transport).send(put, repeatable: true)
        }
        #expect(error?.kind == .connect)
        #expect(error?.requestMayHaveBeenSent == true)
    }

    @Test func `cancellation ends the waiting`() async throws {
        let clock = ManualClock(automatic: false)
        let transport = FaultyTransport(RefusingTransport()) { _, _ in .answer(HTTPResponse(status: 429)) }
        let sender = RequestSender(
            transport: transport, policy: RetryPolicy(), clock: ClientClock(clock), jitter: .none)
        let sending = Task { () -> TransportError? in
            do throws(TransportError) {
                _ = try await sender.send(put, repeatable: true)
                return nil
            } catch {
                return error
            }
        }
        await clock.sleepers(1)
        sending.cancel()
        let error = await sending.value
        #expect(error?.kind == .cancelled)
        #expect(error?.requestMayHaveBeenSent == false)
    }

    @Test func `a request shows neither headers nor body`() {
        let request = HTTPRequest(
            method: "PUT", url: "https://a.test/x?t=HIDDEN1", headers: [HTTPHeader("Authorization", "Bearer HIDDEN2")],
            body: Array("HIDDEN3".utf8), tls: TLSOptions(clientKey: SecretBytes(Array("HIDDEN4".utf8))))
        let response = HTTPResponse(
            status: 200, headers: [HTTPHeader("X", "HIDDEN5")], body: Array("HIDDEN6".utf8))
        var dumped = "\(request) \(String(reflecting: request)) \(response) \(String(reflecting: response))"
        dump(request, to: &dumped)
        dump(response, to: &dumped)
        #expect(!dumped.contains("HIDDEN"))
        #expect(!dumped.contains("72, 73, 68, 68"))
    }
}

final class RecordingObserver: RequestObserver {
    private let requests = Mutex<[String]>([])
    private let answers = Mutex<[Int?]>([])

    var seen: [String] { requests.withLock { $0 } }
    var statuses: [Int?] { answers.withLock { $0 } }

    func willSend(_ request: RequestSummary) { requests.withLock { $0.append("\(request)") } }
    func didReceive(_ status: Int?, for request: RequestSummary) { answers.withLock { $0.append(status) } }
}
