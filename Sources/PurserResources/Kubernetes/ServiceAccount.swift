package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A service account that pods run as. With an identity it carries the annotation by which code in its pods finds it.
///
/// Source: Kubernetes API reference, ServiceAccount v1; AKS documentation, "Workload identity overview", service account
/// annotations.
package struct ServiceAccount: ResourceKind {
    package static let name: KindName = "kubernetes/serviceAccount"
    package static let title = "service account"
    package static let place = SpecPlace("serviceAccounts")
    static let objectName = Attribute<String>("name", .text(KubernetesName.subdomain), .key, .replaces, "Its name.")
    static let namespace = NamespaceLink.attribute
    static let accessor = Attribute<Referenced>.optional(
        "identity", .reference(to: ["identities"], taking: ["clientId"]), .updates,
        "The managed identity that its pods are in Azure: the annotation `azure.workload.identity/client-id`.")
    static let labels = Attribute<[String: String]>.optional(
        "labels", KubernetesName.labels, .updates, "Labels, beside those that others set.")
    static let annotations = Attribute<[String: String]>.optional(
        "annotations", KubernetesName.annotations, .updates, "Annotations, beside those that others set.")
    package static let attributes: [any AttributeDeclaration] = [objectName, namespace, accessor, labels, annotations]
    package static let identity = ["namespace", "name"]
    package static let allowsExisting = true
    package static let example = """
        apiVersion: purser/v1
        environment: example
        azure: {tenant: 11111111-1111-4111-8111-111111111111, subscription: 22222222-2222-4222-8222-222222222222, location: westeurope}
        groups:
          demo: {name: example-group}
        identities:
          demo: {name: example-identity, group: demo}
        namespaces:
          web: {}
        serviceAccounts:
          web: {namespace: web, identity: demo}
        """

    static let clientIDAnnotation = "azure.workload.identity/client-id"

    private let cluster: Cluster

    package init(kubernetes: KubernetesClient, polling: Polling) {
        cluster = Cluster(client: kubernetes, polling: polling)
    }

    // MARK: Spec

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        ReservedMarks.check(resource, &diagnostics)
        if resource.references[accessor.name] != nil,
            resource.known(annotations.name)?[clientIDAnnotation] != nil
        {
            diagnostics.append(
                .specContradiction, "'identity' sets the annotation '\(clientIDAnnotation)' too", in: resource,
                annotations.name, hint: "write one of them")
        }
        NamespaceLink.resolve(&resource, from: spec)
    }

    package static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource] {
        NamespaceLink.implied(by: resource, from: spec)
    }

    /// The account of that name in that namespace, if the spec has it.
    static func declared(_ name: String, namespace: String, in spec: Declarations) -> DeclaredResource? {
        spec.section("serviceAccounts").first { account in
            account.known(objectName.name)?.string == name
                && NamespaceLink.name(of: account, from: spec) == namespace
        }
    }

    /// The account that a pod's spec names, if it is one of the environment: pods are refused without it.
    static func needs(
        of podSpec: Value?, of resource: DeclaredResource, in spec: Declarations
    ) -> Set<PurserEngine.Address> {
        guard let name = podSpec?["serviceAccountName"]?.string,
            let namespace = NamespaceLink.name(of: resource, from: spec),
            let account = declared(name, namespace: namespace, in: spec)
        else { return [] }
        return [account.address]
    }

    // MARK: Operations

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        guard let live = try await cluster.getLasting(object(of: known)) else { return nil }
        var observed = known.observingMetadata(of: live, wanted: wanted)
        if known[Self.accessor] != nil || wanted?[Self.accessor] != nil {
            let clientId = live.member("metadata", "annotations")?[Self.clientIDAnnotation]
            observed.values[Self.accessor.name] = clientId.map { .object(["clientId": $0]) }
        }
        return Observation(observed, owner: ObjectOwner.of(live))
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        _ = try await cluster.create(
            try Self.manifest(of: desired, operation.owner), named: try object(of: desired), operation,
            ifTaken: "declare it under `serviceAccounts` with `existing: true` to use it as it is")
        return desired
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        _ = try await cluster.update(
            try Self.manifest(of: desired, operation.owner), named: try object(of: desired), operation)
        return desired
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        try await cluster.delete(try object(of: recorded), uid: nil, operation)
    }

    private func object(of attributes: Attributes) throws -> ObjectName {
        ObjectName(
            kind: .serviceAccount, namespace: try attributes.required(Self.namespace),
            name: try attributes.required(Self.objectName))
    }

    static func manifest(of attributes: Attributes, _ owner: Owner) throws -> Value {
        var annotations = attributes[annotations] ?? [:]
        if let identity = attributes[accessor] { annotations[clientIDAnnotation] = try identity.string("clientId") }
        return [
            "apiVersion": .string(ObjectKind.serviceAccount.apiVersion),
            "kind": .string(ObjectKind.serviceAccount.name),
            "metadata": ObjectOwner.metadata(
                name: try attributes.required(objectName), namespace: try attributes.required(namespace),
                labels: attributes[labels] ?? [:], annotations: annotations, owner: owner),
        ]
    }
}

extension ServiceAccount: RightsDeclaring {
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        Right.objects(.serviceAccount, for: use, in: try attributes.required(namespace))
    }
}
