import PurserClients
import PurserEngine
import PurserSyntax

/// What Blob storage refuses, as an error of the state, with the way out.
///
/// Sources: Azure REST reference, Blob service, "Blob service error codes" and "Common REST API error codes"; Azure
/// documentation, "Authorize access to blobs using Microsoft Entra ID".
enum BlobFailures {
    /// Runs `body`, with the service's failures told as errors of the state at that place.
    static func telling<Result>(
        _ blob: BlobAddress, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(ServiceError) -> Result
    ) async throws -> Result {
        do throws(ServiceError) {
            return try await body()
        } catch {
            throw failure(error, blob)
        }
    }

    static func failure(_ error: ServiceError, _ blob: BlobAddress) -> any Error {
        if error.isCancellation { return CancellationError() }
        return StateError.refused(
            StateRefusal(
                place: blob.place, code: error.diagnosticCode, category: error.category, summary: error.summary,
                hint: hint(error, blob) ?? error.hint, notes: error.details + error.traceIDs))
    }

    private static func hint(_ error: ServiceError, _ blob: BlobAddress) -> String? {
        guard error.service == .blobStorage else { return nil }
        let (account, container) = (blob.account, blob.container)
        switch error.innerCode ?? error.code {
        case "AuthorizationPermissionMismatch":
            return "have the role granted that lets you read and write blobs, which to own the account does not; it "
                + "takes effect within minutes:\n    " + grant(blob)
        case "AuthorizationFailure":
            return "the account's firewall does not admit this address: add it, or run where the account is reached\n"
                + "    az storage account network-rule add --account-name \(account) --ip-address ADDRESS"
        case "ContainerNotFound":
            return "make the container:\n    az storage container create --account-name \(account) --name "
                + "\(container) --auth-mode login"
        case "ContainerBeingDeleted": return "the container is being deleted: try again in a minute, or name another"
        case ServiceError.InnerCode.hostUnknown:
            return "there is no storage account '\(account)' in this cloud: check its name and AZURE_ENVIRONMENT, or "
                + "make it as state/README.md tells"
        case "InvalidAuthenticationInfo", "NoAuthenticationInformation", "AuthenticationFailed":
            return "sign in anew; check this machine's clock, and that the account is of the tenant that you sign in to"
        default: return nil
        }
    }

    private static func grant(_ blob: BlobAddress) -> String {
        "az role assignment create --role 'Storage Blob Data Contributor' --assignee WHO --scope "
            + "\"$(az storage account show --name \(blob.account) --query id --output tsv)"
            + "/blobServices/default/containers/\(blob.container)\""
    }
}
