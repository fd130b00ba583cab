import Foundation

/// Why the API server refuses an object. Source: Kubernetes' validation of each resource, v1.33.
struct ObjectValidation {
    let type: ResourceType

    /// All problems of an object, in the order of its fields. Some fields cannot change from those of the object that
    /// it replaces.
    func causes(_ object: JSON, replacing live: JSON?) -> [APIError.Cause] {
        var causes = metadata(object, live)
        switch type {
        case BuiltInResources.pods:
            causes += PodValidation(path: "spec").causes(object["spec"])
            if let live { causes += PodValidation.changes(from: live["spec"] ?? [:], to: object["spec"] ?? [:]) }
        case BuiltInResources.secrets: causes += secret(object, live)
        case BuiltInResources.configMaps: causes += configMap(object, live)
        case BuiltInResources.deployments, BuiltInResources.daemonSets, BuiltInResources.statefulSets,
            BuiltInResources.replicaSets:
            causes += workload(object, live)
        case BuiltInResources.jobs: causes += job(object, live)
        case BuiltInResources.cronJobs:
            let schedule = object[path: "spec", "schedule"]?.stringValue ?? ""
            if CronSchedule(schedule) == nil {
                causes.append(.invalid("spec.schedule", .string(schedule), "expected exactly 5 fields of a schedule"))
            }
            let pod = object[path: "spec", "jobTemplate", "spec", "template", "spec"]
            causes += PodValidation(path: "spec.jobTemplate.spec.template.spec").causes(pod)
        case BuiltInResources.roleBindings, BuiltInResources.clusterRoleBindings:
            if let live, live["roleRef"] != object["roleRef"] {
                causes.append(.invalid("roleRef", object["roleRef"] ?? nil, "cannot change roleRef"))
            }
        case BuiltInResources.csiDrivers:
            for field in ["attachRequired", "fsGroupPolicy", "volumeLifecycleModes"] {
                guard let live, live[path: "spec", field] != object[path: "spec", field] else { continue }
                causes.append(immutable("spec.\(field)", object[path: "spec", field]))
            }
        case BuiltInResources.definitions: causes += definition(object)
        case BuiltInResources.services: causes += service(object["spec"] ?? [:])
        default: break
        }
        return causes
    }

    private func finalizers(_ object: JSON, _ live: JSON?) -> [APIError.Cause] {
        let added = object.finalizers.filter { live?.finalizers.contains($0) != true }
        var causes: [APIError.Cause] = []
        if live?.isBeingDeleted == true, !added.isEmpty {
            let list = added.map { "\"\($0)\"" }.joined(separator: ", ")
            causes.append(
                .forbidden(
                    "metadata.finalizers",
                    "no new finalizers can be added if the object is being deleted, found new finalizers "
                        + "[]string{\(list)}"))
        }
        for (index, finalizer) in object.finalizers.enumerated()
        where !finalizer.contains("/") && !["orphan", "foregroundDeletion", "kubernetes"].contains(finalizer) {
            causes.append(
                .invalid(
                    "metadata.finalizers[\(index)]", .string(finalizer),
                    "name is neither a standard finalizer name nor is it fully qualified"))
        }
        return causes
    }

    private func metadata(_ object: JSON, _ live: JSON?) -> [APIError.Cause] {
        let name = object.objectName
        var causes: [APIError.Cause] = []
        if name.isEmpty {
            causes.append(.required("metadata.name", "name or generateName is required"))
        } else if let problem = nameProblem(name) {
            causes.append(.invalid("metadata.name", .string(name), problem))
        }
        for (key, value) in object.objectLabels.sorted(by: { $0.key < $1.key }) {
            if let problem = NameRules.qualifiedNameProblem(key) {
                causes.append(.invalid("metadata.labels", .string(key), problem))
            }
            if let problem = NameRules.labelValueProblem(value) {
                causes.append(.invalid("metadata.labels", .string(value), problem))
            }
        }
        causes += finalizers(object, live)
        for key in object.objectAnnotations.keys.sorted() {
            guard let problem = NameRules.qualifiedNameProblem(key.lowercased()) else { continue }
            causes.append(.invalid("metadata.annotations", .string(key), problem))
        }
        let size = object.objectAnnotations.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        if size > 262_144 {
            causes.append(
                APIError.Cause(
                    reason: "FieldValueTooLong", message: "Too long: may not be more than 262144 bytes",
                    field: "metadata.annotations"))
        }
        return causes
    }

