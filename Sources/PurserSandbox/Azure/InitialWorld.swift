import Foundation

/// What a new world holds: a subscription with one deployer, and an AKS cluster's two resource groups with one node
/// pool that already carries an identity which is nobody's business but the cluster's.
enum InitialWorld {
    static let clusterGroup = "aks-west-dev"
    static let nodeGroup = "aks-nodes-west-dev"
    static let scaleSet = "aks-nodepool1-12345678-vmss"
    static let agentPoolIdentity = "aks-west-dev-agentpool"

    /// Makes the world's first resources, once.
    static func make(_ facts: WorldFacts, timing: Timing, in store: isolated Store) throws {
        try StorageAccounts.make(in: store)
        guard store.get("world", "made") == nil else { return }
        try Directory.add(
            Principal(
                clientID: WorldFacts.deployerClientID, objectID: WorldFacts.deployerObjectID,
                displayName: "purser-sandbox-deployer", kind: .application, secret: facts.deployerSecret,
                visibleFrom: 0), in: store)
        try RoleAssignments.put(
            "6f0b7c1d-52c4-4a8e-9a3b-0d6d7e9b4c11", scope: AzureID.subscription, role: .owner,
            principal: WorldFacts.deployerObjectID, in: store)
        for group in [clusterGroup, nodeGroup] {
            try store.put(
                ResourceGroups.collection, group, ["name": .string(group), "location": "westeurope", "tags": [:]])
        }
        let identity = try Identities.create(
            agentPoolIdentity, group: clusterGroup, location: "westeurope", timing: timing, in: store)
        try addScaleSet(scaleSet, pool: "nodepool1", carrying: [identity], in: store)
        try store.put(
            ManagedClusters.collection, Identities.key(clusterGroup, clusterGroup),
            ManagedClusters.cluster(clusterGroup, group: clusterGroup, nodeGroup: nodeGroup, agentPool: identity))
        try store.put("world", "made", true)
    }

    /// Enables the add-on for key vaults of the world's cluster, unless it is enabled already.
    static func enableKeyVaultAddOn(timing: Timing, in store: isolated Store) throws {
        let key = Identities.key(clusterGroup, clusterGroup)
        guard var cluster = store.get(ManagedClusters.collection, key), !KeyVaultAddOn.isEnabled(in: cluster) else {
            return
        }
        try KeyVaultAddOn.enable(in: &cluster, timing: timing, in: store)
        try store.put(ManagedClusters.collection, key, cluster)
    }

    /// The names of the node pools' scale sets.
    static func scaleSets(in store: Store) async -> [String] {
        await store.list(ScaleSets.collection).map(\.value)
            .filter { $0["group"]?.stringValue?.lowercased() == nodeGroup }
            .compactMap { $0["name"]?.stringValue }
    }

    /// Adds a node pool's scale set, as AKS would make it.
    static func addScaleSet(
        _ name: String, group: String = nodeGroup, pool: String, carrying identities: [JSON], in store: isolated Store
    ) throws {
        var scaleSet: JSON = [
            "name": .string(name), "group": .string(group), "location": "westeurope", "etag": 1,
            "uniqueId": .string(UUID().uuidString.lowercased()),
            "tags": [
                "aks-managed-poolName": .string(pool), "aks-managed-orchestrator": "Kubernetes:1.32.4",
                "aks-managed-createOperationID": .string(UUID().uuidString.lowercased()),
            ],
        ]
        let addOn = KeyVaultAddOn.identity(ofNodeGroup: group, in: store).map { [$0] } ?? []
        for identity in identities + addOn { scaleSet = ScaleSetIdentity.carrying(identity, scaleSet) }
        try store.put(ScaleSets.collection, Identities.key(group, name), scaleSet)
    }
}
