import PurserClients

/// The way out of what the services refuse, by their codes in lower case, the more exact code first.
///
/// Source of the codes: Azure REST reference (Resource Manager, Key Vault, Compute, Authorization), "Key Vault REST API error
/// codes".
enum ServiceHints {
    static func hint(for error: ServiceError) -> String? {
        if error.service.isSignIn {
            if let known = byCode[error.code.lowercased()] { return known }
            return error.isRetryable || error.status == 410 ? transient : nil
        }
        if error.isRetryable, error.status == 429 { return throttled }
        return [error.innerCode, error.code].compactMap { $0 }.lazy.compactMap { byCode[$0.lowercased()] }.first
            ?? byStatus(error)
    }

    private static let throttled = "the service is throttling; try again later or lower --parallelism"
    private static let transient = "the service fails for now, and went on failing when asked again: try again later"
    private static let version =
        "purser speaks a version that this cloud does not know: please report it with this message"
    private static let input =
        "the service does not take what the spec asks for: the message says what is wrong with it"

    private static func byStatus(_ error: ServiceError) -> String? {
        guard [.resourceManager, .keyVault].contains(error.service) else { return nil }
        switch error.status {
        case 400?: return input
        case 401?: return byCode["invalidauthenticationtoken"]
        case 403?: return "`purser doctor` tells what you may do, and what is to be granted to whom"
        case 404?: return byCode["notfound"]
        case 409?, 412?: return byCode["conflict"]
        case .some(500...): return transient
        default: return nil
        }
    }

    private static let byCode: [String: String] = Dictionary(
        (fromHere + refused + missing + conflicts + invalid + vaults).map { ($0.0.lowercased(), $0.1) },
        uniquingKeysWith: { first, _ in first })

    private static let fromHere = [
        (
            "Kubeconfig",
            "set KUBECONFIG, or `cluster.kubeconfig` and `cluster.context`; for AKS: az aks get-credentials"
        ),
        ("ExecPlugin", "what the plugin said stands above; try the same with kubectl get namespaces"),
        ("Unreachable", "check the network, the proxy and the name"),
        ("UnexpectedAnswer", "what answered is not the service: check the proxy between, and the cloud's endpoints"),
        ("Untrusted", "the server's certificate is not signed by an authority that is trusted here"),
    ]

    private static let refused = [
        (
            "InvalidAuthenticationToken",
            "sign in anew; check this machine's clock, and that tenant and cloud belong together"
        ),
        ("ExpiredAuthenticationToken", "sign in anew; check this machine's clock"),
        (
            "InvalidAuthenticationTokenTenant",
            "the subscription belongs to another tenant: check azure.tenant and azure.subscription"
        ),
        ("AuthenticationFailed", "sign in anew; check this machine's clock, and that tenant and cloud belong together"),
        ("Unauthorized", "the vault takes tokens of its own tenant and cloud: check azure.tenant and azure.cloud"),
        (
            "DenyAssignmentAuthorizationFailed",
            "the node resource group is locked; use `identity: {workload: …}` instead of binding the scale sets"
        ),
        (
            "RequestDisallowedByPolicy",
            "an Azure Policy forbids it; its name is in the message: meet it, or have an exemption made"
        ),
        ("ScopeLocked", "a lock forbids it; remove the lock first: az lock list"),
        ("ForbiddenByConnection", "the vault admits private connections only; run where its private link reaches"),
    ]

    private static let missing = [
        ("ResourceGroupNotFound", "check the group's name and azure.subscription, or declare the group"),
        (
            "ResourceNotFound",
            "check its name, its group and azure.subscription; what was made moments ago may not show yet"
        ),
        ("NotFound", "check its name, its group and azure.subscription; what was made moments ago may not show yet"),
        ("SubscriptionNotFound", "check azure.subscription and azure.tenant: az account list --output table"),
        ("ParentResourceNotFound", "what should hold it is not there: it was deleted meanwhile, or is not visible yet"),
        ("SecretNotFound", "check the secret's name: az keyvault secret list --vault-name NAME"),
        ("CertificateNotFound", "check the certificate's name: az keyvault certificate list --vault-name NAME"),
        ("KeyNotFound", "check the key's name: az keyvault key list --vault-name NAME"),
        ("PendingCertificateNotFound", "nothing is being made under that name any more: apply again"),
    ]

