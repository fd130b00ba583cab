import Foundation
import PurserClients
import PurserCommands
import PurserEngine
import PurserResources
import PurserSyntax
import PurserTestSupport
import Testing

/// Pages that are made from the kinds must not lag behind them.
@Suite struct GeneratedDocumentTests {
    private func catalog() async throws -> ResourceCatalog {
        let settings = ClientSettings(
            environment: [:], parseYAML: { _ in .null }, transport: RefusingTransport())
        return StandardCatalog.make(clients: try await Clients.make(settings: settings))
    }

    /// With PURSER_RECORD=1 the page is written anew.
    private func expectCurrent(_ text: String, _ path: String) {
        let root = Golden.directory.deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: path)
        if ProcessInfo.processInfo.environment["PURSER_RECORD"] == "1" { try? Data(text.utf8).write(to: file) }
        let written = try? String(contentsOf: file, encoding: .utf8)
        #expect(written == text, "\(path) is stale: PURSER_RECORD=1 makes it anew")
    }

    @Test func `the page of the spec is what the kinds say`() async throws {
        expectCurrent(SpecReference(catalog: try await catalog()).text, "docs/spec.md")
    }

    @Test func `the schema is what the kinds say`() async throws {
        expectCurrent(try SpecSchema(catalog: try await catalog()).text, "docs/spec.schema.json")
    }

    @Test func `the page of findings is what the catalogue says`() {
        expectCurrent(FindingsReference().text, "docs/findings.md")
    }

    /// `explain` prints the pages, so they are in the program too.
    @Test func `the program has the page of diagnostics as it stands`() throws {
        let root = Golden.directory.deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/diagnostics.md"), encoding: .utf8)
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.isEmpty ? "" : "        \($0)"
        }
        let source = """
            /// docs/diagnostics.md, for `purser explain`. Made from it: PURSER_RECORD=1 makes this file anew.
            package enum DiagnosticsPage {
                package static let text = #\"""
            \(lines.joined(separator: "\n"))
                    \"""#
            }

            """
        expectCurrent(source, "Sources/PurserCommands/Documents/DiagnosticsPage.swift")
    }

    @Test func `every kind has its section`() async throws {
        let catalog = try await catalog()
        let text = SpecReference(catalog: catalog).text
        for kind in catalog.kinds { #expect(text.contains("Kind `\(type(of: kind).name)`")) }
    }

    @Test func `the starter spec is valid`() async throws {
        let harness = try CommandHarness()
        #expect(await harness.run("init", "pay").status == .done)
        let inputs = SpecInputs(processEnvironment: [
            "AZURE_TENANT_ID": "11111111-1111-1111-1111-111111111111",
            "AZURE_SUBSCRIPTION_ID": "22222222-2222-2222-2222-222222222222",
        ])
        let path = harness.directory.appending(path: "plans/pay").path()
        let spec = try SpecLoader.load(path, catalog: try await catalog(), inputs: inputs)
        #expect(spec.environment == "pay")
        #expect(spec.remarks.isEmpty)
    }
}
