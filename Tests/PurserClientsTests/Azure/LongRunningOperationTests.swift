import Testing

@testable import PurserClients

struct LongRunningOperationTests {
    static let resource = "https://arm.test/r?api-version=1"

    private func answer(_ status: Int, _ headers: [String: String] = [:], _ body: String = "") -> HTTPResponse {
        HTTPResponse(
            status: status, headers: headers.map { HTTPHeader($0.key, $0.value) }, body: Array(body.utf8))
    }

    private func begin(_ method: String, _ first: HTTPResponse) -> (LongRunningOperation, LongRunningOperation.Step) {
        var operation = LongRunningOperation(method: method, resourceURL: Self.resource)
        let step = operation.start(first)
        return (operation, step)
    }

    @Test(arguments: [200, 201, 202])
    func `Azure-AsyncOperation is polled, whatever the status`(status: Int) {
        var (operation, step) = begin(
            "PATCH", answer(status, ["azure-asyncoperation": "https://arm.test/op", "Retry-After": "3"]))
        #expect(step == .poll(url: "https://arm.test/op", after: .seconds(3)))
        step = operation.next(answer(200, ["Retry-After": "0"], #"{"status":"InProgress"}"#))
        #expect(step == .poll(url: "https://arm.test/op", after: nil))
        step = operation.next(answer(200, ["Azure-AsyncOperation": "https://arm.test/op2"], #"{"status":"Odd"}"#))
        #expect(step == .poll(url: "https://arm.test/op2", after: nil))
        #expect(operation.next(answer(504)) == .poll(url: "https://arm.test/op2", after: nil))
        #expect(operation.next(answer(200, [:], #"{"status":"sUCCEEDED"}"#)) == .fetch(url: Self.resource))
    }

    @Test(arguments: [
        ("DELETE", [:], LongRunningOperation.Step.done), ("POST", [:], .done),
        ("POST", ["Location": "https://arm.test/result"], .fetch(url: "https://arm.test/result")),
        ("PUT", ["Location": "https://arm.test/result"], .fetch(url: resource)),
    ])
    func `after success the result is where the method has it`(
        method: String, headers: [String: String], end: LongRunningOperation.Step
    ) {
        let headers = headers.merging(["Azure-AsyncOperation": "https://arm.test/op"]) { $1 }
        var (operation, _) = begin(method, answer(202, headers))
        #expect(operation.next(answer(200, [:], #"{"status":"Succeeded"}"#)) == end)
    }

    @Test(arguments: ["Failed", "Canceled", "cancelled"])
    func `a failed operation is told`(status: String) {
        var (operation, _) = begin("PUT", answer(201, ["Azure-AsyncOperation": "https://arm.test/op"]))
        guard case .failed(let code, _) = operation.next(answer(200, [:], #"{"status":"\#(status)"}"#)) else {
            Issue.record("not failed")
            return
        }
        #expect(code == status)
    }

    @Test func `a resource in place of an operation's status will do`() {
        var (operation, _) = begin("PUT", answer(201, ["Azure-AsyncOperation": "https://arm.test/op"]))
        let running = operation.next(answer(200, [:], #"{"properties":{"provisioningState":"Updating"}}"#))
        #expect(running == .poll(url: "https://arm.test/op", after: nil))
        let done = operation.next(answer(200, [:], #"{"properties":{"provisioningState":"Succeeded"}}"#))
        #expect(done == .fetch(url: Self.resource))
    }

    @Test func `a status that is no JSON is a failure`() {
        var (operation, _) = begin("PUT", answer(201, ["Azure-AsyncOperation": "https://arm.test/op"]))
        guard case .failed(let code, _) = operation.next(answer(200, [:], "<html>")) else {
            Issue.record("not failed")
            return
        }
        #expect(code == "UnexpectedAnswer")
    }

    @Test func `Location is polled and may change at each poll`() {
        var (operation, step) = begin(
            "DELETE", answer(202, ["Location": "https://arm.test/1?t=a%2Bb", "Retry-After": "15"]))
        #expect(step == .poll(url: "https://arm.test/1?t=a%2Bb", after: .seconds(15)))
        step = operation.next(answer(202, ["Location": "https://arm.test/2"]))
        #expect(step == .poll(url: "https://arm.test/2", after: nil))
        #expect(operation.next(answer(202)) == .poll(url: "https://arm.test/2", after: nil))
        #expect(operation.next(answer(200)) == .done)
    }

    @Test(arguments: [200, 204, 404])
    func `a deletion ends with any of these`(status: Int) {
        var (operation, _) = begin("DELETE", answer(202, ["Location": "https://arm.test/1"]))
        #expect(operation.next(answer(status)) == .done)
    }

    @Test func `a refusal at the poll is the operation's failure`() {
        var (operation, _) = begin("DELETE", answer(202, ["Location": "https://arm.test/1"]))
        #expect(operation.next(answer(409)) == .failed(code: "", message: ""))
    }

    @Test func `a 201 with a Location is no operation`() {
        let body = #"{"properties":{"clientId":"1"}}"#
        let (_, step) = begin("PUT", answer(201, ["Location": "/subscriptions/s/x"], body))
        #expect(step == .done)
    }

    @Test func `a resource that is being provisioned is read until it is there`() {
        let busy = #"{"properties":{"provisioningState":"RegisteringDns"}}"#
        var (operation, step) = begin("PUT", answer(200, [:], busy))
        #expect(step == .poll(url: Self.resource, after: nil))
        #expect(operation.next(answer(404)) == .poll(url: Self.resource, after: nil))
        #expect(operation.next(answer(200, [:], busy)) == .poll(url: Self.resource, after: nil))
        let done = #"{"properties":{"provisioningState":"Succeeded"}}"#
        #expect(operation.next(answer(200, [:], done)) == .done)
    }

    @Test func `a resource that stays invisible is a failure in the end`() {
        var (operation, step) = begin("PUT", answer(201, [:], #"{"properties":{"provisioningState":"Creating"}}"#))
        for _ in 0..<10 { step = operation.next(answer(404)) }
        #expect(step == .poll(url: Self.resource, after: nil))
        #expect(operation.next(answer(404)) == .failed(code: "", message: ""))
    }

    @Test(arguments: [
        ("PUT", 200, #"{"properties":{"provisioningState":"Succeeded"}}"#), ("PUT", 200, #"{"properties":{}}"#),
        ("DELETE", 200, #"{"properties":{"provisioningState":"Deleting"}}"#), ("DELETE", 204, ""), ("POST", 200, "[]"),
    ])
    func `other answers are the end`(method: String, status: Int, body: String) {
        #expect(begin(method, answer(status, [:], body)).1 == .done)
    }
}
