/// Takes away what has no owner left.
/// Source: Kubernetes documentation, "Garbage Collection", "Owners and Dependents".
struct GarbageCollector: Sendable {
    /// Keeps an owner until those dependents are gone that block its deletion.
    static let foreground = "foregroundDeletion"

    let objects: ObjectStore

    func reconcile() async throws {
        try await objects.store.transaction { store in
            let types = objects.resourceTypes(on: store).filter { !$0.isCreateOnly }
            var living: Set<String> = []
            var owned: [(type: ResourceType, object: JSON)] = []
            var ending: [(type: ResourceType, object: JSON)] = []
            for type in types {
                for object in objects.list(type, on: store) {
                    living.insert(object.objectUID)
                    if !object.ownerReferences.isEmpty { owned.append((type, object)) }
                    if object.isBeingDeleted, object.finalizers.contains(Self.foreground) {
                        ending.append((type, object))
                    }
                }
            }
            let endingUIDs = Set(ending.map(\.object.objectUID))
            for (type, object) in owned {
                try collect(object, type, living: living, ending: endingUIDs, on: store)
            }
            for (type, owner) in ending { try release(owner, type, dependents: owned.map(\.object), on: store) }
        }
    }

    /// Deletes an object whose owners are all gone or being deleted in the foreground; otherwise takes the references
    /// to those that are gone away.
    private func collect(
        _ object: JSON, _ type: ResourceType, living: Set<String>, ending: Set<String>, on store: isolated Store
    ) throws {
        let owners = object.ownerReferences
        let present = owners.filter { living.contains($0["uid"]?.stringValue ?? "") }
        let staying = present.filter { !ending.contains($0["uid"]?.stringValue ?? "") }
        if staying.isEmpty {
            if object.isBeingDeleted { return }
            let deletion = ObjectDeletion(objects: objects, type: type, options: DeleteOptions())
            _ = try deletion.delete(object.objectNamespace, object.objectName, on: store)
        } else if present.count < owners.count {
            var kept = object
            kept[path: "metadata", "ownerReferences"] = .array(present)
            try objects.replace(object, with: kept, type, on: store)
        }
    }

    private func release(
        _ owner: JSON, _ type: ResourceType, dependents: [JSON], on store: isolated Store
    ) throws {
        let isBlocked = dependents.contains { dependent in
            dependent.ownerReferences.contains {
                $0["uid"]?.stringValue == owner.objectUID && $0["blockOwnerDeletion"] == true
            }
        }
        guard !isBlocked else { return }
        var released = owner
        let left = owner.finalizers.filter { $0 != Self.foreground }
        released[path: "metadata", "finalizers"] = .listed(left.map { .string($0) })
        try objects.replace(owner, with: released, type, on: store)
    }
}
