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
        case .job:
            ![
                "selector", "template", "completions", "completionMode", "podFailurePolicy", "successPolicy",
                "backoffLimitPerIndex", "managedBy",
            ].contains(part)
        case .statefulSet:
            [
                "replicas", "template", "updateStrategy", "ordinals", "minReadySeconds", "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy",
            ].contains(part)
        }
    }

    /// Whether the difference at this path of member names in `spec` can be made in place.
    ///
    /// Source: Kubernetes documentation, "Jobs": how many completions an indexed job has may change together with its
    /// parallelism, and while a job is suspended, where its pods may run and their labels and annotations.
    func allowsChange(at path: [String], from recorded: Value?, to desired: Value?) -> Bool {
        guard self == .job else { return allowsChange(of: path.first ?? "") }
        switch path.first {
        case "completions"?:
            return desired?["completionMode"] == "Indexed" && desired?["completions"] == desired?["parallelism"]
        case "template"? where recorded?["suspend"] == true:
            return Self.movableParts.contains { path.dropFirst().starts(with: $0) }
        default: return allowsChange(of: path.first ?? "")
        }
    }

    private static let movableParts = [
        ["metadata", "labels"], ["metadata", "annotations"], ["spec", "nodeSelector"], ["spec", "tolerations"],
        ["spec", "affinity", "nodeAffinity"], ["spec", "schedulingGates"],
    ]

    /// Whether changed pods wait until somebody deletes the former ones.
    static func updatesOnDelete(_ spec: Value?) -> Bool { spec?.member("updateStrategy", "type") == "OnDelete" }
}
