import Foundation

/// The AKS cluster that the world's nodes belong to, read only. Source: Azure REST reference, Managed Clusters,
/// api-version 2025-10-01.
struct ManagedClusters: Sendable {
    let facts: WorldFacts
    let addresses: Addresses

    /// The clusters as Resource Manager shows them, by group and name in lower case.
    static let collection = "managedClusters"

    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        switch (call.path.type, call.path.isNamed, call.method) {
        case ("managedclusters", false, "GET"):
            let found = store.list(Self.collection).filter { item in
                call.path.group.map { item.key.hasPrefix($0.lowercased() + "/") } ?? true
            }
            return try call.page(found.map(\.value))
        case ("managedclusters", true, "GET"): return .json(try existing(call, in: store))
        case ("managedclusters/listclusterusercredential", _, "POST"):
            return try credential("clusterUser", call, in: store)
        case ("managedclusters/listclusteradmincredential", _, "POST"):
            return try credential("clusterAdmin", call, in: store)
        default: throw call.methodNotAllowed
        }
    }

    private func existing(_ call: ARMCall, in store: isolated Store) throws -> JSON {
        let name = call.path.names.first ?? ""
        _ = try ResourceGroups.existing(call.path.group ?? "", in: store)
        guard let cluster = store.get(Self.collection, Identities.key(call.path.group ?? "", name)) else {
            throw call.notFound("Microsoft.ContainerService/managedClusters", name)
        }
        return cluster
    }

    private func credential(_ user: String, _ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        _ = try existing(call, in: store)
        let authority = store.get("world", "certificateAuthority")?.stringValue ?? ""
        let document = Kubeconfig(
            server: addresses.kubernetesURL, authority: authority, token: facts.kubernetesToken,
            cluster: call.path.names[0], user: "\(user)_\(call.path.group ?? "")_\(call.path.names[0])"
        ).document
        let value = Data(document.bytes()).base64EncodedString()
        return .json(["kubeconfigs": [["name": .string(user), "value": .string(value)]]])
    }

    static func cluster(_ name: String, group: String, nodeGroup: String, agentPool: JSON) -> JSON {
        let identity = Identities.answer(agentPool)
        return [
            "id": .string(
                "/subscriptions/\(WorldFacts.subscription)/resourcegroups/\(group)/providers/"
                    + "Microsoft.ContainerService/managedClusters/\(name)"),
            "name": .string(name), "type": "Microsoft.ContainerService/ManagedClusters", "location": "westeurope",
            "sku": ["name": "Base", "tier": "Free"],
            "properties": [
                "provisioningState": "Succeeded", "powerState": ["code": "Running"],
                "nodeResourceGroup": .string(nodeGroup), "kubernetesVersion": "1.32.4",
                "agentPoolProfiles": [
                    ["name": "nodepool1", "type": "VirtualMachineScaleSets", "count": 1, "mode": "System"]
                ],
                "identityProfile": [
                    "kubeletidentity": [
                        "resourceId": identity["id"] ?? .null,
                        "clientId": identity[path: "properties", "clientId"] ?? .null,
                        "objectId": identity[path: "properties", "principalId"] ?? .null,
                    ]
                ],
                "oidcIssuerProfile": ["enabled": true, "issuerURL": .string(WorldFacts.clusterIssuer)],
                "securityProfile": ["workloadIdentity": ["enabled": true]], "addonProfiles": [:],
                "disableLocalAccounts": false,
            ],
        ]
    }
}
