import PurserEngine
import PurserProof

/// Pods and the pods of workloads, with what their `mounts` come to.
enum EnvironmentPods {
    static func definition(_ resource: DeclaredResource, _ spec: Declarations) -> PodDefinition? {
        guard let name = resource.name(Pod.objectName.name), let whole = resource.known(Pod.spec.name) else {
            return nil
        }
        let kind = resource.known(Workload.objectKind.name)?.string.flatMap { WorkloadKind(rawValue: $0) }
        let path = (kind.map { $0.templatePath + ["spec"] }) ?? []
        let written = path.reduce(whole) { $0[$1] ?? .object([:]) }
        let mounts = mounts(of: resource, spec)
        let podSpec = MountInjection.spec(written, with: mounts.map(\.mount))
        var pod = PodDefinition(
            label: resource.label, name: name, namespace: NamespaceLink.name(of: resource, from: spec))
        pod.specPath = ([Pod.spec.name] + path).joined(separator: ".")
        // A mount for a container that is not there is told as such.
        pod.isUnknown =
            written.containsUnknown
            || mounts.contains {
                $0.mount.containers != nil && MountInjection.containers(of: written, for: $0.mount).isEmpty
            }
        pod.replicas = kind.map { replicas($0, whole) } ?? 1
        PodSpecReader(podSpec).read(into: &pod)
        pod.places = places(pod, resource, written, mounts)
        return pod
    }

    private static func replicas(_ kind: WorkloadKind, _ spec: Value) -> Int? {
        switch kind {
        case .deployment, .statefulSet: spec["replicas"].map(\.integer) ?? 1
        case .daemonSet: nil
        case .job: spec["parallelism"].map(\.integer) ?? 1
        case .cronJob: 1
        }
    }

    // MARK: Mounts

    private typealias Listed = (index: Int, mount: Mount)

    /// The mounts that name something, with the names that these have in the cluster.
    private static func mounts(of resource: DeclaredResource, _ spec: Declarations) -> [Listed] {
        (resource.known(Pod.mounts.name)?.list ?? []).enumerated().compactMap { index, value in
            guard case .object(var members) = value else { return nil }
            if members["secretProviderClass"] != nil {
                guard let address = resource.reference(at: "mounts[\(index)].secretProviderClass"),
                    let mounted = spec[address],
                    let name = mounted.name(SecretProviderClass.objectName.name)
                else { return nil }
                let secret = mounted.known(SecretProviderClass.accessor.name)?.member("servicePrincipal", "secret")
                members["secretProviderClass"] = ["name": .string(name), "credentialsSecret": secret ?? .null]
            }
            return (try? Mount(.object(members))).map { (index, $0) }
        }
    }

    // MARK: Places

    private static func places(
        _ pod: PodDefinition, _ resource: DeclaredResource, _ written: Value, _ mounts: [Listed]
    ) -> Places {
        var paths: [Part: String] = [
            .namespace: "namespace", .serviceAccount: "\(pod.specPath).serviceAccountName",
            .nodeSelector: "\(pod.specPath).nodeSelector", .field("spec"): pod.specPath,
        ]
        addWritten(written, pod.specPath, &paths)
        let own = Set((written["volumes"]?.list ?? []).compactMap { $0["name"]?.string })
        let volumes = MountVolumes(for: mounts.map(\.mount), taken: own)
        for (index, mount) in mounts {
            guard let name = volumes.volume(for: mount)?["name"]?.string else { continue }
            let place = "mounts[\(index)]"
            paths[.volume(name)] = paths[.volume(name)] ?? place
            for field in ["secretProviderClass", "secret"] {
                let part = Part.volumeField(name, field)
                if paths[part] == nil { paths[part] = "\(place).\(field)" }
            }
            for container in pod.containers {
                if mount.subPath != nil { paths[.subPath(container.name, name)] = "\(place).subPath" }
                paths[.mount(container.name, name)] = place
            }
        }
        return resource.places(paths)
    }

    /// The places of what the pod's own spec says.
    private static func addWritten(_ spec: Value, _ path: String, _ paths: inout [Part: String]) {
        for (index, volume) in (spec["volumes"]?.list ?? []).enumerated() {
            guard let name = volume["name"]?.string else { continue }
            let place = "\(path).volumes[\(index)]"
            paths[.volume(name)] = place
            paths[.volumeField(name, "readOnly")] = "\(place).csi.readOnly"
            paths[.volumeField(name, "nodePublishSecretRef")] = "\(place).csi.nodePublishSecretRef"
            paths[.volumeField(name, "secret")] = "\(place).secret.secretName"
            for key in (volume.member("csi", "volumeAttributes")?.object ?? [:]).keys {
                paths[.volumeField(name, key)] = "\(place).csi.volumeAttributes.\(key)"
            }
        }
        for field in MountInjection.containerFields {
            for (index, container) in (spec[field]?.list ?? []).enumerated() {
                addContainer(container, "\(path).\(field)[\(index)]", &paths)
            }
        }
    }

