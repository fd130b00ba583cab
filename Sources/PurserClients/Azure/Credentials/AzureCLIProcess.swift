import Subprocess
import SystemPackage

/// The `az` program itself, started without a shell and given a bounded time.
package struct AzureCLIProcess: AzureCLIRunner {
    private let environment: [String: String]
    private let timeout: Duration

    private static let largestOutput = 1 << 20

    /// `environment` is what is offered; `az` sees of it what it needs.
    package init(environment: [String: String], timeout: Duration = .seconds(30)) {
        self.environment = Self.passed(from: environment)
        self.timeout = timeout
    }

    package func run(_ arguments: [String]) async throws(ServiceError) -> AzureCLIOutput {
        let path = try executable()
        let output = await withTaskGroup(of: Result<AzureCLIOutput, ServiceError>?.self) { group in
            group.addTask { await self.outcome(path, arguments) }
            group.addTask {
                // A bound on a program that runs in real time: a clock that is moved by hand would end it at once.
                try? await Task.sleep(for: self.timeout)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        if let output { return try output.get() }
        if Task.isCancelled { throw .cancelled(.azureCLI) }
        throw .azureCLI(ServiceError.Code.timedOut, "az gave no answer within \(timeout)")
    }

    private func outcome(_ path: String, _ arguments: [String]) async -> Result<AzureCLIOutput, ServiceError> {
        do {
            let result = try await Subprocess.run(
                .path(FilePath(path)), arguments: Arguments(arguments), environment: .custom(variables),
                platformOptions: Self.options, input: .none, output: .bytes(limit: Self.largestOutput),
                error: .string(limit: Self.largestOutput))
            return .success(
                AzureCLIOutput(
                    exitCode: Self.exitCode(result.terminationStatus), standardOutput: result.standardOutput,
                    standardError: result.standardError))
        } catch {
            return .failure(.azureCLI("AzureCLIFailed", "\(path) cannot be run: \(error)"))
        }
    }

    private var variables: [Environment.Key: String] {
        Dictionary(
            environment.compactMap { name, value in Environment.Key(rawValue: name).map { ($0, value) } }
        ) { first, _ in first }
    }

    /// In a process group of its own, so that Ctrl-C reaches purser alone. A run that takes too long is asked to stop
    /// before it is killed.
    private static var options: PlatformOptions {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(1))]
        return options
    }

    private static func exitCode(_ status: TerminationStatus) -> Int {
        switch status {
        case .exited(let code): Int(code)
        case .signaled(let signal): -Int(signal)
        }
    }

    private func executable() throws(ServiceError) -> String {
        let candidates = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/az" }
        guard let found = candidates.first(where: Self.isExecutable) else {
            throw .unavailable("there is no 'az' on the PATH")
        }
        return found
    }

    private static func isExecutable(_ path: String) -> Bool {
        guard let status = try? FilePath(path).stat() else { return false }
        return status.type == .regular
            && !status.permissions.isDisjoint(with: [.ownerExecute, .groupExecute, .otherExecute])
    }

    private static let names: Set<String> = [
        "ARM_CLOUD_METADATA_URL", "AZURE_CONFIG_DIR", "AZURE_EXTENSION_DIR", "HOME", "HTTPS_PROXY", "HTTP_PROXY",
        "LANG", "LC_ALL", "NO_PROXY", "PATH", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR",
        "https_proxy", "http_proxy", "no_proxy",
    ]

    /// Proxy, trust and the CLI's own settings; other credentials stay behind. The CLI's HTTP library reads its
    /// authorities from `REQUESTS_CA_BUNDLE` alone: it is given those of `SSL_CERT_FILE`.
    static func passed(from environment: [String: String]) -> [String: String] {
        var result = environment.filter { names.contains($0.key) || $0.key.hasPrefix("AZURE_CORE_") }
        if result["REQUESTS_CA_BUNDLE"] == nil { result["REQUESTS_CA_BUNDLE"] = result["SSL_CERT_FILE"] }
        return result
    }
}
