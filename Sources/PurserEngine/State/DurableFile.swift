package import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files that are whole or not there, whatever happens while they are written. Errors are `StateError`.
package enum DurableFile {
    /// The file's bytes, or nil if it does not exist.
    package static func read(_ path: FilePath) throws -> [UInt8]? {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            return try file.closeAfter { try contents(of: file) }
        } catch Errno.noSuchFileOrDirectory {
            return nil
        } catch let error as Errno {
            throw StateError.unreadable(place: path.string, detail: error.description)
        }
    }

    /// Who may read a file that is written.
    package enum Readers: Sendable {
        /// Its owner alone: mode 0600.
        case owner
        /// Everybody, as for a spec: mode 0644.
        case everybody
        /// Those who could read the file that was there.
        case asBefore
    }

    /// Writes a temporary file beside the target, brings it to disk, and renames it over the target.
    package static func replace(
        _ path: FilePath, with bytes: [UInt8], readers: Readers = .owner
    ) throws {
        let directory = path.removingLastComponent()
        try createDirectory(directory)
        let temporary = directory.appending(".\(path.lastComponent?.string ?? "file").\(getpid()).tmp")
        try reporting(path) {
            do {
                try write(bytes, to: temporary, mode: mode(of: path, readers))
                guard rename(temporary.string, path.string) == 0 else { throw Errno(rawValue: errno) }
            } catch {
                _ = unlink(temporary.string)
                throw error
            }
        }
        try synchronizeDirectory(directory)
    }

    package static func remove(_ path: FilePath) throws {
        try reporting(path) {
            guard unlink(path.string) == 0 || errno == ENOENT else { throw Errno(rawValue: errno) }
        }
        let directory = path.removingLastComponent()
        if access(directory.string, F_OK) == 0 { try synchronizeDirectory(directory) }
    }

    /// Makes the directory and those above it, for their owner alone.
    package static func createDirectory(_ path: FilePath) throws {
        guard !path.isEmpty, access(path.string, F_OK) != 0 else { return }
        try createDirectory(path.removingLastComponent())
        try reporting(path) {
            guard mkdir(path.string, 0o700) == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
        }
    }

    package static func synchronizeDirectory(_ path: FilePath) throws {
        try reporting(path) {
            let directory = try FileDescriptor.open(path.isEmpty ? "." : path, .readOnly, options: .closeOnExec)
            try directory.closeAfter {
                guard fsync(directory.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
        }
    }

    static func contents(of file: FileDescriptor) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    static func reporting<Result>(_ path: FilePath, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as Errno {
            throw StateError.unwritable(place: path.string, detail: error.description)
        }
    }

    /// Nil for the mode that files are made with: 0600.
    private static func mode(of path: FilePath, _ readers: Readers) -> FilePermissions? {
        switch readers {
        case .owner: return nil
        case .everybody: return FilePermissions(rawValue: 0o644)
        case .asBefore:
            var status = stat()
            guard stat(path.string, &status) == 0 else { return nil }
            return FilePermissions(rawValue: status.st_mode & 0o777)
        }
    }

    private static func write(_ bytes: [UInt8], to path: FilePath, mode: FilePermissions?) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: [.ownerReadWrite])
        try file.closeAfter {
            if let mode, fchmod(file.rawValue, mode.rawValue) != 0 { throw Errno(rawValue: errno) }
            try file.writeAll(bytes)
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
    }
}

extension DecodingError {
    /// Where and what, without the value.
    var shortDescription: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            Self.place(context) + context.debugDescription
        case .keyNotFound(let key, let context):
            Self.place(context) + "'\(key.stringValue)' is missing"
        @unknown default: "it cannot be decoded"
        }
    }

    private static func place(_ context: Context) -> String {
        context.codingPath.isEmpty ? "" : "\(context.codingPath.map(\.stringValue).joined(separator: ".")): "
    }
}
