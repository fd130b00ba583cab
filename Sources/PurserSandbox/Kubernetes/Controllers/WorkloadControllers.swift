/// Rolls workloads out with real pods, all at once where the real controllers go step by step.
/// Source: Kubernetes documentation, "Workload Management".
struct DaemonSetController: Sendable {
    let objects: ObjectStore

    func reconcile() async throws {
        let nodes = await objects.list(BuiltInResources.nodes)
        for set in await objects.list(BuiltInResources.daemonSets) where !set.isBeingDeleted {
            try await reconcile(set, nodes)
        }
    }

    private func reconcile(_ set: JSON, _ nodes: [JSON]) async throws {
        let template = PodTemplate(objects: objects, owner: set)
        let hash = PodTemplate.hash(of: set)
        let wanted = nodes.filter { Scheduler.accepts($0, set[path: "spec", "template", "spec"] ?? [:]) }.map(
            \.objectName)
        var covered: Set<String> = []
        for pod in await template.pods() {
            let node = pod[path: "spec", "nodeName"]?.stringValue ?? ""
            let isCurrent = pod.objectLabels[WorkloadLabels.revision] == hash || set.updatesOnDelete
            if wanted.contains(node), isCurrent, covered.insert(node).inserted { continue }
            if !isCurrent { covered.remove(node) }
            try await template.delete(pod)
        }
        for node in wanted where !covered.contains(node) {
            let labels = [
                WorkloadLabels.revision: hash,
                "pod-template-generation": String(set[path: "metadata", "generation"]?.intValue ?? 1),
            ]
            try await template.addPod(named: "\(set.objectName)-\(NameSuffix.random())", labels: labels, node: node)
        }
        try await noteStatus(set, await template.pods(), hash, wanted: wanted.count)
    }

    private func noteStatus(_ set: JSON, _ pods: [JSON], _ hash: String, wanted: Int) async throws {
        let current = pods.filter { $0.objectLabels[WorkloadLabels.revision] == hash }
        let staying = pods.filter { !$0.isBeingDeleted }
        let ready = staying.count(where: \.isReadyPod)
        var status: JSON = [
            "currentNumberScheduled": .int(staying.count), "numberMisscheduled": 0,
            "desiredNumberScheduled": .int(wanted), "numberReady": .int(ready),
            "updatedNumberScheduled": .int(current.count), "numberAvailable": .int(ready),
            "observedGeneration": set[path: "metadata", "generation"] ?? 1,
        ]
        if ready < wanted { status["numberUnavailable"] = .int(wanted - ready) }
        let final = status
        try await objects.update(BuiltInResources.daemonSets, like: set) { $0["status"] = final }
    }
}

extension JSON {
    /// Whether a workload's former pods stay until somebody deletes them.
    fileprivate var updatesOnDelete: Bool { self[path: "spec", "updateStrategy", "type"] == "OnDelete" }
}

enum WorkloadLabels {
    static let revision = "controller-revision-hash"
    static let templateHash = "pod-template-hash"
}

struct DeploymentController: Sendable {
    let objects: ObjectStore

    func reconcile() async throws {
        for deployment in await objects.list(BuiltInResources.deployments) where !deployment.isBeingDeleted {
            try await reconcile(deployment)
        }
    }

    private func reconcile(_ deployment: JSON) async throws {
        let hash = PodTemplate.hash(of: deployment)
        let sets = await objects.list(BuiltInResources.replicaSets, deployment.objectNamespace)
            .filter { $0.controllerUID == deployment.objectUID }
        let wanted = deployment[path: "spec", "replicas"]?.intValue ?? 1
        guard let current = sets.first(where: { $0.objectLabels[WorkloadLabels.templateHash] == hash }) else {
            try await addReplicaSet(
                of: deployment, hash, wanted, revision: (sets.map(Self.revision(of:)).max() ?? 0) + 1)
            return
        }
        try await number(current, among: sets)
        try await scale(current, to: wanted)
        let ready = current[path: "status", "readyReplicas"]?.intValue ?? 0
        for old in sets where old.objectUID != current.objectUID && ready >= wanted { try await scale(old, to: 0) }
        try await noteStatus(deployment, current, sets, wanted: wanted)
    }

