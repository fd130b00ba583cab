package import PurserClients
package import PurserEngine
package import PurserSyntax

/// What a service answered, as the report tells it.
///
/// Sources of the codes: Azure REST reference (Resource Manager, Key Vault, Compute), Kubernetes API conventions.
extension ServiceError: OperationFailure {
    package var category: FailureCategory {
        if code == Code.notSignedIn || code == Code.execPlugin || status == 401 || service.isSignIn && !isTimeout {
            return .notSignedIn
        }
        if isDenied || code == "RequestDisallowedByPolicy" { return .notAllowed }
        return isTimeout ? .timedOut : .failed
    }

    package var diagnosticCode: DiagnosticCode {
        switch category {
        case .notSignedIn: .serviceNotSignedIn
        case .notAllowed: .serviceNotAllowed
        case .timedOut: .serviceTimedOut
        case .failed: failureCode
        }
    }

    private var failureCode: DiagnosticCode {
        switch code {
        case Code.unreachable, Code.untrusted: return .serviceUnreachable
        case Code.cancelled: return .serviceCancelled
        default: break
        }
        switch status {
        case 404: return .serviceNotFound
        case 409, 412: return .serviceConflict
        case 429: return .serviceThrottled
        default: return .serviceFailed
        }
    }

    package var summary: String { description }

    package var hint: String? {
        SignInHints.hint(for: self) ?? Refusal.hint(for: self) ?? ServiceHints.hint(for: self)
    }

    package var traceIDs: [String] {
        let request = request.map { "request: \($0)" }
        return [
            request, requestID.map { "x-ms-request-id: \($0)" },
            correlationID.map { "x-ms-correlation-request-id: \($0)" },
        ]
        .compactMap(\.self)
    }
}

/// A failure that a kind finds itself.
struct ResourceFailure: OperationFailure, Hashable, CustomStringConvertible {
    let diagnosticCode: DiagnosticCode
    let summary: String
    var hint: String?
    var category: FailureCategory = .failed
    var traceIDs: [String] = []
    var outcomeUnknown = false

    init(_ code: DiagnosticCode, _ summary: String, hint: String? = nil, category: FailureCategory = .failed) {
        diagnosticCode = code
        self.summary = summary
        self.hint = hint
        self.category = category
    }

    var description: String { summary }

    /// A create found somebody else's resource of that name.
    static func alreadyExists(_ what: String, owner: Owner?) -> ResourceFailure {
        let whose = owner.map { owner in
            " and belongs to \(owner.address.map { "\($0) of " } ?? "")the environment '\(owner.environment)'"
        }
        return ResourceFailure(
            .applyAlreadyExists, "\(what) exists already\(whose ?? " and was not made by Purser")",
            hint: "write `existing: true` to use it as it is, or choose another name")
    }
}

extension DiagnosticCode {
    package static let serviceNotSignedIn = DiagnosticCode("service/not-signed-in")
    package static let serviceNotAllowed = DiagnosticCode("service/not-allowed")
    package static let serviceTimedOut = DiagnosticCode("service/timed-out")
    package static let serviceUnreachable = DiagnosticCode("service/unreachable")
    package static let serviceCancelled = DiagnosticCode("service/cancelled")
    package static let serviceNotFound = DiagnosticCode("service/not-found")
    package static let serviceConflict = DiagnosticCode("service/conflict")
    package static let serviceThrottled = DiagnosticCode("service/throttled")
    package static let serviceFailed = DiagnosticCode("service/failed")
    package static let applyAlreadyExists = DiagnosticCode("apply/already-exists")
    package static let applyGroupNotEmpty = DiagnosticCode("apply/group-not-empty")
    package static let applyManagedObject = DiagnosticCode("apply/managed-object")
    package static let applyUnusableSecret = DiagnosticCode("apply/unusable-secret")
    package static let applyNodesWithoutIdentity = DiagnosticCode("apply/nodes-without-identity")
    package static let applyNotRestorable = DiagnosticCode("apply/not-restorable")
}
