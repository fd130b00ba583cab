import Foundation
import PurserCommands
import PurserProof
import PurserTestSupport
import Testing

/// Findings that are let pass for a reason: by a plan, in what is saved of it, and by the apply that it is for.
@Suite struct AllowedFindingsTests {
    private static let reason = "the operations team grants it by hand"
    private static let allowing = ["--allow", "proof/missing-permission", "--reason", reason]
    private static let offline = ["--refresh=false"]
    private let harness: CommandHarness

    init() throws {
        harness = try CommandHarness()
        let spec = FindingCatalogue.spec.replacing("secrets: [get]", with: "secrets: [list]")
        try harness.write(spec, to: "plans/demo/environment.yaml")
    }

    @Test(arguments: [["plan"], ["apply", "--yes"], ["validate"]])
    func `a finding of level error stops the command before anything is asked`(_ command: [String]) async throws {
        let stopped = await harness.offline(command + ["plans/demo"])
        #expect(stopped.status == .usage)
        #expect(stopped.errors.contains("error[proof/missing-permission]"), "\(stopped.errors)")
        let other = command == ["validate"] ? [] : ["--allow", "proof/no-access", "--reason", "another one"]
        #expect(await harness.offline(command + ["plans/demo"] + other).status == .usage, "another code is allowed")
    }

    @Test func `an allowed finding is a warning of the plan, with its reason`() async throws {
        let planned = await harness.offline(["plan", "plans/demo"] + Self.offline + Self.allowing)
        #expect(planned.status == .done, "\(planned.errors)")
        #expect(planned.output.contains("Allowed: \(Self.reason)\n  - proof/missing-permission"), "\(planned.output)")
        #expect(planned.errors.contains("warning[proof/missing-permission]"))
        #expect(planned.errors.contains("note: allowed: \(Self.reason)"))
    }

    @Test func `the reason is in the Markdown for a pull request, and in the JSON`() async throws {
        let markdown = await harness.offline(["plan", "plans/demo", "--markdown"] + Self.offline + Self.allowing)
        #expect(
            markdown.output.contains(
                "Allowed: <code>proof/missing-permission</code>, because <code>\(Self.reason)</code>"),
            "\(markdown.output)")
        let json = await harness.offline(["plan", "plans/demo", "--json"] + Self.offline + Self.allowing)
        let events = json.output.split(separator: "\n").filter { $0.contains("\"findings_allowed\"") }
        #expect(events.count == 1 && events[0].contains(Self.reason), "\(json.output)")
    }

    @Test func `a saved plan keeps the reason, shows it, and is applied with it`() async throws {
        let saved = await harness.offline(
            ["plan", "plans/demo", "--out", "demo.plan"] + Self.offline + Self.allowing)
        #expect(saved.status == .done, "\(saved.errors)")
        #expect(harness.read("demo.plan")?.contains(Self.reason) == true)
        let shown = await harness.offline("show", "demo.plan")
        #expect(shown.output.contains("Allowed: \(Self.reason)"), "\(shown.output)\(shown.errors)")
        // What it would carry out comes to nothing here: no request is let through.
        var applied: CommandHarness.Outcome?
        await withKnownIssue(isIntermittent: true) { applied = await harness.offline("apply", "demo.plan") }
        let text = (applied?.output ?? "") + (applied?.errors ?? "")
        #expect(text.contains("Allowed: \(Self.reason)"), "\(text)")
        let more = await harness.offline(["apply", "demo.plan"] + Self.allowing)
        #expect(more.status == .usage, "a plan that was reviewed is not given other allowances")
    }
}
