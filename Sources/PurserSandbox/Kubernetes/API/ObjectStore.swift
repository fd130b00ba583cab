import Foundation

/// The cluster's objects, kept in the sandbox's store; every change gets a resource version and is told to those who
/// watch. The functions that take an isolated store run within one transaction: nothing happens in between.
struct ObjectStore: Sendable {
    let store: Store
    let hub: WatchHub
    let now: @Sendable () -> Date

    private static let counters = "kubernetes-counters"

    /// The version of the latest change; 1 in an empty world.
    func currentVersion(on store: isolated Store) -> Int {
        store.get(Self.counters, "resourceVersion")?.intValue ?? 1
    }

    func get(_ type: ResourceType, _ namespace: String?, _ name: String, on store: isolated Store) -> JSON? {
        store.get(type.collection, type.key(namespace, name))
    }

    /// The objects of a namespace, or of all, sorted by namespace and name.
    func list(_ type: ResourceType, _ namespace: String? = nil, on store: isolated Store) -> [JSON] {
        let objects = store.list(type.collection)
        guard let namespace, type.namespaced else { return objects.map(\.value) }
        let prefix = namespace + "/"
        return objects.filter { $0.key.hasPrefix(prefix) }.map(\.value)
    }

    /// Adds an object that does not exist yet.
    @discardableResult
    func insert(_ object: JSON, _ type: ResourceType, on store: isolated Store) throws -> JSON {
        let (object, version) = try versioned(object, type, on: store)
        try store.put(type.collection, type.key(of: object), object)
        publish(.added, object, nil, version, type)
        return object
    }

    /// Puts an object in the place of `previous`. If they are equal but for the version, nothing happens.
    /// An object that is being deleted goes when its last finalizer does.
    @discardableResult
    func replace(
        _ previous: JSON, with object: JSON, _ type: ResourceType, on store: isolated Store
    ) throws -> JSON {
        var object = object
        object[path: "metadata", "resourceVersion"] = previous[path: "metadata", "resourceVersion"]
        if object == previous { return previous }
        if object.isBeingDeleted, isFinished(object, type), !isFinished(previous, type) {
            return try remove(object, type, on: store)
        }
        let (changed, version) = try versioned(object, type, on: store)
        try store.put(type.collection, type.key(of: changed), changed)
        publish(.modified, changed, previous, version, type)
        return changed
    }

    /// Takes an object away at once.
    @discardableResult
    func remove(_ object: JSON, _ type: ResourceType, on store: isolated Store) throws -> JSON {
        let (last, version) = try versioned(object, type, on: store)
        try store.remove(type.collection, type.key(of: object))
        publish(.deleted, last, object, version, type)
        return last
    }

    /// Whether nothing holds an object that is being deleted. A pod on a node waits for its kubelet, and a namespace
    /// for its content; both are taken away by their controllers.
    private func isFinished(_ object: JSON, _ type: ResourceType) -> Bool {
        if type == BuiltInResources.pods, object[path: "spec", "nodeName"] != nil { return false }
        if type == BuiltInResources.namespaces {
            return object.finalizers.isEmpty && (object[path: "spec", "finalizers"]?.arrayValue ?? []).isEmpty
        }
        return object.finalizers.isEmpty
    }

    private func versioned(
        _ object: JSON, _ type: ResourceType, on store: isolated Store
    ) throws -> (object: JSON, version: Int) {
        let version = currentVersion(on: store) + 1
        try store.put(Self.counters, "resourceVersion", .int(version))
        var object = object
        object["apiVersion"] = .string(type.apiVersion(type.storageVersion))
        object["kind"] = .string(type.kind)
        object[path: "metadata", "resourceVersion"] = .string(String(version))
        return (object, version)
    }

    private func publish(
        _ change: ObjectEvent.Change, _ object: JSON, _ previous: JSON?, _ version: Int, _ type: ResourceType
    ) {
        hub.publish(
            ObjectEvent(
                version: version, collection: type.collection, change: change, object: object, previous: previous))
    }
}

// MARK: - For controllers

extension ObjectStore {
    var time: String { KubernetesTime.text(now()) }

    func get(_ type: ResourceType, _ namespace: String?, _ name: String) async -> JSON? {
        await store.transaction { get(type, namespace, name, on: $0) }
    }

    func list(_ type: ResourceType, _ namespace: String? = nil) async -> [JSON] {
        await store.transaction { list(type, namespace, on: $0) }
    }

    /// Adds an object with its system fields, unless there is one of that name.
    /// - Returns: whether it was added.
    @discardableResult
    func add(_ object: JSON, _ type: ResourceType) async throws -> Bool {
        try await store.transaction { store in
            guard get(type, object.objectNamespace, object.objectName, on: store) == nil else { return false }
            try insert(withSystemFields(object, type), type, on: store)
            return true
        }
    }

    /// Changes an object as it is at this moment; nothing happens if it is gone or has another uid.
    /// - Returns: whether something changed.
    @discardableResult
    func update(
        _ type: ResourceType, like object: JSON, _ change: @Sendable (inout JSON) -> Void
    ) async throws -> Bool {
        try await store.transaction { store in
            guard let live = get(type, object.objectNamespace, object.objectName, on: store),
                live.objectUID == object.objectUID
            else { return false }
            var changed = live
            change(&changed)
            return try replace(live, with: changed, type, on: store) != live
        }
    }

    /// Takes an object away at once, whatever holds it, if it is still the same one.
    func removeNow(_ type: ResourceType, _ object: JSON) async throws {
        try await store.transaction { store in
            guard let live = get(type, object.objectNamespace, object.objectName, on: store),
                live.objectUID == object.objectUID
            else { return }
            try remove(live, type, on: store)
        }
    }

    /// The fields that only the server sets, for a new object.
    func withSystemFields(_ object: JSON, _ type: ResourceType) -> JSON {
        var object = object
        object["apiVersion"] = .string(type.apiVersion(type.storageVersion))
        object["kind"] = .string(type.kind)
        object.setDefault("metadata", [:])
        object.update("metadata") { metadata in
            for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"] {
                metadata[field] = nil
            }
            metadata["uid"] = .string(UUID().uuidString.lowercased())
            metadata["creationTimestamp"] = .string(time)
            metadata["generation"] = nil
            if type.countsGenerations { metadata["generation"] = 1 }
        }
        return object
    }
}

extension ResourceType {
    /// Whether `metadata.generation` counts the changes of what is wanted.
    var countsGenerations: Bool {
        custom != nil || (group.isEmpty && plural == "pods")
            || ["apps", "batch", "apiextensions.k8s.io", "policy", "networking.k8s.io"].contains(group)
    }
}
