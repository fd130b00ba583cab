import Foundation
import Subprocess
import SystemPackage

/// A chart packed as Helm expects it: a gzipped tar file with the chart's directory at its root.
///
/// The same chart gives the same bytes wherever and whenever it is packed, as far as one `tar` program goes, because
/// Helm 4 keeps fetched charts by their digest.
enum ChartArchive {
    /// What is left of a chart's own numbers when it is offered under another version.
    struct Renumbering {
        let from: String
        let to: String

        /// Where a chart's version stands in it: its metadata, and the tags of the images that go with it.
        static let files = ["Chart.yaml", "values.yaml"]
    }

    /// Packs the chart at `chart`, whose directory is named for it.
    ///
    /// - Throws: `ChartRepositoryError`.
    static func pack(_ chart: URL, _ renumbering: Renumbering) async throws -> [UInt8] {
        let aside = FileManager.default.temporaryDirectory.appendingPathComponent("purser-chart-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: aside) }
        let copy = aside.appendingPathComponent(chart.lastPathComponent)
        let files: [String]
        do {
            try FileManager.default.createDirectory(at: aside, withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: chart, to: copy)
            try renumber(copy, renumbering)
            files = try settle(copy)
        } catch {
            throw ChartRepositoryError(code: .copyFailed, detail: "\(chart.path): \(error)")
        }
        return try await tar(files.map { "\(chart.lastPathComponent)/\($0)" }, in: aside)
    }

    private static func renumber(_ chart: URL, _ renumbering: Renumbering) throws {
        for name in Renumbering.files {
            let file = chart.appendingPathComponent(name)
            let text = try String(contentsOf: file, encoding: .utf8)
            let renumbered = text.replacing(renumbering.from, with: renumbering.to)
            try Data(renumbered.utf8).write(to: file)
        }
    }

    /// Gives every file the same time and mode, and returns their paths below `chart` in order.
    private static func settle(_ chart: URL) throws -> [String] {
        let manager = FileManager.default
        let paths = try manager.subpathsOfDirectory(atPath: chart.path).sorted()
        let files = paths.filter { path in
            var isDirectory: ObjCBool = false
            let exists = manager.fileExists(atPath: chart.appendingPathComponent(path).path, isDirectory: &isDirectory)
            return exists && !isDirectory.boolValue
        }
        for path in files {
            try manager.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 0), .posixPermissions: 0o644],
                ofItemAtPath: chart.appendingPathComponent(path).path)
        }
        return files
    }

    private static func tar(_ files: [String], in directory: URL) async throws -> [UInt8] {
        // Helm reads only the files' names and bytes; who packs them, and when, must leave no trace.
        #if os(macOS)
            let anonymous = ["--uid", "0", "--gid", "0", "--uname", "", "--gname", "", "--options", "gzip:!timestamp"]
        #else
            let anonymous = ["--owner=0", "--group=0", "--numeric-owner"]
        #endif
        let result: ExecutionResult<Void, BytesOutput, StringOutput<UTF8>>
        do {
            result = try await run(
                .name("tar"),
                arguments: Arguments(anonymous + ["--format=ustar", "-czf", "-"] + files),
                workingDirectory: FilePath(directory.path),
                output: .bytes(limit: 1 << 20),
                error: .string(limit: 4096))
        } catch {
            throw ChartRepositoryError(code: .archiveFailed, detail: "tar: \(error)")
        }
        guard result.terminationStatus.isSuccess else {
            throw ChartRepositoryError(
                code: .archiveFailed, detail: "tar: \(result.terminationStatus): \(result.standardError)")
        }
        return result.standardOutput
    }
}
