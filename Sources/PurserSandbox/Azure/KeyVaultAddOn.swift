/// The AKS add-on for key vaults, as Resource Manager sees it: a profile of the cluster, and an identity of its own that
/// AKS makes in the node resource group and gives to every scale set there.
///
/// Source: AKS documentation, "Use the Azure Key Vault provider for Secrets Store CSI Driver in an AKS cluster"; Azure REST
/// reference, Managed Clusters, `addonProfiles`, api-version 2025-10-01.
enum KeyVaultAddOn {
    static let name = "azureKeyvaultSecretsProvider"

    static func profile(of cluster: JSON) -> JSON? { cluster[path: "properties", "addonProfiles", name] }

    static func isEnabled(in cluster: JSON) -> Bool { profile(of: cluster)?["enabled"] == true }

    static func enable(
        _ asked: JSON = [:], in cluster: inout JSON, timing: Timing, in store: isolated Store
    ) throws {
        let config = try checked(asked)
        let identity = try identity(of: cluster, timing: timing, in: store)
        let answer = Identities.answer(identity)
        cluster[path: "properties", "addonProfiles", name] = [
            "enabled": true, "config": config,
            "identity": [
                "resourceId": answer["id"] ?? .null, "clientId": identity["clientId"] ?? .null,
                "objectId": identity["principalId"] ?? .null,
            ],
        ]
        for scaleSet in scaleSets(of: cluster, in: store) {
            try store.put(
                ScaleSets.collection, scaleSet.key, ScaleSetIdentity.carrying(identity, scaleSet.value))
        }
    }

    static func disable(in cluster: inout JSON, in store: isolated Store) throws {
        guard isEnabled(in: cluster) else { return }
        cluster[path: "properties", "addonProfiles", name] = ["enabled": false, "config": .null]
        let key = Identities.key(nodeGroup(of: cluster), identityName(of: cluster))
        if let identity = store.get(Identities.collection, key) {
            for scaleSet in scaleSets(of: cluster, in: store) {
                try store.put(
                    ScaleSets.collection, scaleSet.key, ScaleSetIdentity.without(identity, scaleSet.value))
            }
        }
        try Identities.delete(key, in: store)
    }

    /// The add-on's identity, if the cluster of that node resource group has the add-on.
    static func identity(ofNodeGroup group: String, in store: isolated Store) -> JSON? {
        let cluster = store.list(ManagedClusters.collection).map(\.value).first {
            nodeGroup(of: $0).lowercased() == group.lowercased() && isEnabled(in: $0)
        }
        return cluster.flatMap { store.get(Identities.collection, Identities.key(group, identityName(of: $0))) }
    }

    private static func checked(_ asked: JSON) throws -> JSON {
        var config: JSON = ["enableSecretRotation": "false", "rotationPollInterval": "2m"]
        for (name, value) in asked.objectValue ?? [:] where !value.isNull {
            guard config[name] != nil, let text = value.stringValue else {
                throw AzureError(
                    400, "InvalidParameter", "The value of config.\(name) of addon '\(Self.name)' is invalid.")
            }
            let isValid =
                name == "enableSecretRotation"
                ? ["true", "false"].contains(text.lowercased()) : GoDuration(text) != nil
            guard isValid else {
                throw AzureError(
                    400, "InvalidParameter", "The value '\(text)' of config.\(name) of addon '\(Self.name)' is invalid."
                )
            }
            config[name] = .string(text)
        }
        return config
    }

    private static func identity(of cluster: JSON, timing: Timing, in store: isolated Store) throws -> JSON {
        let key = Identities.key(nodeGroup(of: cluster), identityName(of: cluster))
        if let known = store.get(Identities.collection, key) { return known }
        return try Identities.create(
            identityName(of: cluster), group: nodeGroup(of: cluster), location: "westeurope", timing: timing, in: store)
    }

    private static func scaleSets(of cluster: JSON, in store: isolated Store) -> [(key: String, value: JSON)] {
        store.list(ScaleSets.collection).filter {
            $0.value["group"]?.stringValue?.lowercased() == nodeGroup(of: cluster).lowercased()
        }
    }

    private static func nodeGroup(of cluster: JSON) -> String {
        cluster[path: "properties", "nodeResourceGroup"]?.stringValue ?? ""
    }

    private static func identityName(of cluster: JSON) -> String {
        "azurekeyvaultsecretsprovider-\(cluster["name"]?.stringValue ?? "")"
    }
}
