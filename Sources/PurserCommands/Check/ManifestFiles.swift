import Foundation
import PurserSyntax

/// Finds and reads the files of a check. Nothing outside the paths that were given is read: a symbolic link within a
/// directory that leads out of it is refused.
struct ManifestFiles {
    let context: CommandContext

    /// Files of one directory; more are hardly one release.
    static let mostFiles = 10_000
    /// Text of all files together.
    static let mostBytes = 128 * 1024 * 1024

    private(set) var files: [SourceFile] = []
    private(set) var problems = Diagnostics()
    private var bytes = 0

    init(context: CommandContext) { self.context = context }

    /// Reads a file, the files of a directory, or `-`.
    ///
    /// Throws `CancellationError`; all else is among `problems`.
    mutating func read(_ path: String) async throws {
        if path == "-" { return try await readStandardInput() }
        let resolved = context.resolved(path)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: resolved, isDirectory: &isDirectory) else {
            return problems.append(
                .manifestUnreadable, "there is no file or directory '\(path)'", at: nil,
                hint: "give files, directories, or - for standard input")
        }
        if isDirectory.boolValue { readDirectory(resolved, shownAs: path) } else { read(resolved, shownAs: path) }
    }

    private mutating func readStandardInput() async throws {
        do {
            files.append(try await context.readInput(ManifestReader.limits.bytes))
        } catch let error as Diagnostics {
            problems.merge(error)
        }
    }

    private mutating func read(_ resolved: String, shownAs path: String) {
        do throws(Diagnostics) {
            let file = try SourceFile.read(path: resolved, limitBytes: ManifestReader.limits.bytes)
            bytes += file.text.utf8.count
            guard bytes <= Self.mostBytes else {
                throw Diagnostics(
                    .manifestTooMany, "the files together are larger than \(Self.mostBytes) bytes",
                    hint: "give them to several runs")
            }
            files.append(SourceFile(path: path, text: file.text))
        } catch {
            problems.merge(Diagnostics(error.map { $0.renaming(resolved, to: path) }))
        }
    }

    // MARK: Directories

    private static let extensions: Set<String> = ["yaml", "yml", "json"]

    private mutating func readDirectory(_ resolved: String, shownAs path: String) {
        let root = URL(filePath: resolved).resolvingSymlinksInPath().path()
        guard let walk = FileManager.default.enumerator(atPath: resolved) else {
            return problems.append(.manifestUnreadable, "cannot read '\(path)'", at: nil)
        }
        var names: [String] = []
        while let name = walk.nextObject() as? String {
            guard !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }),
                Self.extensions.contains(URL(filePath: name).pathExtension.lowercased())
            else { continue }
            names.append(name)
            guard names.count <= Self.mostFiles else {
                return problems.append(
                    .manifestTooMany, "'\(path)' holds more than \(Self.mostFiles) files", at: nil,
                    hint: "give a directory below it")
            }
        }
        for name in names.sorted() {
            let file = "\(resolved.trimmedSlash)/\(name)"
            let shown = "\(path.trimmedSlash)/\(name)"
            let target = URL(filePath: file).resolvingSymlinksInPath().path()
            guard target.hasPrefix(root.trimmedSlash + "/") else {
                problems.append(
                    .manifestOutside, "'\(shown)' is a link that leads out of the directory, and is not read", at: nil,
                    hint: "give the file itself if it belongs to the check")
                continue
            }
            read(file, shownAs: shown)
        }
    }
}

extension String {
    fileprivate var trimmedSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}

extension Diagnostic {
    /// With a path as the user gave it.
    fileprivate func renaming(_ resolved: String, to path: String) -> Diagnostic {
        let place = range.map { range in
            SourceRange(
                start: SourceLocation(file: path, line: range.start.line, column: range.start.column),
                end: SourceLocation(file: path, line: range.end.line, column: range.end.column))
        }
        return Diagnostic(
            code, message.replacing(resolved, with: path), at: place, hint: hint, address: address, notes: notes,
            severity: severity)
    }
}
