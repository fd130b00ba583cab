import Foundation
import PurserCommands
import PurserSyntax
import PurserTestSupport
import Testing

/// Which files a check reads. (What is in them is for `ManifestReaderTests`.)
@Suite struct ManifestFilesTests {
    private let harness: CommandHarness
    private let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec: {containers: [{name: c}]}\n"

    init() throws { harness = try CommandHarness() }

    private func write(_ name: String, to path: String) throws {
        try harness.write(pod.replacing("NAME", with: name), to: path)
    }

    @Test func `a directory is read with those below it, but not what is hidden or no manifest`() async throws {
        try write("a", to: "m/b.yaml")
        try write("b", to: "m/deep/er/c.yml")
        try write("c", to: "m/d.json")
        try write("no", to: "m/.hidden.yaml")
        try write("no", to: "m/.git/x.yaml")
        try harness.write("text", to: "m/README.md")
        let checked = await harness.offline("check", "m")
        #expect(checked.status == .done)
        #expect(checked.output.hasSuffix("3 pods: 3 proven, 0 with findings, 0 undecided\n"), "\(checked.output)")
    }

    @Test func `a link that leads out of the directory is refused, and one within it is read`() async throws {
        try write("a", to: "m/a.yaml")
        try write("b", to: "outside.yaml")
        let link = harness.directory.appending(path: "m/link.yaml").path()
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "../outside.yaml")
        let checked = await harness.offline("check", "m")
        #expect(checked.status == .usage)
        #expect(checked.output.contains("error[manifest/outside]: 'm/link.yaml' is a link"))
        #expect(checked.output.hasSuffix("1 pod: 1 proven, 0 with findings, 0 undecided\n"))
    }

    @Test func `what is not there, holds nothing or is no text is told`() async throws {
        let missing = await harness.offline("check", "nowhere.yaml")
        #expect(missing.status == .usage)
        #expect(missing.output.contains("error[manifest/unreadable]: there is no file or directory 'nowhere.yaml'"))
        try harness.write("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", to: "config.yaml")
        #expect(await harness.offline("check", "config.yaml").output.contains("error[manifest/nothing]"))
        try Data([0x61, 0xFF, 0x62]).write(to: harness.directory.appending(path: "bytes.yaml"))
        #expect(await harness.offline("check", "bytes.yaml").output.contains("bytes.yaml:1:2"))
    }

    @Test func `more files than one run reads are refused before any is read`() async throws {
        let directory = harness.directory.appending(path: "many")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for number in 0...10_000 {
            try #require(
                FileManager.default.createFile(
                    atPath: directory.appending(path: "\(number).yaml").path(), contents: nil))
        }
        let checked = await harness.offline("check", "many")
        #expect(checked.status == .usage)
        #expect(checked.output.contains("error[manifest/too-many]: 'many' holds more than 10000 files"))
    }

    @Test func `standard input is read with the minus sign`() async throws {
        let text = pod.replacing("NAME", with: "piped")
        let checked = await harness.offline("check", "-", input: text)
        #expect(checked.status == .done)
        #expect(checked.output == "1 pod: 1 proven, 0 with findings, 0 undecided\n")
        #expect(await harness.offline("check", "-", "-").status == .usage)
    }
}
