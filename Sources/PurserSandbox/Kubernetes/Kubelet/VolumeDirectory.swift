import Foundation
import SystemPackage

/// One volume's directory, written as kubelet's and the CSI driver's atomic writer do: the files lie in a hidden
/// directory named for the time, `..data` links to it, and each name on top links into `..data`. An update makes
/// a new hidden directory and swaps `..data`, so that a reader sees all of the former or all of the new content.
/// Source: Kubernetes, `pkg/volume/util/atomic_writer.go`.
struct VolumeDirectory: Sendable {
    struct File: Sendable, Equatable {
        var mode: UInt32
        var bytes: [UInt8]
    }

    enum Problem: Error, Equatable {
        /// In the words of the writer.
        case cannot(String)
    }

    private static let data = "..data"

    let path: FilePath

    var exists: Bool { FileManager.default.fileExists(atPath: path.string) }

    /// What the volume holds, by path; a file that cannot be read counts as empty. Modes are left out.
    func contents() -> [String: [UInt8]] {
        // The enumerator does not follow a link at its root.
        guard let hidden, let names = FileManager.default.enumerator(atPath: path.appending(hidden).string) else {
            return [:]
        }
        var found: [String: [UInt8]] = [:]
        for case let name as String in names {
            var isDirectory: ObjCBool = false
            let file = path.appending(hidden).appending(name).string
            guard FileManager.default.fileExists(atPath: file, isDirectory: &isDirectory), !isDirectory.boolValue else {
                continue
            }
            found[name] = FileManager.default.contents(atPath: file).map { [UInt8]($0) } ?? []
        }
        return found
    }

    /// Makes the directory hold these files and no others. A change of modes alone writes nothing.
    /// - Returns: whether something was written.
    /// - Throws: a `Problem`; then the former content is still there.
    @discardableResult
    func write(_ files: [String: File], at now: Date) throws(Problem) -> Bool {
        if hidden != nil, contents() == files.mapValues(\.bytes) { return false }
        try makeDirectory(path)
        let name = Self.hiddenName(now)
        let hidden = path.appending(name)
        do throws(Problem) {
            try makeDirectory(hidden)
            for (file, content) in files.sorted(by: { $0.key < $1.key }) { try write(content, to: file, below: hidden) }
        } catch {
            remove(hidden)
            throw error
        }
        let former = self.hidden
        try swapLink(to: name)
        try linkNames(Set(files.keys.compactMap { $0.split(separator: "/").first.map(String.init) }))
        if let former { remove(path.appending(former)) }
        return true
    }

    /// Takes the whole directory away.
    func remove() { remove(path) }

    /// The name of the directory that holds the present content.
    private var hidden: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: path.appending(Self.data).string)
    }

    private func write(_ file: File, to name: String, below root: FilePath) throws(Problem) {
        let parts = name.split(separator: "/").map(String.init)
        var directory = root
        for part in parts.dropLast() {
            directory.append(part)
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: directory.string, isDirectory: &isDirectory) {
                if isDirectory.boolValue { continue }
                throw .cannot("mkdir \(directory)/: file exists")
            }
            try makeDirectory(directory)
        }
        guard let last = parts.last, last != "." else { throw .cannot("open \(root): no such file or directory") }
        let target = directory.appending(last)
        guard !FileManager.default.fileExists(atPath: target.string) else {
            throw .cannot("open \(target): is a directory")
        }
        guard FileManager.default.createFile(atPath: target.string, contents: Data(file.bytes)),
            chmod(target.string, mode_t(file.mode)) == 0
        else { throw .cannot("open \(target): cannot be written") }
    }

    private func swapLink(to name: String) throws(Problem) {
        let temporary = path.appending("..data_tmp").string
        unlink(temporary)
        guard symlink(name, temporary) == 0, rename(temporary, path.appending(Self.data).string) == 0 else {
            throw .cannot("rename \(temporary): \(String(cString: strerror(errno)))")
        }
    }

    private func linkNames(_ names: Set<String>) throws(Problem) {
        let present = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
        for old in present where !old.hasPrefix("..") && !names.contains(old) { unlink(path.appending(old).string) }
        for name in names {
            let link = path.appending(name).string
            if (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) != nil { continue }
            guard symlink("\(Self.data)/\(name)", link) == 0 else {
                throw .cannot("symlink \(link): \(String(cString: strerror(errno)))")
            }
        }
    }

    private func makeDirectory(_ directory: FilePath) throws(Problem) {
        do {
            try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        } catch {
            throw .cannot("mkdir \(directory): \(error.localizedDescription)")
        }
    }

    private func remove(_ path: FilePath) {
        try? FileManager.default.removeItem(atPath: path.string)
    }

    /// `..YYYY_MM_DD_HH_MM_SS.NUMBER`.
    private static func hiddenName(_ now: Date) -> String {
        let digits = KubernetesTime.text(now).dropLast().map { $0.isNumber ? String($0) : "_" }.joined()
        return "..\(digits).\(UInt32.random(in: 100_000_000...4_294_967_295))"
    }
}
