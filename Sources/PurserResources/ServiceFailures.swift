package import PurserClients
package import PurserEngine
package import PurserSyntax

/// What a service answered, as the report tells it.
///
/// Sources of the codes: Azure REST reference (Resource Manager, Key Vault, Compute), Kubernetes API conventions.
extension ServiceError: OperationFailure {
    package var category: FailureCategory {
        if code == Code.notSignedIn || code == Code.execPlugin || service.isSignIn && !isTimeout {
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
        SignInHints.hint(for: self) ?? innerCode.flatMap { ServiceHints.byCode[$0.lowercased()] }
            ?? ServiceHints.byCode[code.lowercased()]
            ?? (status == 429 ? ServiceHints.throttled : nil)
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

/// The way out of what the services refuse, by their codes in lower case.
private enum ServiceHints {
    static let throttled = "the service is throttling; try again later or lower --parallelism"

    static let byCode: [String: String] = Dictionary(
        [
            (
                "Kubeconfig",
                "set KUBECONFIG, or `cluster.kubeconfig` and `cluster.context`; for AKS: az aks get-credentials"
            ),
            ("ExecPlugin", "what the plugin said stands above; try the same with kubectl get namespaces"),
            ("Unreachable", "check the network, the proxy and the name"),
            ("Untrusted", "the server's certificate is not signed by an authority that is trusted here"),
            ("AuthorizationFailed", "have a role granted that allows the action named above, at the scope named above"),
            (
                "LinkedAuthorizationFailed",
                "the caller needs 'Managed Identity Operator' (userAssignedIdentities/*/assign/action) on the identity"
            ),
            (
                "DenyAssignmentAuthorizationFailed",
                "the node resource group is locked; use `identity: {workload: …}` instead of binding the scale sets"
            ),
            ("RequestDisallowedByPolicy", "an Azure Policy forbids it; its name is in the message"),
            ("MissingSubscriptionRegistration", "register the provider: az provider register --namespace NAMESPACE"),
            ("ScopeLocked", "a lock forbids it; remove the lock first: az lock list"),
            ("ResourceGroupBeingDeleted", "the group is being deleted; try again when it is gone"),
            ("InvalidResourceGroupLocation", "the group exists in another location, and a group cannot move"),
            ("VaultAlreadyExists", "vault names are unique across Azure; choose another name"),
            ("VaultNameNotValid", "3 to 24 letters, digits and hyphens, starting with a letter"),
            ("ForbiddenByRbac", "the caller needs a Key Vault data role on the vault, e.g. Key Vault Secrets Officer"),
            ("AccessDenied", accessPolicy),
            ("ForbiddenByPolicy", accessPolicy),
            ("ForbiddenByFirewall", "the vault's firewall does not admit this address"),
            ("ForbiddenByConnection", "the vault admits private connections only; run where its private link reaches"),
            (
                "ObjectIsDeletedButRecoverable",
                "a soft-deleted object that is not this environment's has the name; recover or purge it, or choose another name"
            ),
            ("ObjectIsBeingDeleted", "the object is still being deleted; try again in a minute"),
            ("MethodNotAllowed", "purge protection keeps deleted vaults and objects until their retention ends"),
        ].map { ($0.0.lowercased(), $0.1) }, uniquingKeysWith: { first, _ in first })

    private static let accessPolicy =
        "the vault's access policy must give the caller (oid in the message) the permission named above"
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
