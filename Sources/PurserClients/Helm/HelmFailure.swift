/// What Helm says only in words. Helm reports every failure as exit code 1 and a text; these are the ones that purser
/// must tell apart, with the words of Helm 3 and 4 (`pkg/storage/driver`, `pkg/action`).
enum HelmFailure: String, CaseIterable, Sendable {
    case releaseNotFound = "ReleaseNotFound"
    case noDeployedRelease = "NoDeployedRelease"
    case nameInUse = "NameInUse"
    /// A former run was broken off, or another is under way.
    case operationInProgress = "OperationInProgress"
    case timedOut = "TimedOut"
    case unreachable = "Unreachable"
    /// The cluster does not let the caller do it.
    case forbidden = "Forbidden"

    private var phrases: [String] {
        switch self {
        case .releaseNotFound: ["release: not found"]
        case .noDeployedRelease: ["has no deployed releases"]
        case .nameInUse: ["cannot re-use a name that is still in use", "cannot reuse a name that is still in use"]
        case .operationInProgress: ["another operation (install/upgrade/rollback) is in progress"]
        case .timedOut: ["timed out waiting for the condition", "context deadline exceeded"]
        case .forbidden: ["is forbidden: User"]
        case .unreachable: ["Kubernetes cluster unreachable", "kubernetes cluster unreachable"]
        }
    }

    /// The failure that the text tells of, or nil for any other.
    static func of(_ text: String) -> HelmFailure? {
        allCases.first { failure in failure.phrases.contains { text.contains($0) } }
    }
}

extension HelmChart {
    /// The failure to fetch the chart, told apart if the repository or registry was there and the chart was not: in the
    /// words of Helm 3 and 4 (`pkg/repo`) and of the registry's client (`errdef.ErrNotFound`).
    func absence(_ error: ServiceError) -> ServiceError {
        let address = digestApart.address.dropFirst("oci://".count)
        let isAbsent =
            repository.map { error.message.hasSuffix("not found in \($0) repository") }
            ?? error.message.hasSuffix("\(address):\(version ?? ""): not found")
        guard error.code == "HelmFailed", isAbsent else { return error }
        var error = error
        error.code = ServiceError.Code.chartNotFound
        return error
    }
}

extension ServiceError {
    /// A failed run of Helm. `isWrite` says that it may have changed the release.
    init(helm output: HelmOutput, command: String, isWrite: Bool) {
        let failure = HelmFailure.of(output.standardError)
        let isSettled = failure == .releaseNotFound || failure == .operationInProgress || failure == .unreachable
        self.init(
            service: .helm,
            code: failure?.rawValue ?? (output.exitCode < 0 ? "HelmKilled" : "HelmFailed"),
            message: Self.message(output, command),
            outcomeUnknown: isWrite && !isSettled,
            isRetryable: failure == .unreachable || failure == .operationInProgress
        )
    }

    /// What Helm advises, and what nobody can follow who does not call Helm.
    private static let advice = "Use --debug flag to render out invalid YAML"

    private static func message(_ output: HelmOutput, _ command: String) -> String {
        let lines = output.standardError.split(separator: "\n").filter { line in
            line != advice && !["WARNING:", "level=WARN", "level=INFO"].contains { line.hasPrefix($0) }
        }
        let text = lines.joined(separator: " ")
        let bare = text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text
        if !bare.isEmpty { return bare }
        return output.exitCode < 0
            ? "helm \(command) was ended by signal \(-output.exitCode)"
            : "helm \(command) ended with exit code \(output.exitCode) and said nothing"
    }
}
