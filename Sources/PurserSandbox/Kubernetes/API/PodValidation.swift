/// Why a pod, or a workload's template of one, is refused. Source: Kubernetes' validation of `PodSpec`, v1.33.
struct PodValidation {
    /// Where the pod's spec stands in its object, e.g. `spec.template.spec`.
    let path: String
    /// Volumes that come from elsewhere, e.g. from a stateful set's claims.
    var otherVolumes: [String] = []

    func causes(_ spec: JSON?) -> [APIError.Cause] {
        guard let spec, spec.objectValue != nil else { return [.required("\(path).containers")] }
        let volumes = (spec["volumes"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue } + otherVolumes
        var causes = volumeCauses(spec["volumes"]?.arrayValue ?? [])
        if spec["containers"]?.arrayValue?.isEmpty ?? true { causes.append(.required("\(path).containers")) }
        for list in ["containers", "initContainers"] {
            causes += containerCauses(spec[list]?.arrayValue ?? [], "\(path).\(list)", volumes: Set(volumes))
        }
        let policy = spec["restartPolicy"]?.stringValue ?? "Always"
        let policies = ["Always", "OnFailure", "Never"]
        if !policies.contains(policy) { causes.append(.unsupported("\(path).restartPolicy", policy, policies)) }
        return causes
    }

    private func volumeCauses(_ volumes: [JSON]) -> [APIError.Cause] {
        var causes: [APIError.Cause] = []
        var seen: Set<String> = []
        for (index, volume) in volumes.enumerated() {
            let place = "\(path).volumes[\(index)]"
            causes += nameCauses(volume["name"]?.stringValue ?? "", "\(place).name", &seen)
            let sources = (volume.objectValue ?? [:]).keys.filter { $0 != "name" }.sorted()
            if sources.isEmpty { causes.append(.required(place, "must specify a volume type")) }
            for extra in sources.dropFirst() {
                causes.append(.forbidden("\(place).\(extra)", "may not specify more than 1 volume type"))
            }
            if let csi = volume["csi"] { causes += csiCauses(csi, "\(place).csi") }
            if let secret = volume["secret"], (secret["secretName"]?.stringValue ?? "").isEmpty {
                causes.append(.required("\(place).secret.secretName"))
            }
        }
        return causes
    }

    private func csiCauses(_ csi: JSON, _ place: String) -> [APIError.Cause] {
        var causes: [APIError.Cause] = []
        if (csi["driver"]?.stringValue ?? "").isEmpty { causes.append(.required("\(place).driver")) }
        if let reference = csi["nodePublishSecretRef"], (reference["name"]?.stringValue ?? "").isEmpty {
            causes.append(.required("\(place).nodePublishSecretRef.name"))
        }
        return causes
    }

    private func containerCauses(_ containers: [JSON], _ place: String, volumes: Set<String>) -> [APIError.Cause] {
        var causes: [APIError.Cause] = []
        var seen: Set<String> = []
        for (index, container) in containers.enumerated() {
            let place = "\(place)[\(index)]"
            causes += nameCauses(container["name"]?.stringValue ?? "", "\(place).name", &seen)
            if (container["image"]?.stringValue ?? "").isEmpty { causes.append(.required("\(place).image")) }
            causes += portCauses(container["ports"]?.arrayValue ?? [], place)
            causes += mountCauses(container["volumeMounts"]?.arrayValue ?? [], place, volumes)
            for (index, variable) in (container["env"]?.arrayValue ?? []).enumerated()
            where (variable["name"]?.stringValue ?? "").isEmpty {
                causes.append(.required("\(place).env[\(index)].name"))
            }
        }
        return causes
    }

    private func portCauses(_ ports: [JSON], _ place: String) -> [APIError.Cause] {
        ports.enumerated().compactMap { index, port in
            let field = "\(place).ports[\(index)].containerPort"
            let number = port["containerPort"]?.intValue ?? 0
            if number == 0 { return .required(field) }
            return (1...65_535).contains(number)
                ? nil : .invalid(field, .int(number), "must be between 1 and 65535, inclusive")
        }
    }

    private func mountCauses(_ mounts: [JSON], _ place: String, _ volumes: Set<String>) -> [APIError.Cause] {
        var causes: [APIError.Cause] = []
        var seen: Set<String> = []
        for (index, mount) in mounts.enumerated() {
            let place = "\(place).volumeMounts[\(index)]"
            let name = mount["name"]?.stringValue ?? ""
            let target = mount["mountPath"]?.stringValue ?? ""
            if name.isEmpty {
                causes.append(.required("\(place).name"))
            } else if !volumes.contains(name) {
                causes.append(
                    APIError.Cause(
                        reason: "FieldValueNotFound", message: "Not found: \"\(name)\"", field: "\(place).name"))
            }
            if target.isEmpty { causes.append(.required("\(place).mountPath")) }
            if !target.isEmpty, !seen.insert(target).inserted {
                causes.append(.invalid("\(place).mountPath", .string(target), "must be unique"))
            }
        }
        return causes
    }

    private func nameCauses(_ name: String, _ field: String, _ seen: inout Set<String>) -> [APIError.Cause] {
        if name.isEmpty { return [.required(field)] }
        if let problem = NameRules.labelProblem(name) { return [.invalid(field, .string(name), problem)] }
        return seen.insert(name).inserted ? [] : [.duplicate(field, name)]
    }

    /// Of a pod that exists, little more than its images can change.
    static func changes(from old: JSON, to new: JSON) -> [APIError.Cause] {
        if withoutChangeable(old) == withoutChangeable(new), keepsTolerations(old, new) { return [] }
        // The scheduler's decision comes by a write of its own.
        return [
            .forbidden(
                "spec",
                "pod updates may not change fields other than `spec.containers[*].image`,"
                    + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
                    + "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
                    + "previously negative)")
        ]
    }

    private static func withoutChangeable(_ spec: JSON) -> JSON {
        var spec = spec
        for list in ["containers", "initContainers"] { spec.updateEach(list) { $0["image"] = nil } }
        spec["activeDeadlineSeconds"] = nil
        spec["tolerations"] = nil
        return spec
    }

    private static func keepsTolerations(_ old: JSON, _ new: JSON) -> Bool {
        let kept = new["tolerations"]?.arrayValue ?? []
        return (old["tolerations"]?.arrayValue ?? []).allSatisfy(kept.contains)
    }
}
