import Foundation
import PurserCommands
import PurserEngine
import PurserTestSupport
import Testing

@Suite struct PlanRendererTests {
    private let catalog = ResourceCatalog.scripted(ScriptedWorld())

    @Test func `a plan with every action reads as recorded`() {
        let text = PlanRenderer(catalog: catalog, style: .plain).text(of: SampleChanges.plan)
        expectGolden(text, "Commands/plan.txt")
    }

    @Test func `colour adds nothing but colour`() {
        let coloured = PlanRenderer(catalog: catalog, style: TextStyle(isColoured: true)).text(of: SampleChanges.plan)
        let plain = PlanRenderer(catalog: catalog, style: .plain).text(of: SampleChanges.plan)
        #expect(coloured.contains("\u{1B}["))
        #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
    }

    @Test func `a plan without changes is one line`() {
        let plan = Plan(
            environment: "test", purpose: .apply, specDigest: "", lineage: "", serial: 1,
            changes: [Change(address: Address("boxes/a"), kind: "test/box", action: .none)])
        let text = PlanRenderer(catalog: catalog, style: .plain).text(of: plan)
        #expect(text == "No changes. Everything is as the spec says: 1 resource.\n")
    }

    @Test func `an empty environment has nothing to destroy`() {
        let plan = Plan(
            environment: "test", purpose: .destroy, specDigest: "", lineage: "", serial: 0, changes: [])
        #expect(PlanRenderer(catalog: catalog, style: .plain).text(of: plan) == "Nothing to destroy.\n")
    }

    @Test func `a plan to destroy is one line a resource`() {
        let changes = ["a", "b"].map { name in
            Change(
                address: Address("boxes/\(name)"), kind: "test/box", action: .delete, reasons: [.environmentDestroyed])
        }
        let plan = Plan(
            environment: "test", purpose: .destroy, specDigest: "", lineage: "", serial: 1, changes: changes)
        #expect(
            PlanRenderer(catalog: catalog, style: .plain).text(of: plan) == """
                `purser destroy` will change the environment test as follows.

                  - boxes/a (box): delete
                  - boxes/b (box): delete

                Plan: 2 to delete.

                """)
    }

    @Test func `long lists are compared item by item, and mappings that come or go part by part`() {
        let item: (Int) -> Value = {
            ["path": .string("/mnt/a-rather-long-path-number-\($0)"), "number": .integer($0)]
        }
        let change = Change(
            address: Address("boxes/a"), kind: "test/box", action: .update,
            differences: [
                Difference(path: "short", before: [1, 2], after: [1], effect: .updates),
                Difference(
                    path: "long", before: .list((0..<6).map(item)), after: .list((1..<6).map(item)), effect: .updates),
                Difference(path: "gone", before: ["a": ["b": 1, "c": [1, 2]]], after: nil, effect: .updates),
            ])
        let plan = Plan(
            environment: "test", purpose: .apply, specDigest: "", lineage: "", serial: 1, changes: [change])
        expectGolden(PlanRenderer(catalog: catalog, style: .plain).text(of: plan), "Commands/collections.txt")
    }

    @Test func `nothing that a spec says reaches the terminal raw`() {
        var plan = SampleChanges.plan
        plan.changes = [SampleChanges.hostile]
        let text = PlanRenderer(catalog: catalog, style: .plain).text(of: plan)
        #expect(!text.contains("\u{1B}"))
        #expect(text.contains("<U+001B>[2J"))
    }

    @Test func `the sensitive are named and never shown`() {
        let text = PlanRenderer(catalog: catalog, style: .plain).text(of: SampleChanges.plan)
        #expect(text.contains("(sensitive)"))
        #expect(!text.contains("KEY"))
    }
}

@Suite struct MarkdownRendererTests {
    private let catalog = ResourceCatalog.scripted(ScriptedWorld())

    @Test func `a plan with every action is a comment as recorded`() {
        expectGolden(MarkdownRenderer(catalog: catalog).text(of: SampleChanges.plan), "Commands/plan.md")
    }

    @Test func `what a spec says is never read as Markdown or HTML`() {
        var plan = SampleChanges.plan
        plan.changes = [SampleChanges.hostile]
        expectGolden(MarkdownRenderer(catalog: catalog).text(of: plan), "Commands/hostile.md")
    }

    @Test(arguments: [1024, 2048, 5000, 20_000, 65_536])
    func `a comment keeps within its budget, and destructive changes are folded last`(_ budget: Int) {
        let text = MarkdownRenderer(catalog: catalog, maxBytes: budget).text(of: SampleChanges.many)
        #expect(text.utf8.count <= budget)
        #expect(text.contains("Plan: 400 to create, 5 to delete."))
        let shown = (0..<5).filter { text.contains("<code>boxes/d\($0)</code>") }
        #expect(budget < 2048 || shown.count == 5)
        #expect(text.components(separatedBy: "<details").count == text.components(separatedBy: "</details>").count)
    }
}
