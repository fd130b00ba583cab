import PurserClients
import PurserCommands
import PurserEngine
import PurserTestSupport
import Testing

@Suite struct VerifyCommandTests {
    @Test func `an environment without pods is good`() async throws {
        let harness = try CommandHarness()
        try harness.writeSpec("boxes: {a: {}}\n")
        let outcome = await harness.run("verify", "plans/test")
        #expect(outcome.status == .done)
        #expect(outcome.output == "The environment test has no pods.\n")
    }
}
