import ArgumentParser
import PurserClients

/// Options of every command.
struct GlobalOptions: ParsableArguments, Sendable {
    @Option(
        name: [.customShort("C"), .customLong("chdir")],
        help: ArgumentHelp("Work in this directory.", valueName: "directory"))
    var directory: String?

    @Flag(help: "Print one JSON event a line on standard output.")
    var json = false

    @Flag(help: "Use no colour.")
    var noColor = false

    @Option(
        help: ArgumentHelp(
            "The only way to sign in to Azure that is tried (default: PURSER_CREDENTIAL, or each in this order).",
            valueName: "name"))
    var credential: CredentialName?
}

extension CredentialName: ExpressibleByArgument {}

/// Where the recorded state lies.
struct StateOptions: ParsableArguments, Sendable {
    @Option(
        name: .customLong("state"),
        help: ArgumentHelp(
            "Directory of the environment's state, or azblob://ACCOUNT/CONTAINER[/PREFIX] "
                + "(default: PURSER_STATE, or state/ENVIRONMENT).", valueName: "place"))
    var place: String?
}

/// What comes into a spec from outside.
struct VariableOptions: ParsableArguments, Sendable {
    @Option(
        name: .customLong("var"),
        help: ArgumentHelp("Give a variable a value. May be repeated.", valueName: "name=value"))
    var values: [String] = []

    @Option(
        name: .customLong("var-file"),
        help: ArgumentHelp("Read variables from a YAML mapping of texts. May be repeated.", valueName: "file"))
    var files: [String] = []

    @Option(
        name: .customLong("allow-env"),
        help: ArgumentHelp(
            "Let the spec's variables read this environment variable. May be repeated.", valueName: "name"))
    var readable: [String] = []
}

/// Whether to work in the local stand-in for Azure and Kubernetes.
struct SandboxOptions: ParsableArguments, Sendable {
    @Flag(help: "Work in a local sandbox: a running one, or one that is started for this command.")
    var sandbox = false

    @Option(
        help: ArgumentHelp(
            "Directory of the sandbox's world (default: PURSER_SANDBOX, or .sandbox).", valueName: "directory"))
    var sandboxDirectory: String?
}

/// What a command on a spec needs.
struct SpecOptions: ParsableArguments, Sendable {
    @OptionGroup var global: GlobalOptions
    @OptionGroup(title: "Spec") var variables: VariableOptions
    @OptionGroup(title: "State") var state: StateOptions
    @OptionGroup(title: "Sandbox") var sandbox: SandboxOptions
}

/// Which changes are wanted.
struct PlanningOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "Whether to look at what is there; with false only what is recorded counts.", valueName: "true|false"))
    var refresh = true

    @Option(help: ArgumentHelp("Only this resource, those below it and those they need.", valueName: "address"))
    var target: [String] = []

    @Option(help: ArgumentHelp("Not this resource, nor those that need it.", valueName: "address"))
    var exclude: [String] = []

    @Option(help: ArgumentHelp("Delete this resource and make it anew.", valueName: "address"))
    var replace: [String] = []

    @Flag(
        name: .customLong("force-conflicts"),
        help: "Take fields of Kubernetes objects that another manager owns and has otherwise.")
    var forceConflicts = false
}

/// Whether changes are printed for a pull request.
struct MarkdownOptions: ParsableArguments, Sendable {
    @Flag(name: .customLong("markdown"), help: "Print Markdown, for a comment on a pull request.") var isWanted = false

    @Option(help: ArgumentHelp("The most that the Markdown may take; what does not fit is folded.", valueName: "bytes"))
    var maxBytes = 65_536

    func validate(with global: GlobalOptions) throws {
        guard maxBytes >= 1024 else { throw ValidationError("--max-bytes is 1024 or more") }
        guard !(isWanted && global.json) else { throw ValidationError("--markdown and --json exclude each other") }
    }
}

/// How a run goes.
struct RunOptions: ParsableArguments, Sendable {
    enum OnFailure: String, ExpressibleByArgument, CaseIterable, Sendable {
        case rollback
        case stop
    }

    @Flag(name: [.customLong("auto-approve"), .customLong("yes"), .customShort("y")], help: "Do not ask.")
    var isApproved = false

    @Option(help: ArgumentHelp("How many operations run at once, 1 to 256.", valueName: "number"))
    var parallelism = 16

    @Option(
        help: ArgumentHelp(
            "What a failure leads to: everything is put back, or what was done stays.",
            valueName: "rollback|stop"))
    var onFailure = OnFailure.rollback

    @Option(
        help: ArgumentHelp("How long to wait for another run to end, such as 30s or 5m.", valueName: "duration"))
    var lockTimeout = "0s"

    func validate() throws {
        guard (1...256).contains(parallelism) else { throw ValidationError("--parallelism is from 1 to 256") }
        guard Self.duration(lockTimeout) != nil else {
            throw ValidationError("--lock-timeout is a number and s, m or h, such as 30s")
        }
    }

    var lockWait: Duration { Self.duration(lockTimeout) ?? .zero }

    /// `30s`, `5m`, `1h`; a bare number counts seconds.
    static func duration(_ text: String) -> Duration? {
        let factors: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
        let factor = text.last.flatMap { factors[$0] }
        guard let number = Int(factor == nil ? text : String(text.dropLast())), (0...86_400).contains(number) else {
            return nil
        }
        return .seconds(number * (factor ?? 1))
    }
}
