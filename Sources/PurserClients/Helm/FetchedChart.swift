import Crypto
import Foundation

/// A chart that lies on this machine, with the digest of what it holds.
package struct FetchedChart: Sendable, Hashable {
    /// An archive, or a directory of an unpacked chart.
    package let path: String
    /// `sha256:` and hexadecimal digits: of the archive's bytes; of an unpacked chart, of its files' paths and bytes.
    package let digest: String

    package init(path: String, digest: String) {
        self.path = path
        self.digest = digest
    }

    /// The chart as Helm's commands take it.
    package var chart: HelmChart { HelmChart(name: path) }

    /// Reads what lies at a path. Files of an unpacked chart whose names begin with a dot do not count: Helm leaves out
    /// what version control and editors leave there.
    package static func local(_ path: String) throws(ServiceError) -> FetchedChart {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw unreadable("there is no chart at \(path)")
        }
        var hash = SHA256()
        if isDirectory.boolValue {
            for file in try files(below: path) {
                let bytes = try bytes(of: "\(path)/\(file)")
                for part in [Data(file.utf8), bytes] {
                    hash.update(data: Data("\(part.count):".utf8))
                    hash.update(data: part)
                }
            }
        } else {
            hash.update(data: try bytes(of: path))
        }
        return FetchedChart(path: path, digest: "sha256:" + hexadecimal(hash.finalize()))
    }

    /// Paths below a chart's directory, in order.
    private static func files(below directory: String) throws(ServiceError) -> [String] {
        guard let all = try? FileManager.default.subpathsOfDirectory(atPath: directory) else {
            throw unreadable("the chart \(directory) cannot be read")
        }
        guard all.count <= mostFiles else {
            throw unreadable("the chart \(directory) has more than \(mostFiles) files")
        }
        return all.filter { path in
            var isDirectory: ObjCBool = false
            let isThere = FileManager.default.fileExists(atPath: "\(directory)/\(path)", isDirectory: &isDirectory)
            return isThere && !isDirectory.boolValue && !path.split(separator: "/").contains { $0.hasPrefix(".") }
        }.sorted()
    }

    /// Far above what Helm itself takes: a release has to fit into a Secret of 1 MiB.
    private static let mostFiles = 10_000
    private static let largestFile = 64 << 20

    private static func bytes(of file: String) throws(ServiceError) -> Data {
        let size = (try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int
        guard let size, size <= largestFile, let data = FileManager.default.contents(atPath: file) else {
            throw unreadable("the chart's file \(file) cannot be read, or is larger than 64 MiB")
        }
        return data
    }

    private static func hexadecimal(_ digest: SHA256.Digest) -> String {
        digest.map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }

    fileprivate static func unreadable(_ message: String) -> ServiceError {
        ServiceError(service: .helm, code: ServiceError.Code.chartUnreadable, message: message)
    }
}

extension ServiceError.Code {
    /// A chart cannot be had, or is not what Helm calls one.
    package static let chartUnreadable = "ChartUnreadable"
    /// A repository or registry has no such version of the chart.
    package static let chartNotFound = "ChartNotFound"
    /// A registry has something else under the version than the digest says.
    package static let chartDigest = "ChartDigestMismatch"
}

extension HelmClient {
    /// Fetches a chart and gives it to `body`: what is looked at and what is installed is the same archive, whatever its
    /// repository gives out the next moment. A chart at a path stays where it is.
    package func withChart<Result: Sendable>(
        _ chart: HelmChart, _ body: (FetchedChart) async throws -> Result
    ) async throws -> Result {
        if chart.isLocal { return try await body(try FetchedChart.local(chart.name)) }
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("purser-chart-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: directory) }
        try await pull(chart, into: directory.path, cache: directory.appendingPathComponent("cache").path)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        guard let archive = names.first(where: { $0.hasSuffix(".tgz") }) else {
            throw FetchedChart.unreadable("helm pull \(chart.name) brought no archive")
        }
        return try await body(try FetchedChart.local(directory.appendingPathComponent(archive).path))
    }
}

extension HelmChart {
    /// Whether the chart is at a path of this machine.
    package var isLocal: Bool { repository == nil && name.hasPrefix("/") }
}
