import Foundation
import PurserCommands
import PurserEngine
import PurserTestSupport
import Testing

@Suite struct SavedPlanTests {
    private func harness() async throws -> CommandHarness {
        let harness = try CommandHarness()
        try harness.writeSpec("boxes:\n  a: {size: 2, key: {env: KEY}}\n  b: {label: \"${boxes/a.id}\"}\n")
        return harness
    }

    private let setting = CommandHarness.Setting(environment: ["KEY": "hunter2-canary"])

    @Test func `a saved plan runs as reviewed, without asking`() async throws {
        let harness = try await harness()
        let saved = await harness.run("plan", "plans/test", "--out", "p.json", setting: setting)
        #expect(saved.status == .done)
        #expect(saved.errors.contains("purser apply p.json"))
        let applied = await harness.run("apply", "p.json", setting: setting)
        #expect(applied.status == .done, "\(applied.errors)")
        #expect(await harness.world.objects.count == 2)
        let again = await harness.run("apply", "p.json", setting: setting)
        #expect(again.status == .stalePlan)
        #expect(again.errors.contains("error[plan/stale]"))
        #expect(again.errors.contains("the plan was made for another state"))
    }

    @Test func `a plan file is private, deterministic, and holds no secret`() async throws {
        let harness = try await harness()
        _ = await harness.run("plan", "plans/test", "--out", "p.json", setting: setting)
        _ = await harness.run("plan", "plans/test", "--out", "q.json", setting: setting)
        let text = try #require(harness.read("p.json"))
        #expect(text == harness.read("q.json"))
        #expect(!text.contains("hunter2-canary"))
        let attributes = try FileManager.default.attributesOfItem(
            atPath: harness.directory.appending(path: "p.json").path())
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `show prints a saved plan as text and as JSON`() async throws {
        let harness = try await harness()
        let planned = await harness.run("plan", "plans/test", "--out", "p.json", setting: setting)
        let shown = await harness.run("show", "p.json")
        #expect(shown.status == .done)
        #expect(shown.output == planned.output)
        let document = await harness.run("show", "p.json", "--json")
        #expect(document.output == harness.read("p.json")?.replacing(harness.directory.path() + "/", with: ""))
    }

    @Test func `a changed spec makes a plan stale`() async throws {
        let harness = try await harness()
        _ = await harness.run("plan", "plans/test", "--out", "p.json", setting: setting)
        try harness.writeSpec("boxes:\n  a: {size: 3, key: {env: KEY}}\n  b: {label: \"${boxes/a.id}\"}\n")
        let outcome = await harness.run("apply", "p.json", setting: setting)
        #expect(outcome.status == .stalePlan)
        #expect(outcome.errors.contains("the spec, or a variable's value, has changed"))
        #expect(await harness.world.objects.isEmpty)
    }

    @Test func `a changed state makes a plan stale`() async throws {
        let harness = try await harness()
        _ = await harness.run("apply", "plans/test", "--yes", setting: setting)
        try harness.writeSpec("boxes:\n  a: {size: 3, key: {env: KEY}}\n  b: {label: \"${boxes/a.id}\"}\n")
        _ = await harness.run("plan", "plans/test", "--out", "p.json", setting: setting)
        _ = await harness.run("apply", "plans/test", "--yes", setting: setting)
        let outcome = await harness.run("apply", "p.json", setting: setting)
        #expect(outcome.status == .stalePlan)
        #expect(outcome.errors.contains("its serial was 1 and is 2"))
    }

    @Test func `a world that has changed makes a plan stale`() async throws {
        let harness = try await harness()
        _ = await harness.run("apply", "plans/test", "--yes", setting: setting)
        try harness.writeSpec("boxes:\n  a: {size: 3, key: {env: KEY}}\n  b: {label: \"${boxes/a.id}\"}\n")
        _ = await harness.run("plan", "plans/test", "--out", "p.json", setting: setting)
        await harness.world.put(ScriptedWorld.Key(kind: "test/box", name: "b"), nil)
        let outcome = await harness.run("apply", "p.json", setting: setting)
        #expect(outcome.status == .stalePlan)
        #expect(outcome.errors.contains("what would be done now is not what was planned, for boxes/b"))
    }

    @Test func `a plan to destroy is saved and run like any other`() async throws {
        let harness = try await harness()
        _ = await harness.run("apply", "plans/test", "--yes", setting: setting)
        _ = await harness.run("plan", "plans/test", "--destroy", "--out", "p.json", setting: setting)
        let outcome = await harness.run("apply", "p.json", setting: setting)
        #expect(outcome.status == .done, "\(outcome.errors)")
        #expect(await harness.world.objects.isEmpty)
    }

    @Test func `a variable given to plan is part of it`() async throws {
        let harness = try await harness()
        try harness.writeSpec("variables: {text: {default: x}}\nboxes:\n  a: {label: \"${var.text}\"}\n")
        _ = await harness.run("plan", "plans/test", "--var", "text=from the plan", "--out", "p.json")
        let outcome = await harness.run("apply", "p.json")
        #expect(outcome.status == .done, "\(outcome.errors)")
        let object = await harness.world.objects[ScriptedWorld.Key(kind: "test/box", name: "a")]
        #expect(object?.attributes.values["label"] == "from the plan")
        let refused = await harness.run("apply", "p.json", "--var", "text=y")
        #expect(refused.status == .usage)
    }

    @Test func `what is no plan is refused`() async throws {
        let harness = try await harness()
        try harness.write("{}", to: "p.json")
        let outcome = await harness.run("apply", "p.json")
        #expect(outcome.status == .usage)
        #expect(outcome.errors.contains("error[plan/unreadable]"))
        #expect(outcome.errors.contains("it is not a saved plan"))
    }
}
