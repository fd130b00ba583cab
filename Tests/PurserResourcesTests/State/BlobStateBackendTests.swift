import Foundation
import PurserClients
import PurserEngine
import PurserResources
import PurserSyntax
import PurserTestSupport
import Synchronization
import Testing

/// What only a place that is reached over a network can do to a run.
@Suite struct BlobStateBackendTests {
    private static let holder = StateBackendTests.holder
    private static let other = LockHolder(
        user: "v", host: "i", pid: 8, command: "destroy", since: "2026-01-01T00:01:00Z")
    private static let lockLost = StateError.lockLost(place: "azblob://pursersandboxstate/state/team/e/lock")

    private static func line(_ text: String) -> [UInt8] { Array("\(text)\n".utf8) }

    // MARK: Lost answers

    /// The first call of that kind is carried out, and its answer lost.
    private static func losing(
        _ method: String, _ pathEnd: String
    ) -> @Sendable (Int, HTTPRequest) -> FaultyTransport.Fault? {
        let isDone = Mutex(false)
        return { _, request in
            guard request.method == method, request.url.hasSuffix(pathEnd) else { return nil }
            return isDone.withLock { done in
                defer { done = true }
                return done ? nil : .after(.reset)
            }
        }
    }

    @Test(arguments: [
        ("PUT", "/lock?comp=lease"), ("PUT", "/lock"), ("PUT", "/journal.ndjson"),
        ("PUT", "/journal.ndjson?comp=appendblock"), ("PUT", "/state.json"), ("DELETE", "/journal.ndjson"),
    ])
    func `a call whose answer was lost counts once`(_ method: String, _ pathEnd: String) async throws {
        let world = try await BlobWorld()
        let backend = try await world.backend(faults: Self.losing(method, pathEnd))
        try await backend.lock(Self.holder, timeout: .zero)
        _ = try await backend.load()
        try await backend.journal.append(Self.line("one"))
        try await backend.journal.append(Self.line("two"))
        #expect(await world.text("e/journal.ndjson") == "one\ntwo\n")
        try await backend.save(StateBackendTests.snapshot())
        try await backend.save(StateBackendTests.snapshot(serial: 5))
        try await backend.journal.remove()
        await backend.unlock()
        #expect(await world.names.sorted() == ["e/lock", "e/state.json"])
        #expect(try await world.backend().load()?.serial == 5)
        let kind = [method, "e" + pathEnd.prefix { $0 != "?" }].joined(separator: " ")
        #expect(world.calls.filter { $0.hasPrefix(kind) }.count >= 2)
    }

    @Test func `an append that cannot be made is the end of writing`() async throws {
        let world = try await BlobWorld()
        let isDown = Mutex(false)
        let backend = try await world.backend { _, _ in isDown.withLock { $0 } ? .before(.connect) : nil }
        try await backend.lock(Self.holder, timeout: .zero)
        try await backend.journal.append(Self.line("one"))
        isDown.withLock { $0 = true }
        let failed = await #expect(throws: StateError.self) { try await backend.journal.append(Self.line("two")) }
        let failure = try #require(failed)
        #expect(failure.diagnostic.code == .serviceUnreachable)
        isDown.withLock { $0 = false }
        await #expect(throws: failure) { try await backend.journal.append(Self.line("three")) }
        #expect(await world.text("e/journal.ndjson") == "one\n")
    }

    // MARK: The lock

    @Test func `nothing is written without the lock`() async throws {
        let backend = try await BlobWorld().backend()
        await #expect(throws: Self.lockLost) { try await backend.save(StateBackendTests.snapshot()) }
        await #expect(throws: Self.lockLost) { try await backend.journal.append(Self.line("one")) }
        try await backend.confirmLock()
    }

