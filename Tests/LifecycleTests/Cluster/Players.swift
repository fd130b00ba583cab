import Foundation
import PurserClients
import Testing

/// Who acts at a lone API server, so that what it stores comes to something.
///
/// **Real** are the API server and its etcd: validation, defaults, server-side apply, finalizers, watches, everything that
/// clients are answered. Where `KUBEBUILDER_ASSETS` has a `kube-controller-manager` too, the controllers are real as well.
///
/// **Played** is the node, always: one that binds pods, says that their volumes are set up if what they name is there,
/// and that their containers run; no container and no CSI driver does. It keeps the driver's records of mounts
/// (SecretProviderClassPodStatus) and makes the Secrets of `secretObjects` with made-up content.
///
/// **Played** are the controllers, where there are no real ones: Deployments with their ReplicaSets and revisions,
/// StatefulSets, DaemonSets and Jobs make pods and count them; namespaces end with what is in them; what lost its owner
/// goes. Rollouts go in one step, Jobs never fail, CronJobs do not fire, and there are no ControllerRevisions, no
/// EndpointSlices and no service accounts but those that somebody makes.
struct Players: Sendable {
    let api: RawAPI
    let hasControllers: Bool

    /// Plays while `body` runs.
    func play(_ body: () async throws -> Void) async throws {
        let objects = PlayedObjects(api: api)
        let node = PlayedNode(objects: objects)
        try await node.join()
        let round = Task {
            while !Task.isCancelled {
                do {
                    try await node.act()
                    if !hasControllers { try await PlayedControllers(objects: objects).act() }
                } catch {
                    if !Task.isCancelled { Issue.record("the players: \(error)") }
                }
                // A controller looks again and again; watching would make the players no more real.
                try? await Task.sleep(for: .milliseconds(150))
            }
        }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body())
        } catch {
            outcome = .failure(error)
        }
        round.cancel()
        await round.value
        try outcome.get()
    }
}

/// The controllers' round over all that is there.
struct PlayedControllers: Sendable {
    /// Dependents before their owners: an owner that is missing in a later list is gone.
    private static let collections: [PlayedObjects.Collection] = [
        .secrets, .records, .pods, .replicaSets, .jobs, .cronJobs, .deployments, .daemonSets, .statefulSets, .classes,
        .maps, .accounts, .namespaces,
    ]

    let objects: PlayedObjects

    func act() async throws {
        var found: [PlayedObjects.Collection: [JSONValue]] = [:]
        for collection in Self.collections { found[collection] = try await objects.list(collection) }
        let workloads = PlayedWorkloads(
            objects: objects, pods: found[.pods] ?? [], replicaSets: found[.replicaSets] ?? [])
        for deployment in found[.deployments] ?? [] { try await workloads.roll(deployment) }
        for set in found[.replicaSets] ?? [] { try await workloads.fill(replicaSet: set) }
        for set in found[.statefulSets] ?? [] { try await workloads.fill(statefulSet: set) }
        for set in found[.daemonSets] ?? [] { try await workloads.fill(daemonSet: set) }
        for job in found[.jobs] ?? [] { try await workloads.run(job) }
        try await PlayedCollector(objects: objects, found: found).collect()
        for namespace in found[.namespaces] ?? [] where namespace.isTerminating {
            try await PlayedNamespaces(objects: objects).end(namespace)
        }
    }
}

/// The garbage collector: what lost its owner goes, and what is deleted in the foreground goes after what it owns.
///
/// Source: Kubernetes documentation, "Garbage Collection".
struct PlayedCollector: Sendable {
    let objects: PlayedObjects
    let found: [PlayedObjects.Collection: [JSONValue]]

    func collect() async throws {
        let living = Set(found.values.joined().map(\.uid))
        for (collection, members) in found {
            for object in members {
                if object.isTerminating { try await release(object, collection) }
                let isOrphan =
                    !object.owners.isEmpty && object.owners.allSatisfy { !living.contains($0["uid"]?.string ?? "") }
                if isOrphan, !object.isTerminating { try await objects.delete(object, collection) }
            }
        }
    }

