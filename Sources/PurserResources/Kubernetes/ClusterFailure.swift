import PurserClients
import PurserEngine
import PurserSyntax

/// What stops an operation although the API server answers: a foreign object in the way, a pod that does not become
/// ready, fields that another manager owns.
struct ClusterFailure: OperationFailure {
    var category = FailureCategory.failed
    let diagnosticCode: DiagnosticCode
    let summary: String
    var hint: String?
    var traceIDs: [String] = []
    var outcomeUnknown = false

    static func alreadyExists(_ what: String, owner: Owner?, hint: String) -> ClusterFailure {
        let whose =
            if let owner, let address = owner.address {
                "belongs to \(address) of environment '\(owner.environment)'"
            } else {
                "was not made by this environment"
            }
        return ClusterFailure(
            diagnosticCode: .nameTaken, summary: "\(what) exists already and \(whose)", hint: hint)
    }

    static func conflict(_ what: String, _ error: ServiceError) -> ClusterFailure {
        let fields = error.conflicts.map { "\($0.field) (owned by \($0.manager))" }.joined(separator: ", ")
        return ClusterFailure(
            diagnosticCode: .fieldConflict,
            summary: "\(what) has fields that another manager owns: \(fields)",
            hint: "leave these fields out of the spec, or have the other manager give them up")
    }

    static func notReady(_ what: String, after limit: String, because reason: String) -> ClusterFailure {
        ClusterFailure(
            category: .timedOut, diagnosticCode: .notReady,
            summary: "\(what) was not ready after \(limit): \(reason)",
            hint: "raise 'timeout' if it only needs longer")
    }

    static func broken(_ what: String, because reason: String) -> ClusterFailure {
        ClusterFailure(diagnosticCode: .notReady, summary: "\(what) cannot become ready: \(reason)")
    }

    static func occupied(_ what: String, by objects: [String]) -> ClusterFailure {
        let shown = objects.prefix(5).joined(separator: ", ")
        let more = objects.count > 5 ? " and \(objects.count - 5) more" : ""
        return ClusterFailure(
            diagnosticCode: .namespaceInUse,
            summary: "\(what) holds objects that are not this environment's: \(shown)\(more)",
            hint: "remove them first, or write 'onDestroy: retain' to leave the namespace in place")
    }
}

extension DiagnosticCode {
    static let nameTaken = DiagnosticCode("apply/already-exists")
    static let fieldConflict = DiagnosticCode("apply/field-conflict")
    static let notReady = DiagnosticCode("apply/not-ready")
    static let namespaceInUse = DiagnosticCode("apply/namespace-in-use")
}
