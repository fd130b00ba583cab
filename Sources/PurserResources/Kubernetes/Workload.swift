package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A Deployment, StatefulSet, DaemonSet, Job or CronJob whose pods read files of a vault.
///
/// Source: Kubernetes API reference, `apps/v1` and `batch/v1`.
package struct Workload: ResourceKind, PodCarrier {
    package static let name: KindName = "kubernetes/workload"
    package static let title = "workload"
    package static let place = SpecPlace("workloads")
    package static let allowsExisting = true
    static let objectName = Attribute<String>("name", .text(KubernetesName.subdomain), .key, .replaces, "Its name.")
    static let objectKind = Attribute<String>.required(
        "kind", .choice(WorkloadKind.allCases.map(\.rawValue)), .replaces, "What makes the pods.")
    static let namespace = NamespaceLink.attribute
    static let labels = Attribute<[String: String]>.optional(
        "labels", KubernetesName.labels, .updates, "Labels, beside those that others set.")
    static let annotations = Attribute<[String: String]>.optional(
        "annotations", KubernetesName.annotations, .updates, "Annotations, beside those that others set.")
    package static let mounts = Attribute<[Value]>.optional(
        "mounts", Mount.shape(taking: ["name", "credentialsSecret", "digest"]), .updates,
        "Files of SecretProviderClasses and Secrets; put into the template's containers as volumes.")
    package static let spec = Attribute<Value>.required(
        "spec", .json, .updates,
        "The workload's spec with its template, in Kubernetes' own words. A selector is added if there is none.")
    static let timeout = Attribute<String>.optional(
        "timeout", .duration, default: "5m", .informs, "How long to wait for the rollout.")
    package static let uid = Attribute<String>.computed("uid", "The identifier that the cluster gave this object.")
    package static let attributes: [any AttributeDeclaration] = [
        objectName, objectKind, namespace, labels, annotations, mounts, spec, LiteralSecrets.exceptions, timeout, uid,
    ]
    package static let identity = ["kind", "namespace", "name"]
    package static let volatileOutputs: Set<String> = ["uid"]
    package static let example = """
        apiVersion: purser/v1
        environment: example
        namespaces:
          web: {}
        workloads:
          web:
            kind: Deployment
            namespace: web
            mounts:
              - {secret: web-settings, path: /etc/web}
            spec:
              replicas: 2
              template:
                spec:
                  containers:
                    - {name: web, image: "registry.k8s.io/pause:3.10"}
        """

    package let cluster: Cluster

    package init(kubernetes: KubernetesClient, polling: Polling) {
        cluster = Cluster(client: kubernetes, polling: polling)
    }

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        ReservedMarks.check(resource, &diagnostics)
        LiteralSecrets.check(resource, Self.spec.name, &diagnostics)
        let kind = resource.known(objectKind.name)?.string.flatMap { WorkloadKind(rawValue: $0) } ?? .deployment
        let path = kind.templatePath + ["spec"]
        let podSpec = resource.known(Self.spec.name).map { spec in path.reduce(spec) { $0[$1] ?? .object([:]) } }
        let checks = MountChecks(
            resource: resource, spec: spec, podSpec: podSpec,
            podSpecPath: ([Self.spec.name] + path).joined(separator: "."))
        checks.run(&diagnostics)
        resource.attributes[mounts.name] = checks.mountsAsNeeded
        resource.dependencies.formUnion(checks.needs)
        resource.dependencies.formUnion(ServiceAccount.needs(of: podSpec, of: resource, in: spec))
        NamespaceLink.resolve(&resource, from: spec)
    }

    package static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource] {
        NamespaceLink.implied(by: resource, from: spec)
    }

    package static func effect(
        of path: String, _ attribute: any AttributeDeclaration, from recorded: Attributes, to desired: Attributes
    ) -> ChangeEffect {
        guard let kind = desired[objectKind].flatMap({ WorkloadKind(rawValue: $0) }) else { return attribute.effect }
        switch attribute.name {
        case mounts.name where path.hasSuffix(".digest"): return .updates
        case mounts.name: return kind.allowsChange(of: "template") ? .updates : .replaces
        case spec.name:
            let parts = path.split(whereSeparator: { ".[".contains($0) }).dropFirst().map(String.init)
            return kind.allowsChange(at: parts, from: recorded[spec], to: desired[spec]) ? .updates : .replaces
        default: return attribute.effect
        }
    }

    package static func cautions(on action: Action, recorded: Attributes?, desired: Attributes?) -> [String] {
        guard action == .update, let recorded, let desired,
            let former = try? Mount.all(in: recorded, mounts), let wanted = try? Mount.all(in: desired, mounts),
            WorkloadManifest.classesDigest(of: former) != WorkloadManifest.classesDigest(of: wanted)
        else { return [] }
        switch desired[objectKind].flatMap({ WorkloadKind(rawValue: $0) }) {
        case .job?: return ["what it mounts changes, and a job that has run does not run again"]
        case .cronJob?: return ["what it mounts changes: its next run has it"]
        case _ where WorkloadKind.updatesOnDelete(desired[spec]):
            return ["what it mounts changes: a pod has it once somebody deletes its former one (OnDelete)"]
        default: return ["its pods are replaced, because the SecretProviderClasses that they mount change"]
        }
    }

    package static func podSpecPath(of attributes: Attributes) throws -> [String] {
        try WorkloadManifest.kind(of: attributes).templatePath + ["spec"]
    }

    package static func manifest(of attributes: Attributes, _ owner: Owner) throws -> Value {
        try WorkloadManifest.manifest(of: attributes, owner)
    }

    /// The one kind that the oldest API servers have in another version alone.
    package func checkAbsent(_ name: ObjectName) async throws {
        if name.kind == .cronJob { try await cluster.requireServed(.cronJob) }
    }

    /// Where the former spec cannot be had by a change (a job's template), the workload is made anew.
    package func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        guard let observed = try await read(former, wanted: nil, operation) else {
            return try await create(former, operation)
        }
        do {
            return try await update(observed.attributes, to: former, operation)
        } catch let error as ServiceError where error.status == 422 {
            try await cluster.delete(Self.object(of: former), uid: observed.attributes[Self.uid], operation)
            return try await create(former, operation)
        }
    }

    package func ready(_ name: ObjectName, _ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let kind = try WorkloadManifest.kind(of: desired)
        let client = cluster.client
        let live = try await Readiness(cluster: cluster, operation: operation).wait(
            for: name, limit: desired[Self.timeout] ?? "5m", judge: { WorkloadProgress.of($0, kind) },
            pods: { object async throws(ServiceError) in
                Array(try await Self.pods(of: object, client).filter { PodProgress.of($0) != .ready }.prefix(3))
            })
        try await MountConfirmation(cluster: cluster, operation: operation)
            .wait(for: try await Self.pods(of: live, client), mounts: try Mount.all(in: desired, Self.mounts))
        var attributes = desired
        attributes[Self.uid] = live.uid
        return attributes
    }

    /// None where the pods cannot be told by labels.
    private static func pods(of object: Value, _ client: KubernetesClient) async throws(ServiceError) -> [Value] {
        guard let labels = object.member("spec", "selector", "matchLabels")?.texts, !labels.isEmpty else { return [] }
        let selector = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        let namespace = object.member("metadata", "namespace")?.string
        let pods = try await client.list(ObjectKind.pod.path(namespace: namespace, name: nil), labelSelector: selector)
        return pods.map(\.value)
    }

    package static func object(of attributes: Attributes) throws -> ObjectName {
        ObjectName(
            kind: try WorkloadManifest.kind(of: attributes).object, namespace: try attributes.required(namespace),
            name: try attributes.required(objectName))
    }
}

extension Workload: RightsDeclaring {
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        let namespace = try attributes.required(namespace)
        let own = Right.objects(try WorkloadManifest.kind(of: attributes).object, for: use, in: namespace)
        return use == .delete ? own : own + Right.watchingPods(in: namespace)
    }
}
