import ArgumentParser
import Foundation
import PurserClients
import PurserTestSupport
import Testing

@testable import PurserCommands

@Suite struct SandboxCommandTests {
    @Test func `serve becomes the sandbox's own program, in the directory that is meant`() async throws {
        let harness = try CommandHarness()
        let outcome = await harness.run("sandbox", "serve", "--directory", "w", "--", "--azure-port", "4")
        #expect(outcome.status == .failed)
        #expect(outcome.errors.contains("the sandbox cannot be started: no processes here"))
        let directory = harness.directory.path()
        #expect(harness.sandbox.calls == ["/opt/purser-sandbox --directory \(directory)/w --azure-port 4"])
    }

    @Test(arguments: [["plan", "plans/test"], ["apply", "plans/test", "--yes"], ["validate", "plans/test"]])
    func `a command that cannot have its sandbox does nothing`(_ command: [String]) async throws {
        let harness = try CommandHarness()
        try harness.writeSpec("boxes: {a: {}}\n")
        let outcome = await harness.run(command + ["--sandbox"])
        #expect(outcome.status == .failed)
        #expect(outcome.errors.contains("error[sandbox/unavailable]"))
        #expect(await harness.world.calls.isEmpty)
    }

    @Test(arguments: [["env"], ["stop"], ["faults", "list"], ["faults", "clear"]])
    func `without a sandbox there is nothing to ask`(_ command: [String]) async throws {
        let harness = try CommandHarness()
        let setting = CommandHarness.Setting(environment: ["PURSER_SANDBOX": "world"])
        let outcome = await harness.run(["sandbox"] + command, setting: setting)
        #expect(outcome.status == .failed)
        #expect(outcome.errors.contains("no sandbox runs in 'world'"))
        #expect(outcome.output.isEmpty)
    }

    @Test(
        arguments: [
            (
                ["--status", "429", "--code", "Busy", "--retry-after", "3"],
                ["status": 429, "code": "Busy", "retryAfter": 3]
            ),
            (["--delay", "1.5"], ["delay": 1.5]), (["--reset", "after"], ["reset": "after"]),
            (["--truncate", "10"], ["truncate": 10]), (["--crash", "before"], ["crash": "before"]),
        ] as [([String], JSONValue)])
    func `a fault is put into the sandbox's words`(_ flags: [String], _ fault: JSONValue) throws {
        let command = try FaultsAddCommand.parse(
            ["--method", "PUT", "--path", "*/secrets/*", "--plane", "vault", "--skip", "1", "--times", "2"] + flags)
        #expect(
            command.rule == [
                "match": ["method": "PUT", "path": "*/secrets/*", "plane": "vault"], "skip": 1, "times": 2,
                "fault": fault,
            ])
    }
}

@Suite struct SandboxConnectionTests {
    @Test func `the sandbox's environment lies over the process's`() throws {
        let harness = try CommandHarness()
        try harness.write(
            #"{"pid": 5, "adminURL": "https://127.0.0.1:1/a", "adminToken": "t", "environment": {"A": "sandbox"}, "x": 1}"#,
            to: "w/connection.json")
        let connection = try #require(
            SandboxConnection.read(directory: harness.directory.appending(path: "w").path()))
        #expect(connection.overlay(["A": "process", "B": "process"]) == ["A": "sandbox", "B": "process"])
        #expect(SandboxConnection.read(directory: harness.directory.path()) == nil)
    }
}
