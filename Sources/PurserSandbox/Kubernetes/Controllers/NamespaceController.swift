/// Gives each namespace its default service account, and ends those that are being deleted.
/// Source: Kubernetes documentation, "Namespaces", "Managing Service Accounts".
struct NamespaceController: Sendable {
    let objects: ObjectStore

    func reconcile() async throws {
        for namespace in await objects.list(BuiltInResources.namespaces) {
            if namespace.isBeingDeleted {
                try await finish(namespace)
            } else {
                try await furnish(namespace.objectName)
            }
        }
    }

    /// Makes the namespaces that every cluster has.
    func bootstrap() async throws {
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            try await objects.add(
                [
                    "metadata": ["name": .string(name), "labels": ["kubernetes.io/metadata.name": .string(name)]],
                    "spec": ["finalizers": ["kubernetes"]], "status": ["phase": "Active"],
                ], BuiltInResources.namespaces)
        }
    }

    private func furnish(_ name: String) async throws {
        try await objects.add(
            ["metadata": ["name": "default", "namespace": .string(name)]], BuiltInResources.serviceAccounts)
        try await objects.add(
            [
                "metadata": [
                    "name": "kube-root-ca.crt", "namespace": .string(name),
                    "annotations": [
                        "kubernetes.io/description":
                            "Contains a CA bundle that can be used to verify the kube-apiserver."
                    ],
                ], "data": ["ca.crt": ""],
            ], BuiltInResources.configMaps)
    }

    /// Deletes what is in a namespace; when nothing is left, the namespace goes.
    private func finish(_ namespace: JSON) async throws {
        let name = namespace.objectName
        try await objects.store.transaction { store in
            var isEmpty = true
            for type in objects.resourceTypes(on: store) where type.namespaced && !type.isCreateOnly {
                for object in objects.list(type, name, on: store) {
                    isEmpty = false
                    if object.isBeingDeleted { continue }
                    let deletion = ObjectDeletion(objects: objects, type: type, options: DeleteOptions())
                    _ = try deletion.delete(name, object.objectName, on: store)
                }
            }
            guard let live = objects.get(BuiltInResources.namespaces, nil, name, on: store), live.isBeingDeleted,
                isEmpty || isVacant(name, on: store)
            else { return }
            var finished = live
            finished["spec"] = [:]
            try objects.replace(live, with: finished, BuiltInResources.namespaces, on: store)
        }
    }

    private func isVacant(_ name: String, on store: isolated Store) -> Bool {
        objects.resourceTypes(on: store).allSatisfy { type in
            !type.namespaced || type.isCreateOnly || objects.list(type, name, on: store).isEmpty
        }
    }
}

/// Accepts CustomResourceDefinitions, whereupon the API serves their resources.
struct DefinitionController: Sendable {
    let objects: ObjectStore

    func reconcile() async throws {
        for definition in await objects.list(BuiltInResources.definitions) {
            if definition.isBeingDeleted { continue }
            let time = objects.time
            let names = definition[path: "spec", "names"] ?? [:]
            let stored =
                (definition[path: "spec", "versions"]?.arrayValue ?? [])
                .first { $0["storage"] == true }?["name"] ?? ""
            try await objects.update(BuiltInResources.definitions, like: definition) { definition in
                definition.setCondition(
                    [
                        "type": "NamesAccepted", "status": "True", "reason": "NoConflicts",
                        "message": "no conflicts found",
                    ], at: time)
                definition.setCondition(
                    [
                        "type": "Established", "status": "True", "reason": "InitialNamesAccepted",
                        "message": "the initial names have been accepted",
                    ], at: time)
                definition[path: "status", "acceptedNames"] = names
                definition[path: "status", "storedVersions"] = [stored]
            }
        }
    }
}
