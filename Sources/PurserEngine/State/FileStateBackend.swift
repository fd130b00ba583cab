import Foundation
package import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// State in a directory: `state.json`, `journal.ndjson` and `lock`, all readable by their owner alone.
///
/// The lock is the kernel's, on the open file: a process that dies, however it dies, holds it no longer.
package actor FileStateBackend: StateBackend {
    nonisolated package let place: String
    nonisolated package let journal: any JournalStorage
    private let environment: String
    private let directory: FilePath
    private var lockDescriptor: FileDescriptor?

    private var statePath: FilePath { directory.appending("state.json") }
    private var lockPath: FilePath { directory.appending("lock") }

    package init(directory: FilePath, environment: String) {
        self.directory = directory
        self.environment = environment
        place = directory.appending("state.json").string
        journal = FileJournalStorage(path: directory.appending("journal.ndjson"))
    }

    package func load() throws -> StateSnapshot? {
        guard let bytes = try DurableFile.read(statePath) else { return nil }
        return try StateDocument.snapshot(bytes, environment: environment, place: place)
    }

    package func save(_ snapshot: StateSnapshot) throws {
        try DurableFile.replace(statePath, with: StateDocument.bytes(of: snapshot))
    }

    package func lock(_ holder: LockHolder, timeout: Duration) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: timeout)
        while true {
            do {
                return try takeLock(holder)
            } catch StateError.locked(let other) {
                guard clock.now < deadline else { throw StateError.locked(by: other) }
                try await clock.sleep(for: .milliseconds(100))
            }
        }
    }

    private func takeLock(_ holder: LockHolder) throws {
        try DurableFile.createDirectory(directory)
        let descriptor = try DurableFile.reporting(lockPath) {
            try FileDescriptor.open(
                lockPath, .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
        }
        guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            try? descriptor.close()
            throw StateError.locked(by: try lockHolder())
        }
        let bytes = try JSONEncoder().encode(holder)
        guard ftruncate(descriptor.rawValue, 0) == 0 else {
            try? descriptor.close()
            throw StateError.unwritable(place: lockPath.string, detail: Errno(rawValue: errno).description)
        }
        _ = try DurableFile.reporting(lockPath) { try descriptor.writeAll(toAbsoluteOffset: 0, bytes) }
        lockDescriptor = descriptor
    }

    package func unlock() {
        guard let lockDescriptor else { return }
        // The file goes while the lock is still held: whoever opened it meanwhile locks a file that nobody else sees,
        // so it is truncated instead of removed.
        _ = ftruncate(lockDescriptor.rawValue, 0)
        try? lockDescriptor.close()
        self.lockDescriptor = nil
    }

    package func lockHolder() throws -> LockHolder? {
        guard let bytes = try DurableFile.read(lockPath), !bytes.isEmpty else { return nil }
        return try? JSONDecoder().decode(LockHolder.self, from: Data(bytes))
    }

    package func breakLock() throws { try DurableFile.remove(lockPath) }
}

/// The journal as a file that only grows until it is removed.
package actor FileJournalStorage: JournalStorage {
    private let path: FilePath
    private var descriptor: FileDescriptor?

    package init(path: FilePath) { self.path = path }

    package func read() throws -> [UInt8]? { try DurableFile.read(path) }

    package func append(_ bytes: [UInt8]) throws {
        let file = try open()
        try DurableFile.reporting(path) {
            try file.writeAll(bytes)
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    package func remove() throws {
        try? descriptor?.close()
        descriptor = nil
        try DurableFile.remove(path)
    }

    private func open() throws -> FileDescriptor {
        if let descriptor { return descriptor }
        let directory = path.removingLastComponent()
        try DurableFile.createDirectory(directory)
        let file = try DurableFile.reporting(path) {
            try FileDescriptor.open(
                path, .readWrite, options: [.create, .append, .closeOnExec], permissions: [.ownerReadWrite])
        }
        try DurableFile.reporting(path) { try Self.dropTornLine(of: file) }
        try DurableFile.synchronizeDirectory(directory)
        descriptor = file
        return file
    }

    /// What a crash left of a last line must not become the beginning of the next one.
    private static func dropTornLine(of file: FileDescriptor) throws {
        let bytes = try DurableFile.contents(of: file)
        let end = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        if end < bytes.count, ftruncate(file.rawValue, off_t(end)) != 0 { throw Errno(rawValue: errno) }
    }
}
