/// The `helm` binary, version 3 or 4. Values are given to it on standard input: they reach no file and no command line.
package struct HelmClient: Sendable {
    private let runner: any HelmRunner
    private let environment: HelmEnvironment
    private let context: String?
    private let known: Once<HelmVersion>
    private let connection: (@Sendable () async throws(ServiceError) -> KubernetesConnection)?
    private let managedCluster: ManagedClusterAccess?

    /// `environment` is what is offered; `helm` sees of it what `HelmEnvironment` lets through. `connection` is asked
    /// before each run that reaches for the cluster: what a kubeconfig may not do here, it may not do through Helm,
    /// which would do it unasked.
    package init(
        runner: any HelmRunner, environment: [String: String], kubeconfig: String? = nil, context: String? = nil,
        connection: (@Sendable () async throws(ServiceError) -> KubernetesConnection)? = nil
    ) {
        self.init(
            runner: runner, environment: environment, kubeconfig: kubeconfig, context: context, connection: connection,
            managedCluster: nil)
    }

    init(
        runner: any HelmRunner, environment: [String: String], kubeconfig: String?, context: String?,
        connection: (@Sendable () async throws(ServiceError) -> KubernetesConnection)?,
        managedCluster: ManagedClusterAccess?
    ) {
        let environment = HelmEnvironment(offered: environment, kubeconfig: kubeconfig)
        self.runner = runner
        self.environment = environment
        self.context = context
        self.connection = connection
        self.managedCluster = managedCluster
        known = Once { () async throws(ServiceError) in try await Self.version(runner, environment.passed) }
    }

    /// The binary's version; code `HelmNotFound` if there is none.
    package func version() async throws(ServiceError) -> HelmVersion { try await known.value() }

    /// `helm upgrade --install --wait`: returns once everything in the release is ready. With `atomic`, a failure takes
    /// back what this call did. `labels` are put on the release where Helm knows them, since 3.13.
    package func upgradeInstall(
        _ name: String,
        namespace: String,
        chart: HelmChart,
        values: JSONValue = [:],
        wait: Bool = true,
        atomic: Bool = false,
        timeout: Duration = .seconds(300),
        labels: [String: String] = [:]
    ) async throws(ServiceError) -> HelmRelease {
        var arguments = ["upgrade", name, chart.name, "--install", "--reset-values", "-f", "-", "-o", "json"]
        arguments += chart.arguments + ["--timeout", Self.text(of: timeout)]
        if chart.isInLocalRegistry, try await version().knowsPlainHTTP { arguments.append("--plain-http") }
        if wait { arguments.append("--wait") }
        if !labels.isEmpty, try await version().knowsLabels {
            arguments += [
                "--labels", labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","),
            ]
        }
        if atomic { arguments.append(try await version().major >= 4 ? "--rollback-on-failure" : "--atomic") }
        let output = try await run(
            arguments, in: namespace, input: values, isWrite: true, limit: Self.writing(timeout))
        return try release(in: output, "upgrade")
    }

    /// The releases of all namespaces.
    package func releases() async throws(ServiceError) -> [HelmListedRelease] {
        let output = try await run(["list", "--all-namespaces", "-o", "json"], in: "", isWrite: false)
        guard let entries = try json(output, "list").array else { throw Self.unexpected("list") }
        return entries.compactMap(HelmListedRelease.init(json:))
    }

    /// The repositories that the user has given Helm; empty if there are none, or if Helm cannot tell.
    package func repositories() async throws(ServiceError) -> [HelmRepository] {
        do throws(ServiceError) {
            let output = try await run(["repo", "list", "-o", "json"], in: "", isWrite: false, needsCluster: false)
            return try (json(output, "repo list").array ?? []).compactMap(HelmRepository.init(json:))
        } catch {
            guard error.code != ServiceError.Code.helmNotFound else { throw error }
            return []
        }
    }

    /// The release's present state, or nil if there is no such release.
    package func status(_ name: String, namespace: String) async throws(ServiceError) -> HelmRelease? {
        let output = try await found(["status", name, "-o", "json"], in: namespace)
        return try output.map { (output) throws(ServiceError) in try release(in: output, "status") }
    }

    /// Oldest first; empty if there is no such release.
    package func history(_ name: String, namespace: String) async throws(ServiceError) -> [HelmRevision] {
        guard let output = try await found(["history", name, "-o", "json"], in: namespace) else { return [] }
        guard let entries = try json(output, "history").array else { throw Self.unexpected("history") }
        return entries.compactMap(HelmRevision.init(json:)).sorted { $0.revision < $1.revision }
    }

    /// The values that the user gave (not the chart's defaults), or nil if there is no such release.
    package func values(
        _ name: String, namespace: String, revision: Int? = nil
    ) async throws(ServiceError) -> JSONValue? {
        let revision = revision.map { ["--revision", String($0)] } ?? []
        let output = try await found(["get", "values", name, "-o", "json"] + revision, in: namespace)
        return try output.map { (output) throws(ServiceError) in
            let values = try json(output, "get values")
            return values.isNull ? [:] : values
        }
    }

    /// The manifest as YAML text, or nil if there is no such release. Hooks are not in it, nor are CRDs of `crds/`.
    package func manifest(_ name: String, namespace: String) async throws(ServiceError) -> String? {
        try await found(["get", "manifest", name], in: namespace)
            .map { String(decoding: $0.standardOutput, as: UTF8.self) }
    }

    /// The hooks of the present revision as YAML text, or nil if there is no such release.
    package func hooks(_ name: String, namespace: String) async throws(ServiceError) -> String? {
        try await found(["get", "hooks", name], in: namespace)
            .map { String(decoding: $0.standardOutput, as: UTF8.self) }
    }

    /// Fetches a chart's archive into a directory that exists; `cache` is another, which Helm may fill. A digest in the chart's address is compared here with the
    /// one that Helm tells of what it pulled: Helm 3.9 refuses such an address, and 3.17 takes whatever the digest leads
    /// to and does not look at the version.
    package func pull(_ chart: HelmChart, into directory: String, cache: String) async throws(ServiceError) {
        let (address, digest) = chart.digestApart
        var arguments = ["pull", address] + chart.arguments + ["--destination", directory]
        if chart.isInLocalRegistry, try await version().knowsPlainHTTP { arguments.append("--plain-http") }
        let output: HelmOutput
        do throws(ServiceError) {
            output = try await run(
                arguments, in: "", isWrite: false, needsCluster: false, limit: Self.fetching, cache: cache)
        } catch {
            throw chart.absence(error)
        }
        guard let digest else { return }
        // On standard output; Helm 3.17 tells it on standard error.
        let told = String(decoding: output.standardOutput, as: UTF8.self) + output.standardError
        guard let found = told.firstMatch(of: #/Digest: (sha256:[0-9a-f]{64})/#)?.1, found == digest else {
            let found = told.firstMatch(of: #/Digest: (\S+)/#).map { String($0.1) } ?? "none"
            throw ServiceError(
                service: .helm, code: ServiceError.Code.chartDigest,
                message: "\(address) \(chart.version ?? "") has the digest \(found), and \(digest) is asked for")
        }
    }

    /// Makes a former revision the present one (as a new revision) and waits until it is ready.
    package func rollback(
        _ name: String, namespace: String, to revision: Int, timeout: Duration = .seconds(300)
    ) async throws(ServiceError) {
        let arguments = ["rollback", name, String(revision), "--wait", "--timeout", Self.text(of: timeout)]
        _ = try await run(arguments, in: namespace, isWrite: true, limit: Self.writing(timeout))
    }

    /// Removes the release and its history: true if it was there, false if it was already absent.
    @discardableResult
    package func uninstall(
        _ name: String, namespace: String, timeout: Duration = .seconds(300)
    ) async throws(ServiceError) -> Bool {
        let arguments = ["uninstall", name, "--wait", "--timeout", Self.text(of: timeout)]
        return try await found(arguments, in: namespace, isWrite: true, limit: Self.writing(timeout)) != nil
    }

    /// The file `Chart.yaml` of a chart.
    package func chartFile(of chart: HelmChart) async throws(ServiceError) -> String {
        let output = try await run(
            ["show", "chart", chart.name] + chart.arguments, in: "", isWrite: false, needsCluster: false)
        return String(decoding: output.standardOutput, as: UTF8.self)
    }

    /// What would be installed, as YAML text, hooks included. Needs no cluster, and asks none: what charts ask of it is
    /// answered by `capabilities`, and by Helm's own assumptions without them.
    package func template(
        _ name: String, namespace: String, chart: HelmChart, values: JSONValue = [:], includeCRDs: Bool = true,
        isUpgrade: Bool = false, capabilities: ClusterCapabilities? = nil
    ) async throws(ServiceError) -> String {
        let arguments =
            ["template", name, chart.name, "-f", "-"] + chart.arguments + (includeCRDs ? ["--include-crds"] : [])
            + (isUpgrade ? ["--is-upgrade"] : []) + (capabilities?.arguments ?? [])
        let output = try await run(arguments, in: namespace, input: values, isWrite: false, needsCluster: false)
        return String(decoding: output.standardOutput, as: UTF8.self)
    }
}

