import PurserClients

/// The way out of what keeps one from signing in.
///
/// Source: Microsoft Entra documentation, "Microsoft Entra authentication and authorization error codes".
enum SignInHints {
    static func hint(for error: ServiceError) -> String? {
        guard error.service.isSignIn || error.code == ServiceError.Code.untrustedCloud else { return nil }
        return byCode[error.code] ?? byService(error)
    }

    /// Where the issuer of a pipeline's or a machine's token refuses.
    private static func byService(_ error: ServiceError) -> String? {
        if error.isRetryable { return nil }
        return switch error.service {
        case .managedIdentity:
            "assign an identity to this machine, or set AZURE_CLIENT_ID to the client id of one that it has"
        case .gitHub: "give the job `permissions: id-token: write`, and do not keep its request token for another job"
        case .azurePipelines:
            "give the step `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`, and the service connection's own id"
        case .azureCLI: "run `az account get-access-token` by hand; `az login` signs in anew"
        default: nil
        }
    }

    private static let federation =
        "a federated credential of the identity must name the token's issuer, subject and audience, letter for letter; "
        + "a new one takes some minutes"
    private static let people = "policies ask for a person here: sign in with `az login`, or use a service principal"

    private static let byCode: [String: String] = [
        "NotSignedIn": "set the variables of one of them, or run `az login`; see docs/credentials.md",
        "CredentialUnavailable": "set the variables of one of them, or run `az login`; see docs/credentials.md",
        "Configuration": "see docs/credentials.md",
        "UntrustedCloud": "if you trust that address, set PURSER_TRUSTED_CLOUDS to it",
        "TimedOut": "run the command that is named above by hand",
        "AADSTS7000215": "AZURE_CLIENT_SECRET must be the secret's value, not its id, and belong to AZURE_CLIENT_ID",
        "AADSTS7000222": "the client secret has expired: add a new one to the application",
        "AADSTS700016": "check AZURE_CLIENT_ID and AZURE_TENANT_ID: the application is not known in that tenant",
        "AADSTS90002": "check AZURE_TENANT_ID, and the cloud: there is no such tenant there",
        "AADSTS700027": "upload the client certificate to the application, or use the one that is there",
        "AADSTS700024":
            "the assertion is too old or too young: check this machine's clock and the token file's rotation",
        "AADSTS700213": federation,
        "AADSTS70021": federation,
        "AADSTS700212": federation,
        "AADSTS53003": people,
        "AADSTS50076": people,
        "AADSTS50079": people,
        "AADSTS90033": "Microsoft Entra fails for now, and went on failing when asked again: try again later",
        "AADSTS90055": "Microsoft Entra is throttling: try again later",
        "AADSTS500011": "the cloud's endpoints do not fit the tenant: check azure.cloud and AZURE_ENVIRONMENT",
    ]
}
