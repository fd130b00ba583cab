package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A namespace of the cluster. Source: Kubernetes API reference, Namespace v1.
package struct Namespace: ResourceKind {
    package static let name: KindName = "kubernetes/namespace"
    package static let title = "namespace"
    package static let place = SpecPlace("namespaces")
    static let objectName = Attribute<String>("name", .text(KubernetesName.label), .key, .replaces, "Its name.")
    static let labels = Attribute<[String: String]>.optional(
        "labels", KubernetesName.labels, .updates, "Labels, beside those that others set.")
    static let annotations = Attribute<[String: String]>.optional(
        "annotations", KubernetesName.annotations, .updates, "Annotations, beside those that others set.")
    package static let attributes: [any AttributeDeclaration] = [objectName, labels, annotations]
    package static let identity = ["name"]
    package static let allowsExisting = true
    package static let example = """
        apiVersion: purser/v1
        environment: example
        namespaces:
          infra:
            labels: {team: payments}
        """

    private let cluster: Cluster

    package init(kubernetes: KubernetesClient, polling: Polling) {
        cluster = Cluster(client: kubernetes, polling: polling)
    }

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        ReservedMarks.check(resource, &diagnostics)
    }

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        guard let object = try await cluster.getLasting(object(of: known)) else { return nil }
        var observation = Observation(
            Self.attributes(of: object, known, wanted: wanted), owner: ObjectOwner.of(object))
        if let wanted, observation.owner == operation.owner {
            let manifest = try Self.manifest(of: wanted, operation.owner)
            let name = try self.object(of: known)
            observation.conflicts = try await cluster.comparison(of: manifest, named: name, operation)?.conflicts ?? []
        }
        return observation
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let object = try object(of: desired)
        _ = try await cluster.create(
            try Self.manifest(of: desired, operation.owner), named: object, operation,
            ifTaken: "write 'existing: true' to use it as it is, or choose another name")
        return desired
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        let object = try object(of: desired)
        _ = try await cluster.update(try Self.manifest(of: desired, operation.owner), named: object, operation)
        return desired
    }

    /// Refuses while objects of others are inside: deleting the namespace would delete them.
    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        let object = try object(of: recorded)
        guard let found = try await cluster.get(object) else { return }
        if !found.isTerminating {
            let foreign = try await NamespaceContents(client: cluster.client).foreign(in: object.name, operation)
            guard foreign.isEmpty else { throw ResourceFailure.namespaceInUse("\(object)", by: foreign) }
        }
        try await cluster.delete(object, uid: nil, operation)
    }

    private func object(of attributes: Attributes) throws -> ObjectName {
        ObjectName(kind: .namespace, namespace: nil, name: try attributes.required(Self.objectName))
    }

    static func manifest(of attributes: Attributes, _ owner: Owner) throws -> Value {
        [
            "apiVersion": .string(ObjectKind.namespace.apiVersion),
            "kind": .string(ObjectKind.namespace.name),
            "metadata": ObjectOwner.metadata(
                name: try attributes.required(objectName), labels: attributes[labels] ?? [:],
                annotations: attributes[annotations] ?? [:], owner: owner),
        ]
    }

    private static func attributes(of object: Value, _ known: Attributes, wanted: Attributes?) -> Attributes {
        known.observingMetadata(of: object, wanted: wanted)
    }
}

extension Attributes {
    /// Labels and annotations as they are in the cluster, as far as record or spec name them.
    func observingMetadata(of object: Value, wanted: Attributes?) -> Attributes {
        var observed = self
        for name in ["labels", "annotations"] {
            observed.values[name] = LiveProjection.project(
                object.member("metadata", name), ontoKeysOf: values[name], wanted?.values[name])
        }
        return observed
    }
}

extension Namespace: RightsDeclaring {
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        let name = try attributes.required(objectName)
        let own = Right.objects(.namespace, for: use, in: nil)
        guard use == .delete else { return own }
        return own + NamespaceContents.kinds.flatMap { Right.cluster($0, ["list"], in: name) }
    }
}
