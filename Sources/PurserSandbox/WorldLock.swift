import Foundation
import SystemPackage

/// Keeps a world to one process: an advisory lock on a file in it, which the system drops when the process ends,
/// however it ends.
struct WorldLock: ~Copyable {
    private let file: FileDescriptor

    /// - Throws: `SandboxError.worldTaken` while another process holds the world.
    init(directory: FilePath) throws {
        file = try Self.locked(directory)
    }

    private static func locked(_ directory: FilePath) throws -> FileDescriptor {
        try PrivateFiles.makeDirectory(directory)
        let file = try FileDescriptor.open(
            directory.appending("lock"), .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            try? file.close()
            throw SandboxError.worldTaken(directory)
        }
        return file
    }

    deinit { try? file.close() }
}
