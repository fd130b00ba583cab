package import PurserEngine

/// State in memory, with the same answers as a real backend.
package actor MemoryStateBackend: StateBackend {
    package nonisolated let place = "memory"
    package nonisolated let journal: any JournalStorage
    package private(set) var snapshot: StateSnapshot?
    package private(set) var saves = 0
    private var holder: LockHolder?

    package init(_ snapshot: StateSnapshot? = nil, journal: any JournalStorage = CrashingStorage()) {
        self.snapshot = snapshot
        self.journal = journal
    }

    package func load() -> StateSnapshot? { snapshot }

    package func save(_ snapshot: StateSnapshot) {
        self.snapshot = snapshot
        saves += 1
    }

    package func lock(_ holder: LockHolder, timeout: Duration) throws {
        if let current = self.holder { throw StateError.locked(by: current) }
        self.holder = holder
    }

    package func unlock() { holder = nil }
    package func lockHolder() -> LockHolder? { holder }
    package func breakLock() { holder = nil }
}

/// A journal in memory that can stop at an append, as a process that dies does, and leave it whole or torn.
package actor CrashingStorage: JournalStorage {
    /// What the append at which the storage stops leaves behind.
    package enum Remainder: Sendable, Hashable, CaseIterable {
        case nothing
        /// The first half of the bytes.
        case torn
        /// All of them; only the caller never hears of it.
        case whole
    }

    package struct Crash: Error, Sendable, Hashable {
        package init() {}
    }

    private var bytes: [UInt8]?
    private var crash: (append: Int, remainder: Remainder)?
    /// How many appends there were, the one that crashed included.
    package private(set) var appends = 0
    private var hasCrashed = false

    /// Stops at the append of this number, counted from 0; from then on nothing works until `restart()`.
    package init(crashAt append: Int? = nil, leaving remainder: Remainder = .nothing) {
        crash = append.map { ($0, remainder) }
    }

    /// The process is started again: the bytes are there, and nothing crashes any more.
    package func restart() {
        hasCrashed = false
        crash = nil
    }

    package func read() throws -> [UInt8]? {
        guard !hasCrashed else { throw Crash() }
        return bytes
    }

    package func append(_ more: [UInt8]) throws {
        guard !hasCrashed else { throw Crash() }
        defer { appends += 1 }
        if let crash, crash.append == appends {
            hasCrashed = true
            switch crash.remainder {
            case .nothing: break
            case .torn: add(more.prefix(more.count / 2))
            case .whole: add(more[...])
            }
            throw Crash()
        }
        add(more[...])
    }

    /// A torn last line gives way to the next append, as in a file.
    private func add(_ more: ArraySlice<UInt8>) {
        var kept = bytes ?? []
        if let last = kept.last, last != UInt8(ascii: "\n") {
            let end = kept.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            kept.removeSubrange(end...)
        }
        bytes = kept + more
    }

    package func remove() throws {
        guard !hasCrashed else { throw Crash() }
        bytes = nil
    }
}
