import PurserTestSupport
import Synchronization
import Testing

@testable import PurserClients

struct PollingTests {
    let clock = ManualClock()

    private var polling: Polling { Polling(clock: ClientClock(clock)) }

    private static let passing = ServiceError(service: .keyVault, status: 409, code: "Conflict", message: "busy")

    @Test func `it asks until there is a value`() async throws {
        var left = 3
        let value = try await polling.until("x", timeout: .seconds(60)) { () async throws(ServiceError) -> Int? in
            left -= 1
            return left == 0 ? 7 : nil
        }
        #expect(value == 7)
        #expect(clock.pauses == [.seconds(1), .milliseconds(1500)])
    }

    @Test func `what is left of the time is told before each pause`() async throws {
        var told: [Duration] = []
        _ = try? await polling.until(
            "x", longest: .seconds(2), timeout: .seconds(6), waiting: { told.append($0) }
        ) { () async throws(ServiceError) -> Int? in nil }
        #expect(told == [.seconds(6), .seconds(5), .milliseconds(3500)])
        #expect(clock.pauses.count == told.count)
    }

    @Test func `it gives up before the time is over`() async throws {
        let error = await #expect(throws: ServiceError.self) {
            try await polling.until("the vault", service: .keyVault, longest: .seconds(2), timeout: .seconds(6)) {
                () async throws(ServiceError) -> Int? in nil
            }
        }
        #expect(error?.isTimeout == true)
        #expect(error?.message == "the vault was not ready within 6.0 seconds")
        #expect(clock.now.sinceStart <= .seconds(6))
    }

    @Test func `it repeats what passes and nothing else`() async throws {
        var left = 3
        let value = try await polling.retrying(while: { $0.status == 409 }, timeout: .seconds(60)) {
            () async throws(ServiceError) -> Int in
            left -= 1
            if left > 0 { throw Self.passing }
            return 7
        }
        #expect(value == 7)
        let final = await #expect(throws: ServiceError.self) {
            try await polling.retrying(while: { $0.status == 404 }, timeout: .seconds(60)) {
                () async throws(ServiceError) -> Int in throw Self.passing
            }
        }
        #expect(final == Self.passing)
        let lasting = await #expect(throws: ServiceError.self) {
            try await polling.retrying(while: { _ in true }, timeout: .seconds(5)) {
                () async throws(ServiceError) -> Int in throw Self.passing
            }
        }
        #expect(lasting == Self.passing)
    }

    @Test func `a value is made once, a failure is forgotten`() async throws {
        let count = Mutex(0)
        let once = Once { () async throws(ServiceError) -> Int in
            let attempt = count.withLock { count in
                count += 1
                return count
            }
            await Task.yield()
            if attempt == 1 { throw Self.passing }
            return attempt
        }
        await #expect(throws: Self.passing) { try await once.value() }
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await once.value() } }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(values == [2])
    }
}