    private static func addContainer(_ container: Value, _ path: String, _ paths: inout [Part: String]) {
        let name = container["name"]?.string ?? ""
        for (index, mount) in (container["volumeMounts"]?.list ?? []).enumerated() {
            guard let volume = mount["name"]?.string else { continue }
            paths[.mount(name, volume)] = "\(path).volumeMounts[\(index)]"
            paths[.subPath(name, volume)] = "\(path).volumeMounts[\(index)].subPath"
        }
        for (index, variable) in (container["env"]?.list ?? []).enumerated() {
            guard let secret = variable.member("valueFrom", "secretKeyRef", "name")?.string else { continue }
            paths[.variable(name, secret)] = "\(path).env[\(index)]"
        }
        for (index, source) in (container["envFrom"]?.list ?? []).enumerated() {
            guard let secret = source.member("secretRef", "name")?.string else { continue }
            paths[.variable(name, secret)] = "\(path).envFrom[\(index)]"
        }
    }
}

/// Reads a pod's spec, in Kubernetes' own words.
struct PodSpecReader {
    private let spec: Value

    init(_ spec: Value) { self.spec = spec }

    func read(into pod: inout PodDefinition) {
        pod.serviceAccount = spec["serviceAccountName"]?.string ?? spec["serviceAccount"]?.string ?? "default"
        pod.nodeSelector = spec["nodeSelector"]?.texts ?? [:]
        pod.isConfinedOtherwise = spec["affinity"]?.member("nodeAffinity") != nil || spec["nodeName"] != nil
        pod.runsOnWindows =
            spec.member("os", "name")?.string == "windows" || pod.nodeSelector["kubernetes.io/os"] == "windows"
        pod.volumes = (spec["volumes"]?.list ?? []).compactMap(volume)
        pod.containers = MountInjection.containerFields.flatMap { field in
            (spec[field]?.list ?? []).map(container)
        }
    }

    private func volume(_ value: Value) -> VolumeDefinition? {
        guard let name = value["name"]?.string else { return nil }
        if let csi = value["csi"], csi["driver"]?.string == ClassVolume.driver {
            return VolumeDefinition(name: name, source: .files(classVolume(csi)))
        }
        guard let secret = value["secret"], let secretName = secret["secretName"]?.string else {
            return VolumeDefinition(name: name, source: .other)
        }
        let keys = secret["items"]?.list?.compactMap { $0["key"]?.string }
        return VolumeDefinition(
            name: name,
            source: .secret(name: secretName, keys: keys, isOptional: secret["optional"]?.bool ?? false))
    }

    private func classVolume(_ csi: Value) -> ClassVolume {
        var attributes = csi["volumeAttributes"]?.texts ?? [:]
        var volume = ClassVolume(className: attributes.removeValue(forKey: "secretProviderClass"))
        volume.attributes = attributes
        volume.isReadOnly = csi["readOnly"]?.bool ?? false
        volume.credentialsSecret = csi.member("nodePublishSecretRef", "name")?.string
        return volume
    }

    private func container(_ value: Value) -> ContainerDefinition {
        let mounts = (value["volumeMounts"]?.list ?? []).compactMap { mount -> ContainerDefinition.Mount? in
            guard let volume = mount["name"]?.string else { return nil }
            return ContainerDefinition.Mount(
                volume: volume, path: mount["mountPath"]?.string ?? "", subPath: mount["subPath"]?.string)
        }
        return ContainerDefinition(name: value["name"]?.string ?? "", mounts: mounts, variables: variables(value))
    }

    private func variables(_ container: Value) -> [ContainerDefinition.Variable] {
        let single = (container["env"]?.list ?? []).compactMap { variable -> ContainerDefinition.Variable? in
            guard let source = variable.member("valueFrom", "secretKeyRef"), let name = source["name"]?.string else {
                return nil
            }
            return ContainerDefinition.Variable(
                secret: name, key: source["key"]?.string, isOptional: source["optional"]?.bool ?? false)
        }
        let whole = (container["envFrom"]?.list ?? []).compactMap { source -> ContainerDefinition.Variable? in
            guard let reference = source["secretRef"], let name = reference["name"]?.string else { return nil }
            return ContainerDefinition.Variable(
                secret: name, key: nil, isOptional: reference["optional"]?.bool ?? false)
        }
        return single + whole
    }
}
