import Foundation
import PurserTestSupport
import Testing

@Suite struct DiagnosticsPageTests {
    private let root = Golden.directory.deletingLastPathComponent().deletingLastPathComponent()

    private func codes(in text: String, _ pattern: Regex<(Substring, Substring)>) -> Set<String> {
        Set(text.matches(of: pattern).map { String($0.output.1) })
    }

    /// Those that the sources of the tool declare; the sandbox has none.
    private func declared() throws -> Set<String> {
        var result: Set<String> = []
        for target in ["PurserSyntax", "PurserEngine", "PurserClients", "PurserResources", "PurserCommands"] {
            let directory = root.appending(path: "Sources/\(target)")
            let files = try #require(FileManager.default.enumerator(at: directory, includingPropertiesForKeys: nil))
            for case let file as URL in files where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                result.formUnion(codes(in: text, /DiagnosticCode\((?:rawValue: )?"([a-z]+\/[a-z-]+)"\)/))
            }
        }
        return result
    }

    @Test func `every code has its line in the documentation, and no other has`() throws {
        let page = try String(contentsOf: root.appending(path: "docs/diagnostics.md"), encoding: .utf8)
        let documented = codes(in: page, /\| `([a-z]+\/[a-z-]+)` \|/)
        let declared = try declared()
        #expect(declared.count > 50)
        #expect(documented.subtracting(declared) == [])
        #expect(declared.subtracting(documented) == [])
    }
}
