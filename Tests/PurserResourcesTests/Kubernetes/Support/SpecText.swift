import PurserClients
import PurserEngine
import PurserProof
import PurserResources
import PurserSyntax
import Testing

/// The demo environment, to be changed by tests line by line.
enum SpecText {
    static let demo = FindingCatalogue.spec

    /// Loads a spec text. Throws its problems.
    static func load(_ text: String) async throws -> Spec {
        let clients = try await FakeCluster().clients()
        return try SpecLoader.load(
            sources: [SourceFile(path: "demo.yaml", text: text)], catalog: StandardCatalog.make(clients: clients),
            inputs: SpecInputs())
    }

    /// The problems of the demo with some of its text replaced, one a line: place, severity, code, message, hint.
    static func problems(_ changes: (String, String)...) async throws -> [String] {
        var text = demo
        for (old, new) in changes {
            try #require(text.contains(old), "the demo has no '\(old)'")
            text = text.replacing(old, with: new)
        }
        do {
            return try await load(text).remarks.map(line)
        } catch let problems as Diagnostics {
            return problems.map(line)
        }
    }

    private static func line(_ item: Diagnostic) -> String {
        let place = item.range.map { "\($0.start.line):\($0.start.column) " } ?? ""
        let hint = item.hint.map { " -> \($0)" } ?? ""
        return "\(place)\(item.severity.rawValue) \(item.code): \(item.message)\(hint)"
    }
}