// MARK: - Runs

extension HelmClient {
    /// How long Helm gets for what only reads: far longer than a cluster or a chart of any size needs.
    private static let reading = Duration.seconds(120)
    private static let fetching = Duration.seconds(300)

    /// How long Helm gets for a change. It grants `timeout` to each hook and to the rest by itself.
    private static func writing(_ timeout: Duration) -> Duration { timeout * 4 + .seconds(120) }

    /// `limit` is the time after which Helm is stopped. `cache` takes the place of what Helm knows of repositories.
    private func run(
        _ arguments: [String], in namespace: String, input: JSONValue? = nil, isWrite: Bool, needsCluster: Bool = true,
        limit: Duration = reading, cache: String? = nil
    ) async throws(ServiceError) -> HelmOutput {
        _ = try await version()
        if needsCluster { try environment.checkDriver() }
        var environment = cache.map(environment.passedToPull) ?? environment.passed
        if needsCluster, case .exec? = try await connection?().authentication {
            environment = self.environment.passedToPlugins
        }
        let scope =
            (namespace.isEmpty ? [] : ["--namespace", namespace]) + (context.map { ["--kube-context", $0] } ?? [])
        var invocation = HelmInvocation(
            arguments: arguments + scope, input: input?.encoded, environment: environment, limit: limit)
        var output: HelmOutput
        do throws(ServiceError) {
            if needsCluster, let managedCluster {
                output = try await managedCluster.withFile { (file) async throws(ServiceError) in
                    invocation.environment["KUBECONFIG"] = file
                    return try await runner.run(invocation)
                }
            } else {
                output = try await runner.run(invocation)
            }
        } catch {
            var error = error
            error.outcomeUnknown = error.outcomeUnknown && isWrite
            throw error
        }
        guard output.exitCode == 0 else {
            throw ServiceError(helm: output, command: arguments[0], isWrite: isWrite)
        }
        return output
    }

