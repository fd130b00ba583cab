import Foundation
import PurserCommands
import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct RunCommandTests {
    private static let sections = "boxes:\n  a: {size: 2}\n  b: {label: \"${boxes/a.id}\"}\n  c: {needs: [b]}\n"

    private func harness(_ sections: String = sections) throws -> CommandHarness {
        let harness = try CommandHarness()
        try harness.writeSpec(sections)
        return harness
    }

    @Test func `apply makes what the spec says, and a second plan finds nothing to do and writes nothing`() async throws
    {
        let harness = try harness()
        let applied = await harness.run("apply", "plans/test", "--yes")
        #expect(applied.status == .done, "\(applied.errors)")
        #expect(applied.errors.contains("Apply complete: 3 created."))
        #expect(await harness.world.objects.count == 3)
        await harness.world.clearCalls()
        let planned = await harness.run("plan", "plans/test", "--detailed-exitcode")
        #expect(planned.status == .done)
        #expect(planned.output == "No changes. Everything is as the spec says: 3 resources.\n")
        #expect(await harness.world.writes.isEmpty)
    }

    @Test func `what others changed and the spec leaves open is told until an apply has recorded it`() async throws {
        let harness = try harness()
        _ = await harness.run("apply", "plans/test", "--yes")
        let key = ScriptedWorld.Key(kind: ScriptedBox.name, name: "c")
        var object = try #require(await harness.world.objects[key])
        object.attributes.values["id"] = "made anew"
        await harness.world.put(key, object)
        for _ in 1...2 {
            let told = await harness.run("plan", "plans/test", "--detailed-exitcode")
            #expect(told.status == .done)
            #expect(told.output.contains("Changed outside Purser since it last looked:\n  ~ boxes/c"))
        }
        let applied = await harness.run("apply", "plans/test", "--yes")
        #expect(applied.errors.contains("What was changed outside Purser is recorded."))
        let again = await harness.run("plan", "plans/test")
        #expect(again.output == "No changes. Everything is as the spec says: 3 resources.\n")
    }

    @Test func `the only spec in plans is meant when none is named`() async throws {
        let harness = try harness()
        let outcome = await harness.run("validate")
        #expect(outcome.status == .done)
        #expect(outcome.errors == "The spec of test is valid: 3 resources.\n")
        try harness.writeSpec("", to: "plans/other/environment.yaml")
        let ambiguous = await harness.run("validate")
        #expect(ambiguous.status == .usage)
        #expect(ambiguous.errors.contains("error[command/usage]: there are several specs: plans/other, plans/test"))
    }

    @Test func `plan tells differences by its exit code only when asked`() async throws {
        let harness = try harness()
        #expect(await harness.run("plan", "plans/test").status == .done)
        #expect(await harness.run("plan", "plans/test", "--detailed-exitcode").status == .differences)
        #expect(await harness.world.writes.isEmpty)
        #expect(!harness.exists("state"))
    }

    @Test func `every problem of a spec is told at once, with exit code 64`() async throws {
        let harness = try harness("boxes:\n  a: {sice: 2}\n  b: {size: 1000}\n  c: {needs: [d]}\n")
        for command in ["validate", "plan", "apply"] {
            let outcome = await harness.run([command, "plans/test"] + (command == "apply" ? ["--yes"] : []))
            #expect(outcome.status == .usage)
            #expect(outcome.output.isEmpty)
            for code in ["spec/unknown-field", "spec/invalid-value", "spec/unknown-reference"] {
                #expect(outcome.errors.contains("error[\(code)]"), "\(command): \(outcome.errors)")
            }
            #expect(outcome.errors.contains("plans/test/environment.yaml:4:7"))
        }
    }

    // MARK: Approval

    @Test func `without a terminal apply asks nobody, and says what to do`() async throws {
        let harness = try harness()
        let outcome = await harness.run("apply", "plans/test")
        #expect(outcome.status == .usage)
        #expect(outcome.errors.contains("error[command/needs-approval]: there is no terminal to ask on"))
        #expect(await harness.world.calls.isEmpty)
    }

    @Test(arguments: [("yes", CommandStatus.done, 3), ("y", .failed, 0), ("no", .failed, 0)])
    func `on a terminal only yes is a yes`(_ answer: String, _ status: CommandStatus, _ made: Int) async throws {
        let harness = try harness()
        let terminal = Terminal(hasInput: true, showsErrors: true)
        let setting = CommandHarness.Setting(terminal: terminal, answers: [answer])
        let outcome = await harness.run("apply", "plans/test", setting: setting)
        #expect(outcome.status == status)
        #expect(outcome.errors.contains("Apply this plan to test? Only `yes` is accepted: "))
        #expect(await harness.world.objects.count == made)
    }

    @Test func `under CI a terminal is not asked either`() async throws {
        let harness = try harness()
        let setting = CommandHarness.Setting(
            terminal: Terminal(hasInput: true, showsErrors: true), answers: ["yes"], environment: ["CI": "true"])
        #expect(await harness.run("apply", "plans/test", setting: setting).status == .usage)
    }

    // MARK: Failures

    @Test(arguments: [
        (FailureCategory.failed, CommandStatus.failed), (.notAllowed, .notAllowed), (.notSignedIn, .notAllowed),
        (.timedOut, .timedOut),
    ])
    func `a failed step is undone, and the exit code tells why`(
        _ category: FailureCategory, _ status: CommandStatus
    ) async throws {
        let harness = try harness()
        _ = await harness.run("apply", "plans/test", "--yes")
        let state = harness.bytes("state/test/state.json")
        let contents = await harness.world.contents(without: ["version"])
        try harness.writeSpec("boxes:\n  a: {size: 3}\n  b: {label: \"${boxes/a.id}\"}\n  c: {needs: [b], size: 4}\n")
        let failure = ScriptedFailure("refused", category: category, hint: "try later", traceIDs: ["request: 1"])
        await harness.world.order(.init(.update, name: "c", failure: failure))
        let outcome = await harness.run("apply", "plans/test", "--yes", "--parallelism", "1")
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.errors.contains("boxes/c: refused"))
        #expect(outcome.errors.contains("plans/test/environment.yaml:6:3"))
        #expect(outcome.errors.contains("request: 1"))
        #expect(outcome.errors.contains("boxes/a: the world keeps the former version"))
        #expect(harness.bytes("state/test/state.json") == state)
        #expect(await harness.world.contents(without: ["version"]) == contents)
        #expect(!harness.exists("state/test/journal.ndjson"))
    }

    @Test func `with --on-failure stop what was done stays, with exit code 4`() async throws {
        let harness = try harness()
        await harness.world.order(.init(.create, name: "b"))
        let outcome = await harness.run("apply", "plans/test", "--yes", "--on-failure", "stop")
        #expect(outcome.status == .incomplete)
        #expect(outcome.errors.contains("What remains, and is in state:\n  - boxes/a"))
        let listed = await harness.run("state", "list", "plans/test")
        #expect(listed.output == "boxes/a\n")
    }

    @Test func `an undo that fails leaves something, with exit code 4`() async throws {
        let harness = try harness()
        await harness.world.order(.init(.create, name: "b"))
        await harness.world.order(.init(.delete, name: "a", failure: ScriptedFailure("stuck")))
        let outcome = await harness.run("apply", "plans/test", "--yes")
        #expect(outcome.status == .incomplete)
        #expect(outcome.errors.contains("boxes/a: undoing it: stuck"))
    }

    @Test func `the report of a failure reads as recorded`() async throws {
        let harness = try harness()
        await harness.world.order(
            .init(.create, name: "c", failure: ScriptedFailure("refused", hint: "try later", traceIDs: ["request: 1"])))
        let outcome = await harness.run("apply", "plans/test", "--yes")
        expectGolden(outcome.errors.replacing(/[0-9]+\.[0-9] s/, with: "N s"), "Commands/failed-apply.txt")
    }

    @Test func `a secret whose source is missing fails its step`() async throws {
        let harness = try harness("boxes:\n  a: {key: {env: UNSET}}\n")
        let outcome = await harness.run("apply", "plans/test", "--yes")
        #expect(outcome.status == .failed)
        #expect(
            outcome.errors.contains(
                "error[secret/source]: boxes/a: the environment variable UNSET is not set or empty"))
        #expect(await harness.world.objects.isEmpty)
    }

    private struct Unforeseen: Error {}

    @Test func `an error that nobody expected is a defect, to be reported`() {
        let failure = CommandFailure(Unforeseen())
        #expect(failure.status == .defect)
        #expect(failure.diagnostics.map(\.code.rawValue) == ["command/defect"])
    }

    // MARK: Destroy

    @Test func `destroy takes everything down, and then nothing is left to destroy`() async throws {
        let harness = try harness()
        _ = await harness.run("apply", "plans/test", "--yes")
        let outcome = await harness.run("destroy", "plans/test", "--yes")
        #expect(outcome.status == .done, "\(outcome.errors)")
        #expect(outcome.output.contains("Plan: 3 to delete."))
        #expect(await harness.world.objects.isEmpty)
        #expect(await harness.world.writes.suffix(3).map(\.key.name) == ["c", "b", "a"])
        let again = await harness.run("destroy", "plans/test", "--yes")
        #expect(again.output == "Nothing to destroy.\n")
    }

    @Test func `purging is said before it is done`() async throws {
        let harness = try harness("boxes:\n  a: {items: {i: {content: x}}}\n")
        _ = await harness.run("apply", "plans/test", "--yes")
        let outcome = await harness.run("destroy", "plans/test", "--purge", "--yes")
        #expect(outcome.status == .done)
        #expect(outcome.errors.contains("warning[plan/purges]"))
        #expect(await harness.world.deleted.isEmpty)
    }

    // MARK: Locks and interruptions

    @Test func `a second run meets the first one's lock, with exit code 6`() async throws {
        let harness = try harness()
        let held = AsyncStream<Void>.makeStream()
        let go = AsyncStream<Void>.makeStream()
        await harness.world.onCall(.create) { _ in
            held.continuation.yield()
            for await _ in go.stream { break }
        }
        let first = Task { await harness.run("apply", "plans/test", "--yes", "--parallelism", "1") }
        for await _ in held.stream { break }
        let second = await harness.run("apply", "plans/test", "--yes")
        #expect(second.status == .locked)
        #expect(second.errors.contains("error[state/locked]"))
        #expect(second.errors.contains("apply by ann@ship, process 7, since 2027-01-15T08:00:00Z"))
        let unlock = await harness.run("state", "unlock", "plans/test")
        #expect(unlock.status == .locked)
        go.continuation.finish()
        #expect(await first.value.status == .done)
        #expect(await harness.run("state", "unlock", "plans/test").status == .done)
    }

    @Test(arguments: [(StopSignal.interrupt, CommandStatus.interrupted), (.terminate, .terminated)])
    func `a signal lets the running call end and undoes the rest`(
        _ signal: StopSignal, _ status: CommandStatus
    ) async throws {
        let harness = try harness()
        let signals = AsyncStream<StopSignal>.makeStream()
        let errors = CapturedText()
        await harness.world.onCall(.create) { key in
            guard key.name == "b" else { return }
            signals.continuation.yield(signal)
            await errors.wait(for: "Interrupted.")
        }
        let outcome = await harness.run(
            ["apply", "plans/test", "--yes"], setting: CommandHarness.Setting(signals: signals.stream), errors: errors)
        #expect(outcome.status == status)
        #expect(outcome.errors.contains("boxes/b: created"))
        #expect(!outcome.errors.contains("boxes/c: creating"))
        #expect(outcome.errors.contains("Apply interrupted; what had been done (2 created) was undone."))
        #expect(await harness.world.objects.isEmpty)
        #expect(!harness.exists("state/test/journal.ndjson"))
    }

    @Test func `a signal before anything is begun ends the command`() async throws {
        let harness = try harness()
        let signals = AsyncStream<StopSignal>.makeStream()
        await harness.world.onCall(.read) { _ in
            signals.continuation.yield(.interrupt)
            // Held until the command is cancelled.
            let (never, _) = AsyncStream<Void>.makeStream()
            for await _ in never {}
        }
        let outcome = await harness.run(
            "apply", "plans/test", "--yes", setting: CommandHarness.Setting(signals: signals.stream))
        #expect(outcome.status == .interrupted)
        #expect(outcome.errors.contains("error[command/interrupted]: interrupted; nothing was begun"))
        #expect(await harness.world.objects.isEmpty)
    }

    @Test(arguments: ["--undo", "--resume"])
    func `after two signals the journal stays, and recover undoes or finishes`(_ way: String) async throws {
        let harness = try harness()
        let signals = AsyncStream<StopSignal>.makeStream()
        await harness.world.onCall(.create) { key in
            guard key.name == "b" else { return }
            signals.continuation.yield(.interrupt)
            signals.continuation.yield(.interrupt)
            let (never, _) = AsyncStream<Void>.makeStream()
            for await _ in never {}
        }
        let stopped = await harness.run(
            "apply", "plans/test", "--yes", setting: CommandHarness.Setting(signals: signals.stream))
        #expect(stopped.status == .interrupted)
        #expect(stopped.errors.contains("purser recover plans/test"))
        #expect(harness.exists("state/test/journal.ndjson"))
        await harness.world.onCall(.create) { _ in }
        for command in [
            ["plan", "plans/test"], ["apply", "plans/test", "--yes"], ["destroy", "plans/test", "--yes"],
        ] {
            let refused = await harness.run(command)
            #expect(refused.status == .failed)
            #expect(refused.errors.contains("error[state/run-under-way]"), "\(refused.errors)")
        }
        let recovered = await harness.run("recover", "plans/test", way)
        #expect(recovered.status == .done, "\(recovered.errors)")
        #expect(await harness.world.objects.count == (way == "--undo" ? 0 : 3))
        #expect(!harness.exists("state/test/journal.ndjson"))
        let nothing = await harness.run("recover", "plans/test")
        #expect(nothing.errors == "Nothing is under way.\n")
        let plan = await harness.run("plan", "plans/test", "--detailed-exitcode")
        #expect(plan.status == (way == "--undo" ? .differences : .done))
    }
}

