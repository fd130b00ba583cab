import Foundation
import PurserSyntax
import Testing

@Suite struct ShellWordTests {
    @Test(arguments: [
        "plans/demo", "/subscriptions/0a/resourceGroups/rg-1_x.y", "rg(1)", "my plans/it's", "$(rm -rf /)", "`id`",
        "a;b",
        "", "~", "*", "a\nb", "日本",
    ])
    func `a shell reads the word as the text`(_ text: String) throws {
        let shell = Process()
        let output = Pipe()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", "printf '%s|' \(text.shellWord)"]
        shell.standardOutput = output
        try shell.run()
        let read = try output.fileHandleForReading.readToEnd() ?? Data()
        shell.waitUntilExit()
        #expect(String(decoding: read, as: UTF8.self) == text + "|")
    }

    @Test func `what needs no quotes has none`() {
        #expect("plans/demo".shellWord == "plans/demo")
        #expect("user@example.com".shellWord == "user@example.com")
    }
}
