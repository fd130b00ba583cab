import Subprocess
import SystemPackage

/// One run of the `helm` binary.
package struct HelmInvocation: Sendable, Hashable {
    package var arguments: [String]
    /// What it reads from standard input; nothing if nil.
    package var input: [UInt8]?
    /// All of its environment.
    package var environment: [String: String]
    /// Is stopped if it has not ended by then.
    package var limit: Duration

    package init(
        arguments: [String], input: [UInt8]? = nil, environment: [String: String], limit: Duration = .seconds(60)
    ) {
        self.arguments = arguments
        self.input = input
        self.environment = environment
        self.limit = limit
    }
}

/// How a run ended.
package struct HelmOutput: Sendable, Hashable {
    /// The exit code; negative if a signal ended the process.
    package var exitCode: Int
    package var standardOutput: [UInt8]
    package var standardError: String

    package init(exitCode: Int, standardOutput: [UInt8] = [], standardError: String = "") {
        self.exitCode = exitCode
        self.standardOutput = standardOutput
        self.standardError = standardError
    }
}

/// Runs `helm`; tests put a script of expected runs in its place.
package protocol HelmRunner: Sendable {
    func run(_ invocation: HelmInvocation) async throws(ServiceError) -> HelmOutput
}

/// The binary itself.
package struct HelmProcess: HelmRunner {
    /// The binary; nil to take the first `helm` on the `PATH` of the invocation's environment.
    package var binary: String?
    private let clock: ClientClock

    private static let largestOutput = 64 << 20
    private static let largestErrorText = 1 << 20

    package init(binary: String?, clock: any Clock<Duration> = ContinuousClock()) {
        self.binary = binary
        self.clock = ClientClock(clock)
    }

    private enum Ending: Sendable {
        case ended(Result<HelmOutput, ServiceError>)
        case late
        /// Nobody waits for it any more; it is stopped, and has yet to end.
        case cancelled
    }

    package func run(_ invocation: HelmInvocation) async throws(ServiceError) -> HelmOutput {
        let path = try executable(invocation.environment["PATH"])
        let (result, isLate) = await withTaskGroup(of: Ending.self) { group in
            group.addTask { .ended(await ending(of: invocation, path)) }
            group.addTask { await clock.pause(invocation.limit) ? .late : .cancelled }
            var isLate = false
            while let ending = await group.next() {
                switch ending {
                case .ended(let result):
                    group.cancelAll()
                    return (result, isLate)
                case .late:
                    isLate = true
                    group.cancelAll()
                case .cancelled: continue
                }
            }
            return (.failure(.cancelled(.helm)), isLate)
        }
        if isLate, (try? result.get())?.exitCode != 0 { throw Self.late(invocation) }
        return try result.get()
    }

    private static func late(_ invocation: HelmInvocation) -> ServiceError {
        ServiceError(
            service: .helm, code: ServiceError.Code.helmTimedOut,
            message:
                "helm \(invocation.arguments.first ?? "") did not end within \(invocation.limit.components.seconds) "
                + "seconds and was stopped",
            outcomeUnknown: true)
    }

    private func ending(of invocation: HelmInvocation, _ path: String) async -> Result<HelmOutput, ServiceError> {
        do {
            let result = try await Subprocess.run(
                .path(FilePath(path)),
                arguments: Arguments(invocation.arguments),
                environment: .custom(
                    Dictionary(
                        uniqueKeysWithValues: invocation.environment.compactMap { name, value in
                            Environment.Key(rawValue: name).map { ($0, value) }
                        })),
                platformOptions: Self.options,
                input: .inputWriter,
                output: .bytes(limit: Self.largestOutput),
                error: .string(limit: Self.largestErrorText)
            ) { await Self.feed(invocation.input ?? [], to: $0.standardInputWriter) }
            return .success(
                HelmOutput(
                    exitCode: Self.exitCode(result.terminationStatus), standardOutput: result.standardOutput,
                    standardError: result.standardError))
        } catch {
            return .failure(Self.failure(error, path))
        }
    }

    /// Writes all that the process is ready to read. One that ends before it has read everything tells why by its exit
    /// code and its error text; and the library ends the program on a standard input that is left open, as it leaves
    /// one itself when its own writing fails.
    private static func feed(_ input: [UInt8], to writer: StandardInputWriter) async {
        _ = try? await writer.write(input)
        try? await writer.finish()
    }

    /// A process that did not start did nothing; one that was lost sight of may have done all.
    private static func failure(_ error: any Error, _ path: String) -> ServiceError {
        guard let error = error as? SubprocessError else { return .cancelled(.helm) }
        let hasStarted = ![.executableNotFound, .spawnFailed, .failedToChangeWorkingDirectory].contains(error.code)
        return ServiceError(
            service: .helm, code: hasStarted ? "HelmFailed" : ServiceError.Code.helmNotFound,
            message: "\(path): \(error)", outcomeUnknown: hasStarted)
    }

    /// In a process group of its own, so that Ctrl-C reaches purser alone and a running release is not torn in the
    /// middle. A cancelled run is asked to stop before it is killed.
    private static var options: PlatformOptions {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(10))]
        return options
    }

    private static func exitCode(_ status: TerminationStatus) -> Int {
        switch status {
        case .exited(let code): Int(code)
        case .signaled(let signal): -Int(signal)
        }
    }

    private func executable(_ path: String?) throws(ServiceError) -> String {
        if let binary, binary.contains("/") {
            guard Self.isExecutable(binary) else { throw Self.notFound("\(binary) is not an executable file") }
            return binary
        }
        let name = binary ?? "helm"
        let candidates = (path ?? "").split(separator: ":").map { "\($0)/\(name)" }
        guard let found = candidates.first(where: Self.isExecutable) else {
            throw Self.notFound("there is no '\(name)' on the PATH: install Helm 3 or 4 (https://helm.sh)")
        }
        return found
    }

    private static func notFound(_ message: String) -> ServiceError {
        ServiceError(service: .helm, code: ServiceError.Code.helmNotFound, message: message)
    }

    private static func isExecutable(_ path: String) -> Bool {
        guard let status = try? FilePath(path).stat() else { return false }
        return status.type == .regular
            && !status.permissions.isDisjoint(with: [.ownerExecute, .groupExecute, .otherExecute])
    }
}
