import PurserClients
import Testing

@testable import PurserCommands

struct ClientNoticesTests {
    @Test func `an unverified server is a warning, and what a plugin says is shown without its escapes`() throws {
        let errors = CapturedText()
        let context = try CommandHarness().context(CapturedText(), errors, CommandHarness.Setting())
        context.tell(.warning("the identity of https://k.test is not verified"))
        context.tell(.plugin("open https://login.test and enter \u{1B}[1mAB12"))
        #expect(
            errors.text == """
                warning[service/unverified]: the identity of https://k.test is not verified
                open https://login.test and enter <U+001B>[1mAB12

                """)
    }
}
