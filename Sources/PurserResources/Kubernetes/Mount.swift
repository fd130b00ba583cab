import PurserEngine

/// Files that a pod reads: those of a SecretProviderClass, or those of a Kubernetes Secret.
///
/// Both kinds of volume are read-only by nature, and the CSI driver refuses any other: there is no choice to write.
struct Mount: Sendable, Hashable {
    enum Source: Sendable, Hashable {
        /// `credentialsSecret` is what the driver signs in with in service-principal mode.
        case secretProviderClass(name: String, credentialsSecret: String?, digest: String?)
        case secret(name: String)
    }

    let source: Source
    /// Absolute path in the containers.
    let path: String
    /// One file or directory of the volume, in place of all of it.
    let subPath: String?
    /// The containers that get it; nil for all, init containers included.
    let containers: [String]?
    /// The volume's name in the pod; nil for one made of the class's or the Secret's.
    let volumeName: String?

    init(_ value: Value) throws(AttributeError) {
        guard let path = value["path"]?.string else { throw AttributeError(name: "mounts", found: value) }
        if let name = value["secret"]?.string {
            source = .secret(name: name)
        } else if let taken = value["secretProviderClass"], let name = taken["name"]?.string {
            source = .secretProviderClass(
                name: name, credentialsSecret: taken["credentialsSecret"]?.string, digest: taken["digest"]?.string)
        } else {
            throw AttributeError(name: "mounts", found: value)
        }
        self.path = path
        subPath = value["subPath"]?.string
        containers = value["containers"]?.list?.compactMap(\.string)
        volumeName = value["volume"]?.string
    }

    static func all(in attributes: Attributes, _ attribute: Attribute<[Value]>) throws(AttributeError) -> [Mount] {
        var mounts: [Mount] = []
        for value in attributes[attribute] ?? [] { mounts.append(try Mount(value)) }
        return mounts
    }

    /// The entry's form in the spec. `taking` is what the kind needs of the class.
    static func shape(taking: [String]) -> Shape {
        .list(
            .record([
                Field(
                    "secretProviderClass", .reference(to: ["secretProviderClasses"], taking: taking),
                    "The class whose files are mounted; of the same namespace."),
                Field("secret", .text(KubernetesName.subdomain), "Or the Kubernetes Secret whose keys are mounted."),
                Field("path", .text(pathRule), required: true, "Absolute path in the containers."),
                Field("subPath", .text(subPathRule), "One file of it alone; it does not follow later changes."),
                Field("containers", .list(.text(KubernetesName.label)), "The containers that get it; all if absent."),
                Field(
                    "volume", .text(KubernetesName.label),
                    "The volume's name in the pod, where it matters; made of that of the class or the Secret if absent."
                ),
            ]))
    }

    /// Source: Kubernetes API reference, VolumeMount `mountPath`.
    private static let pathRule = TextRule("an absolute path without ':'", pattern: "^/[^:]*$") { path in
        if !path.hasPrefix("/") { return "is not absolute" }
        return path.contains(":") ? "has a ':' in it" : nil
    }

    private static let subPathRule = TextRule("a relative path without '..'") { path in
        if path.hasPrefix("/") { return "is not relative" }
        return path.split(separator: "/").contains("..") ? "has '..' in it" : nil
    }
}

/// The volumes that mounts come to. A class or a Secret that is mounted twice is one volume: the driver cannot hold two
/// volumes of one class in one pod.
struct MountVolumes {
    /// Complete volumes, in the order of the mounts.
    private(set) var volumes: [Value] = []
    private var places: [String: Int] = [:]
    private var taken: Set<String>

    /// `taken`: names of the volumes that the pod's own spec has.
    init(for mounts: [Mount], taken: Set<String>) {
        self.taken = taken
        for mount in mounts { add(mount) }
    }

    func volume(for mount: Mount) -> Value? { places[Self.key(mount)].map { volumes[$0] } }

    private mutating func add(_ mount: Mount) {
        let key = Self.key(mount)
        guard places[key] == nil else { return }
        let name = mount.volumeName ?? free(KubernetesName.label(from: Self.objectName(mount)))
        places[key] = volumes.count
        taken.insert(name)
        volumes.append(Self.volume(named: name, mount))
    }

    /// The name, or the first of `NAME-2`, `NAME-3`… that no other volume has.
    private func free(_ name: String) -> String {
        var candidate = name
        var number = 2
        while taken.contains(candidate) {
            let suffix = "-\(number)"
            candidate = name.prefix(63 - suffix.count) + suffix
            number += 1
        }
        return candidate
    }

    private static func key(_ mount: Mount) -> String {
        switch mount.source {
        case .secretProviderClass(let name, _, _): "secretProviderClass/\(name)"
        case .secret(let name): "secret/\(name)"
        }
    }

    private static func objectName(_ mount: Mount) -> String {
        switch mount.source {
        case .secretProviderClass(let name, _, _), .secret(let name): name
        }
    }

    /// Source: Secrets Store CSI Driver documentation, "Usage": `readOnly: true` is required on the volume.
    private static func volume(named name: String, _ mount: Mount) -> Value {
        switch mount.source {
        case .secret(let secret):
            return ["name": .string(name), "secret": ["secretName": .string(secret)]]
        case .secretProviderClass(let className, let credentialsSecret, _):
            var csi: [String: Value] = [
                "driver": "secrets-store.csi.k8s.io",
                "readOnly": true,
                "volumeAttributes": ["secretProviderClass": .string(className)],
            ]
            if let credentialsSecret { csi["nodePublishSecretRef"] = ["name": .string(credentialsSecret)] }
            return ["name": .string(name), "csi": .object(csi)]
        }
    }
}

/// A pod's spec with the mounts put in. Pure.
enum MountInjection {
    /// Volumes and volume mounts that the spec has already are kept, and come first.
    static func spec(_ spec: Value, with mounts: [Mount]) -> Value {
        guard !mounts.isEmpty, case .object(var members) = spec else { return spec }
        let own = members["volumes"]?.list ?? []
        let volumes = MountVolumes(for: mounts, taken: Set(own.compactMap { $0["name"]?.string }))
        members["volumes"] = .list(own + volumes.volumes)
        for field in containerFields {
            guard let containers = members[field]?.list else { continue }
            members[field] = .list(containers.map { container($0, with: mounts, volumes) })
        }
        return .object(members)
    }

    /// Init containers come first, as in the life of a pod.
    static let containerFields = ["initContainers", "containers"]

    /// The containers that get the mount, by field and name.
    static func containers(of spec: Value, for mount: Mount) -> [(field: String, name: String)] {
        containerFields.flatMap { field in
            (spec[field]?.list ?? []).compactMap { $0["name"]?.string }
                .filter { mount.containers?.contains($0) ?? true }.map { (field, $0) }
        }
    }

    private static func container(_ container: Value, with mounts: [Mount], _ volumes: MountVolumes) -> Value {
        guard case .object(var members) = container else { return container }
        let name = members["name"]?.string ?? ""
        let added = mounts.filter { $0.containers?.contains(name) ?? true }
            .map { volumeMount(volumes.volume(for: $0)?["name"], $0) }
        if !added.isEmpty { members["volumeMounts"] = .list((members["volumeMounts"]?.list ?? []) + added) }
        return .object(members)
    }

    static func volumeMount(_ volume: Value?, _ mount: Mount) -> Value {
        var members: [String: Value] = [
            "name": volume ?? .null, "mountPath": .string(mount.path), "readOnly": true,
        ]
        if let subPath = mount.subPath { members["subPath"] = .string(subPath) }
        return .object(members)
    }
}
