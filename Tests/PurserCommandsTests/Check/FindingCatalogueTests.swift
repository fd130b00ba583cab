import PurserCommands
import PurserProof
import PurserSyntax
import PurserTestSupport
import Testing

/// The examples of the catalogue, as `check` meets them.
@Suite struct FindingCatalogueTests {
    private func proof(of manifests: String) -> SceneProof {
        Prover.proof(of: ManifestScene.scene(of: ManifestReaderTests.read(manifests, path: "shop.yaml")))
    }

    @Test func `nothing is found in the manifests that the examples change`() {
        #expect(proof(of: FindingCatalogue.manifests).findings.map(\.message) == [])
        #expect(ManifestReaderTests.read(FindingCatalogue.manifests).problems.isEmpty)
    }

    @Test(arguments: FindingCatalogue.all.filter(\.isOfManifests).map(\.code.rawValue))
    func `an example of manifests produces its finding, at a place`(_ code: String) throws {
        let page = try #require(FindingCatalogue.page(of: DiagnosticCode(code)))
        guard case .manifests(let text) = page.example else { return }
        #expect(text != FindingCatalogue.manifests, "the example changes nothing")
        let findings = proof(of: text).findings
        let found = try #require(findings.first { $0.code == page.code }, "\(findings.map(\.code.rawValue))")
        #expect(found.severity == page.severity)
        #expect(found.range != nil)
    }

    @Test func `what each example is told reads as recorded`() {
        var text = ""
        for page in FindingCatalogue.all {
            guard case .manifests(let manifests) = page.example else { continue }
            text += "# \(page.code)\n"
            for finding in proof(of: manifests).findings {
                let place = finding.range.map { "\($0.start)" } ?? "-"
                text += "\(place): \(finding.severity.rawValue)[\(finding.code)]: \(finding.message)\n"
            }
        }
        expectGolden(text, "Check/catalogue.txt")
    }
}

extension FindingPage {
    fileprivate var isOfManifests: Bool { if case .manifests = example { true } else { false } }
}
