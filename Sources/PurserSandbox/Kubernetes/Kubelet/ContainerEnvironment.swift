/// Why a container's environment cannot be made. Source: Kubernetes documentation, "Secrets", "Using Secrets as
/// environment variables"; kubelet's `CreateContainerConfigError` texts.
struct ContainerEnvironment: Sendable {
    let objects: ObjectStore

    /// nil if all that the containers' variables refer to is there.
    func problem(of pod: JSON) async -> String? {
        for list in ["initContainers", "containers"] {
            for container in pod[path: "spec", list]?.arrayValue ?? [] {
                for variable in container["env"]?.arrayValue ?? [] {
                    if let problem = await problem(variable["valueFrom"] ?? [:], pod) { return problem }
                }
                for source in container["envFrom"]?.arrayValue ?? [] {
                    if let problem = await wholeProblem(source, pod) { return problem }
                }
            }
        }
        return nil
    }

    private func problem(_ source: JSON, _ pod: JSON) async -> String? {
        for (field, type, word) in Self.keySources {
            guard let reference = source[field], reference["optional"] != true else { continue }
            let name = reference["name"]?.stringValue ?? ""
            guard let object = await objects.get(type, pod.objectNamespace, name) else {
                return "\(word) \"\(name)\" not found"
            }
            let key = reference["key"]?.stringValue ?? ""
            if object[path: "data", key] == nil, object[path: "binaryData", key] == nil {
                return "couldn't find key \(key) in \(type.kind) \(pod.objectNamespace ?? "")/\(name)"
            }
        }
        return nil
    }

    private func wholeProblem(_ source: JSON, _ pod: JSON) async -> String? {
        let kinds = [
            ("secretRef", BuiltInResources.secrets, "secret"),
            ("configMapRef", BuiltInResources.configMaps, "configmap"),
        ]
        for (field, type, word) in kinds {
            guard let reference = source[field], reference["optional"] != true else { continue }
            let name = reference["name"]?.stringValue ?? ""
            if await objects.get(type, pod.objectNamespace, name) == nil { return "\(word) \"\(name)\" not found" }
        }
        return nil
    }

    private static let keySources = [
        ("secretKeyRef", BuiltInResources.secrets, "secret"),
        ("configMapKeyRef", BuiltInResources.configMaps, "configmap"),
    ]
}
