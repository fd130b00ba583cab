import PurserClients
import PurserEngine
import PurserSyntax

/// A release that Helm cannot change now.
struct ReleaseFailure: OperationFailure {
    let category = FailureCategory.failed
    let diagnosticCode: DiagnosticCode
    let summary: String
    let hint: String?
    let traceIDs: [String] = []
    let outcomeUnknown = false

    /// Another Helm is at work, or one was killed at work: only the user can tell which.
    static func pending(_ release: HelmRelease) -> ReleaseFailure {
        let wayOut =
            release.status == "pending-install" || release.revision == 1
            ? "helm uninstall \(release.name) --namespace \(release.namespace)"
            : "helm rollback \(release.name) --namespace \(release.namespace)"
        return ReleaseFailure(
            diagnosticCode: .releasePending,
            summary: "release '\(release.namespace)/\(release.name)' is \(release.status) since revision "
                + "\(release.revision): another Helm is at work on it, or was cut short",
            hint: "wait for it, or if it is dead:\n\(wayOut)")
    }
}

extension DiagnosticCode {
    static let releasePending = DiagnosticCode("apply/release-pending")
}
