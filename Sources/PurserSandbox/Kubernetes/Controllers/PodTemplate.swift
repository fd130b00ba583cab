/// Makes pods from a workload's template.
struct PodTemplate: Sendable {
    let objects: ObjectStore
    /// The workload that controls the pods.
    let owner: JSON

    /// Identifies a template, so that its pods can be told from those of another.
    static func hash(of owner: JSON) -> String {
        let bytes = (owner[path: "spec", "template"] ?? .null).bytes()
        let number = bytes.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        return String(number % 0xFFFF_FFFF, radix: 36)
    }

    /// The owner's pods that are not being deleted, in the order of their names.
    func pods() async -> [JSON] {
        await objects.list(BuiltInResources.pods, owner.objectNamespace).filter { $0.controllerUID == owner.objectUID }
    }

    /// Adds a pod. The node is given only for those that belong to one; `claims` are by the volumes' names.
    /// - Returns: whether it was added; not if its service account does not exist, which becomes an event.
    @discardableResult
    func addPod(
        named name: String, claims: [String: String] = [:], labels: [String: String] = [:], node: String? = nil
    ) async throws -> Bool {
        var pod: JSON = [
            "metadata": owner[path: "spec", "template", "metadata"] ?? [:],
            "spec": owner[path: "spec", "template", "spec"] ?? [:],
        ]
        pod[path: "metadata", "name"] = .string(name)
        pod[path: "metadata", "namespace"] = owner.objectNamespace.map { .string($0) }
        pod[path: "metadata", "ownerReferences"] = [owner.ownerReference(controller: true)]
        for (label, value) in labels { pod[path: "metadata", "labels", label] = .string(value) }
        if let node { pod[path: "spec", "nodeName"] = .string(node) }
        if !claims.isEmpty {
            let volumes = claims.sorted { $0.key < $1.key }.map { volume -> JSON in
                ["name": .string(volume.key), "persistentVolumeClaim": ["claimName": .string(volume.value)]]
            }
            pod[path: "spec", "volumes"] = .array((pod[path: "spec", "volumes"]?.arrayValue ?? []) + volumes)
        }
        let wanted = pod
        let problem: APIError? = try await objects.store.transaction { store in
            guard objects.get(BuiltInResources.pods, wanted.objectNamespace, name, on: store) == nil else { return nil }
            var pod = objects.withSystemFields(wanted, BuiltInResources.pods)
            do throws(APIError) {
                try ObjectAdmission(objects: objects, type: BuiltInResources.pods).admit(&pod, on: store)
            } catch {
                return error
            }
            try objects.insert(pod, BuiltInResources.pods, on: store)
            return nil
        }
        if let problem {
            try await EventRecorder(objects: objects).record(
                .warning, "FailedCreate", "Error creating: \(problem.message)", about: owner,
                from: "\(owner["kind"]?.stringValue?.lowercased() ?? "")-controller")
        }
        return problem == nil
    }

    func delete(_ pod: JSON) async throws {
        if pod.isBeingDeleted { return }
        let deletion = ObjectDeletion(objects: objects, type: BuiltInResources.pods, options: DeleteOptions())
        _ = try await objects.store.transaction { store in
            guard objects.get(BuiltInResources.pods, pod.objectNamespace, pod.objectName, on: store) != nil else {
                return
            }
            _ = try deletion.delete(pod.objectNamespace, pod.objectName, on: store)
        }
    }
}

extension JSON {
    var isReadyPod: Bool { hasCondition("Ready") && !isBeingDeleted }
}