    @Test func `a holder that is gone blocks nobody for longer than a minute`() async throws {
        let world = try await BlobWorld(clock: ManualClock(automatic: false))
        try await world.backend().lock(Self.holder, timeout: .zero)
        world.pass(seconds: 59)
        await #expect(throws: StateError.locked(by: Self.holder)) {
            try await world.backend().lock(Self.other, timeout: .zero)
        }
        world.pass(seconds: 2)
        let next = try await world.backend()
        try await next.lock(Self.other, timeout: .zero)
        #expect(try await next.lockHolder() == Self.other)
    }

    @Test func `a holder that is there keeps the lock for as long as it likes`() async throws {
        let clock = ManualClock(automatic: false)
        let world = try await BlobWorld(clock: clock)
        let backend = try await world.backend(clock: clock)
        try await backend.lock(Self.holder, timeout: .zero)
        for _ in 0..<10 {
            await clock.sleepers(1)
            clock.advance(by: .seconds(20))
        }
        await clock.sleepers(1)
        await #expect(throws: StateError.locked(by: Self.holder)) {
            try await world.backend(clock: clock).lock(Self.other, timeout: .zero)
        }
        try await backend.save(StateBackendTests.snapshot())
        try await backend.confirmLock()
        await backend.unlock()
        try await world.backend(clock: clock).lock(Self.other, timeout: .zero)
    }

    @Test func `one whose lock was taken away hears of it and writes no more`() async throws {
        let clock = ManualClock(automatic: false)
        let world = try await BlobWorld(clock: clock)
        let backend = try await world.backend(clock: clock)
        try await backend.lock(Self.holder, timeout: .zero)
        try await backend.journal.append(Self.line("one"))
        try await world.backend(clock: clock).breakLock()
        await clock.sleepers(1)
        clock.advance(by: .seconds(20))
        #expect(await backend.lockLoss() == Self.lockLost)
        await #expect(throws: Self.lockLost) { try await backend.journal.append(Self.line("two")) }
        await #expect(throws: Self.lockLost) { try await backend.save(StateBackendTests.snapshot()) }
        await #expect(throws: Self.lockLost) { try await backend.journal.remove() }
        await #expect(throws: Self.lockLost) { try await backend.confirmLock() }
        #expect(await world.names.sorted() == ["e/journal.ndjson", "e/lock"])
    }

    @Test func `one that cannot reach the service stops before its lock ends`() async throws {
        let clock = ManualClock(automatic: false)
        let world = try await BlobWorld(clock: clock)
        let isDown = Mutex(false)
        let backend = try await world.backend(clock: clock) { _, _ in
            isDown.withLock { $0 } ? .answer(HTTPResponse(status: 503)) : nil
        }
        try await backend.lock(Self.holder, timeout: .zero)
        isDown.withLock { $0 = true }
        await clock.sleepers(1)
        clock.advance(by: .seconds(20))
        await clock.sleepers(1)
        try await backend.confirmLock()
        clock.advance(by: .seconds(36))
        #expect(await backend.lockLoss() == Self.lockLost)
    }

    /// Its own clock stood still: only the service can tell it.
    @Test func `one that slept writes over nothing of the next one`() async throws {
        let world = try await BlobWorld()
        let sleeper = try await world.backend()
        try await sleeper.lock(Self.holder, timeout: .zero)
        _ = try await sleeper.load()
        try await sleeper.save(StateBackendTests.snapshot(serial: 1))
        try await sleeper.journal.append(Self.line("one"))
        world.pass(seconds: 61)
        let next = try await world.backend()
        try await next.lock(Self.other, timeout: .zero)
        #expect(try await next.journal.read() == Self.line("one"))
        try await next.journal.remove()
        try await next.journal.append(Self.line("uno"))
        _ = try await next.load()
        try await next.save(StateBackendTests.snapshot(serial: 2))
        await #expect(throws: StateError.changed(place: sleeper.place)) {
            try await sleeper.save(StateBackendTests.snapshot(serial: 9))
        }
        await #expect(throws: Self.lockLost) { try await sleeper.journal.append(Self.line("two")) }
        await #expect(throws: Self.lockLost) { try await sleeper.confirmLock() }
        #expect(await world.text("e/journal.ndjson") == "uno\n")
        #expect(try await world.backend().load()?.serial == 2)
        await sleeper.unlock()
        #expect(try await next.lockHolder() == Self.other)
    }

    // MARK: The journal

    @Test func `lines of one moment cost one call`() async throws {
        let world = try await BlobWorld()
        let backend = try await world.backend()
        try await backend.lock(Self.holder, timeout: .zero)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 { group.addTask { try await backend.journal.append(Self.line("line \(number)")) } }
            try await group.waitForAll()
        }
        let appends = world.calls.filter { $0 == "PUT e/journal.ndjson appendblock" }.count
        #expect((1..<40).contains(appends))
        #expect(await world.text("e/journal.ndjson")?.split(separator: "\n").count == 40)
    }

    @Test func `a journal of more blocks than a blob takes goes on in the next one`() async throws {
        let world = try await BlobWorld()
        // A run that was killed while it removed its journal left this.
        try await world.put("e/journal.2.ndjson", "old\n", appendable: true)
        let backend = try await world.backend(mostBlocks: 3)
        try await backend.lock(Self.holder, timeout: .zero)
        var all: [UInt8] = []
        for number in 0..<8 {
            try await backend.journal.append(Self.line("line \(number)"))
            all += Self.line("line \(number)")
            #expect(try await world.backend(mostBlocks: 3).journal.read() == all)
        }
        #expect(
            await world.names.sorted() == [
                "e/journal.2.ndjson", "e/journal.3.ndjson", "e/journal.ndjson", "e/lock",
            ])
        await backend.unlock()
        let next = try await world.backend(mostBlocks: 3)
        try await next.lock(Self.holder, timeout: .zero)
        try await next.journal.append(Self.line("last"))
        #expect(try await next.journal.read() == all + Self.line("last"))
        try await next.journal.remove()
        #expect(await world.names == ["e/lock"])
    }

    // MARK: Refusals

    @Test func `who may not read blobs is told the role and the command`() async throws {
        let world = try await BlobWorld()
        try await world.revoke()
        let failure = await #expect(throws: StateError.self) { try await world.backend().load() }
        let diagnostic = try #require(failure?.diagnostic)
        #expect(diagnostic.code == .serviceNotAllowed)
        #expect(diagnostic.message.contains("AuthorizationPermissionMismatch"))
        #expect(diagnostic.hint?.contains("'Storage Blob Data Contributor'") == true)
        #expect(diagnostic.hint?.contains("--name pursersandboxstate") == true)
    }

    @Test(arguments: [
        ("azblob://pursersandboxstate/none", DiagnosticCode.serviceNotFound, "az storage container create"),
        ("azblob://nobodysaccount/state", .serviceUnreachable, "there is no storage account 'nobodysaccount'"),
    ])
    func `a place that is not there is told apart`(
        _ place: String, _ code: DiagnosticCode, _ hint: String
    ) async throws {
        let failure = await #expect(throws: StateError.self) { try await BlobWorld(place).backend().load() }
        #expect(failure?.diagnostic.code == code)
        #expect(failure?.diagnostic.hint?.contains(hint) == true)
    }

    @Test func `a firewall is told from a missing role`() async throws {
        let backend = try await BlobWorld().backend { _, request in
            guard request.url.contains(".blob.") else { return nil }
            return .answer(HTTPResponse(status: 403, headers: [HTTPHeader("x-ms-error-code", "AuthorizationFailure")]))
        }
        let failure = await #expect(throws: StateError.self) { try await backend.load() }
        #expect(failure?.diagnostic.hint?.contains("network-rule add --account-name pursersandboxstate") == true)
    }

    @Test func `who is not signed in is told so`() async throws {
        let failure = await #expect(throws: StateError.self) {
            try await BlobWorld().backend(signedIn: false).load()
        }
        #expect(failure?.diagnostic.code == .serviceNotSignedIn)
        guard case .refused(let refusal)? = failure else { return }
        #expect(refusal.category == .notSignedIn)
    }

    // MARK: Places

    @Test(arguments: [
        "azblob://abc/state", "azblob://abc123/a-b/x/y.z_1", "azblob://abc/state/", "azblob://abc/state/team/",
    ])
    func `a place is written as it is read`(_ text: String) throws {
        let shown = text.hasSuffix("/") ? String(text.dropLast()) : text
        #expect(try BlobStateLocation(text).description == shown)
    }

    @Test(arguments: [
        "s3://bucket/x", "azblob://abc", "azblob:///state", "azblob://Abc/state", "azblob://ab/state",
        "azblob://a_b/state",
        "azblob://abc/St", "azblob://abc/a--b", "azblob://abc/-ab", "azblob://abc/ab", "azblob://abc/state//x",
        "azblob://abc/state/../x", "azblob://abc/state/a b", "azblob://abc/state/x.", "azblob://abc/state?x=1",
    ])
    func `a place that Azure would not take is refused`(_ text: String) throws {
        let failure = #expect(throws: Diagnostics.self) { try BlobStateLocation(text) }
        let diagnostic = try #require(failure.map { Array($0) }?.first)
        #expect(diagnostic.code == .stateInvalidPlace)
        #expect(diagnostic.hint?.contains("azblob://ACCOUNT/CONTAINER") == true)
    }
}
