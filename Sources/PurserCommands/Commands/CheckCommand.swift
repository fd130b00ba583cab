import ArgumentParser
import PurserEngine
import PurserSyntax

struct CheckCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Prove that every pod will get its files, without asking any service.",
        discussion: """
            Looks at a Purser environment, or at plain Kubernetes manifests in YAML or JSON: files, directories, or - for \
            standard input, such as what `helm template` prints. Opens no connection. Exits with 5 if a pod will not get \
            what it mounts, and with 64 if something cannot be read.

                purser check plans/pay
                helm template ./chart | purser check -
            """)

    @Argument(help: ArgumentHelp("Environments, manifests, or - for standard input.", valueName: "path"))
    var paths: [String] = []
    @Flag(help: "Print a SARIF 2.1.0 log, for code scanning.") var sarif = false
    @Flag(help: "Show how findings can be mended mechanically; with --yes also do it.") var fix = false
    @Flag(name: [.customLong("yes"), .customShort("y")], help: "With --fix: change the files.") var isApproved = false
    @OptionGroup(title: "Findings") var allowing: AllowOptions
    @OptionGroup(title: "Spec") var variables: VariableOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard !(sarif && global.json) else { throw ValidationError("--sarif and --json exclude each other") }
        guard !(sarif && fix) else { throw ValidationError("--sarif has the fixes in it already; leave out --fix") }
        guard fix || !isApproved else { throw ValidationError("--yes goes with --fix") }
        guard paths.filter({ $0 == "-" }).count < 2 else { throw ValidationError("standard input is read only once") }
    }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let checker = Checker(context: run.context, variables: variables, allowed: try allowing.findings())
        var reports = try await checker.reports(of: paths)
        if fix {
            reports = try await CheckFix(run: run, isApproved: isApproved).mended(reports) {
                try await checker.reports(of: paths)
            }
        }
        if sarif {
            run.context.output.write(try SARIFRenderer(reports: reports).text())
        } else {
            for report in reports { await run.view.show(.checked(report)) }
        }
        if reports.contains(where: \.problems.hasErrors) { return .usage }
        return reports.contains(where: \.hasErrors) ? .findings : .done
    }
}