@Suite struct RecoverCommandTests {
    /// A run that was stopped at once while `b` was created.
    private func stopped() async throws -> CommandHarness {
        let harness = try CommandHarness()
        try harness.writeSpec("boxes:\n  a: {size: 2}\n  b: {label: \"${boxes/a.id}\"}\n")
        let signals = AsyncStream<StopSignal>.makeStream()
        await harness.world.onCall(.create) { key in
            guard key.name == "b" else { return }
            signals.continuation.yield(.interrupt)
            signals.continuation.yield(.interrupt)
            let (never, _) = AsyncStream<Void>.makeStream()
            for await _ in never {}
        }
        let outcome = await harness.run(
            "apply", "plans/test", "--yes", setting: CommandHarness.Setting(signals: signals.stream))
        #expect(outcome.status == .interrupted)
        await harness.world.onCall(.create) { _ in }
        return harness
    }

    @Test func `a run is undone although the spec is broken since`() async throws {
        let harness = try await stopped()
        try harness.writeSpec("boxes: 5\n")
        let outcome = await harness.run("recover", "plans/test", "--undo")
        #expect(outcome.status == .done, "\(outcome.errors)")
        #expect(outcome.errors.contains("error[spec/wrong-type]"))
        #expect(await harness.world.objects.isEmpty)
    }

