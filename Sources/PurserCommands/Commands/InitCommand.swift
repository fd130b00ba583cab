import ArgumentParser
import Foundation
import PurserEngine
import SystemPackage

struct InitCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a commented spec to start from.",
        discussion: "Writes plans/NAME/environment.yaml, and never over a file that is there.")

    @Argument(help: "The environment's name.") var name = "demo"
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let problem = EnvironmentName.problem(name) { throw ValidationError("an environment's name \(problem)") }
    }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let path = "plans/\(name)/environment.yaml"
        let resolved = run.context.resolved(path)
        guard !FileManager.default.fileExists(atPath: resolved) else {
            throw CommandFailure(.usage, .commandUsage, "'\(path)' is there already")
        }
        try DurableFile.replace(FilePath(resolved), with: Array(StarterSpec.text(environment: name).utf8))
        await run.view.show(.done("Wrote \(path). Next: purser validate plans/\(name)"))
        return .done
    }
}
