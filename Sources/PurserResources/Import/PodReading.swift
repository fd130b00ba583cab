import PurserEngine
import PurserSyntax

/// A pod or workload of the cluster in the spec's words: without what the API server and its controllers added.
///
/// Sources: Kubernetes API reference 1.33, defaults of Pod v1 and of the workloads; "Controllers" for what they write.
struct PodReading: Sendable {
    /// What the classes of the survey are called in the spec, and how their pods sign in.
    struct Classes: Sendable {
        /// From the class's name to its key.
        var keys: [String: String] = [:]
        /// From the class's name to the Secret that a service principal's pods name.
        var credentials: [String: String] = [:]
        /// Secrets that the driver makes of the classes' files.
        var secrets: Set<String> = []
    }

    let kind: WorkloadKind?
    let namespace: String
    let name: String
    private let object: Value

    /// Nil for a kind that the spec has no word for.
    init?(_ object: Value) {
        let word = object["kind"]?.string ?? "Pod"
        kind = WorkloadKind(rawValue: word)
        guard kind != nil || word == "Pod" else { return nil }
        namespace = object.member("metadata", "namespace")?.string ?? "default"
        name = object.member("metadata", "name")?.string ?? ""
        self.object = object
    }

    var label: String { "\(kind?.rawValue ?? "Pod") \(namespace)/\(name)" }

    /// The pod's spec, as the cluster has it.
    var podSpec: Value? { kind.map { Self.podSpec(of: object["spec"], $0) } ?? object["spec"] }

    private static func podSpec(of spec: Value?, _ kind: WorkloadKind) -> Value? {
        (kind.templatePath + ["spec"]).reduce(spec) { $0?[$1] }
    }

    /// The classes that it mounts.
    var classes: [String] { Self.classVolumes(podSpec).map(\.name) }

    /// The Secret that its volume of a class signs in with.
    func credentials(for name: String) -> String? {
        Self.classVolumes(podSpec).first { $0.name == name }?.volume.member("csi", "nodePublishSecretRef", "name")?
            .string
    }

    var serviceAccount: String { podSpec?["serviceAccountName"]?.string ?? "default" }

    static func classVolumes(_ podSpec: Value?) -> [(name: String, volume: Value)] {
        (podSpec?["volumes"]?.list ?? []).compactMap { volume in
            guard volume.member("csi", "driver")?.string == "secrets-store.csi.k8s.io" else { return nil }
            return volume.member("csi", "volumeAttributes", "secretProviderClass")?.string.map { ($0, volume) }
        }
    }

    // MARK: In the spec's words

    func fields(_ classes: Classes, key: String, _ remarks: inout Diagnostics) -> [YAMLField?] {
        let (spec, mounts) = written(classes)
        let (clean, left) = LiteralSecrets.withoutSecrets(spec, at: "spec")
        for path in left {
            remarks.append(
                .importSecretLeftOut, "\(label): the value of '\(path)' looks like a secret and is not written",
                at: nil,
                hint: "keep it in the vault and mount it, or let `secretObjects` make a Kubernetes Secret of it",
                severity: .warning)
        }
        let reserved = [ObjectOwner.managedByLabel]
        let labels = (object.member("metadata", "labels")?.texts ?? [:]).filter { !reserved.contains($0.key) }
        return [
            .text("name", name, unless: key), kind.map { YAMLField("kind", .string($0.rawValue)) },
            YAMLField("namespace", .string(namespace)), .json("labels", labels.value),
            mounts.isEmpty ? nil : YAMLField("mounts", .list(mounts)), YAMLField("spec", YAMLValue(clean)),
        ]
    }

    private func written(_ classes: Classes) -> (Value, [YAMLValue]) {
        guard let kind else {
            let (spec, mounts) = MountReading(PodDefaults.without(object["spec"] ?? [:]), classes).result
            return (spec, mounts)
        }
        var spec = PodDefaults.without(workload: object["spec"] ?? [:], kind)
        guard let podSpec = Self.podSpec(of: spec, kind) else { return (spec, []) }
        let (rest, mounts) = MountReading(PodDefaults.without(podSpec), classes).result
        spec = Self.setting(rest, at: (kind.templatePath + ["spec"])[...], in: spec)
        return (spec, mounts)
    }

    private static func setting(_ value: Value, at path: ArraySlice<String>, in whole: Value) -> Value {
        guard let first = path.first else { return value }
        var members = whole.object ?? [:]
        members[first] = setting(value, at: path.dropFirst(), in: members[first] ?? [:])
        return .object(members)
    }
}

/// Volumes that the spec says in one line under `mounts`. One of any other form stays in Kubernetes' own words.
private struct MountReading {
    private let podSpec: [String: Value]
    private let classes: PodReading.Classes