    /// Nil if there is no such release.
    private func found(
        _ arguments: [String], in namespace: String, isWrite: Bool = false, limit: Duration = reading
    ) async throws(ServiceError) -> HelmOutput? {
        do throws(ServiceError) {
            return try await run(arguments, in: namespace, isWrite: isWrite, limit: limit)
        } catch {
            guard error.code == HelmFailure.releaseNotFound.rawValue else { throw error }
            return nil
        }
    }

    /// `helm version --short` prints `v3.17.1+g980d8ac`.
    private static func version(
        _ runner: any HelmRunner, _ environment: [String: String]
    ) async throws(ServiceError) -> HelmVersion {
        let output = try await runner.run(HelmInvocation(arguments: ["version", "--short"], environment: environment))
        guard output.exitCode == 0 else { throw ServiceError(helm: output, command: "version", isWrite: false) }
        guard let version = HelmVersion(String(decoding: output.standardOutput, as: UTF8.self)) else {
            throw unexpected("version")
        }
        guard version.isSupported else {
            throw ServiceError(
                service: .helm, code: ServiceError.Code.helmTooOld,
                message: "helm is version \(version): purser needs 3.9 or later (https://helm.sh/docs/intro/install)")
        }
        return version
    }

    private func release(in output: HelmOutput, _ command: String) throws(ServiceError) -> HelmRelease {
        guard let release = HelmRelease(json: try json(output, command)) else { throw Self.unexpected(command) }
        return release
    }

    private func json(_ output: HelmOutput, _ command: String) throws(ServiceError) -> JSONValue {
        do { return try JSONValue(parsing: output.standardOutput) } catch { throw Self.unexpected(command) }
    }

    private static func unexpected(_ command: String) -> ServiceError {
        ServiceError(
            service: .helm, code: ServiceError.Code.unexpectedAnswer,
            message: "helm \(command) did not print what is known of it")
    }

    /// In whole seconds, as Go reads durations.
    static func text(of duration: Duration) -> String { "\(max(duration.components.seconds, 1))s" }
}