    private func nameProblem(_ name: String) -> String? {
        switch type.group {
        case "rbac.authorization.k8s.io": NameRules.pathSegmentProblem(name)
        default:
            type == BuiltInResources.namespaces
                ? NameRules.labelProblem(name) : NameRules.subdomainProblem(name)
        }
    }

    private func immutable(_ field: String, _ value: JSON?) -> APIError.Cause {
        .invalid(field, value ?? .null, "field is immutable")
    }
}

// MARK: - Data

extension ObjectValidation {
    private static let largest = 1_048_576

    private func configMap(_ object: JSON, _ live: JSON?) -> [APIError.Cause] {
        var causes = dataKeys(object["data"]) + dataKeys(object["binaryData"])
        causes += keptImmutable(object, live)
        if live?["immutable"] == true {
            for field in ["data", "binaryData"] where object[field] != live?[field] {
                causes.append(.forbidden(field, "field is immutable when `immutable` is set"))
            }
        }
        return causes
    }

    private func keptImmutable(_ object: JSON, _ live: JSON?) -> [APIError.Cause] {
        live?["immutable"] == true && object["immutable"] != true
            ? [.forbidden("immutable", "field is immutable when `immutable` is set")] : []
    }

    private func dataKeys(_ data: JSON?) -> [APIError.Cause] {
        (data?.objectValue ?? [:]).keys.sorted().compactMap { key in
            NameRules.dataKeyProblem(key).map { .invalid("data[\(key)]", .string(key), $0) }
        }
    }

    private func secret(_ object: JSON, _ live: JSON?) -> [APIError.Cause] {
        let data = object["data"]?.stringMap ?? [:]
        var causes = dataKeys(object["data"])
        let decoded = data.mapValues { Data(base64Encoded: $0) }
        if decoded.values.reduce(0, { $0 + ($1?.count ?? 0) }) > Self.largest {
            causes.append(
                APIError.Cause(
                    reason: "FieldValueTooLong", message: "Too long: may not be more than \(Self.largest) bytes",
                    field: "data"))
        }
        let secretType = object["type"]?.stringValue ?? ""
        causes += Self.requiredKeys[secretType, default: []].filter { data[$0] == nil }.map { .required("data[\($0)]") }
        if secretType == "kubernetes.io/basic-auth", data["username"] == nil, data["password"] == nil {
            causes.append(.required("data[username]"))
            causes.append(.required("data[password]"))
        }
        if secretType == "kubernetes.io/service-account-token",
            object.objectAnnotations["kubernetes.io/service-account.name"] == nil
        {
            causes.append(.required("metadata.annotations[kubernetes.io/service-account.name]"))
        }
        if let live, live["type"] != object["type"] { causes.append(immutable("type", object["type"])) }
        causes += keptImmutable(object, live)
        if live?["immutable"] == true, live?["data"] != object["data"] {
            causes.append(.forbidden("data", "field is immutable when `immutable` is set"))
        }
        return causes
    }

