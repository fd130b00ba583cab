import PurserClients
import PurserEngine
import PurserSyntax

/// A release that Helm believes to be at work on. Helm refuses everything else until that ends, and cannot tell whether
/// the Helm that began it still runs: only the user can.
struct PendingRelease: Sendable, Hashable {
    private let summary: String
    private let hint: String

    /// Nil if nothing is under way. `former` is the revision that was deployed last, if that is known.
    init?(name: String, namespace: String, status: String, revision: Int, former: Int? = nil) {
        guard Self.isPending(status) else { return nil }
        let target = former.map { " \($0)" } ?? ""
        let wayOut =
            status == "pending-install" || revision == 1
            ? "helm uninstall \(name) --namespace \(namespace)"
            : "helm rollback \(name)\(target) --namespace \(namespace)"
        summary =
            "release '\(namespace)/\(name)' is \(status) since revision \(revision): another Helm is at work on it, or "
            + "was cut short"
        hint = "wait for it, or if it is dead, settle it and plan again:\n\(wayOut)"
    }

    var failure: ResourceFailure { ResourceFailure(.applyReleasePending, summary, hint: hint) }
    var obstacle: Obstacle { Obstacle(summary, hint: hint) }

    static func isPending(_ status: String) -> Bool { status.hasPrefix("pending-") || status == "uninstalling" }
}

extension DiagnosticCode {
    static let applyReleasePending = DiagnosticCode("apply/release-pending")
}
