/// Deletion. Source: Kubernetes documentation, "Garbage Collection", "Finalizers"; API Concepts, "Resource deletion".
extension KubernetesAPI {
    func delete(_ resource: ResourceRequest, _ name: String) async throws -> SandboxResponse {
        let options = try DeleteOptions(resource)
        let deletion = ObjectDeletion(objects: objects, type: resource.type, options: options)
        let outcome = try await objects.store.transaction { store in
            try deletion.delete(resource.namespace, name, on: store)
        }
        return answer(outcome, resource)
    }

    func deleteCollection(_ resource: ResourceRequest) async throws -> SandboxResponse {
        guard !resource.type.namespaced || resource.namespace != nil, resource.type != BuiltInResources.namespaces
        else {
            throw APIError.methodNotAllowed
        }
        let options = try DeleteOptions(resource)
        let selector = try resource.selector()
        let deletion = ObjectDeletion(objects: objects, type: resource.type, options: options)
        let deleted = try await objects.store.transaction { store in
            try objects.list(resource.type, resource.namespace, on: store).filter(selector.accepts)
                .map { try deletion.delete($0.objectNamespace, $0.objectName, on: store).object }
        }
        let form = RepresentationForm.whole.list(of: deleted, metadata: [:], resource)
        return .json(200, form, headers: ["Content-Type": "application/json"])
    }

    /// Resources that are ended gracefully answer with the object, as does whatever is not gone yet.
    func answer(_ outcome: ObjectDeletion.Outcome, _ resource: ResourceRequest) -> SandboxResponse {
        let returnsObject = [
            BuiltInResources.pods, BuiltInResources.namespaces, BuiltInResources.serviceAccounts,
            BuiltInResources.services, BuiltInResources.csiDrivers,
        ].contains(resource.type)
        if returnsObject || !outcome.isGone { return present(outcome.object, resource) }
        var details: JSON = [
            "name": .string(outcome.object.objectName), "kind": .string(resource.type.plural),
            "uid": .string(outcome.object.objectUID),
        ]
        if !resource.type.group.isEmpty { details["group"] = .string(resource.type.group) }
        return .json(
            200,
            ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details],
            headers: ["Content-Type": "application/json"])
    }
}

struct DeleteOptions: Sendable {
    enum Propagation: String {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"
    }

    var propagation = Propagation.background
    /// Seconds; nil for what the object asks for.
    var gracePeriod: Int?
    var uid: String?
    var resourceVersion: String?
    var isDryRun = false

    init() {}

    /// - Throws: 400 for a body that cannot be read or an unknown propagation policy.
    init(_ resource: ResourceRequest) throws {
        try self.init(
            RequestBody(request: resource.request).deleteOptions(), parameter: resource.parameter,
            isDryRun: resource.isDryRun)
    }

    init(_ body: JSON, parameter: (String) -> String?, isDryRun: Bool) throws(APIError) {
        if let text = body["propagationPolicy"]?.stringValue ?? parameter("propagationPolicy") {
            guard let known = Propagation(rawValue: text) else {
                throw .invalidOptions(
                    "DeleteOptions",
                    [.unsupported("propagationPolicy", text, ["Foreground", "Background", "Orphan", "nil"])])
            }
            propagation = known
        } else if body["orphanDependents"] == true {
            propagation = .orphan
        }
        gracePeriod = body["gracePeriodSeconds"]?.intValue ?? parameter("gracePeriodSeconds").flatMap { Int($0) }
        uid = body[path: "preconditions", "uid"]?.stringValue
        resourceVersion = body[path: "preconditions", "resourceVersion"]?.stringValue
        self.isDryRun = isDryRun || body["dryRun"]?.arrayValue?.contains("All") == true
    }
}

/// Deletes one object: at once, or by marking it for those who must clean up before.
struct ObjectDeletion: Sendable {
    struct Outcome: Sendable {
        var object: JSON
        var isGone: Bool
    }

    let objects: ObjectStore
    let type: ResourceType
    let options: DeleteOptions

