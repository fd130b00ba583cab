/// The ways to sign in to Azure, in the order in which they are tried.
///
/// The order is that of the Azure SDKs' `DefaultAzureCredential` (environment, workload identity, managed identity,
/// developer tools), with the pipelines' own tokens beside workload identity, which they are a form of.
package enum CredentialName: String, Sendable, Hashable, CaseIterable {
    case clientSecret = "client-secret"
    case clientCertificate = "client-certificate"
    case workloadIdentity = "workload-identity"
    case gitHub = "github-oidc"
    case azurePipelines = "azure-pipelines"
    case managedIdentity = "managed-identity"
    case azureCLI = "azure-cli"

    /// What a choice allows: one name of ours, or a value of the SDKs' `AZURE_TOKEN_CREDENTIALS` (`prod`, `dev`, or the
    /// name of a credential's class, in any letter case). Nil for any other text.
    package static func chosen(by text: String) -> [CredentialName]? {
        switch text.lowercased() {
        case "prod": [.clientSecret, .clientCertificate, .workloadIdentity, .gitHub, .azurePipelines, .managedIdentity]
        case "dev", "azureclicredential": [.azureCLI]
        case "environmentcredential": [.clientSecret, .clientCertificate]
        case "workloadidentitycredential": [.workloadIdentity]
        case "managedidentitycredential": [.managedIdentity]
        case let name: CredentialName(rawValue: name).map { [$0] }
        }
    }
}
