import PurserCommands
import PurserTestSupport
import Testing

@Suite struct ExplainCommandTests {
    @Test func `a code's page is printed, with what is common to its area`() async throws {
        let explained = try await CommandHarness().run("explain", "syntax/duplicate-key")
        #expect(explained.status == .done)
        expectGolden(explained.output, "Commands/explain-code.txt")
    }

    @Test func `a code that is not known is met with the nearest one`() async throws {
        let harness = try CommandHarness()
        let missed = await harness.run("explain", "syntax/duplicate-keys")
        #expect(missed.status == .usage)
        #expect(missed.errors.contains("did you mean 'syntax/duplicate-key'?"))
        #expect(await harness.run("explain", "duplicate-key").errors.contains("did you mean 'syntax/duplicate-key'?"))
        #expect(await harness.run("explain", "xyzzy").errors.contains("a message shows its code in brackets"))
    }

    @Test func `a page as JSON has code, text and area`() async throws {
        let explained = try await CommandHarness().run("explain", "syntax/duplicate-key", "--json")
        #expect(explained.output.contains("\"code\" : \"syntax/duplicate-key\""))
        #expect(explained.output.contains("\"area\" : \"The file is not the YAML"))
    }

    @Test func `every page is long enough to help`() {
        #expect(CodePages.all.pages.count > 100)
        for page in CodePages.all.pages.values {
            #expect(page.text.count > 40 && !page.text.hasSuffix("\n"), "\(page.code)")
        }
    }
}
