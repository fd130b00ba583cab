import Foundation
import PurserCommands
import PurserProof
import PurserTestSupport
import Testing

/// Two specs against each other, over the kinds that there really are. Whatever opens a connection fails.
@Suite struct DiffCommandTests {
    private static let changes: [(String, String)] = [
        ("env: SECRET_VALUE", "env: OTHER_VALUE"), ("name: csi-demo-keyvault", "name: csi-other-keyvault"),
        ("version: 1.8.2", "version: 1.8.1"), ("identity: {userAssigned: demo}", "identity: systemAssigned"),
        ("image: app:1", "image: app:2"),
        ("groups:\n", "groups:\n  more: {name: more, tags: {note: \"```</summary>\"}, protect: true}\n"),
        ("          - secret: app-secret\n", "          - secret: app-secret\n            file: renamed\n"),
    ]

    private func harness(
        _ changes: [(String, String)], in base: String = FindingCatalogue.spec
    ) throws -> CommandHarness {
        let harness = try CommandHarness()
        var text = base
        for (old, new) in changes { text = text.replacing(old, with: new) }
        try harness.write(base, to: "base/environment.yaml")
        try harness.write(text, to: "plans/demo/environment.yaml")
        return harness
    }

    @Test func `two specs that say the same have no difference`() async throws {
        let harness = try harness([])
        let outcome = await harness.offline("diff", "base", "--detailed-exitcode")
        #expect(outcome.status == .done, "\(outcome)")
        #expect(outcome.output.hasPrefix("No difference: "))
        #expect(!FileManager.default.fileExists(atPath: harness.directory.appending(path: "state").path()))
    }

    @Test func `differences are shown as a plan shows them`() async throws {
        let harness = try harness(Self.changes)
        let outcome = await harness.offline("diff", "base", "plans/demo", "--detailed-exitcode")
        #expect(outcome.status == .differences, "\(outcome)")
        expectGolden(outcome.output + outcome.errors, "Commands/diff.txt")
        let markdown = await harness.offline("diff", "base", "plans/demo", "--markdown")
        expectGolden(markdown.output, "Commands/diff.md")
    }

    @Test func `what goes is shown although it is protected`() async throws {
        let harness = try harness(
            [("    demo:\n    name: csi-demo-keyvault", ""), ("location: westeurope", "location: northeurope")],
            in: FindingCatalogue.spec.replacing("name: aks-csi-demo}", with: "name: aks-csi-demo, protect: true}"))
        let outcome = await harness.offline("diff", "base")
        #expect(outcome.status == .done, "\(outcome)")
        #expect(outcome.output.contains("-/+ groups/demo"), "\(outcome.output)")
    }

    @Test func `what was used as it is and is to be ours is adopted`() async throws {
        let harness = try harness(
            [("name: aks-csi-demo, existing: true}", "name: aks-csi-demo}")],
            in: FindingCatalogue.spec.replacing("name: aks-csi-demo}", with: "name: aks-csi-demo, existing: true}"))
        let outcome = await harness.offline("diff", "base")
        #expect(outcome.output.contains("& groups/demo (resource group): adopt"), "\(outcome)")
    }

    @Test func `a mistake in either spec is told at its place`() async throws {
        let harness = try harness([("group: demo", "group: demoo")])
        let outcome = await harness.offline("diff", "base")
        #expect(outcome.status == .usage)
        #expect(outcome.errors.contains("plans/demo/environment.yaml:"))
        let reverse = await harness.offline("diff", "plans/demo", "base")
        #expect(reverse.status == .usage)
        #expect(reverse.errors.contains("plans/demo/environment.yaml:"))
    }

    @Test func `as JSON each change is an event with Terraform's names`() async throws {
        let outcome = await (try harness(Self.changes)).offline("diff", "base", "--json")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.contains { $0.contains("\"type\":\"planned_change\"") && $0.contains("vaults/demo") })
        #expect(lines.last?.contains("\"type\":\"change_summary\"") == true)
    }
}