    @Test func `a run is not resumed with a broken spec`() async throws {
        let harness = try await stopped()
        try harness.writeSpec("boxes: 5\n")
        #expect(await harness.run("recover", "plans/test", "--resume").status == .usage)
        #expect(harness.exists("state/test/journal.ndjson"))
    }

    @Test func `what is resumed is allowed what the run was`() async throws {
        let harness = try CommandHarness()
        try harness.writeSpec("boxes:\n  a: {items: {i: {content: x}}}\n")
        _ = await harness.run("apply", "plans/test", "--yes")
        let signals = AsyncStream<StopSignal>.makeStream()
        await harness.world.onCall(.delete) { _ in
            signals.continuation.yield(.interrupt)
            signals.continuation.yield(.interrupt)
            let (never, _) = AsyncStream<Void>.makeStream()
            for await _ in never {}
        }
        let outcome = await harness.run(
            "destroy", "plans/test", "--purge", "--yes", setting: CommandHarness.Setting(signals: signals.stream))
        #expect(outcome.status == .interrupted)
        await harness.world.onCall(.delete) { _ in }
        #expect(await harness.run("recover", "plans/test", "--resume").status == .done)
        #expect(await harness.world.objects.isEmpty)
        #expect(await harness.world.deleted.isEmpty, "the purge that was begun is a purge to its end")
    }

