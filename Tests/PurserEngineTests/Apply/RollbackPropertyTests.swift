import PurserEngine
import PurserTestSupport
import Testing

/// Any environment, any change of it, any failure: one of the two worlds is left, and the next apply converges.
@Suite struct RollbackPropertyTests {
    @Test func `random changes with random failures end in one of two worlds`() async throws {
        var generator = SeededGenerator(for: "rollback")
        var endings: [ApplyReport.Ending: Int] = [:]
        for round in 0..<120 {
            let before = Self.sections(&generator)
            let after = Self.sections(&generator)
            let harness = EngineHarness()
            #expect(try await harness.apply(before).ending == .done, "\(before)")
            let former = await harness.observable()
            let state = await harness.backend.load()
            let skip = Int.random(in: 0..<12, using: &generator)
            let moment: ScriptedWorld.Fault.Moment = Bool.random(using: &generator) ? .before : .after
            await harness.world.order(ScriptedWorld.Fault(nil, skip: skip, moment: moment, onlyWrites: true))
            let report = try await harness.apply(after, options: Self.options(&generator))
            await harness.world.clearFaults()
            endings[report.ending, default: 0] += 1
            let place: Comment = "round \(round), write \(skip) \(moment)\n\(before)---\n\(after)"
            switch report.ending {
            case .done: break
            case .rolledBack:
                let now = await harness.observable()
                #expect(now == former, "\(Self.difference(from: former, to: now))\n\(place)")
                #expect(await harness.backend.load()?.resources.keys.sorted() == state?.resources.keys.sorted(), place)
            // The fault met the undoing.
            case .incomplete: #expect(!report.undoFailures.isEmpty && !report.failures.isEmpty, place)
            case .abandoned: Issue.record("\(report)")
            }
            #expect(try await harness.storage.read() == nil, place)
            let again = try await harness.apply(after)
            #expect(again.ending == .done, "\(again.failures.map(\.summary)) \(place)")
            #expect(try await harness.plan(after).plan.lines == [], place)
        }
        #expect((endings[.rolledBack] ?? 0) > 30 && (endings[.done] ?? 0) > 5, "the draws test too little: \(endings)")
    }

    private static func difference(from old: [EngineHarness.Seen: Int], to new: [EngineHarness.Seen: Int]) -> String {
        let gone = old.keys.filter { new[$0] == nil }.map { "- \($0.kind) \($0.object)" }
        let come = new.keys.filter { old[$0] == nil }.map { "+ \($0.kind) \($0.object)" }
        return (gone + come).joined(separator: "\n")
    }

    private static func options(_ generator: inout SeededGenerator) -> Executor.Options {
        var options = Executor.Options()
        options.parallelism = Int.random(in: 1...6, using: &generator)
        return options
    }

    /// Boxes that need or stand in earlier ones, with items, secrets and marks.
    private static func sections(_ generator: inout SeededGenerator) -> String {
        let names = ["a", "b", "c", "d", "e"].filter { _ in Int.random(in: 0..<4, using: &generator) > 0 }
        var text = names.isEmpty ? "boxes: {}\n" : "boxes:\n"
        for (index, name) in names.enumerated() {
            var fields = ["size: \(Int.random(in: 1...3, using: &generator))"]
            if Bool.random(using: &generator) {
                fields.append("colour: \(["red", "blue"].randomElement(using: &generator) ?? "")")
            }
            if Bool.random(using: &generator) {
                fields.append("key: {env: \(Bool.random(using: &generator) ? "KEY" : "OTHER")}")
            }
            if let earlier = names[..<index].randomElement(using: &generator) {
                fields.append(Bool.random(using: &generator) ? "inside: \(earlier)" : "needs: [\(earlier)]")
            }
            if Bool.random(using: &generator) {
                fields.append("items: {i: {content: text-\(Int.random(in: 0..<2, using: &generator))}}")
            }
            text += "  \(name): {\(fields.joined(separator: ", "))}\n"
        }
        if let marked = names.randomElement(using: &generator) { text += "marks: {m: {box: \(marked), text: x}}\n" }
        return text
    }
}
