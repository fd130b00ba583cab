import PurserClients

/// The controllers of workloads, as far as clients see them: pods, revisions and counts.
///
/// Source: Kubernetes API reference, `DeploymentStatus` to `JobStatus`.
struct PlayedWorkloads: Sendable {
    let objects: PlayedObjects
    let pods: [JSONValue]
    let replicaSets: [JSONValue]

    private static let templateHash = "pod-template-hash"
    private static let revisionHash = "controller-revision-hash"

    // MARK: Deployments

    func roll(_ deployment: JSONValue) async throws {
        guard !deployment.isTerminating, let template = deployment.at("spec", "template") else { return }
        let sets = replicaSets.filter { $0.isOwned(by: deployment) }
        let latest = sets.map(\.revision).max() ?? 0
        let wanted = deployment.at("spec", "replicas") ?? 1
        guard let current = sets.first(where: { Self.bare($0.at("spec", "template")) == template }) else {
            return try await addSet(deployment, template, revision: latest + 1)
        }
        if current.revision < latest { try await mark(current, .replicaSets, revision: latest + 1) }
        if deployment.revision != current.revision, current.revision == latest {
            try await mark(deployment, .deployments, revision: latest)
        }
        for set in sets {
            let count = set.uid == current.uid ? wanted : 0
            if set.at("spec", "replicas") != count {
                try await objects.patch(set, .replicaSets, ["spec": ["replicas": count]])
            }
        }
        try await objects.setStatus(status(of: deployment, current, sets), of: deployment, .deployments)
    }

    private func addSet(_ deployment: JSONValue, _ template: JSONValue, revision: Int) async throws {
        let hash = JSONValue.string(template.shortHash)
        var labelled = template
        labelled["metadata"] = labelled["metadata"] ?? [:]
        var labels = template.labels
        labels[Self.templateHash] = hash
        labelled["metadata"]?["labels"] = .object(labels)
        var selector = deployment.at("spec", "selector") ?? [:]
        var matched = selector["matchLabels"]?.object ?? [:]
        matched[Self.templateHash] = hash
        selector["matchLabels"] = .object(matched)
        try await objects.create(
            [
                "apiVersion": "apps/v1", "kind": "ReplicaSet",
                "metadata": [
                    "name": .string("\(deployment.name)-\(template.shortHash)"),
                    "namespace": .string(deployment.namespace ?? ""), "labels": .object(labels),
                    "annotations": [JSONValue.revisionMark: .string(String(revision))],
                    "ownerReferences": [deployment.ownerReference(.deployments)],
                ],
                "spec": [
                    "replicas": deployment.at("spec", "replicas") ?? 1, "selector": selector, "template": labelled,
                ],
            ], .replicaSets)
    }

    private static func bare(_ template: JSONValue?) -> JSONValue? {
        var template = template
        template?["metadata"]?["labels"]?[templateHash] = nil
        return template
    }

    private func mark(_ object: JSONValue, _ kind: PlayedObjects.Collection, revision: Int) async throws {
        try await objects.patch(
            object, kind, ["metadata": ["annotations": [JSONValue.revisionMark: .string(String(revision))]]])
    }

    private func status(of deployment: JSONValue, _ current: JSONValue, _ sets: [JSONValue]) -> JSONValue {
        let count = { (name: String) in sets.reduce(0) { $0 + ($1.at("status", name)?.int ?? 0) } }
        let wanted = deployment.at("spec", "replicas")?.int ?? 1
        let updated = current.at("status", "replicas")?.int ?? 0
        let available = count("availableReplicas")
        let isDone = updated == wanted && count("replicas") == wanted && available == wanted
        let isAvailable = available >= wanted
        let conditions: [JSONValue] = [
            [
                "type": "Available", "status": isAvailable ? "True" : "False",
                "reason": isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                "message": isAvailable
                    ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
            ],
            [
                "type": "Progressing", "status": "True",
                "reason": isDone ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                "message": .string(
                    "ReplicaSet \"\(current.name)\" \(isDone ? "has successfully progressed" : "is progressing")."),
            ],
        ]
        return [
            "observedGeneration": deployment.generation, "replicas": .integer(count("replicas")),
            "updatedReplicas": .integer(updated), "readyReplicas": .integer(count("readyReplicas")),
            "availableReplicas": .integer(available), "unavailableReplicas": .integer(max(0, wanted - available)),
            "conditions": deployment.conditions(conditions),
        ]
    }

    // MARK: Sets of pods

    func fill(replicaSet set: JSONValue) async throws {
        let own = living(of: set)
        let wanted = set.at("spec", "replicas")?.int ?? 1
        if !set.isTerminating {
            for _ in own.count..<max(own.count, wanted) { try await addPod(set, .replicaSets, named: nil, [:]) }
            for pod in own.dropFirst(wanted) { try await objects.delete(pod, .pods) }
        }
        let ready = JSONValue.integer(own.filter { $0.hasCondition("Ready") }.count)
        try await objects.setStatus(
            [
                "observedGeneration": set.generation, "replicas": .integer(own.count),
                "fullyLabeledReplicas": .integer(own.count), "readyReplicas": ready, "availableReplicas": ready,
            ], of: set, .replicaSets)
    }