    @Test(arguments: [("undo", CommandStatus.done, 0), ("resume", .done, 2), ("what", .failed, 2)])
    func `on a terminal the user is asked which way`(
        _ answer: String, _ status: CommandStatus, _ objects: Int
    ) async throws {
        let harness = try await stopped()
        let setting = CommandHarness.Setting(
            terminal: Terminal(hasInput: true, showsErrors: true), answers: [answer])
        let outcome = await harness.run("recover", "plans/test", setting: setting)
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(await harness.world.objects.count == objects)
    }

    @Test func `show tells of a run that was stopped`() async throws {
        let harness = try await stopped()
        let shown = await harness.run("show", "plans/test")
        #expect(shown.errors.contains("1 of 2 steps were done; under way were create boxes/b"))
    }
}

@Suite struct VariableTests {
    @Test func `values come from the command line before files, and from files before the environment`() async throws {
        let harness = try CommandHarness()
        try harness.writeSpec(
            "variables: {a: {default: d}, b: {default: d}, c: {default: d}, d: {default: d}}\n"
                + "boxes: {x: {labels: {a: \"${var.a}\", b: \"${var.b}\", c: \"${var.c}\", d: \"${var.d}\"}}}\n")
        try harness.write("a: file\nb: file\n", to: "vars.yaml")
        let setting = CommandHarness.Setting(environment: [
            "PURSER_VAR_a": "ambient", "PURSER_VAR_b": "ambient", "PURSER_VAR_c": "ambient", "PURSER_VAR_z": "unused",
        ])
        let outcome = await harness.run(
            "apply", "plans/test", "--yes", "--var", "a=given", "--var-file", "vars.yaml", setting: setting)
        #expect(outcome.status == .done, "\(outcome.errors)")
        let object = await harness.world.objects[ScriptedWorld.Key(kind: "test/box", name: "x")]
        #expect(
            object?.attributes.values["labels"] == ["a": "given", "b": "file", "c": "ambient", "d": "d"])
        let unknown = await harness.run("plan", "plans/test", "--var", "z=1")
        #expect(unknown.status == .usage)
    }

    @Test func `a variable reads the environment only where that is allowed`() async throws {
        let harness = try CommandHarness()
        try harness.writeSpec("variables: {a: {env: MY_TOKEN}}\nboxes: {x: {label: \"${var.a}\"}}\n")
        let setting = CommandHarness.Setting(environment: ["MY_TOKEN": "t"])
        #expect(await harness.run("plan", "plans/test", setting: setting).status == .usage)
        let allowed = await harness.run("plan", "plans/test", "--allow-env", "MY_TOKEN", setting: setting)
        #expect(allowed.status == .done)
    }
}

