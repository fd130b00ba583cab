import Foundation
import PurserCommands
import PurserEngine
import PurserProof
import PurserResources
import PurserSyntax
import PurserTestSupport
import Testing

@testable import PurserSandbox

/// Every finding of the catalogue is deployed into the sandbox without the proof: what the proof foretells is what a user meets.
@Suite struct CatalogueConfirmationTests {
    @Test func `every finding says how a cluster shows it`() {
        #expect(FindingCatalogue.all.filter { $0.confirmation == nil }.map(\.code.rawValue) == [])
        let shown = FindingCatalogue.all.count { page in
            if case .nothing? = page.confirmation { false } else { true }
        }
        #expect(shown > 60)
    }

    @Test(arguments: FindingCatalogue.all.map(\.code.rawValue))
    func `the cluster shows what a finding foretells`(_ code: String) async throws {
        let page = try #require(FindingCatalogue.page(of: DiagnosticCode(code)))
        let world = try await Self.world(of: page)
        let finding = try #require(
            world.proof.findings.first { $0.code == page.code }, "\(world.proof.findings.map(\.code.rawValue))")
        switch try #require(page.confirmation) {
        case .event:
            let foretold = try #require(finding.providerMessage, "what the finding says is shown nowhere")
            for text in [foretold, page.providerMessage ?? ""] { try await expect(text, in: world) }
        case .consequence(let text): try await expect(text, in: world)
        case .observation:
            let look = try #require(FindingObservations.all[page.code], "nobody looks")
            if page.code != .parameterNotText { #expect(world.refusals == []) }
            try await look(world, finding)
        case .nothing:
            if finding.effect == .surprise {
                let messages = await world.messages()
                for pod in world.scene.pods { #expect(await world.isRunning(pod), "\(messages)") }
            }
        }
    }

    /// What fails when the driver looks again is told then.
    private func expect(_ text: String, in world: SceneWorld) async throws {
        if await world.messages().contains(where: { Tally.matches(text, $0) }) { return }
        try await world.rotate()
        let messages = await world.messages()
        #expect(messages.contains { Tally.matches(text, $0) }, "not met: \(text)\n\(messages.joined(separator: "\n"))")
    }

    // MARK: Examples

    private static func world(of page: FindingPage) async throws -> SceneWorld {
        switch page.example {
        case .spec(let text): return try await SceneWorld(try await SpecScene.scene(of: text))
        case .manifests(let text):
            var reader = ManifestReader()
            reader.read(SourceFile(path: "shop.yaml", text: text))
            return try await SceneWorld(ManifestScene.scene(of: reader.set), manifests: text)
        case .words:
            let change = try #require(SceneChanges.all.first { $0.code == page.code && $0.severity == page.severity })
            var scene = SoundScene.scene()
            change.make(&scene)
            return try await SceneWorld(scene)
        }
    }
}
