import PurserEngine

/// The kinds of object that make pods from a template, and what differs among them.
///
/// Source: Kubernetes API reference, Workload Resources.
enum WorkloadKind: String, Sendable, Hashable, CaseIterable {
    case deployment = "Deployment"
    case statefulSet = "StatefulSet"
    case daemonSet = "DaemonSet"
    case job = "Job"
    case cronJob = "CronJob"

    var object: ObjectKind {
        switch self {
        case .deployment: .deployment
        case .statefulSet: .statefulSet
        case .daemonSet: .daemonSet
        case .job: .job
        case .cronJob: .cronJob
        }
    }

    /// Member names from the workload's `spec` to the pod template.
    var templatePath: [String] { self == .cronJob ? ["jobTemplate", "spec", "template"] : ["template"] }

    /// Whether the spec must have a selector that the template's labels match. Jobs get one from the cluster.
    var hasSelector: Bool {
        switch self {
        case .deployment, .statefulSet, .daemonSet: true
        case .job, .cronJob: false
        }
    }

    var hasObservedGeneration: Bool { hasSelector }

    /// Whether the API server lets the part of `spec` at this path change; `nil` stands for all of `spec`.
    func allowsChange(of part: String) -> Bool {
        switch self {
        case .deployment, .daemonSet: part != "selector"
        case .cronJob: true
        case .job: ["parallelism", "suspend", "activeDeadlineSeconds", "ttlSecondsAfterFinished"].contains(part)
        case .statefulSet:
            [
                "replicas", "template", "updateStrategy", "ordinals", "minReadySeconds", "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy",
            ].contains(part)
        }
    }
}
