import Synchronization
import Testing

@testable import PurserSandbox

struct FaultTests {
    /// Counts what it carries out.
    private final class Counter: SandboxService {
        let calls = Mutex(0)

        func respond(to request: SandboxRequest) async -> SandboxResponse {
            calls.withLock { $0 += 1 }
            return .json(["fine": true])
        }
    }

    private struct Setup: Sendable {
        let counter = Counter()
        let faults = Faults()
        let log = RequestLog()
        let plane: FaultRule.Plane
        let crashes = Crashes()

        init(_ plane: FaultRule.Plane = .arm) { self.plane = plane }

        var front: Front {
            let (counter, plane, crashes) = (counter, plane, crashes)
            return Front(
                route: { _ in (plane, counter) }, admin: { _ in nil }, faults: faults, log: log, timing: Timing(),
                crash: { crashes.count.withLock { $0 += 1 } })
        }

        func send(_ method: String = "GET", _ target: String = "/subscriptions/x?secret=1") async -> Delivery {
            await front.deliver(SandboxRequest(method, target))
        }

        var carriedOut: Int { counter.calls.withLock { $0 } }
    }

    private final class Crashes: Sendable {
        let count = Mutex(0)
    }

    private func status(_ delivery: Delivery) -> Int? {
        if case .answer(let response) = delivery { response.status } else { nil }
    }

    @Test func `a rule lets some through, then fails as often as it says`() async throws {
        let setup = Setup()
        _ = try await setup.faults.order([
            "match": ["method": "get"], "skip": 1, "times": 2, "fault": ["status": 429, "retryAfter": 7],
        ])
        var statuses: [Int?] = []
        for _ in 0..<4 { statuses.append(status(await setup.send())) }
        #expect(statuses == [200, 429, 429, 200])
        #expect(setup.carriedOut == 2)
        let listing = await setup.faults.listing().arrayValue?.first
        #expect(listing?["hits"] == 2)
        #expect(listing?["matched"] == 4)
    }

    @Test(
        arguments: [
            (["method": "PUT"], false), (["plane": "vault"], false), (["plane": "arm"], true),
            (["host": "local*"], true),
            (["path": "/subscriptions/*"], true), (["path": "/subscriptions"], false),
            (["path": "~SCRIPTIONS/."], true),
            (["path": "^/sub.*x$"], true), ([:], true),
        ] as [(JSON, Bool)])
    func `a rule covers what it matches`(_ match: JSON, _ isCovered: Bool) async throws {
        let setup = Setup()
        _ = try await setup.faults.order(["match": match, "fault": ["status": 500]])
        #expect(status(await setup.send()) == (isCovered ? 500 : 200))
    }

    @Test func `a reset after is carried out, and one before is not`() async throws {
        let setup = Setup()
        _ = try await setup.faults.order(["times": 1, "fault": ["reset": "before"]])
        guard case .reset = await setup.send() else { return #expect(Bool(false), "no reset") }
        #expect(setup.carriedOut == 0)
        _ = try await setup.faults.order(["times": 1, "fault": ["reset": "after"]])
        guard case .reset = await setup.send() else { return #expect(Bool(false), "no reset") }
        #expect(setup.carriedOut == 1)
    }

    @Test func `a truncated answer and a crash are delivered as such`() async throws {
        let setup = Setup()
        _ = try await setup.faults.order(["times": 1, "fault": ["truncate": 3]])
        guard case .truncated(_, 3) = await setup.send() else { return #expect(Bool(false), "not truncated") }
        _ = try await setup.faults.order(["times": 1, "fault": ["crash": "after"]])
        _ = await setup.send()
        #expect(setup.crashes.count.withLock { $0 } == 1)
        #expect(setup.carriedOut == 2)
    }

    @Test(
        arguments: [
            [:], ["fault": [:]], ["fault": ["status": 200]], ["fault": ["reset": "during"]], ["fault": ["delay": -1]],
            ["match": ["plane": "moon"], "fault": ["status": 500]],
            ["match": ["path": "~("], "fault": ["status": 500]],
        ] as [JSON])
    func `a rule that means nothing is refused`(_ rule: JSON) async {
        let faults = Faults()
        await #expect(throws: FaultRuleError.self) { try await faults.order(rule) }
    }

    @Test func `failures speak the words of their plane`() async throws {
        let cluster = Setup(.kubernetes)
        _ = try await cluster.faults.order(["fault": ["status": 409]])
        guard case .answer(let response) = await cluster.send() else { return #expect(Bool(false), "no answer") }
        #expect(Answer(response)["reason"] == "Conflict")
        let vault = Setup(.vault)
        _ = try await vault.faults.order(["fault": ["status": 403]])
        guard case .answer(let response) = await vault.send() else { return #expect(Bool(false), "no answer") }
        #expect(Answer(response).code == "Forbidden")
    }

    @Test func `the log tells method, path and status, and no query`() async throws {
        let setup = Setup()
        _ = await setup.send("PUT")
        _ = try await setup.faults.order(["fault": ["reset": "before"]])
        _ = await setup.send()
        #expect(
            await setup.log.listing() == [
                [
                    "plane": "arm", "method": "PUT", "host": "localhost", "path": "/subscriptions/x", "status": 200,
                    "dryRun": false,
                ],
                [
                    "plane": "arm", "method": "GET", "host": "localhost", "path": "/subscriptions/x", "status": nil,
                    "dryRun": false,
                ],
            ])
        await setup.log.clear()
        #expect(await setup.log.listing() == [])
    }
}