    init(_ podSpec: Value, _ classes: PodReading.Classes) {
        self.podSpec = podSpec.object ?? [:]
        self.classes = classes
    }

    var result: (Value, [YAMLValue]) {
        var mounts: [YAMLValue] = []
        var gone: Set<String> = []
        // Mounts of one class share a volume: a second one stays in Kubernetes' own words.
        var sources: Set<YAMLField> = []
        for volume in podSpec["volumes"]?.list ?? [] {
            guard let name = volume["name"]?.string, let source = source(of: volume, name),
                sources.insert(source).inserted
            else { continue }
            guard let uses = uses(of: name), !uses.isEmpty else { continue }
            gone.insert(name)
            for (number, (place, containers)) in Self.grouped(uses).enumerated() {
                mounts.append(entry(source, place, containers, volume: number == 0 ? name : nil, of: volume))
            }
        }
        return (.object(without(gone)), mounts)
    }

    /// A volume that Purser would make in just this way, under this name.
    private func source(of volume: Value, _ name: String) -> YAMLField? {
        if let className = volume.member("csi", "volumeAttributes", "secretProviderClass")?.string,
            let key = classes.keys[className]
        {
            var csi: [String: Value] = [
                "driver": "secrets-store.csi.k8s.io", "readOnly": true,
                "volumeAttributes": ["secretProviderClass": .string(className)],
            ]
            if let secret = classes.credentials[className] { csi["nodePublishSecretRef"] = ["name": .string(secret)] }
            guard volume == ["name": .string(name), "csi": .object(csi)] else { return nil }
            return YAMLField("secretProviderClass", .string(key))
        }
        guard let secret = volume.member("secret", "secretName")?.string, classes.secrets.contains(secret),
            volume == ["name": .string(name), "secret": ["secretName": .string(secret)]]
        else { return nil }
        return YAMLField("secret", .string(secret))
    }

    private struct Place: Hashable {
        let path: String
        let subPath: String?
    }

    /// Where each container has the volume; nil if one has it in a way that `mounts` cannot say.
    private func uses(of volume: String) -> [(Place, String)]? {
        var uses: [(Place, String)] = []
        for container in containers {
            for mount in container["volumeMounts"]?.list ?? [] where mount["name"]?.string == volume {
                let members = mount.object ?? [:]
                guard members["readOnly"] == true, let path = mount["mountPath"]?.string,
                    Set(members.keys).isSubset(of: ["name", "mountPath", "readOnly", "subPath"]),
                    let name = container["name"]?.string
                else { return nil }
                uses.append((Place(path: path, subPath: mount["subPath"]?.string), name))
            }
        }
        return uses
    }

    private var containers: [Value] { MountInjection.containerFields.flatMap { podSpec[$0]?.list ?? [] } }

    private static func grouped(_ uses: [(Place, String)]) -> [(Place, [String])] {
        var order: [Place] = []
        var names: [Place: [String]] = [:]
        for (place, name) in uses {
            if names[place] == nil { order.append(place) }
            names[place, default: []].append(name)
        }
        return order.map { ($0, names[$0] ?? []) }
    }

    /// `volume` is told where it is not what Purser would call it.
    private func entry(
        _ source: YAMLField, _ place: Place, _ names: [String], volume name: String?, of volume: Value
    ) -> YAMLValue {
        let object =
            volume.member("csi", "volumeAttributes", "secretProviderClass")?.string
            ?? volume.member("secret", "secretName")?.string ?? ""
        let isEverywhere = Set(containers.compactMap { $0["name"]?.string }) == Set(names)
        let fields: [YAMLField?] = [
            source, YAMLField("path", .string(place.path)), .text("subPath", place.subPath),
            isEverywhere ? nil : .texts("containers", names),
            name.flatMap { .text("volume", $0, unless: KubernetesName.label(from: object)) },
        ]
        return .object(fields.compactMap(\.self))
    }

    private func without(_ volumes: Set<String>) -> [String: Value] {
        var result = podSpec
        func isKept(_ item: Value) -> Bool { !(item["name"]?.string.map(volumes.contains) ?? false) }
        result["volumes"] = Self.list((result["volumes"]?.list ?? []).filter(isKept))
        for field in MountInjection.containerFields {
            guard let listed = result[field]?.list else { continue }
            result[field] = .list(
                listed.map { container in
                    var members = container.object ?? [:]
                    members["volumeMounts"] = Self.list((members["volumeMounts"]?.list ?? []).filter(isKept))
                    return .object(members)
                })
        }
        return result
    }

    private static func list(_ items: [Value]) -> Value? { items.isEmpty ? nil : .list(items) }
}

