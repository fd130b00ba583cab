package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A SecretProviderClass of the Azure provider: which objects of one vault become which files, read as whom.
///
/// Source: Secrets Store CSI Driver v1.5, CRD `secrets-store.csi.x-k8s.io/v1`; the parameters are those of the Azure Key
/// Vault Provider v1.8.
package struct SecretProviderClass: ResourceKind {
    package static let name: KindName = "secretsStore/secretProviderClass"
    package static let title = "secret provider class"
    package static let place = SpecPlace("secretProviderClasses")
    package static let allowsExisting = true
    static let objectName = Attribute<String>("name", .text(KubernetesName.subdomain), .key, .replaces, "Its name.")
    static let namespace = NamespaceLink.attribute
    static let release = Attribute<Referenced>.optional(
        "release", .reference(to: ["releases"], taking: ["name"]), .informs,
        "The Helm release that brings the CSI driver. If absent, the release of this spec that has the driver's chart.")
    static let vault = Attribute<Referenced>.required(
        "vault", .reference(to: ["vaults"], taking: ["name", "tenantId"]), .updates, "The vault that is read.")
    static let accessor = Attribute<Value>.required(
        "identity", PodIdentity.shape, .updates, "As whom the vault is read.")
    static let cloud = Attribute<String>.optional(
        "cloud", .choice(["AzurePublicCloud", "AzureUSGovernmentCloud", "AzureChinaCloud"]), .updates,
        "The Azure cloud, if not the provider's default.")
    static let objects = Attribute<[Value]>.required(
        "objects", .list(VaultObject.shape), .updates,
        "Objects of the vault, in order; a later file wins over an "
            + "earlier one of the same name.")
    static let secretObjects = Attribute<[String: Value]>.optional(
        "secretObjects", .map(keys: KubernetesName.subdomain, SecretObject.shape), .updates,
        "Kubernetes Secrets that the driver makes of mounted files, by name.")
    static let digest = Attribute<String>(
        "digest", .text, .derived, .informs, "Changes with what the class says; workloads restart when it does.")
    static let credentialsSecret = Attribute<String>(
        "credentialsSecret", .text, .derived, .informs, "The Secret that pods name to mount as a service principal.")
    package static let attributes: [any AttributeDeclaration] = [
        objectName, namespace, release, vault, accessor, cloud, objects, secretObjects, digest, credentialsSecret,
    ]
    package static let identity = ["namespace", "name"]
    package static let example = """
        apiVersion: purser/v1
        environment: example
        azure: {tenant: 11111111-1111-4111-8111-111111111111, subscription: 22222222-2222-4222-8222-222222222222, location: westeurope}
        cluster: {nodeResourceGroup: aks-nodes-west-dev}
        groups:
          demo: {name: example-group}
        identities:
          demo: {name: example-identity, group: demo, nodes: all}
        vaults:
          demo:
            name: example-vault-6c1f
            group: demo
            authorization: policies
            access:
              demo: {identity: demo, secrets: [get]}
            secrets:
              db-password: {value: {generate: {length: 32}}}
        releases:
          csi:
            chart: csi-secrets-store-provider-azure
            repository: https://azure.github.io/secrets-store-csi-driver-provider-azure/charts
            version: 1.8.2
            namespace: csi
        namespaces:
          web: {}
        secretProviderClasses:
          web:
            namespace: web
            vault: demo
            identity: {userAssigned: demo}
            objects:
              - {secret: db-password, alias: database/password}
        """

    private let cluster: Cluster

    package init(kubernetes: KubernetesClient, polling: Polling) {
        cluster = Cluster(client: kubernetes, polling: polling)
    }

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        SecretProviderClassChecks(resource, AccessPath(of: resource, in: spec)).run(&diagnostics)
        NamespaceLink.resolve(&resource, from: spec)
        let path = AccessPath(of: resource, in: spec)
        resource.attributes[objects.name] = path.namedObjects
        resource.dependencies.formUnion(path.needs)
        resource.dependencies.formUnion(WorkloadIdentity(of: resource, in: spec)?.needs ?? [])
        if CSIDriverSource.isAddon(spec), spec[ManagedCluster.address] != nil {
            resource.dependencies.insert(ManagedCluster.address)
        }
        resource.attributes[digest.name] = .literal(.string(digest(of: resource)))
        let secret = resource.known(accessor.name)?.member("servicePrincipal", "secret")
        resource.attributes[credentialsSecret.name] = .literal(secret ?? .null)
    }

    package static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource] {
        NamespaceLink.implied(by: resource, from: spec) + (WorkloadIdentity(of: resource, in: spec)?.implied ?? [])
            + ManagedCluster.implied(in: spec)
    }

    /// The API server lets no Secret change its type, and the driver does not try.
    package static func effect(of path: String, _ attribute: any AttributeDeclaration) -> ChangeEffect {
        let isType = attribute.name == secretObjects.name && path.hasSuffix(".type")
        return isType ? .replaces : attribute.effect
    }

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        guard let live = try await cluster.getLasting(object(of: known)) else { return nil }
        let observed = SecretProviderClassObservation(live).attributes(over: known)
        var observation = Observation(observed, owner: ObjectOwner.of(live))
        if let wanted, let manifest = try? SecretProviderClassManifest.manifest(of: wanted, operation.owner) {
            let name = try object(of: known)
            observation.conflicts = try await cluster.comparison(of: manifest, named: name, operation)?.conflicts ?? []
        }
        return observation
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let manifest = try SecretProviderClassManifest.manifest(of: desired, operation.owner)
        try await Definition(cluster: cluster, operation: operation).wait(for: .secretProviderClass)
        _ = try await cluster.create(manifest, named: object(of: desired), operation)
        try await afterWrite { try await SyncedSecrets(client: cluster.client).removeOfOtherType(desired) }
        return desired
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        let manifest = try SecretProviderClassManifest.manifest(of: desired, operation.owner)
        _ = try await cluster.update(manifest, named: object(of: desired), operation)
        return desired
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        try await cluster.delete(object(of: recorded), uid: nil, operation)
    }

    private func object(of attributes: Attributes) throws -> ObjectName {
        ObjectName(
            kind: .secretProviderClass, namespace: try attributes.required(Self.namespace),
            name: try attributes.required(Self.objectName))
    }

    /// What the class says, with outputs by their addresses: known before anything exists.
    private static func digest(of resource: DeclaredResource) -> String {
        let told = [vault.name, accessor.name, cloud.name, objects.name, secretObjects.name]
        let content = resource.attributes.filter { told.contains($0.key) }.mapValues {
            $0.value { address, output in .string("${\(address).\(output)}") }
        }
        return ContentDigest.text(of: .object(content))
    }
}

/// A Kubernetes Secret that the driver makes of mounted files.
enum SecretObject {
    static let shape = Shape.record([
        Field("type", .text, required: true, "Type of the Secret, such as `Opaque` or `kubernetes.io/tls`."),
        Field(
            "data", .map(keys: KubernetesName.dataKey, .text), required: true,
            "Key in the Secret to the name of the mounted file: the object's alias, or its name."),
        Field("labels", KubernetesName.labels, "Labels of the Secret."),
        Field("annotations", KubernetesName.annotations, "Annotations of the Secret."),
    ])
}

extension SecretProviderClass: RightsDeclaring {
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        let namespace = try attributes.required(namespace)
        let own = Right.objects(.secretProviderClass, for: use, in: namespace)
        guard use == .create else { return own }
        let definition = Right.cluster(
            .definition, ["get"], in: nil, otherwise: "whether the cluster knows the class is not waited for")
        guard attributes[secretObjects]?.isEmpty == false else { return own + definition }
        let secrets = Right.cluster(
            .secret, ["get", "delete"], in: namespace,
            otherwise: "a synced Secret of another type is not removed, and stays as it is")
        return own + definition + secrets
    }
}
