/// Gives pods their nodes. Source: Kubernetes documentation, "Assigning Pods to Nodes".
struct Scheduler: Sendable {
    let objects: ObjectStore

    func reconcile() async throws {
        let pods = await objects.list(BuiltInResources.pods)
        let nodes = await objects.list(BuiltInResources.nodes)
        for pod in pods where pod[path: "spec", "nodeName"]?.stringValue == nil && !pod.isBeingDeleted {
            let fitting = nodes.filter { Self.accepts($0, pod["spec"] ?? [:]) }.map(\.objectName)
            let load = { (node: String) in pods.count { $0[path: "spec", "nodeName"]?.stringValue == node } }
            guard let node = fitting.min(by: { (load($0), $0) < (load($1), $1) }) else {
                try await refuse(pod, nodes: nodes.count)
                continue
            }
            try await bind(pod, to: node)
        }
    }

    private func bind(_ pod: JSON, to node: String) async throws {
        let time = objects.time
        try await objects.update(BuiltInResources.pods, like: pod) { pod in
            pod[path: "spec", "nodeName"] = .string(node)
            pod.setCondition(["type": "PodScheduled", "status": "True"], at: time)
        }
        try await EventRecorder(objects: objects).record(
            .normal, "Scheduled",
            "Successfully assigned \(pod.objectNamespace ?? "")/\(pod.objectName) to \(node)", about: pod,
            from: "default-scheduler")
    }

    private func refuse(_ pod: JSON, nodes: Int) async throws {
        let message =
            nodes == 0
            ? "no nodes available to schedule pods"
            : "0/\(nodes) nodes are available: \(nodes) node(s) didn't match Pod's node affinity/selector."
        if pod.condition("PodScheduled")?["message"]?.stringValue == message { return }
        let time = objects.time
        try await objects.update(BuiltInResources.pods, like: pod) { pod in
            pod.setCondition(
                [
                    "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": .string(message),
                ], at: time)
        }
        try await EventRecorder(objects: objects).record(
            .warning, "FailedScheduling", message, about: pod, from: "default-scheduler")
    }

    /// Whether a node has the labels that a pod asks for.
    static func accepts(_ node: JSON, _ spec: JSON) -> Bool {
        let labels = node.objectLabels
        let selector = spec["nodeSelector"]?.stringMap ?? [:]
        guard selector.allSatisfy({ labels[$0.key] == $0.value }) else { return false }
        let terms = spec[
            path: "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"]
        guard let terms = terms?.arrayValue else { return true }
        return terms.contains { ObjectSelector(labelSelector: $0).acceptsLabels(labels) }
    }
}
