import PurserCommands
import PurserTestSupport
import Testing

@Suite struct HelpTests {
    @Test(arguments: [
        "purser", "init", "import", "validate", "plan", "apply", "destroy", "recover", "show", "diff", "drift", "check",
        "verify", "doctor", "graph", "state", "explain", "state list", "state show", "state unlock", "schema",
        "sandbox",
        "sandbox serve", "sandbox start", "sandbox env", "sandbox stop", "sandbox faults", "sandbox faults add",
    ])
    func `help reads as recorded`(_ command: String) async throws {
        let harness = try CommandHarness()
        let words = command == "purser" ? [] : command.split(separator: " ").map(String.init)
        let outcome = await harness.run(words + ["--help"])
        #expect(outcome.status == .done)
        #expect(outcome.errors.isEmpty)
        expectGolden(outcome.output, "Commands/help/\(command.replacing(" ", with: "-")).txt")
    }

    @Test(arguments: [
        ["bogus"], ["plan", "--bogus"], ["apply", "--parallelism", "0"], ["apply", "--lock-timeout", "soon"],
        ["recover", "--undo", "--resume"], ["plan", "--markdown", "--json"], ["sandbox", "faults", "add"],
        ["plan", "a", "b"], ["plan", "--purge"], ["plan", "missing/path"], ["plan", "--var", "novalue", "p.yaml"],
    ])
    func `wrong usage ends with 64 and says why on standard error`(_ arguments: [String]) async throws {
        let harness = try CommandHarness()
        try harness.writeSpec("", to: "p.yaml")
        let outcome = await harness.run(arguments)
        #expect(outcome.status == .usage)
        #expect(outcome.output.isEmpty)
        #expect(!outcome.errors.isEmpty)
    }

    @Test func `exit codes never change their meaning`() {
        let table = CommandStatus.allCases.map { "\($0.rawValue) \($0.meaning)" }.joined(separator: "\n")
        expectGolden(table + "\n", "Commands/exit-codes.txt")
    }

    @Test func `the version is told`() async throws {
        let harness = try CommandHarness()
        let outcome = await harness.run("--version")
        #expect(outcome.output == "\(PurserVersion.current)\n")
    }
}