    private func addReplicaSet(of deployment: JSON, _ hash: String, _ replicas: Int, revision: Int) async throws {
        let name = "\(deployment.objectName)-\(hash)"
        var template = deployment[path: "spec", "template"] ?? [:]
        template[path: "metadata", "labels", WorkloadLabels.templateHash] = .string(hash)
        var selector = deployment[path: "spec", "selector"] ?? [:]
        selector[path: "matchLabels", WorkloadLabels.templateHash] = .string(hash)
        try await objects.add(
            [
                "metadata": [
                    "name": .string(name), "namespace": deployment[path: "metadata", "namespace"] ?? "",
                    "labels": template[path: "metadata", "labels"] ?? [:],
                    "annotations": [Self.revisionAnnotation: .string(String(revision))],
                    "ownerReferences": [deployment.ownerReference(controller: true)],
                ], "spec": ["replicas": .int(replicas), "selector": selector, "template": template],
            ], BuiltInResources.replicaSets)
        try await EventRecorder(objects: objects).record(
            .normal, "ScalingReplicaSet", "Scaled up replica set \(name) from 0 to \(replicas)", about: deployment,
            from: "deployment-controller")
    }

    private static let revisionAnnotation = "deployment.kubernetes.io/revision"

    private static func revision(of set: JSON) -> Int {
        set.objectAnnotations[revisionAnnotation].flatMap { Int($0) } ?? 0
    }

    /// A former template that comes back is the latest revision.
    private func number(_ current: JSON, among sets: [JSON]) async throws {
        let latest = sets.filter { $0.objectUID != current.objectUID }.map(Self.revision(of:)).max() ?? 0
        guard Self.revision(of: current) <= latest else { return }
        try await objects.update(BuiltInResources.replicaSets, like: current) {
            $0[path: "metadata", "annotations", Self.revisionAnnotation] = .string(String(latest + 1))
        }
    }

    private func scale(_ set: JSON, to replicas: Int) async throws {
        try await objects.update(BuiltInResources.replicaSets, like: set) { set in
            if set[path: "spec", "replicas"]?.intValue == replicas { return }
            set[path: "spec", "replicas"] = .int(replicas)
            set[path: "metadata", "generation"] = .int((set[path: "metadata", "generation"]?.intValue ?? 0) + 1)
        }
    }

    private func noteStatus(_ deployment: JSON, _ current: JSON, _ sets: [JSON], wanted: Int) async throws {
        let count = { (set: JSON, field: String) in set[path: "status", field]?.intValue ?? 0 }
        let total = sets.reduce(0) { $0 + count($1, "replicas") }
        let ready = sets.reduce(0) { $0 + count($1, "readyReplicas") }
        let updated = count(current, "replicas")
        let isComplete = count(current, "readyReplicas") >= wanted && updated == wanted && total == updated
        let time = objects.time
        let name = current.objectName
        try await objects.update(BuiltInResources.deployments, like: deployment) { deployment in
            var status = deployment["status"] ?? [:]
            let counters = [
                "replicas": total, "updatedReplicas": updated, "readyReplicas": ready, "availableReplicas": ready,
                "unavailableReplicas": max(wanted - ready, 0),
            ]
            for (field, value) in counters {
                status[field] = nil
                if value > 0 { status[field] = .int(value) }
            }
            status["observedGeneration"] = deployment[path: "metadata", "generation"]
            deployment["status"] = status
            deployment[path: "metadata", "annotations", Self.revisionAnnotation] =
                current[path: "metadata", "annotations", Self.revisionAnnotation]
            deployment.setCondition(
                [
                    "type": "Available", "status": ready >= wanted ? "True" : "False",
                    "reason": ready >= wanted ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                    "message": ready >= wanted
                        ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
                ], at: time)
            deployment.setCondition(
                [
                    "type": "Progressing", "status": "True",
                    "reason": isComplete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                    "message": .string(
                        "ReplicaSet \"\(name)\" \(isComplete ? "has successfully progressed" : "is progressing")."),
                ], at: time)
        }
    }
}

struct ReplicaSetController: Sendable {
    let objects: ObjectStore

    func reconcile() async throws {
        for set in await objects.list(BuiltInResources.replicaSets) where !set.isBeingDeleted {
            try await reconcile(set)
        }
    }

