import Foundation
import PurserEngine
import PurserSyntax
import Testing

@Suite struct JournalTests {
    private static let holder = LockHolder(
        user: "u", host: "h", pid: 1, command: "apply", since: "2026-01-01T00:00:00Z")
    private static let begin = JournalEntry.begin(
        JournalEntry.Begin(
            purpose: .apply, environment: "e", lineage: "l", serial: 3, totalSteps: 2, holder: holder))

    private func intent(_ step: Int, _ address: String, _ operation: Step.Operation, _ inverse: Inverse) -> JournalEntry
    {
        .intent(
            JournalEntry.Intent(
                step: step, address: Address(address), kind: "test/thing", operation: operation, movedFrom: nil,
                inverse: inverse, record: RecordedResource(kind: "test/thing", attributes: Attributes())))
    }

    private func bytes(_ entries: [JournalEntry]) async throws -> [UInt8] {
        let storage = CollectedBytes()
        let journal = Journal(storage: storage)
        for entry in entries { try await journal.append(entry) }
        return await storage.bytes
    }

    @Test func `what was done and what nobody knows of are told apart`() async throws {
        let written = try await bytes([
            Self.begin, intent(0, "a", .create, .remove(Attributes())),
            .done(step: 0, attributes: Attributes(["x": 1])),
            intent(1, "b", .update, .restore(Attributes(["y": 2]))),
        ])
        let replay = try #require(try JournalReplay.read(written))
        #expect(replay.effective.map(\.step) == [1, 0])
        #expect(replay.unsettled.map(\.step) == [1])
        let state = replay.folded(into: StateSnapshot(environment: "e", lineage: "l", serial: 3))
        #expect(state.resources.keys.map(\.description) == ["a"])
        #expect(state.resources[Address("a")]?.attributes == Attributes(["x": 1]))
    }

    @Test func `what a run was allowed is kept for whoever takes it up`() async throws {
        let allowed = JournalEntry.Begin(
            purpose: .destroy, environment: "e", lineage: "l", serial: 3, totalSteps: 2, holder: Self.holder,
            forcesConflicts: true, purges: true)
        let replay = try #require(try JournalReplay.read(try await bytes([.begin(allowed)])))
        #expect(replay.begin == allowed)
    }

    @Test func `a journal that does not tell it allowed nothing`() throws {
        let text = """
            {"purpose": "apply", "environment": "e", "lineage": "l", "serial": 3, "totalSteps": 2, "holder":
            {"user": "u", "host": "h", "pid": 1, "command": "apply", "since": "2026-01-01T00:00:00Z"}}
            """
        let begin = try JSONDecoder().decode(JournalEntry.Begin.self, from: Data(text.utf8))
        #expect(!begin.forcesConflicts && !begin.purges)
        #expect(begin.totalSteps == 2)
    }

    @Test func `a last line torn at any byte is dropped and the rest is read`() async throws {
        let whole = try await bytes([Self.begin, intent(0, "a", .create, .remove(Attributes()))])
        let more = try await bytes([.done(step: 0, attributes: Attributes(["x": "y"]))])
        for length in 0..<more.count {
            let replay = try #require(try JournalReplay.read(whole + more.prefix(length)))
            #expect(replay.unsettled.map(\.step) == [0])
        }
        #expect(try JournalReplay.read(whole + more)?.unsettled.isEmpty == true)
    }

    @Test func `a journal whose first line is torn had not begun anything`() async throws {
        let first = try await bytes([Self.begin])
        #expect(try JournalReplay.read([UInt8](first.dropLast(5))) == nil)
        #expect(try JournalReplay.read([]) == nil)
    }

    @Test func `any changed byte in a whole line is noticed`() async throws {
        let written = try await bytes([Self.begin, intent(0, "a", .create, .remove(Attributes(["n": "value"])))])
        for position in written.indices where written[position] != UInt8(ascii: "\n") {
            var damaged = written
            damaged[position] ^= 1
            if damaged[position] == UInt8(ascii: "\n") { continue }
            let failure = #expect(throws: StateError.self, "byte \(position)") { try JournalReplay.read(damaged) }
            #expect(failure?.diagnostic.code == .journalDamaged)
        }
    }

    @Test func `an undone step leaves no trace in state`() async throws {
        let written = try await bytes([
            Self.begin, intent(0, "a", .create, .remove(Attributes())),
            .done(step: 0, attributes: Attributes(["x": 1])),
            .rollbackBegan, .undone(step: 0, attributes: nil),
        ])
        let replay = try #require(try JournalReplay.read(written))
        let base = StateSnapshot(environment: "e", lineage: "l", serial: 3)
        #expect(replay.folded(into: base) == base)
        #expect(replay.effective.isEmpty)
    }
}

private actor CollectedBytes: JournalStorage {
    private(set) var bytes: [UInt8] = []
    func read() -> [UInt8]? { bytes }
    func append(_ more: [UInt8]) { bytes += more }
    func remove() { bytes = [] }
}
