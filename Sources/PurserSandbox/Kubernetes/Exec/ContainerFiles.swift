import Foundation
import SystemPackage

/// The files that a container sees: its mounts, in an image that holds nothing else. Links are followed among these alone,
/// so that no path leads out.
struct ContainerFiles: Sendable {
    struct Mount: Sendable, Equatable {
        /// Below the container's root.
        let path: [String]
        /// A directory of the node's, or a file for a sub-path.
        let source: FilePath
    }

    struct Entry: Sendable, Equatable {
        enum Kind: Sendable, Equatable {
            case file
            case directory
            case link(to: String)
        }

        let kind: Kind
        /// Permissions with the sticky bit, as the container sees them.
        let mode: UInt32
        let size: Int
        let modified: Date
        /// Names within a directory.
        var names: [String] = []
        /// Of what lies on the node.
        var source: FilePath?

        var isDirectory: Bool { kind == .directory }
    }

    enum Problem: String, Error {
        case missing = "No such file or directory"
        case notDirectory = "Not a directory"
        case isDirectory = "Is a directory"
        case loop = "Too many levels of symbolic links"
        case unreadable = "Input/output error"
    }

    let mounts: [Mount]

    /// As many links as Linux follows for one path.
    private static let mostLinks = 40

    /// What lies at a path from the root. A link at its end is followed, unless `followsLast` says otherwise.
    func entry(at path: String, followsLast: Bool = true) throws(Problem) -> Entry {
        var passed: [String] = []
        var rest = Self.names(in: path)[...]
        var found = try entry(at: passed)
        var links = 0
        while let name = rest.popFirst() {
            guard found.isDirectory else { throw .notDirectory }
            if name == ".." { _ = passed.popLast() }
            let next = [".", ".."].contains(name) ? passed : passed + [name]
            found = try entry(at: next)
            guard case .link(let target) = found.kind, !rest.isEmpty || followsLast || path.hasSuffix("/") else {
                passed = next
                continue
            }
            links += 1
            guard links <= Self.mostLinks else { throw .loop }
            rest = (Self.names(in: target) + rest)[...]
            if target.hasPrefix("/") { passed = [] }
            found = try entry(at: passed)
        }
        if path.hasSuffix("/"), !found.isDirectory { throw .notDirectory }
        return found
    }

    func contents(of path: String) throws(Problem) -> [UInt8] {
        let entry = try entry(at: path)
        guard !entry.isDirectory, let source = entry.source else { throw .isDirectory }
        do {
            return try PrivateFiles.contents(of: source)
        } catch {
            throw .unreadable
        }
    }

    private static func names(in path: String) -> [String] { path.split(separator: "/").map(String.init) }

    /// What lies at a place to which no link leads.
    private func entry(at names: [String]) throws(Problem) -> Entry {
        let below = Set(
            mounts.filter { $0.path.count > names.count && $0.path.starts(with: names) }.map { $0.path[names.count] })
        // Of two mounts the deeper one covers the other.
        guard let mount = mounts.last(where: { names.starts(with: $0.path) }) else {
            guard !below.isEmpty || names.isEmpty else { throw .missing }
            return Entry(kind: .directory, mode: 0o755, size: 4096, modified: age, names: below.sorted())
        }
        let rest = names.dropFirst(mount.path.count)
        return try Self.entry(of: rest.reduce(mount.source) { $0.appending($1) }, isMount: rest.isEmpty, with: below)
    }

    /// The directories on the way to the mounts are made with the container.
    private var age: Date {
        let dates = mounts.compactMap { mount in
            try? FileManager.default.attributesOfItem(atPath: mount.source.string)[.modificationDate] as? Date
        }
        return dates.min() ?? .distantPast
    }

    /// Directories on the node are the owner's alone; the container sees them as kubelet and driver make them, on a
    /// file system in memory: `tmpfs` counts 20 bytes for each name.
    private static func entry(
        of source: FilePath, isMount: Bool, with mounts: Set<String>
    ) throws(Problem) -> Entry {
        let files = FileManager.default
        guard let found = try? files.attributesOfItem(atPath: source.string) else { throw .missing }
        let modified = found[.modificationDate] as? Date ?? .distantPast
        switch found[.type] as? FileAttributeType {
        case .typeDirectory?:
            let own = (try? files.contentsOfDirectory(atPath: source.string)) ?? []
            let names = Set(own).union(mounts).sorted()
            return Entry(
                kind: .directory, mode: isMount ? 0o1777 : 0o755, size: 20 * (names.count + 2), modified: modified,
                names: names, source: source)
        case .typeSymbolicLink?:
            let target = (try? files.destinationOfSymbolicLink(atPath: source.string)) ?? ""
            return Entry(kind: .link(to: target), mode: 0o777, size: target.utf8.count, modified: modified)
        default:
            let mode = (found[.posixPermissions] as? NSNumber)?.uint32Value ?? 0o644
            let size = (found[.size] as? NSNumber)?.intValue ?? 0
            return Entry(kind: .file, mode: mode, size: size, modified: modified, source: source)
        }
    }
}
