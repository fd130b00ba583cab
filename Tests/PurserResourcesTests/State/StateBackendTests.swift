import Foundation
import PurserEngine
import PurserSyntax
import SystemPackage
import Testing

/// What every backend does: each test runs over all of them.
@Suite struct StateBackendTests {
    /// A place for state, and the ways to it.
    struct Place: Sendable {
        /// A backend as another process would have it.
        let open: @Sendable (_ environment: String) async throws -> any StateBackend
        /// Puts other bytes in place of the state.
        let overwrite: @Sendable (_ text: String) async throws -> Void
        /// The bytes of the state.
        let bytes: @Sendable () async throws -> [UInt8]?
    }

    enum Kind: String, CaseIterable, Sendable {
        case file
        case blob

        func with(_ body: (Place) async throws -> Void) async throws {
            switch self {
            case .file: try await StateBackendTests.withFiles(body)
            case .blob: try await StateBackendTests.withBlobs(body)
            }
        }
    }

    private static func withFiles(_ body: (Place) async throws -> Void) async throws {
        let directory = FilePath(NSTemporaryDirectory()).appending("purser-state-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: directory.string) }
        let file = directory.appending("state.json").string
        try await body(
            Place(
                open: { FileStateBackend(directory: directory, environment: $0) },
                overwrite: { try $0.write(toFile: file, atomically: false, encoding: .utf8) },
                bytes: { FileManager.default.contents(atPath: file).map { [UInt8]($0) } }))
    }

    private static func withBlobs(_ body: (Place) async throws -> Void) async throws {
        let world = try await BlobWorld()
        try await body(
            Place(
                open: { _ in try await world.backend("e") },
                overwrite: { try await world.put("e/state.json", $0) },
                bytes: { await world.text("e/state.json").map { Array($0.utf8) } }))
    }

    static let holder = LockHolder(user: "u", host: "h", pid: 7, command: "apply", since: "2026-01-01T00:00:00Z")

    static func snapshot(_ environment: String = "e", serial: Int = 4) -> StateSnapshot {
        StateSnapshot(
            environment: environment, lineage: "line", serial: serial,
            resources: [
                Address("b/x"): RecordedResource(
                    kind: "test/thing", attributes: Attributes(["name": "x", "count": 3, "on": true]),
                    dependencies: [Address("a/y")], isProtected: true, onDestroy: .retain),
                Address("a/y"): RecordedResource(kind: "test/thing", attributes: Attributes(["list": ["p", "q"]])),
            ])
    }

    @Test(arguments: Kind.allCases)
    func `there is nothing before the first is written`(_ kind: Kind) async throws {
        try await kind.with { place in
            let backend = try await place.open("e")
            #expect(try await backend.load() == nil)
            #expect(try await backend.journal.read() == nil)
            #expect(try await backend.lockHolder() == nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func `what is saved is loaded by another, and the same state is the same bytes`(_ kind: Kind) async throws {
        try await kind.with { place in
            let backend = try await place.open("e")
            try await backend.lock(Self.holder, timeout: .zero)
            try await backend.save(Self.snapshot())
            #expect(try await place.open("e").load() == Self.snapshot())
            let first = try #require(try await place.bytes())
            #expect(first == (try StateDocument.bytes(of: Self.snapshot())))
            try await backend.save(Self.snapshot())
            #expect(try await place.bytes() == first)
            try await backend.save(Self.snapshot(serial: 5))
            #expect(try await place.open("e").load()?.serial == 5)
        }
    }

    @Test(arguments: Kind.allCases)
    func `state of another environment, a newer format and damage are told apart`(_ kind: Kind) async throws {
        try await kind.with { place in
            let backend = try await place.open("e")
            let text = String(decoding: try StateDocument.bytes(of: Self.snapshot("other")), as: UTF8.self)
            try await backend.lock(Self.holder, timeout: .zero)
            try await backend.save(Self.snapshot())
            try await place.overwrite(text)
            await #expect(throws: StateError.otherEnvironment(place: backend.place, found: "other")) {
                try await backend.load()
            }
            try await place.overwrite(text.replacing("\"formatVersion\" : 1", with: "\"formatVersion\" : 99"))
            await #expect(throws: StateError.newerFormat(place: backend.place, found: 99)) { try await backend.load() }
            try await place.overwrite(String(text.prefix(40)))
            let damage = await #expect(throws: StateError.self) { try await backend.load() }
            #expect(damage?.diagnostic.code == .stateDamaged)
        }
    }

    @Test(arguments: Kind.allCases)
    func `a journal is read as it was appended, and is gone once it is removed`(_ kind: Kind) async throws {
        try await kind.with { place in
            let backend = try await place.open("e")
            try await backend.lock(Self.holder, timeout: .zero)
            try await backend.journal.append(Array("one\n".utf8))
            try await backend.journal.append(Array("two\n".utf8))
            let next = try await place.open("e")
            #expect(try await next.journal.read() == Array("one\ntwo\n".utf8))
            await backend.unlock()
            try await next.lock(Self.holder, timeout: .zero)
            try await next.journal.append(Array("three\n".utf8))
            #expect(try await next.journal.read() == Array("one\ntwo\nthree\n".utf8))
            try await next.journal.remove()
            #expect(try await place.open("e").journal.read() == nil)
            try await next.journal.append(Array("anew\n".utf8))
            #expect(try await next.journal.read() == Array("anew\n".utf8))
        }
    }

    @Test(arguments: Kind.allCases)
    func `lines that are appended at once are all there, each whole`(_ kind: Kind) async throws {
        try await kind.with { place in
            let backend = try await place.open("e")
            try await backend.lock(Self.holder, timeout: .zero)
            let lines = (0..<40).map { "line \($0) \(String(repeating: "x", count: $0))" }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for line in lines { group.addTask { try await backend.journal.append(Array("\(line)\n".utf8)) } }
                try await group.waitForAll()
            }
            let read = try #require(try await backend.journal.read())
            let found = String(decoding: read, as: UTF8.self).split(separator: "\n").map(String.init)
            #expect(found.sorted() == lines.sorted())
        }
    }

