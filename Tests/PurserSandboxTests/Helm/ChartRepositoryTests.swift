import Crypto
import Foundation
import Testing

@testable import PurserSandbox

@Suite struct ChartRepositoryTests {
    private static let charts = "/secrets-store-csi-driver-provider-azure/charts"

    @Test func `the index names both versions, newest first, with the digests of what is served`() async throws {
        let repository = try await ChartRepository()
        let index = String(decoding: try await content("index.yaml", of: repository), as: UTF8.self)
        let newest = try #require(index.range(of: "version: 1.8.2"))
        let former = try #require(index.range(of: "version: 1.8.1"))
        #expect(newest.lowerBound < former.lowerBound)
        for version in ["1.8.2", "1.8.1"] {
            let name = "csi-secrets-store-provider-azure-\(version).tgz"
            let archive = try await content(name, of: repository)
            let digest = SHA256.hash(data: archive).map { String(format: "%02x", $0) }.joined()
            #expect(index.contains("digest: \(digest)"))
            #expect(index.contains("https://azure.github.io\(Self.charts)/\(name)"))
        }
    }

    @Test func `packing a chart twice gives the same bytes`() async throws {
        let first = try await ChartRepository()
        let second = try await ChartRepository()
        let name = "csi-secrets-store-provider-azure-1.8.1.tgz"
        #expect(try await content(name, of: first) == content(name, of: second))
    }

    @Test func `what the repository does not have is not found, and nothing can be put into it`() async throws {
        let repository = try await ChartRepository()
        let missing = await repository.respond(to: SandboxRequest("GET", "\(Self.charts)/other-1.0.0.tgz"))
        #expect(missing.status == 404)
        let written = await repository.respond(to: SandboxRequest("PUT", "\(Self.charts)/index.yaml"))
        #expect(written.status == 405)
    }

    @Test func `a program that was moved without its charts says what is missing`() {
        let error = #expect(throws: ChartRepositoryError.self) {
            try BundledCharts.directory(besideProgram: URL(fileURLWithPath: "/nowhere/purser-sandbox"))
        }
        #expect(error?.code == .chartsMissing)
        #expect(
            error?.description == """
                the sandbox's charts are missing: no purser_PurserSandbox.resources or purser_PurserSandbox.bundle \
                beside /nowhere/purser-sandbox
                """)
    }

    private func content(_ name: String, of repository: ChartRepository) async throws -> [UInt8] {
        let response = await repository.respond(to: SandboxRequest("GET", "\(Self.charts)/\(name)"))
        #expect(response.status == 200)
        guard case .bytes(let bytes) = response.body else { return [] }
        return bytes
    }
}
