import PurserClients
import PurserEngine
import PurserProof
import PurserResources
import PurserSyntax
import Synchronization
import Testing

/// The examples of the catalogue that are specs produce what they are examples of.
@Suite struct FindingExampleTests {
    private func findings(_ text: String) async throws -> [Diagnostic] {
        do {
            return try await SpecText.load(text).remarks.items
        } catch let problems as Diagnostics {
            return problems.items
        }
    }

    struct Example: Sendable, CustomTestStringConvertible {
        let code: String
        let text: String

        var testDescription: String { code }
    }

    private static let specs: [Example] = FindingCatalogue.all.compactMap { page in
        if case .spec(let text) = page.example { Example(code: page.code.rawValue, text: text) } else { nil }
    }

    @Test func `nothing is found in the spec that the examples change`() async throws {
        #expect(try await findings(FindingCatalogue.spec) == [])
        #expect(Self.specs.count > 25)
    }

    @Test(arguments: specs)
    func `an example produces its code and nothing else`(example: Example) async throws {
        let found = try await findings(example.text)
        #expect(Set(found.map(\.code.rawValue)) == [example.code], "\(found.map { "\($0.code): \($0.message)" })")
        let page = try #require(FindingCatalogue.page(of: DiagnosticCode(example.code)))
        #expect(found.allSatisfy { $0.severity == page.severity })
        #expect(found.allSatisfy { $0.range != nil })
    }

    /// A patch that is offered mends what it is offered for.
    @Test(arguments: specs)
    func `a fix mends the finding`(example: Example) async throws {
        let source = SourceFile(path: "demo.yaml", text: example.text)
        let spec = try await declarations(example.text)
        let proof = Prover.proof(of: EnvironmentScene.scene(of: spec))
        for finding in proof.findings {
            guard let fix = finding.fix else { continue }
            let mended = try fix.text(of: source)
            #expect(mended != example.text)
            let left = Prover.proof(of: EnvironmentScene.scene(of: try await declarations(mended))).findings
            #expect(
                !left.contains { $0.code == finding.code && $0.message == finding.message },
                "\(fix.summary)\n\(mended)")
        }
    }

    /// The declarations of a spec, whatever is wrong with it.
    private func declarations(_ text: String) async throws -> Declarations {
        let clients = try await FakeCluster().clients()
        let catalog = StandardCatalog.make(clients: clients)
        let found = DeclarationsBox()
        let listening = ResourceCatalog(catalog.kinds, settings: catalog.settings) { declarations in
            found.set(declarations)
            return Diagnostics()
        }
        _ = try? SpecLoader.load(
            sources: [SourceFile(path: "demo.yaml", text: text)], catalog: listening, inputs: SpecInputs())
        return try #require(found.value)
    }
}

/// What the loader hands to the check of a catalogue.
private final class DeclarationsBox: Sendable {
    private let stored = Mutex<Declarations?>(nil)

    var value: Declarations? { stored.withLock { $0 } }

    func set(_ value: Declarations) { stored.withLock { $0 = value } }
}