    @Test(arguments: Kind.allCases)
    func `a second holder is refused and told who the first is`(_ kind: Kind) async throws {
        try await kind.with { place in
            let backend = try await place.open("e")
            try await backend.lock(Self.holder, timeout: .zero)
            let other = try await place.open("e")
            #expect(try await other.lockHolder() == Self.holder)
            await #expect(throws: StateError.locked(by: Self.holder)) {
                try await other.lock(Self.holder, timeout: .zero)
            }
            await backend.unlock()
            #expect(try await other.lockHolder() == nil)
            try await other.lock(Self.holder, timeout: .zero)
        }
    }

    @Test(arguments: Kind.allCases)
    func `a lock that is broken can be taken at once`(_ kind: Kind) async throws {
        try await kind.with { place in
            let backend = try await place.open("e")
            try await backend.lock(Self.holder, timeout: .zero)
            let other = try await place.open("e")
            try await other.breakLock()
            try await other.lock(Self.holder, timeout: .zero)
            await #expect(throws: StateError.locked(by: Self.holder)) {
                try await place.open("e").lock(Self.holder, timeout: .zero)
            }
        }
    }

    /// Each adds one to what it finds: two at once would lose a count.
    @Test(arguments: Kind.allCases)
    func `of many that wait for the lock only one has it at a time`(_ kind: Kind) async throws {
        let (tasks, rounds) = (8, 4)
        try await kind.with { place in
            let inside = Inside()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<tasks {
                    group.addTask {
                        for _ in 0..<rounds {
                            let backend = try await place.open("e")
                            try await backend.lock(Self.holder, timeout: .seconds(120))
                            await inside.enter()
                            let serial = try await backend.load()?.serial ?? 0
                            try await backend.save(Self.snapshot(serial: serial + 1))
                            await inside.leave()
                            await backend.unlock()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(await inside.most == 1)
            #expect(try await place.open("e").load()?.serial == tasks * rounds)
        }
    }

    private actor Inside {
        private var count = 0
        private(set) var most = 0

        func enter() {
            count += 1
            most = max(most, count)
        }

        func leave() { count -= 1 }
    }
}
