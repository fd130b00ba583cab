import Foundation
import PurserCommands
import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct HumanViewTests {
    private func step(_ id: Int, _ name: String, _ operation: Step.Operation = .create) -> Step {
        Step(id: id, address: PurserEngine.Address("boxes/\(name)"), kind: "test/box", operation: operation, needs: [])
    }

    private func shown(_ events: [ViewEvent], terminal: Terminal = .none) async throws -> String {
        let harness = try CommandHarness()
        let output = CapturedText()
        let errors = CapturedText()
        let context = harness.context(output, errors, CommandHarness.Setting(terminal: terminal))
        let view = HumanView(context: context, colour: true)
        for event in events { await view.show(event) }
        await view.close()
        return "stdout:\n\(output.text)stderr:\n\(errors.text)"
    }

    private var run: [ViewEvent] {
        let failure = Failure(
            address: PurserEngine.Address("boxes/c"), code: DiagnosticCode("test/failed"), summary: "refused\u{1B}[2J",
            hint: "try later", traceIDs: ["request: 1"])
        return [
            .applying(.began(total: 4)), .applying(.started(step(0, "a"))), .applying(.started(step(1, "b", .update))),
            .applying(.progressed(step(0, "a"), "waiting for the identity")),
            .applying(.finished(step(0, "a"), seconds: 1.25)),
            .applying(.started(step(2, "c", .delete))), .applying(.failed(step(2, "c", .delete), failure)),
            .applying(.interrupted(running: 1)), .applying(.finished(step(1, "b", .update), seconds: 75)),
            .applying(.rollbackBegan(total: 2)), .applying(.undoStarted(step(1, "b", .update))),
            .applying(.undone(step(1, "b", .update))), .applying(.undoStarted(step(0, "a"))),
            .applying(.undoFailed(step(0, "a"), failure)),
            .ended(
                RunEnd(
                    purpose: .apply,
                    report: ApplyReport(
                        ending: .incomplete, wasInterrupted: true, done: [.create: 1, .update: 1], failures: [failure],
                        undoFailures: [failure], kept: ["boxes/b: the former version"],
                        remaining: [PurserEngine.Address("boxes/a")]),
                    places: [PurserEngine.Address("boxes/c"): SampleChanges.range(4)], sources: [],
                    specPath: "plans/test")),
        ]
    }

    @Test func `without a terminal a run is plain lines`() async throws {
        expectGolden(try await shown(run), "Commands/run-plain.txt")
    }

    @Test func `on a terminal the running steps are drawn anew`() async throws {
        let text = try await shown(run, terminal: Terminal(showsOutput: true, showsErrors: true, width: 60))
        #expect(text.contains("\u{1B}[1F\u{1B}[J") || text.contains("\u{1B}[2F\u{1B}[J"))
        #expect(!text.contains("refused\u{1B}[2J"))
        let dumb = try await shown(run, terminal: Terminal(showsErrors: true, isDumb: true))
        #expect(!dumb.contains("\u{1B}"))
    }
}
