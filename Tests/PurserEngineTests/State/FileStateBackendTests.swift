import Foundation
import PurserEngine
import PurserSyntax
import SystemPackage
import Testing

/// What only files do: the rest is tested for every backend at once, in `StateBackendTests`.
@Suite struct FileStateBackendTests {
    private let directory: FilePath
    private let backend: FileStateBackend

    init() {
        directory = FilePath(NSTemporaryDirectory()).appending("purser-state-\(UUID().uuidString)").appending("e")
        backend = FileStateBackend(directory: directory, environment: "e")
    }

    private static let holder = LockHolder(
        user: "u", host: "h", pid: 7, command: "apply", since: "2026-01-01T00:00:00Z")

    private var sample: StateSnapshot {
        StateSnapshot(
            environment: "e", lineage: "line", serial: 4,
            resources: [
                Address("b/x"): RecordedResource(
                    kind: "test/thing", attributes: Attributes(["name": "x", "count": 3, "on": true]),
                    dependencies: [Address("a/y")], isProtected: true, onDestroy: .retain),
                Address("a/y"): RecordedResource(kind: "test/thing", attributes: Attributes(["list": ["p", "q"]])),
            ])
    }

    @Test func `what is saved is loaded, and nothing else lies in the directory`() async throws {
        try await backend.save(sample)
        #expect(try await backend.load() == sample)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.string)
        #expect(names == ["state.json"])
    }

    @Test func `state, journal and lock are for their owner alone`() async throws {
        try await backend.save(sample)
        try await backend.journal.append(Array("x\n".utf8))
        try await backend.lock(Self.holder, timeout: .zero)
        for name in ["state.json", "journal.ndjson", "lock"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.appending(name).string)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.string)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
    }

    @Test func `a state file that cannot be read is reported with its place`() async throws {
        try FileManager.default.createDirectory(atPath: backend.place, withIntermediateDirectories: true)
        let failure = await #expect(throws: StateError.self) { try await backend.load() }
        #expect(failure?.diagnostic.code == .stateUnreadable)
        #expect(failure?.diagnostic.message.hasPrefix("\(backend.place) cannot be read: ") == true)
    }

    @Test(arguments: [
        (StateError.locked(by: nil), DiagnosticCode.stateLocked),
        (.newerFormat(place: "p", found: 99), .stateNewerFormat),
        (.otherEnvironment(place: "p", found: "e"), .stateOtherEnvironment),
        (.lockLost(place: "p"), .stateLockLost), (.changed(place: "p"), .stateChanged),
    ])
    func `each of these has a code`(_ error: StateError, _ code: DiagnosticCode) {
        #expect(error.diagnostic.code == code)
        #expect(error.diagnostic.hint != nil)
    }

    @Test func `a torn line left by a crash does not spoil the next one`() async throws {
        let path = directory.appending("journal.ndjson")
        try await FileJournalStorage(path: path).append(Array("whole\n".utf8))
        let handle = try #require(FileHandle(forWritingAtPath: path.string))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("torn".utf8))
        try handle.close()
        let storage = FileJournalStorage(path: path)
        try await storage.append(Array("next\n".utf8))
        let bytes = try await storage.read()
        #expect(bytes.map { String(decoding: $0, as: UTF8.self) } == "whole\nnext\n")
    }

    @Test func `a directory that cannot be written is reported with its place`() async throws {
        let file = FilePath(NSTemporaryDirectory()).appending("purser-\(UUID().uuidString)")
        try Data().write(to: URL(fileURLWithPath: file.string))
        let blocked = FileStateBackend(directory: file.appending("below"), environment: "e")
        let failure = await #expect(throws: StateError.self) { try await blocked.save(sample) }
        #expect(failure?.diagnostic.code == .stateUnwritable)
    }
}
