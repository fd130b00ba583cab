import PurserClients
import PurserEngine
import PurserSyntax

/// What stops an operation although the API server answers: fields that another manager owns, a pod that does not become
/// ready, a namespace that others use.
extension ResourceFailure {
    static func nameTaken(_ what: String, by owner: Owner?, hint: String) -> ResourceFailure {
        var failure = alreadyExists(what, owner: owner)
        failure.hint = hint
        return failure
    }

    static func fieldConflict(_ what: String, _ error: ServiceError) -> ResourceFailure {
        let fields = error.conflicts.map { "\($0.field) (owned by \($0.manager))" }.joined(separator: ", ")
        return ResourceFailure(
            .applyFieldConflict, "\(what) has fields that another manager owns: \(fields)",
            hint: "leave these fields out of the spec, or have the other manager give them up")
    }

    static func notServed(_ kind: ObjectKind, by version: String) -> ResourceFailure {
        ResourceFailure(
            .serviceNotServed,
            "the cluster's API server (\(version)) does not serve \(kind.name) of \(kind.apiVersion)",
            hint: kind == .cronJob ? "batch/v1 has CronJob since Kubernetes 1.21: use a newer cluster" : nil)
    }

    static func notReady(_ what: String, after limit: String, because reason: String) -> ResourceFailure {
        ResourceFailure(
            .applyNotReady, "\(what) was not ready after \(limit): \(reason)",
            hint: "raise 'timeout' if it only needs longer", category: .timedOut)
    }

    static func neverReady(_ what: String, because reason: String) -> ResourceFailure {
        ResourceFailure(.applyNotReady, "\(what) cannot become ready: \(reason)")
    }

    static func namespaceInUse(_ what: String, by objects: [String]) -> ResourceFailure {
        let shown = objects.prefix(5).joined(separator: ", ")
        let more = objects.count > 5 ? " and \(objects.count - 5) more" : ""
        return ResourceFailure(
            .applyNamespaceInUse, "\(what) holds objects that are not this environment's: \(shown)\(more)",
            hint: "remove them first, or write 'onDestroy: retain' to leave the namespace in place")
    }
}

extension DiagnosticCode {
    static let serviceNotServed = DiagnosticCode("service/not-served")
    static let applyFieldConflict = DiagnosticCode("apply/field-conflict")
    static let applyNotReady = DiagnosticCode("apply/not-ready")
    static let applyNamespaceInUse = DiagnosticCode("apply/namespace-in-use")
}
