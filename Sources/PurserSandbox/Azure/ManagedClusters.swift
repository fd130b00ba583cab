import Foundation

/// The AKS cluster that the world's nodes belong to: read, tagged, and its add-on for key vaults switched on and off.
/// Source: Azure REST reference, Managed Clusters, api-version 2025-10-01.
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
            let now = call.timing.seconds
            return try call.page(found.map { Self.answer($0.value, at: now) }.filter { call.isInSubscription($0) })
        case ("managedclusters", true, "GET"):
            return .json(Self.answer(try existing(call, in: store), at: call.timing.seconds))
        case ("managedclusters", true, "PUT"): return try put(call, in: store)
        case ("locations/operations", true, "GET"):
            return try Operations.asyncAnswer(call.path.names[1], call, in: store)
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

    // MARK: Changing

    /// A PUT of what GET gave, with another profile of the add-on or other tags. Whatever else it would change is refused.
    private func put(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        var cluster = try existing(call, in: store)
        guard (cluster["updatingUntil"]?.numberValue ?? 0) <= call.timing.seconds else {
            throw AzureError(
                409, "OperationNotAllowed",
                "Operation is not allowed because there's an in progress update managed cluster operation on the managed "
                    + "cluster. Please wait for it to finish before starting a new operation.")
        }
        let body = try call.request.object()
        guard try call.location(body) == cluster["location"]?.stringValue else {
            throw AzureError(400, "BadRequest", "Changing property 'location' is not allowed.")
        }
        let properties = body["properties"] ?? [:]
        try checkUnchanged(properties, cluster["properties"] ?? [:])
        try changeAddOns(properties["addonProfiles"]?.objectValue ?? [:], of: &cluster, call, in: store)
        cluster["tags"] = try call.tags(body)
        let end = call.timing.seconds(after: call.timing.operationDelay)
        cluster["updatingUntil"] = .double(end)
        let id = UUID().uuidString.lowercased()
        try Operations.begin(id, endingAt: end, in: store)
        try store.put(Self.collection, Identities.key(call.path.group ?? "", call.path.names[0]), cluster)
        let operation = "providers/Microsoft.ContainerService/locations/westeurope/operations/\(id)"
        var answer = Self.answer(cluster, at: call.timing.seconds)
        answer[path: "properties", "provisioningState"] = "Updating"
        return .json(
            200, answer,
            headers: [
                "Azure-AsyncOperation": call.operationURL("\(call.path.subscriptionID)/\(operation)"),
                "Retry-After": "1",
            ])
    }

    private func checkUnchanged(_ asked: JSON, _ known: JSON) throws {
        let fixed = [
            ["kubernetesVersion"], ["nodeResourceGroup"], ["dnsPrefix"], ["disableLocalAccounts"],
            ["oidcIssuerProfile", "enabled"], ["securityProfile", "workloadIdentity", "enabled"],
        ]
        for path in fixed {
            guard let value = asked[path: path], !value.isNull, value != known[path: path] else { continue }
            throw AzureError(
                400, "OperationNotAllowed",
                "Changing property '\(path.joined(separator: "."))' is not allowed on this cluster.")
        }
    }

    private func changeAddOns(
        _ profiles: [String: JSON], of cluster: inout JSON, _ call: ARMCall, in store: isolated Store
    ) throws {
        for (name, profile) in profiles {
            guard name.lowercased() == KeyVaultAddOn.name.lowercased() else {
                guard profile["enabled"] == true else { continue }
                throw AzureError(400, "AddonNotSupported", "Addon '\(name)' is not supported on this cluster.")
            }
            if profile["enabled"] == true {
                try KeyVaultAddOn.enable(profile["config"] ?? [:], in: &cluster, timing: call.timing, in: store)
            } else {
                try KeyVaultAddOn.disable(in: &cluster, in: store)
            }
        }
    }

    /// The cluster as Resource Manager shows it.
    static func answer(_ cluster: JSON, at now: Double) -> JSON {
        var answer = cluster
        if (cluster["updatingUntil"]?.numberValue ?? 0) > now {
            answer[path: "properties", "provisioningState"] = "Updating"
        }
        answer["updatingUntil"] = nil
        return answer
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
            "identity": ["type": "SystemAssigned", "tenantId": .string(WorldFacts.tenant)],
            "properties": [
                "provisioningState": "Succeeded", "powerState": ["code": "Running"],
                "nodeResourceGroup": .string(nodeGroup), "kubernetesVersion": "1.32.4",
                "servicePrincipalProfile": ["clientId": "msi"],
                "networkProfile": [
                    "networkPlugin": "azure", "loadBalancerSku": "standard", "outboundType": "loadBalancer",
                ],
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
