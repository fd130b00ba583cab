import PurserSyntax

/// What a class says to the driver and to the provider.
enum ClassPages {
    static let all: [FindingPage] = [
        FindingPage(
            .wrongProvider, .error, "the class names no provider that there is",
            explanation: "The driver finds a provider by the name of its socket, in which the letter case counts.",
            says: "error connecting to provider \"Azure\": provider not found: provider \"Azure\"",
            fix: "Write `provider: azure`.",
            example: .manifests(changing: [
                (
                    "provider: azure",
                    "provider: Azure"
                )
            ])),
        FindingPage(
            .deprecatedVersion, .warning, "the class is of v1alpha1",
            explanation: "The version v1alpha1 of SecretProviderClass is deprecated. Its fields are those of v1.",
            says: "secrets-store.csi.x-k8s.io/v1alpha1 is deprecated. Use secrets-store.csi.x-k8s.io/v1 instead.",
            fix: "Write `apiVersion: secrets-store.csi.x-k8s.io/v1`.",
            example: .manifests(changing: [
                (
                    "secrets-store.csi.x-k8s.io/v1",
                    "secrets-store.csi.x-k8s.io/v1alpha1"
                )
            ])),
        FindingPage(
            .missingParameter, .error, "the class lacks a parameter",
            explanation: """
                The provider demands `keyvaultName`, `tenantID` and `objects`, and `clientID` for identity \
                binding. A key that is misspelt counts as absent.
                """,
            says: "keyvaultName is not provided",
            fix: "Write the parameter.",
            example: .manifests(changing: [
                (
                    "    keyvaultName: shop-kv\n",
                    ""
                )
            ])),
        FindingPage(
            .parameterNotText, .error, "a parameter is no text",
            explanation: """
                All parameters of a class are texts. `true` and `400` without quotes are a boolean and a number, and the \
                API server refuses the class.
                """,
            says: "spec.parameters.useVMManagedIdentity in body must be of type string",
            fix: "Write it in quotes: `\"true\"`.",
            example: .manifests(changing: [
                (
                    "useVMManagedIdentity: \"true\"",
                    "useVMManagedIdentity: true"
                )
            ])),
        FindingPage(
            .badFlag, .error, "a switch is neither true nor false",
            explanation: """
                The provider reads its switches as Go does: `true`, `false`, `1`, `0`, `t`, `f` and their \
                capitals; not `yes` or `on`.
                """,
            says: """
                failed to parse useVMManagedIdentity flag, error: strconv.ParseBool: parsing "yes": invalid \
                syntax
                """,
            fix: "Write `\"true\"` or `\"false\"`, in quotes.",
            example: .manifests(changing: [
                (
                    "useVMManagedIdentity: \"true\"",
                    "useVMManagedIdentity: \"yes\""
                )
            ])),
        FindingPage(
            .severalModes, .error, "the class asks for several identities",
            explanation:
                "At most one of `usePodIdentity`, `useVMManagedIdentity` and `useAzureTokenProxy` may be true.",
            says: """
                only one identity mode can be enabled at a time: usePodIdentity, useVMManagedIdentity, or \
                useAzureTokenProxy
                """,
            fix: "Leave one of them.",
            example: .manifests(changing: [
                (
                    "useVMManagedIdentity: \"true\"",
                    "useVMManagedIdentity: \"true\"\n    usePodIdentity: \"true\""
                )
            ])),
        FindingPage(
            .deprecatedParameter, .warning, "a parameter has its deprecated spelling",
            explanation: "`tenantId` is the deprecated spelling of `tenantID`, which wins where both are written.",
            says: nil,
            fix: "Write `tenantID`.",
            example: .manifests(changing: [
                (
                    "tenantID:",
                    "tenantId:"
                )
            ])),
        FindingPage(
            .unknownParameter, .warning, "the provider does not know a parameter",
            explanation: """
                The provider ignores what it does not know without a word, so that a misspelt parameter is \
                simply not set.
                """,
            says: nil,
            fix: "Correct the spelling, or remove it.",
            example: .manifests(changing: [
                (
                    "useVMManagedIdentity: \"true\"",
                    "useVMManagedIdentity: \"true\"\n    cloudname: AzurePublicCloud"
                )
            ])),
        FindingPage(
            .unknownCloud, .error, "the provider does not know the cloud",
            explanation: "`cloudName` is one of the names that the Azure SDK knows, in any letter case.",
            says: """
                cloudName AzureCloud1 is not valid, error: autorest/azure: There is no cloud environment \
                matching the name "AZURECLOUD1"
                """,
            fix: "Leave it out for the public cloud, or write `AzureUSGovernmentCloud` or `AzureChinaCloud`.",
            example: .manifests(changing: [
                (
                    "keyvaultName: shop-kv",
                    "keyvaultName: shop-kv\n    cloudName: AzureCloud1"
                )
            ])),
        FindingPage(
            .vaultNameForm, .error, "a text is no name of a vault",
            explanation: "`keyvaultName` is the bare name of the vault: 3 to 24 letters, digits and hyphens.",
            says: "failed to get vault: Invalid vault name: \"kv_shop\", must match [-a-zA-Z0-9]{3,24}",
            fix: "Write the name without `https://` and domain.",
            example: .manifests(changing: [
                (
                    "keyvaultName: shop-kv",
                    "keyvaultName: kv_shop"
                )
            ])),
        FindingPage(
            .versionLacks, .error, "the installed provider cannot do it yet",
            explanation: """
                The class uses what the provider has learnt only in a later version than the one that the \
                release installs.
                """,
            says: nil,
            fix: "Install a later version of the chart.",
            example: .spec(changing: [
                (
                    "version: 1.8.2",
                    "version: 1.8.0"
                ),
                (
                    "identity: {userAssigned: demo}",
                    "identity: systemAssigned"
                ),
                ("    nodes: all\n", ""),
            ])),
    ]
}