    private static let requiredKeys: [String: [String]] = [
        "kubernetes.io/tls": ["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
        "kubernetes.io/dockercfg": [".dockercfg"],
        "kubernetes.io/ssh-auth": ["ssh-privatekey"],
    ]
}

// MARK: - Workloads and definitions

extension ObjectValidation {
    private func workload(_ object: JSON, _ live: JSON?) -> [APIError.Cause] {
        let spec = object["spec"] ?? [:]
        var causes: [APIError.Cause] = []
        if spec["selector"]?.objectValue?.isEmpty ?? true { causes.append(.required("spec.selector")) }
        let labels = spec[path: "template", "metadata", "labels"]
        let isSelected = ObjectSelector(labelSelector: spec["selector"]).acceptsLabels(labels?.stringMap ?? [:])
        if let replicas = spec["replicas"]?.intValue, replicas < 0 {
            causes.append(.invalid("spec.replicas", .int(replicas), "must be greater than or equal to 0"))
        }
        if spec["selector"] == nil || !isSelected {
            causes.append(
                .invalid(
                    "spec.template.metadata.labels", labels ?? .null, "`selector` does not match template `labels`"))
        }
        let claims = (spec["volumeClaimTemplates"]?.arrayValue ?? []).map(\.objectName)
        causes += PodValidation(path: "spec.template.spec", otherVolumes: claims).causes(spec[path: "template", "spec"])
        if type == BuiltInResources.deployments { causes += strategy(spec["strategy"]) }
        let policy = spec[path: "template", "spec", "restartPolicy"]?.stringValue ?? "Always"
        if policy != "Always" {
            causes.append(.unsupported("spec.template.spec.restartPolicy", policy, ["Always"]))
        }
        if let live, live[path: "spec", "selector"] != spec["selector"] {
            causes.append(immutable("spec.selector", spec["selector"]))
        }
        if type == BuiltInResources.statefulSets, let live { causes += statefulSetChanges(live["spec"] ?? [:], spec) }
        return causes
    }

    private func strategy(_ strategy: JSON?) -> [APIError.Cause] {
        let known = ["Recreate", "RollingUpdate"]
        guard let name = strategy?["type"]?.stringValue, !known.contains(name) else { return [] }
        return [.unsupported("spec.strategy", "{\"Type\":\"\(name)\"}", known, quoted: false)]
    }

    private func statefulSetChanges(_ old: JSON, _ new: JSON) -> [APIError.Cause] {
        let free: Set = [
            "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
            "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
        ]
        let fixed = { (spec: JSON) in (spec.objectValue ?? [:]).filter { !free.contains($0.key) } }
        if fixed(old) == fixed(new) { return [] }
        return [
            .forbidden(
                "spec",
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
                    + "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
            )
        ]
    }

    private func job(_ object: JSON, _ live: JSON?) -> [APIError.Cause] {
        let spec = object["spec"] ?? [:]
        var causes = PodValidation(path: "spec.template.spec").causes(spec[path: "template", "spec"])
        let policy = spec[path: "template", "spec", "restartPolicy"]?.stringValue ?? "Always"
        if policy == "Always" {
            causes.append(
                APIError.Cause(
                    reason: "FieldValueRequired", message: "Required value: valid values: \"OnFailure\", \"Never\"",
                    field: "spec.template.spec.restartPolicy"))
        }
        guard let live = live?["spec"] else { return causes }
        if spec["selector"] == nil {
            let labels = spec[path: "template", "metadata", "labels"] ?? .null
            causes.append(.required("spec.selector"))
            causes.append(
                .invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"))
        }
        for field in ["completions", "selector", "template", "completionMode"] where live[field] != spec[field] {
            causes.append(immutable("spec.\(field)", spec[field]))
        }
        return causes
    }

    private func service(_ spec: JSON) -> [APIError.Cause] {
        let needsPorts = spec["type"] != "ExternalName" && spec["clusterIP"] != "None"
        return needsPorts && spec["ports"]?.arrayValue?.isEmpty ?? true ? [.required("spec.ports")] : []
    }

    private func definition(_ object: JSON) -> [APIError.Cause] {
        let spec = object["spec"] ?? [:]
        let wanted = "\(spec[path: "names", "plural"]?.stringValue ?? "").\(spec["group"]?.stringValue ?? "")"
        var causes: [APIError.Cause] = []
        if object.objectName != wanted {
            causes.append(
                .invalid("metadata.name", .string(object.objectName), "must be spec.names.plural+\".\"+spec.group"))
        }
        let versions = spec["versions"]?.arrayValue ?? []
        if versions.filter({ $0["storage"] == true }).count != 1 {
            causes.append(
                .invalid(
                    "spec.versions", .array(versions.map { $0["name"] ?? "" }),
                    "must have exactly one version marked as storage version"))
        }
        for (index, version) in versions.enumerated() where version[path: "schema", "openAPIV3Schema"] == nil {
            causes.append(.required("spec.versions[\(index)].schema.openAPIV3Schema"))
        }
        return causes
    }
}
