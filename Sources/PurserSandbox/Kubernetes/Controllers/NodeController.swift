/// The cluster's nodes: one of each scale set.
/// Source: AKS documentation, "Node resource group" and "Use labels in an AKS cluster".
struct NodeController: Sendable {
    let objects: ObjectStore
    let subscription: String
    let nodeResourceGroup: String

    /// Adds the nodes of scale sets that have none, and takes those away whose scale set is gone.
    func synchronize(scaleSets: [String]) async throws {
        let wanted = Dictionary(scaleSets.map { (Self.nodeName(of: $0), $0) }) { first, _ in first }
        for node in await objects.list(BuiltInResources.nodes) where wanted[node.objectName] == nil {
            for pod in await objects.list(BuiltInResources.pods)
            where pod[path: "spec", "nodeName"]?.stringValue == node.objectName {
                try await objects.removeNow(BuiltInResources.pods, pod)
            }
            try await objects.removeNow(BuiltInResources.nodes, node)
        }
        for (name, scaleSet) in wanted {
            try await objects.add(node(name, scaleSet), BuiltInResources.nodes)
        }
    }

    static func nodeName(of scaleSet: String) -> String { scaleSet.lowercased() + "000000" }

    /// The scale set whose machine a node is.
    static func scaleSet(of node: JSON) -> String? {
        let parts = (node[path: "spec", "providerID"]?.stringValue ?? "").split(separator: "/").map(String.init)
        guard let index = parts.firstIndex(of: "virtualMachineScaleSets"), index + 1 < parts.count else { return nil }
        return parts[index + 1]
    }

    /// AKS names a pool's scale set `aks-POOL-NUMBER-vmss`.
    private static func pool(of scaleSet: String) -> String {
        let parts = scaleSet.split(separator: "-").map(String.init)
        return parts.count >= 4 && parts[0] == "aks" ? parts[1] : scaleSet
    }

    private func node(_ name: String, _ scaleSet: String) -> JSON {
        let pool = Self.pool(of: scaleSet)
        let machine =
            "azure:///subscriptions/\(subscription)/resourceGroups/\(nodeResourceGroup)/providers/Microsoft.Compute/"
            + "virtualMachineScaleSets/\(scaleSet)/virtualMachines/0"
        let resources: JSON = ["cpu": "4", "memory": "16374060Ki", "pods": "110", "ephemeral-storage": "129886128Ki"]
        return [
            "metadata": ["name": .string(name), "labels": labels(name, pool)],
            "spec": ["providerID": .string(machine)],
            "status": [
                "capacity": resources, "allocatable": resources, "conditions": .array(conditions),
                "addresses": [
                    ["type": "InternalIP", "address": "10.224.0.4"], ["type": "Hostname", "address": .string(name)],
                ],
                "nodeInfo": [
                    "kubeletVersion": KubernetesAPI.version["gitVersion"] ?? "", "kubeProxyVersion": "",
                    "operatingSystem": "linux", "machineID": .string(Self.machine(scaleSet)),
                    "systemUUID": .string(Self.machine(scaleSet)), "bootID": .string(Self.machine(scaleSet)),
                    "architecture": "amd64", "osImage": "Ubuntu 24.04.2 LTS",
                    "containerRuntimeVersion": "containerd://1.7.27", "kernelVersion": "6.8.0-1030-azure",
                ],
            ],
        ]
    }

    /// A number for a machine that stays the same.
    private static func machine(_ scaleSet: String) -> String {
        let hash = scaleSet.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    private func labels(_ name: String, _ pool: String) -> JSON {
        [
            "kubernetes.io/hostname": .string(name), "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "kubernetes.io/role": "agent", "agentpool": .string(pool), "kubernetes.azure.com/agentpool": .string(pool),
            "kubernetes.azure.com/cluster": .string(nodeResourceGroup), "kubernetes.azure.com/mode": "system",
            "kubernetes.azure.com/os-sku": "Ubuntu", "node.kubernetes.io/instance-type": "Standard_D4s_v5",
            "topology.kubernetes.io/region": "westeurope", "topology.kubernetes.io/zone": "0",
        ]
    }

    private var conditions: [JSON] {
        let time = JSON.string(objects.time)
        let pressures = ["MemoryPressure", "DiskPressure", "PIDPressure"].map { type -> JSON in
            [
                "type": .string(type), "status": "False", "reason": .string("KubeletHasNo\(type)"),
                "lastTransitionTime": time,
            ]
        }
        return pressures + [
            [
                "type": "Ready", "status": "True", "reason": "KubeletReady",
                "message": "kubelet is posting ready status",
                "lastTransitionTime": time,
            ]
        ]
    }
}