@Suite struct CommandCanaryTests {
    /// Whatever a command prints or writes, and however it ends, the value of a secret is not in it.
    @Test(arguments: [false, true], ["text", "json"])
    func `no output and no file holds a secret`(_ fails: Bool, _ form: String) async throws {
        let harness = try CommandHarness()
        let canary = "canary-7f3a9c"
        try harness.writeSpec("boxes:\n  a: {key: {env: KEY}}\n  b: {needs: [a], key: {file: secret.txt}}\n")
        try harness.write(canary, to: "plans/test/secret.txt")
        if fails { await harness.world.order(.init(.create, name: "b", moment: .after)) }
        let setting = CommandHarness.Setting(environment: ["KEY": canary])
        let flags = form == "json" ? ["--json"] : []
        var shown = ""
        for command in [
            ["plan", "plans/test", "--out", "p.json"], ["plan", "plans/test", "--markdown"],
            ["apply", "plans/test", "--yes"],
            ["show", "plans/test"], ["show", "p.json"], ["state", "show", "boxes/a", "plans/test"],
            ["graph", "plans/test"],
            ["plan", "plans/test"], ["destroy", "plans/test", "--yes"],
        ] {
            let outcome = await harness.run(command + (command.contains("--markdown") ? [] : flags), setting: setting)
            shown += outcome.output + outcome.errors
        }
        #expect(!shown.contains(canary))
        let files = FileManager.default.enumerator(atPath: harness.directory.path())
        while let name = files?.nextObject() as? String {
            guard name != "plans/test/secret.txt", let text = harness.read(name) else { continue }
            #expect(!text.contains(canary), "\(name)")
        }
    }
}