    /// - Throws: 404 if there is no such object, 409 if it is not the one that the preconditions name.
    func delete(_ namespace: String?, _ name: String, on store: isolated Store) throws -> Outcome {
        guard let object = objects.get(type, namespace, name, on: store) else {
            throw APIError.notFound(type, name)
        }
        try checkPreconditions(object)
        if type == BuiltInResources.namespaces, ["default", "kube-system", "kube-public"].contains(name) {
            throw APIError.forbidden(type, name, "this namespace may not be deleted")
        }
        if options.isDryRun { return Outcome(object: object, isGone: true) }
        if options.propagation == .orphan { try orphanDependents(of: object, on: store) }
        if type == BuiltInResources.definitions { try removeResources(of: object, on: store) }
        let grace = gracePeriod(of: object)
        let waits = grace > 0 || type == BuiltInResources.namespaces || isHeld(object)
        guard waits else { return Outcome(object: try objects.remove(object, type, on: store), isGone: true) }
        var marked = object
        mark(&marked, grace: grace)
        return Outcome(object: try objects.replace(object, with: marked, type, on: store), isGone: false)
    }

    private func isHeld(_ object: JSON) -> Bool {
        !object.finalizers.isEmpty || options.propagation == .foreground
    }

    private func mark(_ object: inout JSON, grace: Int) {
        if !object.isBeingDeleted { object[path: "metadata", "deletionTimestamp"] = .string(objects.time) }
        if type == BuiltInResources.pods || object[path: "metadata", "deletionGracePeriodSeconds"] == nil {
            object[path: "metadata", "deletionGracePeriodSeconds"] = .int(grace)
        }
        if options.propagation == .foreground, !object.finalizers.contains(GarbageCollector.foreground) {
            let finalizers = object.finalizers + [GarbageCollector.foreground]
            object[path: "metadata", "finalizers"] = .array(finalizers.map { .string($0) })
        }
        if type == BuiltInResources.namespaces { object[path: "status", "phase"] = "Terminating" }
    }

    /// A pod on a node is ended by its kubelet; any other goes at once.
    private func gracePeriod(of object: JSON) -> Int {
        guard type == BuiltInResources.pods, object[path: "spec", "nodeName"]?.stringValue != nil else { return 0 }
        let phase = object[path: "status", "phase"]
        if phase == "Succeeded" || phase == "Failed" { return 0 }
        return max(options.gracePeriod ?? object[path: "spec", "terminationGracePeriodSeconds"]?.intValue ?? 30, 0)
    }

    /// A definition takes all objects of its resource with it.
    private func removeResources(of definition: JSON, on store: isolated Store) throws {
        guard let custom = CustomResources.type(of: definition) else { return }
        for object in objects.list(custom, on: store) { try objects.remove(object, custom, on: store) }
    }

    private func orphanDependents(of owner: JSON, on store: isolated Store) throws {
        for type in objects.resourceTypes(on: store) where !type.isCreateOnly {
            for dependent in objects.list(type, on: store) {
                let kept = dependent.ownerReferences.filter { $0["uid"]?.stringValue != owner.objectUID }
                guard kept.count < dependent.ownerReferences.count else { continue }
                var orphan = dependent
                orphan[path: "metadata", "ownerReferences"] = .listed(kept)
                try objects.replace(dependent, with: orphan, type, on: store)
            }
        }
    }

    private func checkPreconditions(_ object: JSON) throws(APIError) {
        if let uid = options.uid, uid != object.objectUID {
            // Here the server names the kind where elsewhere it names the resource.
            var details: JSON = ["name": .string(object.objectName), "kind": .string(type.kind)]
            if !type.group.isEmpty { details["group"] = .string(type.group) }
            throw APIError(
                code: 409, reason: "Conflict",
                message:
                    "Operation cannot be fulfilled on \(type.qualifiedKind) \"\(object.objectName)\": the UID in the "
                    + "precondition (\(uid)) does not match the UID in record (\(object.objectUID)). The object might "
                    + "have been deleted and then recreated", details: details)
        }
        if let version = options.resourceVersion,
            version != object[path: "metadata", "resourceVersion"]?.stringValue
        {
            throw .conflict(type, object.objectName, "the ResourceVersion in the precondition does not match")
        }
    }
}
