/// What the API server decides of a new object before it is checked: defaults, and for some resources more.
struct ObjectAdmission: Sendable {
    let objects: ObjectStore
    let type: ResourceType

    func admit(_ object: inout JSON, on store: isolated Store) throws(APIError) {
        switch type {
        case BuiltInResources.pods: try admitPod(&object, on: store)
        case BuiltInResources.namespaces:
            object[path: "metadata", "labels", "kubernetes.io/metadata.name"] = .string(object.objectName)
            object["spec"] = ["finalizers": ["kubernetes"]]
            object["status"] = ["phase": "Active"]
        case BuiltInResources.services: admitService(&object, on: store)
        default: break
        }
        Defaults.apply(to: &object, type)
    }

    /// What admission gives an updated object as it does a new one.
    func admitUpdate(_ object: inout JSON) {
        if type == BuiltInResources.pods { object.update("spec") { addTolerations(to: &$0) } }
        Defaults.apply(to: &object, type)
    }

    /// The service's address, from the range of the cluster; nothing listens on it.
    private func admitService(_ service: inout JSON, on store: isolated Store) {
        service.update("spec") { spec in
            spec.setDefault("type", "ClusterIP")
            guard spec["type"] != "ExternalName", (spec["clusterIP"]?.stringValue ?? "").isEmpty else { return }
            let taken = Set(objects.list(type, on: store).compactMap { $0[path: "spec", "clusterIP"]?.stringValue })
            let free = (1..<65_535).lazy.map { "10.0.\($0 / 256).\($0 % 256)" }.first { !taken.contains($0) }
            spec["clusterIP"] = free.map { .string($0) }
        }
    }

    /// The service account's token, and what every pod tolerates for five minutes.
    /// Source: Kubernetes documentation, "Admission Control", `ServiceAccount`, `DefaultTolerationSeconds`.
    private func admitPod(_ pod: inout JSON, on store: isolated Store) throws(APIError) {
        pod["status"] = ["phase": "Pending"]
        guard pod["spec"]?.objectValue != nil else { return }
        let named = pod[path: "spec", "serviceAccountName"]?.stringValue ?? ""
        let account = named.isEmpty ? "default" : named
        let found = objects.get(BuiltInResources.serviceAccounts, pod.objectNamespace, account, on: store)
        // The controller makes the default account a moment after its namespace.
        if found == nil, account != "default" {
            throw .forbidden(
                type, pod.objectName,
                "error looking up service account \(pod.objectNamespace ?? "")/\(account): "
                    + "serviceaccount \"\(account)\" not found")
        }
        pod.update("spec") { spec in
            spec["serviceAccountName"] = .string(account)
            spec["serviceAccount"] = .string(account)
            let automounts = spec["automountServiceAccountToken"] ?? found?["automountServiceAccountToken"] ?? true
            if automounts == true { addTokenVolume(to: &spec) }
            addTolerations(to: &spec)
            spec.setDefault("priority", 0)
            spec.setDefault("preemptionPolicy", "PreemptLowerPriority")
        }
    }

    private func addTokenVolume(to spec: inout JSON) {
        let path = "/var/run/secrets/kubernetes.io/serviceaccount"
        let mounted = (spec["containers"]?.arrayValue ?? []).allSatisfy { container in
            (container["volumeMounts"]?.arrayValue ?? []).contains { $0["mountPath"]?.stringValue == path }
        }
        if mounted { return }
        let name = "kube-api-access-" + NameSuffix.random()
        let sources: JSON = [
            ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
            ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
            [
                "downwardAPI": [
                    "items": [
                        ["path": "namespace", "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"]]
                    ]
                ]
            ],
        ]
        let volume: JSON = ["name": .string(name), "projected": ["defaultMode": 420, "sources": sources]]
        spec["volumes"] = .array((spec["volumes"]?.arrayValue ?? []) + [volume])
        for list in ["containers", "initContainers"] {
            spec.updateEach(list) { container in
                let mounts = container["volumeMounts"]?.arrayValue ?? []
                if mounts.contains(where: { $0["mountPath"]?.stringValue == path }) { return }
                container["volumeMounts"] = .array(
                    mounts + [["name": .string(name), "readOnly": true, "mountPath": .string(path)]])
            }
        }
    }

    private func addTolerations(to spec: inout JSON) {
        var tolerations = spec["tolerations"]?.arrayValue ?? []
        if tolerations.contains(where: { $0["key"] == nil && $0["operator"] == "Exists" }) { return }
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            if tolerations.contains(where: { $0["key"]?.stringValue == key }) { continue }
            tolerations.append(
                ["key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300])
        }
        spec["tolerations"] = .array(tolerations)
    }
}
