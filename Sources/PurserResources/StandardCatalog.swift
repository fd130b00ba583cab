package import PurserClients
package import PurserEngine

/// Everything that Purser can manage, one line a kind.
package enum StandardCatalog {
    package static func make(clients: Clients) -> ResourceCatalog {
        let (arm, keyVault, polling) = (clients.arm, clients.keyVault, clients.polling)
        let kubernetes = clients.kubernetes
        // Of this type, so that no kind is forgotten by the doctor.
        let kinds: [any RightsDeclaring] = [
            ResourceGroup(arm: arm, polling: polling),
            ManagedIdentity(arm: arm, polling: polling),
            FederatedCredential(arm: arm, polling: polling),
            ManagedCluster(arm: arm),
            ScaleSetIdentity(arm: arm, polling: polling),
            KeyVault(arm: arm, keyVault: keyVault, polling: polling),
            AccessPolicy(arm: arm, keyVault: keyVault, polling: polling) { try await clients.caller() },
            Secret(keyVault: keyVault, polling: polling),
            Certificate(keyVault: keyVault, polling: polling),
            Key(keyVault: keyVault, polling: polling),
            Namespace(kubernetes: kubernetes, polling: polling),
            ServiceAccount(kubernetes: kubernetes, polling: polling),
            Release(helm: clients.helm, kubernetes: kubernetes, polling: polling),
            SecretProviderClass(kubernetes: kubernetes, polling: polling),
            Pod(kubernetes: kubernetes, polling: polling),
            Workload(kubernetes: kubernetes, polling: polling),
        ]
        return ResourceCatalog(kinds, settings: settings, check: EnvironmentScene.check)
    }

    private static let settings = [
        Field(
            "azure",
            .record([
                Field("tenant", .text(AzureNames.guid), required: true, "The tenant, a GUID."),
                Field("subscription", .text(AzureNames.guid), required: true, "The subscription, a GUID."),
                Field("location", .text(AzureNames.location), "The region of what says no other."),
                Field(
                    "cloud",
                    .either([
                        .choice(["public", "china", "usgovernment"]),
                        .record([
                            Field(
                                "metadata", .text, required: true,
                                "The https address of the cloud's description; who runs Purser must name it in "
                                    + "`PURSER_TRUSTED_CLOUDS` too.")
                        ]),
                    ]), "Which Azure: by default the one that the environment names, or the public one."),
            ]), "Where in Azure."),
        Field(
            "cluster",
            .record([
                Field(
                    "nodeResourceGroup", .text(AzureNames.resourceGroup),
                    "The resource group of the cluster's scale sets."),
                Field(
                    "subscription", .text(AzureNames.guid),
                    "The subscription of the cluster and its scale sets; by default `azure.subscription`."),
                Field(
                    "aks",
                    .record([
                        Field("group", .text(AzureNames.resourceGroup), required: true, "Its resource group."),
                        Field("name", .text(AzureNames.managedCluster), required: true, "Its name."),
                    ]),
                    "An AKS cluster, which is looked up: for the node resource group and the OIDC issuer where they are not written, and for the kubeconfig. Its outputs are those of `cluster/aks`."
                ),
                Field(
                    WorkloadIdentity.issuerSettingName, .text(AzureNames.federatedText),
                    "The issuer of the service accounts' tokens, with the slash at its end."),
                Field(
                    "csi", .choice([CSIDriverSource.release, CSIDriverSource.addon]),
                    "Where the CSI driver comes from: `addon` for the AKS add-on for key vaults, `release` (the default) for a release of this spec or somebody else's."
                ),
                Field("kubeconfig", .text, "The kubeconfig file, in place of `KUBECONFIG` and `~/.kube/config`."),
                Field("context", .text, "The context in the kubeconfig, in place of the current one."),
            ]), "The cluster that the pods run in."),
    ]
}