    private static let conflicts = [
        ("Conflict", "something else is changing it: try again when that has ended"),
        (
            "ConflictError",
            "if a soft-deleted vault has the name: az keyvault list-deleted; recover it, or write `whenDeleted: purge`"
        ),
        (
            "OperationNotAllowed",
            "the service does not allow it now: the message says why; another operation may be running"
        ),
        ("AnotherOperationInProgress", "something else is changing it: try again when that has ended"),
        (
            "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
            "somebody else is writing the identity's federated credentials: try again when that has ended"
        ),
        ("PreconditionFailed", "somebody else has changed it meanwhile: plan again"),
        (
            "RoleAssignmentUpdateNotPermitted",
            "an assignment cannot change: delete it (az role assignment delete), then apply again"
        ),
        (
            "RoleAssignmentLimitExceeded",
            "the subscription has all the assignments that it may: delete some that nobody needs"
        ),
        ("ResourceGroupBeingDeleted", "the group is being deleted; try again when it is gone"),
        (
            "ResourceGroupDeletionBlocked",
            "what is in the group cannot be deleted: the message names it; delete that first"
        ),
        ("InvalidResourceGroupLocation", "the group exists in another location, and a group cannot move"),
        (
            "InvalidResourceLocation",
            "it exists in another location, and cannot move: write that location, or another name"
        ),
        ("ReservedResourceName", "the name is reserved by Microsoft: choose another name"),
        ("VaultAlreadyExists", "vault names are unique across Azure; choose another name"),
    ]

    private static let invalid = [
        ("MissingApiVersionParameter", version), ("InvalidResourceType", version),
        ("NoRegisteredProviderFound", version),
        ("LocationRequired", "write `location` of the resource, or azure.location"),
        (
            "PrincipalNotFound",
            "the identity has not reached the directory yet, or is gone: apply again in a few minutes"
        ),
        (
            "InvalidPrincipalId",
            "the object id is none of the directory's: check the identity that is to be granted the role"
        ),
        (
            "UnmatchedPrincipalType",
            "the object is of another type than is said of it: check the identity that is to be granted the role"
        ),
        ("RoleDefinitionDoesNotExist", "the cloud does not know the role: check `roles`"),
        ("FailedIdentityOperation", "the identity is not there, or not visible yet: apply again in a few minutes"),
        ("InvalidResourceGroup", "1 to 90 letters, digits and _ - . ( ), without a dot at the end"),
        ("InvalidResourceName", "the message says what the name may have in it: choose another name"),
        ("VaultNameNotValid", "3 to 24 letters, digits and hyphens, starting with a letter"),
        ("BadParameter", "the vault does not take what the spec asks for: the message says what is wrong with it"),
    ]

    private static let vaults = [
        (
            "SecretDisabled",
            "it is disabled: write `enabled: true`, or az keyvault secret set-attributes --enabled true"
        ),
        (
            "ObjectIsDeletedButRecoverable",
            "a soft-deleted object that is not this environment's has the name; recover or purge it, or choose another name"
        ),
        ("ObjectIsBeingDeleted", "the object is still being deleted; try again in a minute"),
        ("ObjectIsBeingRecovered", "the object is still being recovered; try again in a minute"),
        ("RequestNotAllowedOnNonDeletedObject", "it is there, and not deleted: plan again"),
        ("MethodNotAllowed", "purge protection keeps deleted vaults and objects until their retention ends"),
    ]
}