    func fill(statefulSet set: JSONValue) async throws {
        guard !set.isTerminating else { return }
        let revision = "\(set.name)-\((set.at("spec", "template") ?? [:]).shortHash)"
        let names = (0..<(set.at("spec", "replicas")?.int ?? 1)).map { "\(set.name)-\($0)" }
        let isByHand = set.at("spec", "updateStrategy", "type") == "OnDelete"
        let own = try await fill(set, .statefulSets, names, revision, replaces: !isByHand)
        let updated = own.filter { $0.labels[Self.revisionHash]?.string == revision }
        let ready = JSONValue.integer(own.filter { $0.hasCondition("Ready") }.count)
        let isDone = updated.count == names.count
        let current = isDone ? .string(revision) : set.at("status", "currentRevision") ?? .string(revision)
        try await objects.setStatus(
            [
                "observedGeneration": set.generation, "replicas": .integer(own.count), "readyReplicas": ready,
                "availableReplicas": ready, "updatedReplicas": .integer(updated.count),
                "currentReplicas": .integer(isDone ? updated.count : own.count - updated.count),
                "updateRevision": .string(revision), "currentRevision": current,
            ], of: set, .statefulSets)
    }

    func fill(daemonSet set: JSONValue) async throws {
        guard !set.isTerminating else { return }
        let template = set.at("spec", "template") ?? [:]
        let asked = template.at("spec", "nodeSelector")?.object ?? [:]
        let isFitting = asked.allSatisfy { PlayedNode.labels[$0] == $1 }
        let revision = "\(set.name)-\(template.shortHash)"
        let names = isFitting ? ["\(set.name)-\(set.uid.prefix(5))"] : []
        let own = try await fill(set, .daemonSets, names, revision, replaces: true)
        let ready = own.filter { $0.hasCondition("Ready") }.count
        let updated = own.filter { $0.labels[Self.revisionHash]?.string == revision }.count
        try await objects.setStatus(
            [
                "observedGeneration": set.generation, "desiredNumberScheduled": .integer(names.count),
                "currentNumberScheduled": .integer(own.count), "numberMisscheduled": 0,
                "updatedNumberScheduled": .integer(updated), "numberReady": .integer(ready),
                "numberAvailable": .integer(ready), "numberUnavailable": .integer(max(0, names.count - ready)),
            ], of: set, .daemonSets)
    }

    /// Sees to it that there is one pod of each name, of this revision. Returns those that live.
    private func fill(
        _ set: JSONValue, _ kind: PlayedObjects.Collection, _ names: [String], _ revision: String, replaces: Bool
    ) async throws -> [JSONValue] {
        let own = living(of: set)
        let taken = Set(pods.filter { $0.isOwned(by: set) }.map(\.name))
        for name in names where !taken.contains(name) {
            try await addPod(set, kind, named: name, [Self.revisionHash: .string(revision)])
        }
        for pod in own {
            let isOld = replaces && pod.labels[Self.revisionHash]?.string != revision
            if isOld || !names.contains(pod.name) { try await objects.delete(pod, .pods) }
        }
        return own
    }

    private func living(of set: JSONValue) -> [JSONValue] {
        pods.filter { $0.isOwned(by: set) && !$0.isTerminating }.sorted { $0.name < $1.name }
    }

    private func addPod(
        _ set: JSONValue, _ kind: PlayedObjects.Collection, named name: String?, _ more: [String: JSONValue]
    ) async throws {
        let template = set.at("spec", "template") ?? [:]
        var metadata: JSONValue = [
            "namespace": .string(set.namespace ?? ""), "ownerReferences": [set.ownerReference(kind)],
            "labels": .object(template.labels.merging(more) { _, new in new }),
            "annotations": template.at("metadata", "annotations") ?? [:],
        ]
        if let name { metadata["name"] = .string(name) } else { metadata["generateName"] = .string("\(set.name)-") }
        try await objects.create(
            ["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"] ?? [:]], .pods)
    }

    // MARK: Jobs

    func run(_ job: JSONValue) async throws {
        guard !job.isTerminating, !job.hasCondition("Complete") else { return }
        let own = pods.filter { $0.isOwned(by: job) }
        let wanted = job.at("spec", "completions")?.int ?? job.at("spec", "parallelism")?.int ?? 1
        let done = own.filter { $0.at("status", "phase") == "Succeeded" }.count
        if own.count < wanted, job.at("spec", "suspend") != true {
            try await addPod(job, .jobs, named: nil, [:])
        }
        var status: JSONValue = [
            "active": .integer(own.count - done), "succeeded": .integer(done),
            "startTime": job.at("status", "startTime") ?? .now,
        ]
        if done >= wanted {
            let ends = ["SuccessCriteriaMet", "Complete"].map { type -> JSONValue in
                ["type": .string(type), "status": "True", "lastProbeTime": .now]
            }
            status["completionTime"] = .now
            status["conditions"] = job.conditions(ends)
        }
        try await objects.setStatus(status, of: job, .jobs)
    }
}
