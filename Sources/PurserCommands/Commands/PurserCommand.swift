import ArgumentParser

/// The root command.
struct PurserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purser",
        abstract: "Brings everything between an Azure Key Vault and the files a pod reads to what a spec says.",
        discussion: """
            A spec is one YAML file, or a directory of them, for one environment. `plan` shows what would change, `apply` \
            does it, all or nothing, and `destroy` takes it down again. Where no spec is named, the only one in `plans` \
            is meant.

            Exit codes:
            \(exitCodes)
            """,
        version: PurserVersion.current,
        subcommands: [
            InitCommand.self, ImportCommand.self, ValidateCommand.self, PlanCommand.self, ApplyCommand.self,
            DestroyCommand.self, RecoverCommand.self, ShowCommand.self, DiffCommand.self, DriftCommand.self,
            CheckCommand.self, VerifyCommand.self, DoctorCommand.self, GraphCommand.self, StateCommand.self,
            ExplainCommand.self, SchemaCommand.self, SandboxCommand.self, DocsCommand.self,
        ])

    private static var exitCodes: String {
        CommandStatus.allCases.map { status in
            let number = String(status.rawValue)
            return "  " + String(repeating: " ", count: 3 - number.count) + "\(number)  \(status.meaning)"
        }.joined(separator: "\n")
    }
}
