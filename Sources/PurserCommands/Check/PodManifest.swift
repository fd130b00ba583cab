import PurserProof
import PurserSyntax

/// A pod, or the template of a workload's pods.
struct PodManifest {
    let manifest: Manifest
    /// Where the pod's own metadata and spec are: the object, or its template.
    private let template: YAMLNode
    private let spec: YAMLNode

    /// Nil for what makes no pods.
    init?(_ manifest: Manifest) {
        let path: [String]
        switch manifest.kind {
        case "Pod": path = []
        case "CronJob": path = ["spec", "jobTemplate", "spec", "template"]
        case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job": path = ["spec", "template"]
        default: return nil
        }
        guard let template = path.reduce(manifest.node, { $0?[$1] }), let spec = template["spec"] else { return nil }
        self.manifest = manifest
        self.template = template
        self.spec = spec
    }

    var definition: PodDefinition {
        var pod = PodDefinition(
            label: manifest.label, name: manifest.name, namespace: manifest.namespace, places: places)
        pod.replicas = replicas
        pod.serviceAccount = serviceAccount?.writtenText ?? "default"
        pod.labels = template["metadata"]?["labels"]?.texts ?? [:]
        pod.nodeSelector = spec["nodeSelector"]?.texts ?? [:]
        pod.isConfinedOtherwise = spec["affinity"]?["nodeAffinity"] != nil || spec["nodeName"]?.writtenText != nil
        pod.runsOnWindows =
            pod.nodeSelector["kubernetes.io/os"] == "windows" || spec["os"]?["name"]?.text == "windows"
        pod.volumes = volumes.compactMap(Self.volume)
        pod.containers = containers.map(Self.container)
        return pod
    }

    /// As many as run at once; nil where nodes or the clock decide.
    private var replicas: Int? {
        let own = manifest.node["spec"]
        switch manifest.kind {
        case "Pod": return 1
        case "DaemonSet", "CronJob": return nil
        case "Job": return own?["parallelism"]?.int ?? 1
        default: return own?["replicas"]?.int ?? 1
        }
    }

    private var serviceAccount: YAMLNode? { spec["serviceAccountName"] ?? spec["serviceAccount"] }
    private var volumes: [YAMLNode] { spec["volumes"]?.sequence ?? [] }

    private var containers: [YAMLNode] {
        ["initContainers", "containers", "ephemeralContainers"].flatMap { spec[$0]?.sequence ?? [] }
    }

    private static func volume(_ node: YAMLNode) -> VolumeDefinition? {
        guard let name = node["name"]?.text else { return nil }
        if let csi = node["csi"], csi["driver"]?.text == ClassVolume.driver {
            return VolumeDefinition(name: name, source: .files(classVolume(csi)))
        }
        let projected = node["projected"]?["sources"]?.sequence?.lazy.compactMap { $0["secret"] }.first
        guard let secret = node["secret"] ?? projected,
            let secretName = (secret["secretName"] ?? secret["name"])?.writtenText
        else { return VolumeDefinition(name: name, source: .other) }
        return VolumeDefinition(
            name: name,
            source: .secret(
                name: secretName, keys: secret["items"]?.sequence?.compactMap { $0["key"]?.writtenText },
                isOptional: secret["optional"]?.bool ?? false))
    }

    private static func classVolume(_ csi: YAMLNode) -> ClassVolume {
        var attributes = csi["volumeAttributes"]?.texts ?? [:]
        var volume = ClassVolume(className: attributes.removeValue(forKey: "secretProviderClass"))
        volume.isReadOnly = csi["readOnly"]?.bool ?? false
        volume.attributes = attributes
        volume.credentialsSecret = csi["nodePublishSecretRef"]?["name"]?.writtenText
        return volume
    }

    private static func container(_ node: YAMLNode) -> ContainerDefinition {
        let mounts = (node["volumeMounts"]?.sequence ?? []).compactMap { mount in
            mount["name"]?.text.map { name in
                ContainerDefinition.Mount(
                    volume: name, path: mount["mountPath"]?.text ?? "",
                    subPath: (mount["subPath"] ?? mount["subPathExpr"])?.writtenText)
            }
        }
        return ContainerDefinition(
            name: node["name"]?.text ?? "", mounts: mounts,
            variables: variables(node).map { reference in
                ContainerDefinition.Variable(
                    secret: reference.name, key: reference.key, isOptional: reference.isOptional)
            })
    }

    private struct SecretReference {
        let name: String
        let key: String?
        let isOptional: Bool
        let range: SourceRange
    }

    private static func variables(_ container: YAMLNode) -> [SecretReference] {
        let single = (container["env"]?.sequence ?? []).compactMap { $0["valueFrom"]?["secretKeyRef"] }
        let whole = (container["envFrom"]?.sequence ?? []).compactMap { $0["secretRef"] }
        return (single + whole).compactMap { node in
            node["name"]?.writtenText.map { name in
                SecretReference(
                    name: name, key: node["key"]?.writtenText, isOptional: node["optional"]?.bool ?? false,
                    range: node["name"]?.range ?? node.range)
            }
        }
    }

    // MARK: Places

    private var places: Places {
        var parts: [Part: SourceRange] = [:]
        parts[.namespace] = manifest.node["metadata"]?["namespace"]?.range
        parts[.serviceAccount] = serviceAccount?.range
        parts[.nodeSelector] = spec["nodeSelector"]?.range
        for volume in volumes { Self.addPlaces(ofVolume: volume, to: &parts) }
        for container in containers { Self.addPlaces(ofContainer: container, to: &parts) }
        return Places(manifest.place, parts)
    }

    private static func addPlaces(ofVolume node: YAMLNode, to parts: inout [Part: SourceRange]) {
        guard let name = node["name"]?.text else { return }
        parts[.volume(name)] = node["name"]?.range
        let own = (node["csi"] ?? node["secret"])?.mapping ?? []
        for entry in own + (node["csi"]?["volumeAttributes"]?.mapping ?? []) {
            parts[.volumeField(name, entry.name)] = entry.value.range
        }
        if let secret = node["secret"]?["secretName"] { parts[.volumeField(name, "secret")] = secret.range }
        if let reference = node["csi"]?["nodePublishSecretRef"]?["name"] {
            parts[.volumeField(name, "nodePublishSecretRef")] = reference.range
        }
    }

    private static func addPlaces(ofContainer node: YAMLNode, to parts: inout [Part: SourceRange]) {
        let container = node["name"]?.text ?? ""
        for mount in node["volumeMounts"]?.sequence ?? [] {
            guard let volume = mount["name"] else { continue }
            parts[.mount(container, volume.text ?? "")] = volume.range
            parts[.subPath(container, volume.text ?? "")] = (mount["subPath"] ?? mount["subPathExpr"])?.range
        }
        for reference in variables(node) where parts[.variable(container, reference.name)] == nil {
            parts[.variable(container, reference.name)] = reference.range
        }
    }
}