/// What nobody wrote: defaults of the API server, and what admission and controllers put in.
private enum PodDefaults {
    private static let pod: [String: Value] = [
        "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
        "securityContext": [:], "terminationGracePeriodSeconds": 30, "enableServiceLinks": true,
        "preemptionPolicy": "PreemptLowerPriority", "priority": 0, "serviceAccountName": "default",
    ]
    private static let container: [String: Value] = [
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "resources": [:],
    ]
    private static let workloads: [WorkloadKind: [String: Value]] = [
        .deployment: [
            "progressDeadlineSeconds": 600, "revisionHistoryLimit": 10,
            "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": "25%"]],
        ],
        .statefulSet: [
            "revisionHistoryLimit": 10, "podManagementPolicy": "OrderedReady",
            "updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]],
            "persistentVolumeClaimRetentionPolicy": ["whenDeleted": "Retain", "whenScaled": "Retain"],
        ],
        .daemonSet: [
            "revisionHistoryLimit": 10,
            "updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 0, "maxUnavailable": 1]],
        ],
        .job: [
            "completionMode": "NonIndexed", "suspend": false, "podReplacementPolicy": "TerminatingOrFailed",
            "manualSelector": false,
        ],
        .cronJob: [
            "concurrencyPolicy": "Allow", "suspend": false, "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 1,
        ],
    ]

    static func without(workload spec: Value, _ kind: WorkloadKind) -> Value {
        var members = removing(workloads[kind] ?? [:], from: spec.object ?? [:])
        // The cluster chose it.
        if kind == .job { members["selector"] = nil }
        members["template"] = members["template"].map(template)
        return .object(members)
    }

    /// Labels by which a job's controller knows its pods.
    private static func template(_ template: Value) -> Value {
        var members = template.object ?? [:]
        guard var metadata = members["metadata"]?.object else { return template }
        metadata["creationTimestamp"] = nil
        if case .object(let labels)? = metadata["labels"] {
            let own = labels.filter { name, _ in
                !["controller-uid", "job-name"].contains(name) && !name.hasPrefix("batch.kubernetes.io/")
            }
            metadata["labels"] = own.isEmpty ? nil : .object(own)
        }
        members["metadata"] = metadata.isEmpty ? nil : .object(metadata)
        return .object(members)
    }

    static func without(_ podSpec: Value) -> Value {
        var members = removing(pod, from: podSpec.object ?? [:])
        // The deprecated twin of `serviceAccountName`, and what the scheduler decided.
        members["serviceAccount"] = nil
        members["nodeName"] = nil
        members["tolerations"] = tolerations(members["tolerations"])
        let volumes = (members["volumes"]?.list ?? []).map(volume).filter { !isToken($0["name"]) }
        members["volumes"] = volumes.isEmpty ? nil : .list(volumes)
        for field in MountInjection.containerFields {
            guard let listed = members[field]?.list else { continue }
            members[field] = .list(listed.map { .object(plain(container: $0)) })
        }
        return .object(members)
    }

    /// The volume of the service account's token, which admission adds.
    private static func isToken(_ name: Value?) -> Bool { name?.string?.hasPrefix("kube-api-access-") ?? false }

    private static func volume(_ volume: Value) -> Value {
        guard case .object(var members) = volume, case .object(var secret)? = members["secret"] else { return volume }
        if secret["defaultMode"] == 420 { secret["defaultMode"] = nil }
        members["secret"] = .object(secret)
        return .object(members)
    }

    /// Without those of five minutes that admission adds.
    private static func tolerations(_ listed: Value?) -> Value? {
        let added = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
        let own = (listed?.list ?? []).filter { toleration in
            !(added.contains(toleration["key"]?.string ?? "") && toleration["tolerationSeconds"] == 300)
        }
        return own.isEmpty ? nil : .list(own)
    }

    private static func plain(container: Value) -> [String: Value] {
        var members = removing(Self.container, from: container.object ?? [:])
        let mounts = (members["volumeMounts"]?.list ?? []).filter { !isToken($0["name"]) }.map(plain(mount:))
        members["volumeMounts"] = mounts.isEmpty ? nil : .list(mounts)
        let image = members["image"]?.string ?? ""
        let tag = image.split(separator: "/").last?.split(separator: ":").dropFirst().first ?? "latest"
        let policy = image.contains("@") || tag != "latest" ? "IfNotPresent" : "Always"
        if members["imagePullPolicy"]?.string == policy { members["imagePullPolicy"] = nil }
        if case .list(let ports)? = members["ports"] {
            members["ports"] = .list(ports.map { .object(removing(["protocol": "TCP"], from: $0.object ?? [:])) })
        }
        return members
    }

    /// Newer API servers write it out.
    private static func plain(mount: Value) -> Value {
        .object(removing(["recursiveReadOnly": "Disabled"], from: mount.object ?? [:]))
    }

    private static func removing(_ defaults: [String: Value], from members: [String: Value]) -> [String: Value] {
        members.filter { name, value in defaults[name] != value }
    }
}
