import Foundation
import PurserCommands
import Testing

@Suite struct ImportCommandTests {
    @Test func `the spec goes to standard output, and to no file`() async throws {
        let harness = try CommandHarness()
        let outcome = await harness.run("import", "--environment", "shop", "--namespace", "web")
        #expect(outcome.status == .done)
        #expect(outcome.output.contains("apiVersion: purser/v1\nenvironment: shop\n"))
        #expect(!harness.exists("plans"))
    }

    @Test func `a file that is there is written over only by force, and everybody may read it`() async throws {
        let harness = try CommandHarness()
        let file = "plans/shop/environment.yaml"
        let arguments = ["import", "--environment", "shop", "--pod", "web/shop", "--out", file]
        #expect(await harness.run(arguments).status == .done)
        let first = harness.read(file)
        try harness.write("mine", to: file)
        let refused = await harness.run(arguments)
        #expect(refused.status == .usage && refused.errors.contains("--force"))
        #expect(harness.read(file) == "mine")
        #expect(await harness.run(arguments + ["--force"]).status == .done)
        #expect(harness.read(file) == first)
        let path = harness.directory.appending(path: file).path()
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o644)
    }

    @Test func `manifests that cannot be read are told, and nothing is asked or written`() async throws {
        let harness = try CommandHarness()
        try harness.write("kind: Pod\nmetadata: {name: [}\n", to: "broken.yaml")
        for path in ["broken.yaml", "nowhere.yaml"] {
            let outcome = await harness.run(
                "import", "--environment", "shop", "--from", path, "--out", "plans/shop/environment.yaml")
            #expect(outcome.status == .usage && outcome.errors.contains(path), "\(outcome.errors)")
            #expect(!harness.exists("plans"))
        }
    }

    @Test(arguments: [
        ["--environment", "shop"], ["--pod", "web/shop"], ["--environment", "Shop", "--namespace", "web"],
        ["--environment", "shop", "--pod", "shop"], ["--environment", "shop", "--namespace", "web", "--force"],
        ["--environment", "shop", "--secret-provider-class", "a/b/c"],
    ])
    func `wrong usage is refused before anything is looked at`(_ arguments: [String]) async throws {
        let outcome = await (try CommandHarness()).run(["import"] + arguments)
        #expect(outcome.status == .usage && outcome.output.isEmpty)
    }
}
