import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct PlanFileTests {
    private let catalog = ResourceCatalog.scripted(ScriptedWorld())
    private let request = PlanFile.Request(specPath: "plans/test", targets: [Address("boxes/a")])

    private func file(_ plan: Plan, steps: [Step] = []) -> PlanFile {
        PlanFile(plan: plan, request: request, steps: steps, catalog: catalog)
    }

    private func plan(
        digest: String = "d", lineage: String = "l", serial: Int = 1, changes: [Change] = []
    ) -> Plan {
        Plan(
            environment: "test", purpose: .apply, specDigest: digest, lineage: lineage, serial: serial,
            changes: changes)
    }

    private func change(_ name: String, size: Int, notes: [String] = []) -> Change {
        Change(
            address: Address("boxes/\(name)"), kind: "test/box", action: .update,
            reasons: [
                .differs, .follows(Address("boxes/z")), .immutable(path: "colour"), .comparedAtApply(path: "key"),
            ],
            differences: [
                Difference(path: "size", before: 1, after: .integer(size), effect: .updates),
                Difference(path: "id", before: "x", after: .unknown, effect: .updates),
                Difference(
                    path: "labels", before: nil, after: ["a": .unknown, "b": [1, .unknown]], effect: .replaces),
                Difference(path: "key", before: nil, after: nil, isSensitive: true, effect: .updates),
            ],
            before: Attributes(["name": .string(name), "key": ["env": "KEY"], "gone": .null]),
            after: Attributes([
                "name": .string(name), "size": .integer(size), "id": .unknown,
                "needs": [["id": .unknown, "name": "n"], ["id": "known"]], "key": ["env": "KEY"],
            ]),
            irreversible: "no way back", notes: notes)
    }

    @Test func `what is read is what was written, unknown parts included`() throws {
        let steps = [Step(id: 0, address: Address("boxes/a"), kind: "test/box", operation: .update, needs: [])]
        var written = plan(changes: [change("a", size: 2, notes: ["n"])])
        written.drift = [change("a", size: 3)]
        written.remarks.append(Diagnostic(DiagnosticCode("a/b"), "m", hint: "h", severity: .warning))
        let original = file(written, steps: steps)
        let read = try PlanFile(bytes: try original.bytes)
        #expect(read.plan.changes == written.changes)
        #expect(read.plan.drift == written.drift)
        #expect(read.plan.remarks == written.remarks)
        #expect(read.steps == steps)
        #expect(read.request == request)
        #expect(try read.bytes == original.bytes)
        #expect(read.staleness(against: original) == nil)
    }

    @Test func `the same plan gives the same bytes`() throws {
        let first = try file(plan(changes: [change("a", size: 2)])).bytes
        #expect(try file(plan(changes: [change("a", size: 2)])).bytes == first)
    }

    @Test func `each way in which a plan can be stale is told`() {
        let saved = file(plan(changes: [change("a", size: 2)]))
        #expect(saved.staleness(against: file(plan(digest: "other"))) == .specChanged)
        #expect(saved.staleness(against: file(plan(lineage: "other"))) == .otherState)
        #expect(saved.staleness(against: file(plan(serial: 9))) == .stateChanged(planned: 1, now: 9))
        let other = file(plan(changes: [change("a", size: 3)]))
        #expect(saved.staleness(against: other) == .changesDiffer([Address("boxes/a")]))
        let step = Step(id: 0, address: Address("boxes/a"), kind: "test/box", operation: .update, needs: [])
        #expect(saved.staleness(against: file(plan(changes: [change("a", size: 2)]), steps: [step])) == .stepsDiffer)
        let noted = file(plan(changes: [change("a", size: 2, notes: ["another remark"])]))
        #expect(saved.staleness(against: noted) == nil)
    }

    @Test func `what is no plan is refused with its reason`() {
        #expect(throws: PlanFileError.notAPlan(detail: "it is not JSON with a format_version")) {
            try PlanFile(bytes: Array("hello".utf8))
        }
        #expect(throws: PlanFileError.newerFormat("2.0")) {
            try PlanFile(bytes: Array(#"{"format_version": "2.0"}"#.utf8))
        }
        #expect(throws: PlanFileError.self) { try PlanFile(bytes: Array(#"{"format_version": "1.0"}"#.utf8)) }
    }

    @Test(arguments: Action.allCases)
    func `every action has Terraform's nearest word`(_ action: Action) {
        let words: Set<[String]> = [
            ["create"], ["update"], ["delete", "create"], ["delete"], ["read"], ["forget"], ["no-op"],
        ]
        #expect(words.contains(action.terraformActions))
    }
}
