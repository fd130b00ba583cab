import Foundation
import Subprocess
import SystemPackage
import Testing

extension Lifecycle {
    /// The README's commands, run exactly as they stand, one shell for all of them.
    @Suite struct ReadmeTests {
        @Test func `the walk through of the README works as it is written`() async throws {
            let readme = try String(contentsOfFile: BuiltTools.checkout.appending("README.md").string, encoding: .utf8)
            let blocks = readme.components(separatedBy: "```sh\n").dropFirst().compactMap {
                $0.components(separatedBy: "\n```").first
            }
            #expect(blocks.count >= 6, "the README has lost its commands")
            let directory = FilePath(NSTemporaryDirectory()).appending("purser-readme-\(UUID().uuidString)")
            try FileManager.default.createDirectory(
                atPath: directory.appending(".build").string, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory.string) }
            try FileManager.default.copyItem(
                atPath: BuiltTools.checkout.appending("plans").string, toPath: directory.appending("plans").string)
            try FileManager.default.createSymbolicLink(
                atPath: directory.appending(".build/debug").string, withDestinationPath: BuiltTools.directory.string)
            for name in ["Scripts", ".tools"] {
                try FileManager.default.createSymbolicLink(
                    atPath: directory.appending(name).string,
                    withDestinationPath: BuiltTools.checkout.appending(name).string)
            }
            // Each block must succeed; the sandbox that the first one starts ends with the shell in any case.
            let script =
                "set -e\ntrap 'purser sandbox stop > /dev/null 2>&1 || true' EXIT\n" + blocks.joined(separator: "\n")
            let result = try await run(
                .path("/bin/bash"), arguments: ["-c", script],
                environment: .inherit.updating(["CI": "true", "NO_COLOR": "1"]), workingDirectory: directory,
                output: .string(limit: 1 << 22), error: .string(limit: 1 << 22))
            #expect(
                result.terminationStatus.isSuccess,
                "\(result.terminationStatus)\n\(result.standardOutput)\(result.standardError)")
        }
    }
}