    private func reconcile(_ set: JSON) async throws {
        let template = PodTemplate(objects: objects, owner: set)
        let wanted = set[path: "spec", "replicas"]?.intValue ?? 1
        let living = await template.pods().filter { !$0.isBeingDeleted }
        if living.count < wanted {
            for _ in living.count..<wanted {
                try await template.addPod(named: "\(set.objectName)-\(NameSuffix.random())")
            }
        }
        for pod in living.dropFirst(wanted) { try await template.delete(pod) }
        let pods = await template.pods().filter { !$0.isBeingDeleted }
        let ready = pods.count(where: \.isReadyPod)
        try await objects.update(BuiltInResources.replicaSets, like: set) { set in
            var status: JSON = ["replicas": .int(pods.count)]
            status["observedGeneration"] = set[path: "metadata", "generation"]
            for (field, value) in [
                ("fullyLabeledReplicas", pods.count), ("readyReplicas", ready), ("availableReplicas", ready),
            ] where value > 0 {
                status[field] = .int(value)
            }
            set["status"] = status
        }
    }
}

struct StatefulSetController: Sendable {
    let objects: ObjectStore

    func reconcile() async throws {
        for set in await objects.list(BuiltInResources.statefulSets) where !set.isBeingDeleted {
            try await reconcile(set)
        }
    }

    /// Pods come in their order, each when the one before it is ready; the last goes first.
    private func reconcile(_ set: JSON) async throws {
        let template = PodTemplate(objects: objects, owner: set)
        let revision = "\(set.objectName)-\(PodTemplate.hash(of: set))"
        let wanted = set[path: "spec", "replicas"]?.intValue ?? 1
        let names = (0..<max(wanted, 0)).map { "\(set.objectName)-\($0)" }
        let pods = await template.pods()
        for pod in pods where !names.contains(pod.objectName) { try await template.delete(pod) }
        let isOrdered = set[path: "spec", "podManagementPolicy"] != "Parallel"
        for (index, name) in names.enumerated() {
            guard let pod = pods.first(where: { $0.objectName == name }) else {
                let claims = try await addClaims(of: set, for: name)
                try await template.addPod(
                    named: name, claims: claims,
                    labels: [
                        WorkloadLabels.revision: revision, "statefulset.kubernetes.io/pod-name": name,
                        "apps.kubernetes.io/pod-index": String(index),
                    ])
                if isOrdered { break }
                continue
            }
            if isOrdered, !pod.isReadyPod, !pod.isBeingDeleted { break }
        }
        let partition = set[path: "spec", "updateStrategy", "rollingUpdate", "partition"]?.intValue ?? 0
        let rolling = set.updatesOnDelete ? [] : names.dropFirst(partition)
        let old = pods.filter {
            $0.objectLabels[WorkloadLabels.revision] != revision && rolling.contains($0.objectName)
        }
        if let last = old.last, pods.allSatisfy(\.isReadyPod) { try await template.delete(last) }
        try await noteStatus(set, await template.pods(), revision)
    }

    /// Each pod has claims of its own, which outlive it.
    private func addClaims(of set: JSON, for pod: String) async throws -> [String: String] {
        var claims: [String: String] = [:]
        for template in set[path: "spec", "volumeClaimTemplates"]?.arrayValue ?? [] {
            let name = "\(template.objectName)-\(pod)"
            var claim = template
            claim[path: "metadata", "name"] = .string(name)
            claim[path: "metadata", "namespace"] = set[path: "metadata", "namespace"]
            try await objects.add(claim, BuiltInResources.volumeClaims)
            claims[template.objectName] = name
        }
        return claims
    }

    private func noteStatus(_ set: JSON, _ pods: [JSON], _ revision: String) async throws {
        let ready = pods.count(where: \.isReadyPod)
        let updated = pods.count { $0.objectLabels[WorkloadLabels.revision] == revision }
        try await objects.update(BuiltInResources.statefulSets, like: set) { set in
            let former = set[path: "status", "currentRevision"]
            set["status"] = [
                "replicas": .int(pods.count), "readyReplicas": .int(ready), "availableReplicas": .int(ready),
                "updatedReplicas": .int(updated),
                "currentReplicas": .int(updated == pods.count ? updated : pods.count - updated),
                "updateRevision": .string(revision),
                "currentRevision": updated == pods.count ? .string(revision) : former ?? .string(revision),
                "collisionCount": 0, "observedGeneration": set[path: "metadata", "generation"] ?? 1,
            ]
        }
    }
}
