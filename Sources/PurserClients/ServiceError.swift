/// A service refused, failed or could not be reached.
///
/// Texts that came from a service are cleaned of control characters and bounded; nothing of a request's or an answer's
/// body that could be a secret gets in.
package struct ServiceError: Error, Sendable, Hashable {
    package enum Service: String, Sendable, Hashable {
        case resourceManager = "Azure Resource Manager"
        case keyVault = "Key Vault"
        case blobStorage = "Blob storage"
        case entra = "Microsoft Entra"
        case kubernetes = "Kubernetes"
        case helm = "Helm"
        case managedIdentity = "managed identity endpoint"
        case gitHub = "GitHub Actions"
        case azurePipelines = "Azure Pipelines"
        case azureCLI = "Azure CLI"

        /// Whether it is asked for tokens and for nothing else.
        package var isSignIn: Bool {
            [.entra, .managedIdentity, .gitHub, .azurePipelines, .azureCLI].contains(self)
        }
    }

    /// A field that another manager owns (server-side apply).
    package struct FieldConflict: Sendable, Hashable {
        package var field: String
        package var manager: String

        package init(field: String, manager: String) {
            self.field = field
            self.manager = manager
        }
    }

    package var service: Service
    /// The HTTP status, or nil if there was no answer.
    package var status: Int?
    /// The service's own code, e.g. `ResourceGroupNotFound`, or one of `ServiceError.Code` if it came from here.
    package var code: String
    /// The more exact code below the first, e.g. `ForbiddenByPolicy` of Key Vault.
    package var innerCode: String?
    package var message: String
    package var requestID: String?
    package var correlationID: String?
    /// True when the request may have been carried out although it looks failed.
    package var outcomeUnknown: Bool
    /// True when the same request may well succeed later.
    package var isRetryable: Bool
    /// Fields in dispute, for a conflict of server-side apply.
    package var conflicts: [FieldConflict]
    /// Method and address of the request, without secrets.
    package var request: RequestSummary?
    /// What led to it, a line each: the ways to sign in that were tried.
    package var details: [String]

    package init(
        service: Service,
        status: Int? = nil,
        code: String,
        innerCode: String? = nil,
        message: String,
        requestID: String? = nil,
        correlationID: String? = nil,
        outcomeUnknown: Bool = false,
        isRetryable: Bool = false,
        conflicts: [FieldConflict] = [],
        request: RequestSummary? = nil,
        details: [String] = []
    ) {
        self.details = details.map { Self.cleaned($0, longest: 600) }
        self.service = service
        self.status = status
        self.code = Self.cleaned(code, longest: 120)
        self.innerCode = innerCode.map { Self.cleaned($0, longest: 120) }
        self.message = Self.cleaned(message, longest: Self.longestMessage)
        self.requestID = requestID.map { Self.cleaned($0, longest: 120) }
        self.correlationID = correlationID.map { Self.cleaned($0, longest: 120) }
        self.outcomeUnknown = outcomeUnknown
        self.isRetryable = isRetryable
        self.conflicts = conflicts
        self.request = request
    }
}

extension ServiceError {
    /// Codes of failures that no service reported.
    package enum Code {
        /// No credential is configured, or none of those that are serves.
        package static let notSignedIn = "NotSignedIn"
        /// The credential plugin of a kubeconfig gives no credential.
        package static let execPlugin = "ExecPlugin"
        /// One way to sign in is not to be had here; another may be.
        package static let credentialUnavailable = "CredentialUnavailable"
        /// No kubeconfig, or one that cannot be used.
        package static let kubeconfig = "Kubeconfig"
        /// The cluster does not let the caller do what Helm was to do.
        package static let forbidden = "Forbidden"
        /// No `helm` binary.
        package static let helmNotFound = "HelmNotFound"
        /// The awaited state did not come about in time.
        package static let timedOut = "TimedOut"
        package static let cancelled = "Cancelled"
        /// The service could not be reached, or the connection broke.
        package static let unreachable = "Unreachable"
        /// The server's certificate is not trusted.
        package static let untrusted = "Untrusted"
        /// The answer is not what the service's reference promises.
        package static let unexpectedAnswer = "UnexpectedAnswer"
        /// An address of another host, to which no token is sent.
        package static let foreignHost = "ForeignHost"
        /// A spec asks for a cloud that the one who runs purser has not named.
        package static let untrustedCloud = "UntrustedCloud"
        /// The local configuration (environment variables, files) cannot be used.
        package static let configuration = "Configuration"
    }

    /// More exact codes of failures that no service reported.
    package enum InnerCode {
        /// Below `Unreachable`: there is no such host. A vault that does not exist looks like this.
        package static let hostUnknown = "HostUnknown"
    }

    package var isCancellation: Bool { code == Code.cancelled }
    package var isTimeout: Bool { code == Code.timedOut }
    package var isNotFound: Bool { status == 404 }
    /// Not signed in, or not allowed.
    package var isDenied: Bool {
        [Code.notSignedIn, Code.execPlugin, Code.forbidden].contains(code) || status == 401 || status == 403
    }

    private static let longestMessage = 2000

    /// The text on one line, without control characters (which could drive a terminal), bounded in length.
    package static func cleaned(_ text: String, longest: Int) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(longest * 2) {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: result.unicodeScalars.append(" ")
            case .format, .surrogate, .privateUse, .unassigned: continue
            default: result.unicodeScalars.append(scalar)
            }
        }
        let line = result.split(separator: " ").joined(separator: " ")
        return line.count > longest ? line.prefix(longest - 1) + "…" : line
    }
}

extension ServiceError: CustomStringConvertible {
    package var description: String {
        let codes = [code, innerCode].compactMap(\.self).joined(separator: "/")
        let answered = status.map { " (HTTP \($0))" } ?? ""
        return "\(service.rawValue): \(codes)\(answered): \(message)"
    }
}
