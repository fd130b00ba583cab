package import Foundation
package import PurserClients
package import PurserEngine
package import PurserResources
package import PurserSyntax

/// All that a command may touch: tests run commands with one of their own, and no command looks anywhere else.
package struct CommandContext: Sendable {
    /// The process environment.
    package var environment: [String: String]
    /// Where relative paths begin; empty for the process's own directory.
    package var workingDirectory: String
    package var terminal: Terminal
    /// Data: a plan, JSON. Everything else goes to `errors`.
    package var output: any TextOutput
    package var errors: any TextOutput
    /// One line that the user types, or nil at the end of input. Ends at once when its task is cancelled.
    package var readLine: @Sendable () async -> String?
    /// All of standard input, up to so many bytes. Ends at once when its task is cancelled.
    package var readInput: @Sendable (_ limitBytes: Int) async throws -> SourceFile
    package var now: @Sendable () -> Date
    package var clock: any Clock<Duration>
    /// SIGINT and SIGTERM, from the moment of the call.
    package var signals: @Sendable () -> AsyncStream<StopSignal>
    package var makeServices: @Sendable (ClientSettings) async throws -> Services
    package var sandbox: any SandboxProcesses
    /// Who runs the command, for locks and journal.
    package var user: String
    package var host: String
    package var processID: Int

    package init(
        environment: [String: String], workingDirectory: String = "", terminal: Terminal, output: any TextOutput,
        errors: any TextOutput, readLine: @escaping @Sendable () async -> String?,
        readInput: @escaping @Sendable (_ limitBytes: Int) async throws -> SourceFile = StandardInput.read,
        now: @escaping @Sendable () -> Date, clock: any Clock<Duration> = ContinuousClock(),
        signals: @escaping @Sendable () -> AsyncStream<StopSignal>,
        makeServices: @escaping @Sendable (ClientSettings) async throws -> Services,
        sandbox: any SandboxProcesses, user: String, host: String, processID: Int
    ) {
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.terminal = terminal
        self.output = output
        self.errors = errors
        self.readLine = readLine
        self.readInput = readInput
        self.now = now
        self.clock = clock
        self.signals = signals
        self.makeServices = makeServices
        self.sandbox = sandbox
        self.user = user
        self.host = host
        self.processID = processID
    }

    /// A path as the user gave it, from where the command works.
    package func resolved(_ path: String) -> String {
        path.hasPrefix("/") || workingDirectory.isEmpty ? path : "\(workingDirectory)/\(path)"
    }

    /// Set, and not to the empty text.
    package func has(_ variable: String) -> Bool { !(environment[variable] ?? "").isEmpty }

    /// Whether a CI system runs the command: no prompt, no animation.
    package var isAutomated: Bool {
        ["CI", "GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI", "BUILDKITE", "CIRCLECI", "JENKINS_URL", "TRAVIS"]
            .contains { has($0) && environment[$0] != "false" }
    }

    /// The address of the CI job, for whoever meets its lock.
    package var job: String? {
        if let server = environment["GITHUB_SERVER_URL"], let repository = environment["GITHUB_REPOSITORY"],
            let run = environment["GITHUB_RUN_ID"]
        {
            return "\(server)/\(repository)/actions/runs/\(run)"
        }
        return ["CI_JOB_URL", "BUILD_URL", "CIRCLE_BUILD_URL", "BUILDKITE_BUILD_URL"].compactMap { environment[$0] }
            .first
    }

    package func lockHolder(_ command: String) -> LockHolder {
        LockHolder(
            user: user, host: host, pid: processID, command: command, since: now().formatted(.iso8601), job: job)
    }
}

/// Where text goes. Writing never fails: a reader that has gone away is no reason to stop in the middle of a run.
package protocol TextOutput: Sendable {
    func write(_ text: String)
}

/// What is known of the terminal.
package struct Terminal: Sendable, Hashable {
    package var hasInput: Bool
    package var showsOutput: Bool
    package var showsErrors: Bool
    /// In columns.
    package var width: Int
    /// TERM=dumb: it shows text and nothing else.
    package var isDumb: Bool

    package init(
        hasInput: Bool = false, showsOutput: Bool = false, showsErrors: Bool = false, width: Int = 80,
        isDumb: Bool = false
    ) {
        self.hasInput = hasInput
        self.showsOutput = showsOutput
        self.showsErrors = showsErrors
        self.width = width
        self.isDumb = isDumb
    }

    package static let none = Terminal()
}

/// A wish to stop, from outside.
package enum StopSignal: Sendable, Hashable {
    case interrupt
    case terminate
}

/// What commands need of the outside world: the kinds, and the cluster as `verify` looks at it.
package struct Services: Sendable {
    package var catalog: ResourceCatalog
    package var cluster: any ClusterReading
    /// Looks at what is there, for an import.
    package var survey: @Sendable (SurveyScope) async throws -> Survey
    /// Finds out whether one may do what an environment needs.
    package var examine: @Sendable (DoctorScope) async -> DoctorReport
    /// What vaults hold that exist already, as far as it may be listed.
    package var live: @Sendable (Spec, Observations) async -> LiveVaults
    /// The state of an environment that is kept elsewhere than on this machine.
    package var remoteState: @Sendable (BlobStateLocation, _ environment: String) throws -> any StateBackend
    /// Closes all connections.
    package var shutdown: @Sendable () async -> Void

    package init(
        catalog: ResourceCatalog, cluster: any ClusterReading,
        survey: @escaping @Sendable (SurveyScope) async throws -> Survey = { _ in Survey() },
        examine: @escaping @Sendable (DoctorScope) async -> DoctorReport = {
            DoctorReport(environment: $0.graph.environment)
        },
        live: @escaping @Sendable (Spec, Observations) async -> LiveVaults = { _, _ in LiveVaults() },
        remoteState: @escaping @Sendable (BlobStateLocation, _ environment: String) throws -> any StateBackend = {
            throw StateError.unreadable(place: "\($0)", detail: "\($1) has no connection to it")
        },
        shutdown: @escaping @Sendable () async -> Void = {}
    ) {
        self.catalog = catalog
        self.cluster = cluster
        self.survey = survey
        self.examine = examine
        self.live = live
        self.remoteState = remoteState
        self.shutdown = shutdown
    }
}

/// The part of the Kubernetes API that `verify` reads.
package protocol ClusterReading: Sendable {
    /// The object, or nil if it does not exist.
    func get(_ path: ResourcePath) async throws(ServiceError) -> JSONValue?
    func list(
        _ path: ResourcePath, labelSelector: String?, fieldSelector: String?
    ) async throws(ServiceError) -> [JSONValue]
    /// The events about an object, oldest first.
    func events(namespace: String, kind: String, name: String, uid: String?) async throws(ServiceError) -> [JSONValue]
}

extension KubernetesClient: ClusterReading {}
