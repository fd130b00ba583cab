import Foundation
import SystemPackage

/// Files that nobody but their owner may read: mode 0600, in directories of mode 0700.
enum PrivateFiles {
    /// Makes the directory and those above it, as far as they are missing.
    static func makeDirectory(_ path: FilePath) throws {
        if mkdir(path.string, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, !path.components.isEmpty else { throw failure("make the directory", path) }
        let parent = path.removingLastComponent()
        try makeDirectory(parent.isEmpty ? "." : parent)
        guard mkdir(path.string, 0o700) == 0 || errno == EEXIST else { throw failure("make the directory", path) }
    }

    static func entries(of directory: FilePath) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory.string)
        } catch {
            throw StoreError.cannot("list", directory, errno: errno)
        }
    }

    static func contents(of path: FilePath) throws -> [UInt8] {
        let file = try opened(path, .readOnly, [])
        defer { try? file.close() }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// Replaces a file as a whole: readers see either the former or the new bytes.
    static func replace(_ path: FilePath, with bytes: [UInt8], temporary: FilePath? = nil) throws {
        let temporary = temporary ?? FilePath(path.string + ".\(getpid()).tmp")
        let file = try opened(temporary, .writeOnly, [.create, .truncate])
        try file.closeAfter { _ = try file.writeAll(bytes) }
        guard rename(temporary.string, path.string) == 0 else { throw failure("write", path) }
    }

    /// Succeeds if the file is already absent.
    static func remove(_ path: FilePath) throws {
        guard unlink(path.string) == 0 || errno == ENOENT else { throw failure("remove", path) }
    }

    private static func opened(
        _ path: FilePath, _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions
    ) throws -> FileDescriptor {
        do {
            return try FileDescriptor.open(path, mode, options: options, permissions: [.ownerReadWrite])
        } catch let number as Errno {
            throw StoreError.cannot("open", path, errno: number.rawValue)
        }
    }

    private static func failure(_ action: String, _ path: FilePath) -> StoreError {
        .cannot(action, path, errno: errno)
    }
}
