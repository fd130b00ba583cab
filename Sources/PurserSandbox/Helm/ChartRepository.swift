import Crypto
import Foundation

/// The public repository of the chart `csi-secrets-store-provider-azure`, played out: its index, and archives of the
/// charts that come with the sandbox.
///
/// Source of addresses and of the index's form: the repository's own `index.yaml`, and Helm's documentation, "The Chart
/// Repository Guide".
struct ChartRepository: SandboxService {
    static let host = "azure.github.io"
    static let path = "/secrets-store-csi-driver-provider-azure/charts"

    /// Content by path.
    private let files: [String: [UInt8]]

    /// Packs the charts in that directory, which are the sandbox's own unless told otherwise.
    ///
    /// - Throws: `ChartRepositoryError`.
    init() async throws {
        try await self.init(charts: BundledCharts.directory())
    }

    init(charts: URL) async throws {
        var files: [String: [UInt8]] = [:]
        var entries: [String] = []
        for release in Release.all {
            let archive = try await ChartArchive.pack(
                charts.appendingPathComponent(Release.chart),
                ChartArchive.Renumbering(from: Release.bundled, to: release.version))
            files["\(Self.path)/\(release.archiveName)"] = archive
            entries.append(release.indexEntry(digest: Self.digest(of: archive)))
        }
        files["\(Self.path)/index.yaml"] = Array(Self.index(of: entries).utf8)
        self.files = files
    }

    func respond(to request: SandboxRequest) async -> SandboxResponse {
        guard ["GET", "HEAD"].contains(request.method) else {
            return SandboxResponse(status: 405, headers: ["Allow": "GET, HEAD"])
        }
        guard let content = files[request.path] else { return .text(404, "Not Found\n") }
        let type = request.path.hasSuffix(".yaml") ? "text/yaml; charset=utf-8" : "application/octet-stream"
        return SandboxResponse(
            status: 200, headers: ["Content-Type": type], body: .bytes(request.method == "HEAD" ? [] : content))
    }

    private static func index(of entries: [String]) -> String {
        """
        apiVersion: v1
        generated: "\(Release.all[0].created)"
        entries:
          \(Release.chart):
        \(entries.joined(separator: "\n"))

        """
    }

    private static func digest(of bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}

/// One version of the chart in the repository.
private struct Release {
    static let chart = "csi-secrets-store-provider-azure"
    /// The version whose text is bundled; the others differ from it in their numbers only.
    static let bundled = "1.8.2"
    /// Newest first, with the dates of the public index.
    static let all = [
        Release(version: "1.8.2", created: "2026-06-11T00:00:00Z"),
        Release(version: "1.8.1", created: "2026-04-29T00:00:00Z"),
    ]

    let version: String
    let created: String

    var archiveName: String { "\(Self.chart)-\(version).tgz" }

    /// This version's item in the index; `digest` is the archive's SHA-256 in hexadecimal digits.
    func indexEntry(digest: String) -> String {
        """
          - apiVersion: v2
            name: \(Self.chart)
            version: \(version)
            appVersion: \(version)
            kubeVersion: '>=1.16.0-0'
            type: application
            description: The chart of this name as the sandbox plays it out
            created: "\(created)"
            digest: \(digest)
            dependencies:
            - name: secrets-store-csi-driver
              version: 1.5.6
              repository: https://kubernetes-sigs.github.io/secrets-store-csi-driver/charts
              condition: secrets-store-csi-driver.install
            urls:
            - https://\(ChartRepository.host)\(ChartRepository.path)/\(archiveName)
        """
    }
}
