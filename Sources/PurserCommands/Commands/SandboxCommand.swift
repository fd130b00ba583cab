import ArgumentParser
import PurserClients
import PurserSyntax

struct SandboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Run a local stand-in for Azure and Kubernetes, and order faults in it.",
        subcommands: [
            SandboxServeCommand.self, SandboxStartCommand.self, SandboxEnvCommand.self, SandboxStopCommand.self,
            SandboxFaultsCommand.self,
        ])
}

/// Which sandbox is meant.
struct SandboxPlace: ParsableArguments, Sendable {
    @Option(
        name: [.customLong("directory"), .customLong("sandbox-directory")],
        help: ArgumentHelp(
            "Directory of the sandbox's world (default: PURSER_SANDBOX, or .sandbox).", valueName: "directory"))
    var directory: String?

    func session(in context: CommandContext) -> SandboxSession {
        SandboxSession(directory: directory, in: context)
    }

    func running(in context: CommandContext) async throws -> SandboxConnection {
        let session = session(in: context)
        guard let connection = await session.running() else {
            throw CommandFailure(
                .failed, .sandboxUnavailable, "no sandbox runs in '\(session.directory)'",
                hint: "start one with\n    purser sandbox start --directory \(session.directory)")
        }
        return connection
    }
}

struct SandboxServeCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the sandbox until it is told to end.",
        discussion: "Becomes `purser-sandbox`, which takes the arguments that follow `--`.")

    @OptionGroup var place: SandboxPlace
    @Argument(parsing: .postTerminator, help: "Arguments of purser-sandbox.") var arguments: [String] = []
    @OptionGroup var global: GlobalOptions

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let session = place.session(in: run.context)
        let reason = run.context.sandbox.replaceProcess(
            try session.executable(), ["--directory", session.directory] + arguments,
            environment: run.context.environment)
        throw CommandFailure(.failed, .sandboxUnavailable, "the sandbox cannot be started: \(reason)")
    }
}

struct SandboxStartCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start a sandbox in the background, and return when it is ready.",
        discussion: "It runs until `purser sandbox stop`. What it prints goes to `sandbox.log` in its directory.")

    @OptionGroup var place: SandboxPlace
    @OptionGroup var global: GlobalOptions

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let session = place.session(in: run.context)
        if await session.running() == nil { _ = try await session.start() }
        await run.view.show(.done("The sandbox runs; its world is in \(session.directory)."))
        return .done
    }
}

struct SandboxEnvCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "env",
        abstract: "Print what leads other tools to the running sandbox, as shell commands.",
        discussion: "In a shell: eval \"$(purser sandbox env)\"")

    @OptionGroup var place: SandboxPlace
    @OptionGroup var global: GlobalOptions

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let connection = try await place.running(in: run.context)
        for (name, value) in connection.environment.sorted(by: { $0.key < $1.key }) {
            run.context.output.write("export \(name)=\(value.shellWord)\n")
        }
        return .done
    }
}

struct SandboxStopCommand: ContextCommand {
    static let configuration = CommandConfiguration(commandName: "stop", abstract: "End the running sandbox.")

    @OptionGroup var place: SandboxPlace
    @OptionGroup var global: GlobalOptions

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let connection = try await place.running(in: run.context)
        await place.session(in: run.context).stop(connection.pid)
        await run.view.show(.done("The sandbox has ended."))
        return .done
    }
}

struct SandboxFaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Order failures of the sandbox's services.",
        subcommands: [FaultsAddCommand.self, FaultsListCommand.self, FaultsClearCommand.self])
}

struct FaultsListCommand: ContextCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Print the rules, as JSON.")

    @OptionGroup var place: SandboxPlace
    @OptionGroup var global: GlobalOptions

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let faults = try await SandboxAdmin(connection: try await place.running(in: run.context)).faults()
        run.context.output.write(try JSONConversion.text(of: faults))
        return .done
    }
}

struct FaultsClearCommand: ContextCommand {
    static let configuration = CommandConfiguration(commandName: "clear", abstract: "Take back all rules.")

