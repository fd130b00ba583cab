/// What a kubelet reports of a pod. Source: Kubernetes documentation, "Pod Lifecycle".
struct PodStatus {
    enum State: Equatable {
        /// Containers wait, e.g. for `ContainerCreating`. The message is empty for the usual wait.
        case waiting(reason: String, message: String)
        case running
        /// All containers have ended well.
        case completed
    }

    let state: State
    let time: String

    private var isReady: Bool { state == .running }

    func write(to pod: inout JSON) {
        let containers = pod[path: "spec", "containers"]?.arrayValue ?? []
        let initContainers = pod[path: "spec", "initContainers"]?.arrayValue ?? []
        let former = pod[path: "status", "containerStatuses"]?.arrayValue ?? []
        let phase =
            switch state {
            case .waiting: "Pending"
            case .running: "Running"
            case .completed: "Succeeded"
            }
        pod.setDefault("status", [:])
        pod.update("status") { status in
            status["phase"] = .string(phase)
            status.setDefault("startTime", .string(time))
            status.setDefault("hostIP", "10.224.0.4")
            status.setDefault("hostIPs", [["ip": "10.224.0.4"]])
            status.setDefault("qosClass", .string(Self.quality(containers + initContainers)))
            if isReady, status["podIP"] == nil {
                let address = "10.244.0.\(Int.random(in: 2...254))"
                status["podIP"] = .string(address)
                status["podIPs"] = [["ip": .string(address)]]
            }
            status["containerStatuses"] = .array(
                containers.map { container in
                    self.status(of: container, former.first { $0["name"] == container["name"] })
                })
            if !initContainers.isEmpty {
                status["initContainerStatuses"] = .array(initContainers.map(initStatus))
            }
        }
        writeConditions(to: &pod, containers)
    }

    private func writeConditions(to pod: inout JSON, _ containers: [JSON]) {
        let names = containers.compactMap { $0["name"]?.stringValue }.joined(separator: " ")
        let isStarted = if case .waiting(let reason, _) = state { reason != "ContainerCreating" } else { true }
        pod.setCondition(["type": "PodReadyToStartContainers", "status": isStarted ? "True" : "False"], at: time)
        var initialized: JSON = ["type": "Initialized", "status": "True"]
        if state == .completed { initialized["reason"] = "PodCompleted" }
        pod.setCondition(initialized, at: time)
        for type in ["Ready", "ContainersReady"] {
            var condition: JSON = ["type": .string(type), "status": isReady ? "True" : "False"]
            if state == .completed {
                condition["reason"] = "PodCompleted"
            } else if !isReady {
                condition["reason"] = "ContainersNotReady"
                condition["message"] = .string("containers with unready status: [\(names)]")
            }
            pod.setCondition(condition, at: time)
        }
        if pod.condition("PodScheduled") == nil {
            pod.setCondition(["type": "PodScheduled", "status": "True"], at: time)
        }
    }

    private func status(of container: JSON, _ former: JSON?) -> JSON {
        var state: JSON
        switch self.state {
        case .waiting(let reason, let message):
            state = ["waiting": ["reason": .string(reason)]]
            if !message.isEmpty { state[path: "waiting", "message"] = .string(message) }
        case .running:
            state = ["running": former?[path: "state", "running"] ?? ["startedAt": .string(time)]]
        case .completed:
            state = [
                "terminated": [
                    "exitCode": 0, "reason": "Completed", "startedAt": .string(time), "finishedAt": .string(time),
                ]
            ]
        }
        return [
            "name": container["name"] ?? "", "image": container["image"] ?? "",
            "imageID": isReady ? container["image"] ?? "" : "", "ready": .bool(isReady), "started": .bool(isReady),
            "restartCount": 0, "lastState": [:], "state": state,
        ]
    }

    private func initStatus(of container: JSON) -> JSON {
        let isDone = isReady || state == .completed
        let state: JSON =
            isDone
            ? ["terminated": ["exitCode": 0, "reason": "Completed"]] : ["waiting": ["reason": "PodInitializing"]]
        return [
            "name": container["name"] ?? "", "image": container["image"] ?? "", "imageID": "", "ready": .bool(isDone),
            "restartCount": 0, "lastState": [:], "state": state,
        ]
    }

    /// Source: Kubernetes documentation, "Pod Quality of Service Classes".
    private static func quality(_ containers: [JSON]) -> String {
        let resources = containers.map { $0["resources"] ?? [:] }
        let isEmpty = { (resource: JSON) in
            (resource["limits"]?.objectValue ?? [:]).isEmpty && (resource["requests"]?.objectValue ?? [:]).isEmpty
        }
        if resources.allSatisfy(isEmpty) { return "BestEffort" }
        let isGuaranteed = resources.allSatisfy { resource in
            ["cpu", "memory"].allSatisfy {
                resource[path: "limits", $0] != nil && resource[path: "limits", $0] == resource[path: "requests", $0]
            }
        }
        return isGuaranteed ? "Guaranteed" : "Burstable"
    }
}
