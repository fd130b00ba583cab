import Foundation
import PurserProof
import PurserSyntax
import PurserTestSupport
import Testing

/// The logs are what the standard's own schema demands: OASIS's JSON schema of SARIF 2.1.0 with errata 01, by the reference
/// implementation of JSON Schema for Python. `Scripts/setup` installs both.
@Suite struct SARIFSchemaTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardizedFileURL
    private static let python = root.appending(path: ".venv-sarif/bin/python3").path()

    /// Where tests decide what lands, the schema has to be there.
    private static var canRun: Bool {
        FileManager.default.isExecutableFile(atPath: python) || ProcessInfo.processInfo.environment["CI"] != nil
    }

    @Test(.enabled(if: canRun, "run Scripts/setup"))
    func `the logs of all findings, with fixes, allowances and what cannot be read, hold to the schema`() async throws {
        let harness = try CommandHarness()
        var logs: [String] = []
        func check(_ name: String, _ text: String, _ options: [String] = []) async throws {
            try harness.write(text, to: "in/\(name).yaml")
            let checked = await harness.offline(["check", "in/\(name).yaml", "--sarif"] + options)
            try #require(checked.output.hasPrefix("{"), "\(name): \(checked.errors)")
            try harness.write(checked.output, to: "out/\(name).sarif")
            logs.append(harness.directory.appending(path: "out/\(name).sarif").path())
        }
        for page in FindingCatalogue.all {
            let name = page.code.rawValue.replacing("/", with: "-")
            switch page.example {
            case .spec(let text), .manifests(let text): try await check(name, text)
            case .words: continue
            }
        }
        try await check("sound", FindingCatalogue.manifests)
        try await check(
            "allowed", CheckCommandTests.broken, ["--allow", "proof/volume-not-read-only", "--reason", "an \"old\" ü"])
        #expect(logs.count > 60)
        #expect(try problems(logs) == "")
        let wrong = try String(contentsOfFile: logs[0], encoding: .utf8).replacing("\"fail\"", with: "\"failed\"")
        try harness.write(wrong, to: "out/wrong.sarif")
        #expect(try problems([harness.directory.appending(path: "out/wrong.sarif").path()]).contains("'failed'"))
    }

    private func problems(_ logs: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: Self.python)
        process.arguments = [Self.root.appending(path: "Tests/RealClients/sarif_schema.py").path()] + logs
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}