    @OptionGroup var place: SandboxPlace
    @OptionGroup var global: GlobalOptions

    func run(_ run: CommandRun) async throws -> CommandStatus {
        try await SandboxAdmin(connection: try await place.running(in: run.context)).clear()
        await run.view.show(.done("No faults are ordered any more."))
        return .done
    }
}

struct FaultsAddCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Order a failure for some of the calls that come in.",
        discussion: """
            For example, the second write of a secret fails with 500:
                purser sandbox faults add --method PUT --path '*/secrets/*' --skip 1 --times 1 --status 500
            """)

    enum Moment: String, ExpressibleByArgument, CaseIterable {
        case before
        case after
    }

    @OptionGroup(title: "Which calls") var match: FaultMatchOptions
    @Option(help: ArgumentHelp("Answer with this HTTP status, 400 to 599.", valueName: "number")) var status: Int?
    @Option(help: ArgumentHelp("With --status: the service's error code.", valueName: "text")) var code: String?
    @Option(help: ArgumentHelp("With --status: ask to try again after so many seconds.", valueName: "seconds"))
    var retryAfter: Int?
    @Option(help: ArgumentHelp("Answer so many seconds later.", valueName: "seconds")) var delay: Double?
    @Option(help: "Break the connection before or after the call is carried out.") var reset: Moment?
    @Option(help: ArgumentHelp("Cut the answer off after so many bytes.", valueName: "bytes")) var truncate: Int?
    @Option(help: "End the sandbox before or after the call is carried out.") var crash: Moment?
    @OptionGroup var place: SandboxPlace
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        let faults = [status != nil, delay != nil, reset != nil, truncate != nil, crash != nil].count { $0 }
        guard faults == 1 else {
            throw ValidationError("give one of --status, --delay, --reset, --truncate and --crash")
        }
        guard status != nil || (code == nil && retryAfter == nil) else {
            throw ValidationError("--code and --retry-after go with --status")
        }
    }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        let admin = SandboxAdmin(connection: try await place.running(in: run.context))
        let rule = try await admin.add(self.rule)
        run.context.output.write(try JSONConversion.text(of: rule))
        return .done
    }

    var rule: JSONValue {
        var fault: [String: JSONValue] = [:]
        fault["status"] = status.map(JSONValue.integer)
        fault["code"] = code.map(JSONValue.string)
        fault["retryAfter"] = retryAfter.map(JSONValue.integer)
        fault["delay"] = delay.map(JSONValue.number)
        fault["reset"] = reset.map { .string($0.rawValue) }
        fault["truncate"] = truncate.map(JSONValue.integer)
        fault["crash"] = crash.map { .string($0.rawValue) }
        var rule: [String: JSONValue] = ["match": match.document, "fault": .object(fault)]
        rule["skip"] = match.skip.map(JSONValue.integer)
        rule["times"] = match.times.map(JSONValue.integer)
        return .object(rule)
    }
}

struct FaultMatchOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("The HTTP method.", valueName: "name")) var method: String?
    @Option(help: ArgumentHelp("A glob over the path, or a regular expression after ~.", valueName: "pattern"))
    var path: String?
    @Option(help: ArgumentHelp("A glob over the host.", valueName: "pattern")) var host: String?
    @Option(help: ArgumentHelp("arm, vault, blob, entra, kubernetes, graph or charts.", valueName: "name")) var plane:
        String?
    @Option(help: ArgumentHelp("Let so many matching calls through first.", valueName: "number")) var skip: Int?
    @Option(help: ArgumentHelp("Then let so many fail (default: all).", valueName: "number")) var times: Int?

    var document: JSONValue {
        var members: [String: JSONValue] = [:]
        members["method"] = method.map(JSONValue.string)
        members["path"] = path.map(JSONValue.string)
        members["host"] = host.map(JSONValue.string)
        members["plane"] = plane.map(JSONValue.string)
        return .object(members)
    }
}
