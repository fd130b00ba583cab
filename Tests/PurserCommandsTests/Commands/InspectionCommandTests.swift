import Foundation
import PurserCommands
import PurserEngine
import PurserTestSupport
import Testing

@Suite struct InspectionCommandTests {
    private func applied() async throws -> CommandHarness {
        let harness = try CommandHarness()
        try harness.writeSpec(
            "boxes:\n  a: {size: 2, key: {env: KEY}}\n  b: {label: \"${boxes/a.id}\", needs: [a]}\n")
        let setting = CommandHarness.Setting(environment: ["KEY": "hunter2-canary"])
        let outcome = await harness.run("apply", "plans/test", "--yes", setting: setting)
        #expect(outcome.status == .done, "\(outcome.errors)")
        return harness
    }

    @Test func `show prints what is recorded, and no secret`() async throws {
        let harness = try await applied()
        let shown = await harness.run("show", "plans/test")
        #expect(shown.status == .done)
        expectGolden(shown.output, "Commands/show.txt")
        #expect(!shown.output.contains("hunter2-canary"))
        #expect(!shown.output.contains("KEY"))
    }

    @Test func `show needs neither the spec's variables nor a spec that is whole`() async throws {
        let harness = try await applied()
        try harness.writeSpec("variables: {x: {env: UNSET}}\nboxes: 5\n")
        #expect(await harness.run("show", "plans/test").status == .done)
        #expect(await harness.run("show", "test").status == .done)
        #expect(await harness.run("show").status == .done)
    }

    @Test func `drift tells what others changed and deleted, and changes nothing`() async throws {
        let harness = try await applied()
        let setting = CommandHarness.Setting(environment: ["KEY": "hunter2-canary"])
        let quiet = await harness.run("drift", "plans/test", "--detailed-exitcode", setting: setting)
        #expect(quiet.status == .done)
        #expect(quiet.output == "No drift. Everything is as Purser left it.\n")
        let (a, b) = (
            ScriptedWorld.Key(kind: ScriptedBox.name, name: "a"), ScriptedWorld.Key(kind: ScriptedBox.name, name: "b")
        )
        var object = try #require(await harness.world.objects[a])
        object.attributes.values["size"] = 7
        await harness.world.put(a, object)
        await harness.world.put(b, nil)
        let state = harness.bytes("state/test/state.json")
        await harness.world.clearCalls()
        let told = await harness.run("drift", "plans/test", "--detailed-exitcode", setting: setting)
        #expect(told.status == .differences)
        expectGolden(told.output, "Commands/drift.txt")
        let events = await harness.run("drift", "plans/test", "--json", setting: setting)
        #expect(events.status == .done)
        #expect(events.output.components(separatedBy: #""type":"resource_drift""#).count == 3)
        #expect(await harness.world.writes.isEmpty)
        #expect(harness.bytes("state/test/state.json") == state)
    }

    @Test func `show as JSON is the state itself`() async throws {
        let harness = try await applied()
        let shown = await harness.run("show", "plans/test", "--json")
        #expect(shown.output == harness.read("state/test/state.json"))
    }

    @Test func `state show prints one resource, and suggests the nearest one`() async throws {
        let harness = try await applied()
        let shown = await harness.run("state", "show", "boxes/a", "plans/test")
        #expect(shown.output.hasPrefix("boxes/a (box)\n"))
        let missed = await harness.run("state", "show", "boxs/a", "plans/test")
        #expect(missed.status == .failed)
        #expect(missed.errors.contains("did you mean 'boxes/a'?"))
    }

    @Test(arguments: ["dot", "mermaid"])
    func `the graph is drawn as recorded`(_ format: String) async throws {
        let harness = try await applied()
        let drawn = await harness.run("graph", "plans/test", "--format", format)
        #expect(drawn.status == .done)
        expectGolden(drawn.output, "Commands/graph.\(format)")
    }

    @Test func `a plan's JSON events are as recorded`() async throws {
        let harness = try await applied()
        try harness.writeSpec("boxes:\n  a: {size: 3, key: {env: KEY}}\n  c: {colour: red}\n")
        let setting = CommandHarness.Setting(environment: ["KEY": "hunter2-canary"])
        let planned = await harness.run("plan", "plans/test", "--json", setting: setting)
        #expect(planned.status == .done)
        expectGolden(planned.output, "Commands/plan-events.ndjson")
        #expect(planned.errors.isEmpty)
    }

    @Test func `every JSON line has level, message, time and type`() async throws {
        let harness = try await applied()
        try harness.writeSpec("boxes:\n  a: {size: 3}\n  c: {colour: red}\n")
        let outcome = await harness.run("apply", "plans/test", "--json", "--yes")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count > 8)
        for line in lines {
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
            for key in ["@level", "@message", "@timestamp", "type"] { #expect(object[key] is String, "\(line)") }
        }
    }

    @Test func `the schema describes every section`() async throws {
        let harness = try CommandHarness()
        let schema = await harness.run("schema")
        #expect(schema.status == .done)
        expectGolden(schema.output, "Commands/schema.json")
    }

    @Test func `init writes a spec once`() async throws {
        let harness = try CommandHarness()
        let first = await harness.run("init", "pay")
        #expect(first.status == .done)
        #expect(harness.read("plans/pay/environment.yaml")?.contains("environment: pay") == true)
        #expect(await harness.run("init", "pay").status == .usage)
        #expect(await harness.run("init", "No Good").status == .usage)
    }

    @Test func `a path without a spec is an error`() async throws {
        let harness = try CommandHarness()
        let outcome = await harness.run("validate", "plans/none")
        #expect(outcome.status == .usage)
        #expect(outcome.errors.contains("error[spec/no-spec]: there is no file or directory"))
    }

    @Test func `without a sandbox its commands say how to start one`() async throws {
        let harness = try CommandHarness()
        let outcome = await harness.run("sandbox", "env")
        #expect(outcome.status == .failed)
        #expect(outcome.errors.contains("error[sandbox/unavailable]"))
        #expect(outcome.errors.contains("purser sandbox start"))
    }

    @Test func `a directory is worked in when asked`() async throws {
        let harness = try CommandHarness()
        try harness.writeSpec("boxes: {a: {}}\n", to: "sub/plans/test/environment.yaml")
        let outcome = await harness.run("apply", "-C", "sub", "--yes")
        #expect(outcome.status == .done, "\(outcome.errors)")
        #expect(harness.exists("sub/state/test/state.json"))
    }

    @Test func `state lies where it is told to`() async throws {
        let harness = try CommandHarness()
        try harness.writeSpec("boxes: {a: {}}\n")
        _ = await harness.run("apply", "plans/test", "--state", "elsewhere", "--yes")
        #expect(harness.exists("elsewhere/state.json"))
        #expect(!harness.exists("state"))
    }
}