    private func release(_ object: JSONValue, _ collection: PlayedObjects.Collection) async throws {
        if object.finalizers.contains("orphan") {
            for (kind, dependent) in dependents(of: object) {
                let owners = dependent.owners.filter { $0["uid"]?.string != object.uid }
                try await objects.patch(dependent, kind, ["metadata": ["ownerReferences": .array(owners)]])
            }
            return try await remove("orphan", from: object, collection)
        }
        guard object.finalizers.contains("foregroundDeletion") else { return }
        let dependents = dependents(of: object)
        for (kind, dependent) in dependents where !dependent.isTerminating {
            try await objects.delete(dependent, kind, propagation: "Foreground")
        }
        let blocking = dependents.contains { _, dependent in
            dependent.owners.contains { $0["uid"]?.string == object.uid && $0["blockOwnerDeletion"] == true }
        }
        if !blocking { try await remove("foregroundDeletion", from: object, collection) }
    }

    private func remove(
        _ finalizer: String, from object: JSONValue, _ collection: PlayedObjects.Collection
    ) async throws {
        let left = object.finalizers.filter { $0 != finalizer }.map { JSONValue.string($0) }
        try await objects.patch(
            object, collection,
            [
                "metadata": [
                    "finalizers": .array(left), "resourceVersion": object.at("metadata", "resourceVersion") ?? "",
                ]
            ])
    }

    private func dependents(of owner: JSONValue) -> [(PlayedObjects.Collection, JSONValue)] {
        found.flatMap { collection, members in members.filter { $0.isOwned(by: owner) }.map { (collection, $0) } }
    }
}

/// Ends namespaces: all that is in them is deleted, and what stays is told in the conditions.
///
/// Source: Kubernetes documentation, "Namespaces"; API reference, `NamespaceCondition`.
struct PlayedNamespaces: Sendable {
    let objects: PlayedObjects

    func end(_ namespace: JSONValue) async throws {
        guard namespace.at("spec", "finalizers")?.array?.isEmpty == false else { return }
        var left: [(resource: String, members: [JSONValue])] = []
        for (root, resource) in try await deletable() {
            let path = "\(root)/namespaces/\(namespace.name)/\(resource)"
            try await objects.write("DELETE", path, ["apiVersion": "v1", "kind": "DeleteOptions"])
            let members = try await objects.api("GET", path).body["items"]?.array ?? []
            if !members.isEmpty { left.append((resource, members)) }
        }
        if left.isEmpty {
            try await objects.write(
                "PUT", PlayedObjects.Collection.namespaces.path(nil, namespace.name, "finalize"),
                [
                    "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace.name)],
                    "spec": ["finalizers": []],
                ])
        } else {
            try await tell(left, of: namespace)
        }
    }

    private func tell(_ left: [(resource: String, members: [JSONValue])], of namespace: JSONValue) async throws {
        let content = left.map { "\($0.resource) has \($0.members.count) resource instances" }
        let held = Dictionary(grouping: left.flatMap(\.members).flatMap(\.finalizers)) { $0 }
            .map { "\($0) in \($1.count) resource instances" }.sorted()
        let conditions: [JSONValue] = [
            [
                "type": "NamespaceContentRemaining", "status": "True", "reason": "SomeResourcesRemain",
                "message": .string("Some resources are remaining: \(content.joined(separator: ", "))"),
            ],
            [
                "type": "NamespaceFinalizersRemaining", "status": held.isEmpty ? "False" : "True",
                "reason": held.isEmpty ? "ContentHasNoFinalizers" : "SomeFinalizersRemain",
                "message": held.isEmpty
                    ? "All content-preserving finalizers finished"
                    : .string("Some content in the namespace has finalizers remaining: \(held.joined(separator: ", "))")
                    ,
            ],
        ]
        try await objects.setStatus(
            ["conditions": namespace.conditions(conditions)], of: namespace, .namespaces)
    }

    /// The resources whose collections in a namespace can be deleted, by the server's own account.
    private func deletable() async throws -> [(root: String, resource: String)] {
        let groups = try await objects.api("GET", "/apis").body["groups"]?.array ?? []
        let roots =
            ["/api/v1"] + groups.compactMap { $0.at("preferredVersion", "groupVersion")?.string.map { "/apis/\($0)" } }
        var found: [(String, String)] = []
        for root in roots {
            let resources = try await objects.api("GET", root).body["resources"]?.array ?? []
            for resource in resources where resource["namespaced"] == true {
                guard let name = resource["name"]?.string, let verbs = resource["verbs"]?.array,
                    verbs.contains("deletecollection"), verbs.contains("list")
                else { continue }
                found.append((root, name))
            }
        }
        return found
    }
}
