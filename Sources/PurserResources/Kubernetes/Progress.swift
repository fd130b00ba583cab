import PurserEngine

/// How far an object is on the way to be of use to what depends on it.
enum Progress: Sendable, Hashable {
    case ready
    /// Not yet, for this reason.
    case waiting(String)
    /// Never: waiting longer is of no use.
    case failed(String)
}

/// Judges a pod by its status. Source: Kubernetes documentation, "Pod Lifecycle".
enum PodProgress {
    static func of(_ pod: Value) -> Progress {
        let status = pod["status"]
        switch status?["phase"]?.string {
        case "Succeeded"?: return .ready
        case "Failed"?: return .failed(failure(status))
        default: break
        }
        let conditions = status?["conditions"]?.list ?? []
        if conditions.contains(where: { $0["type"] == "Ready" && $0["status"] == "True" }) { return .ready }
        return .waiting(
            container(status) ?? ended(status) ?? condition(conditions)
                ?? "it is \(status?["phase"]?.string ?? "Pending")")
    }

    /// A container that fails is between two starts for a moment, in which it waits for nothing.
    private static func ended(_ status: Value?) -> String? {
        for container in containers(status) {
            guard let code = container.member("state", "terminated", "exitCode")?.integer, code != 0 else { continue }
            return "container '\(container["name"]?.string ?? "")' ended with exit code \(code)"
        }
        return nil
    }

    private static func failure(_ status: Value?) -> String {
        let told = [status?["reason"]?.string, status?["message"]?.string].compactMap(\.self)
        if !told.isEmpty { return told.joined(separator: ": ") }
        return ended(status) ?? "its containers have failed"
    }

    /// What the first container that does not run waits for. `ContainerCreating` is left to the events to explain.
    private static func container(_ status: Value?) -> String? {
        for container in containers(status) {
            guard let waiting = container.member("state", "waiting"), let reason = waiting["reason"]?.string,
                reason != "ContainerCreating", reason != "PodInitializing"
            else { continue }
            let message = waiting["message"]?.string.map { ": \($0)" } ?? ""
            return "container '\(container["name"]?.string ?? "")' is in \(reason)\(message)"
        }
        return nil
    }

    private static func containers(_ status: Value?) -> [Value] {
        (status?["initContainerStatuses"]?.list ?? []) + (status?["containerStatuses"]?.list ?? [])
    }

    private static func condition(_ conditions: [Value]) -> String? {
        let open = conditions.first { $0["status"] == "False" && $0["message"]?.string != nil }
        return open?["message"]?.string
    }
}

/// Judges a workload by its status. Source: Kubernetes API reference, status of each kind.
enum WorkloadProgress {
    static func of(_ object: Value, _ kind: WorkloadKind) -> Progress {
        let generation = object.member("metadata", "generation")?.integer ?? 0
        let status = object["status"]
        if kind.hasObservedGeneration, (status?["observedGeneration"]?.integer ?? 0) < generation {
            return .waiting("its controller has not seen the change yet")
        }
        switch kind {
        case .deployment: return deployment(object["spec"], status)
        case .statefulSet: return statefulSet(object["spec"], status)
        case .daemonSet: return daemonSet(object["spec"], status)
        case .job: return job(object["spec"], status)
        case .cronJob: return .ready
        }
    }

    private static func deployment(_ spec: Value?, _ status: Value?) -> Progress {
        // It is wanted to stand still.
        if spec?["paused"] == true { return .ready }
        let conditions = status?["conditions"]?.list ?? []
        if let stuck = conditions.first(where: { $0["reason"] == "ProgressDeadlineExceeded" }) {
            return .failed(stuck["message"]?.string ?? "its rollout makes no progress")
        }
        let wanted = spec?["replicas"]?.integer ?? 1
        let updated = count(status, "updatedReplicas")
        if updated < wanted { return .waiting("\(updated) of \(wanted) pods are of the new version") }
        let old = count(status, "replicas") - updated
        if old > 0 { return .waiting("\(old) former pods are still there") }
        return counted(count(status, "availableReplicas"), of: wanted)
    }

    private static func statefulSet(_ spec: Value?, _ status: Value?) -> Progress {
        let wanted = spec?["replicas"]?.integer ?? 1
        if let update = status?["updateRevision"]?.string, let current = status?["currentRevision"]?.string,
            update != current, !WorkloadKind.updatesOnDelete(spec)
        {
            // Pods of lower ordinals than the partition keep the former version.
            let partition = spec?.member("updateStrategy", "rollingUpdate", "partition")?.integer ?? 0
            let changed = max(0, wanted - partition)
            let updated = count(status, "updatedReplicas")
            if updated < changed { return .waiting("\(updated) of \(changed) pods are of the new version") }
        }
        return counted(count(status, "readyReplicas"), of: wanted)
    }

    private static func daemonSet(_ spec: Value?, _ status: Value?) -> Progress {
        let wanted = count(status, "desiredNumberScheduled")
        let updated = count(status, "updatedNumberScheduled")
        if updated < wanted, !WorkloadKind.updatesOnDelete(spec) {
            return .waiting("\(updated) of \(wanted) pods are of the new version")
        }
        return counted(count(status, "numberReady"), of: wanted)
    }

    /// A job is under way as soon as one pod runs: it may take as long as it wants. One that is suspended is wanted so.
    private static func job(_ spec: Value?, _ status: Value?) -> Progress {
        if spec?["suspend"] == true || spec?["parallelism"] == 0 { return .ready }
        let conditions = status?["conditions"]?.list ?? []
        if let failed = conditions.first(where: { $0["type"] == "Failed" && $0["status"] == "True" }) {
            return .failed(failed["message"]?.string ?? "it has failed")
        }
        if conditions.contains(where: { $0["type"] == "Complete" && $0["status"] == "True" }) { return .ready }
        return count(status, "ready") + count(status, "succeeded") > 0 ? .ready : .waiting("no pod of it runs yet")
    }

    private static func counted(_ ready: Int, of wanted: Int) -> Progress {
        ready >= wanted ? .ready : .waiting("\(ready) of \(wanted) pods are ready")
    }

    private static func count(_ status: Value?, _ name: String) -> Int { status?[name]?.integer ?? 0 }
}
