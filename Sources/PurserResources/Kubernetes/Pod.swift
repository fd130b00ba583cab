package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A pod that reads files of a vault. Source: Kubernetes API reference, Pod v1; "Pod Lifecycle".
package struct Pod: ResourceKind, PodCarrier {
    package static let name: KindName = "kubernetes/pod"
    package static let title = "pod"
    package static let place = SpecPlace("pods")
    package static let allowsExisting = true
    static let objectName = Attribute<String>("name", .text(KubernetesName.subdomain), .key, .replaces, "Its name.")
    static let namespace = NamespaceLink.attribute
    static let labels = Attribute<[String: String]>.optional(
        "labels", KubernetesName.labels, .updates, "Labels, beside those that others set.")
    static let annotations = Attribute<[String: String]>.optional(
        "annotations", KubernetesName.annotations, .updates, "Annotations, beside those that others set.")
    package static let mounts = Attribute<[Value]>.optional(
        "mounts", Mount.shape(taking: ["name", "credentialsSecret"]), .replaces,
        "Files of SecretProviderClasses and Secrets; put into the containers as volumes.")
    package static let spec = Attribute<Value>.required(
        "spec", .json, .replaces,
        "The rest of the pod, in Kubernetes' own words. Another image is changed in place, anything else needs a new pod."
    )
    static let timeout = Attribute<String>.optional(
        "timeout", .duration, default: "5m", .informs, "How long to wait until the pod is ready.")
    static let phase = Attribute<String>(
        "phase", .text, .derived, .replaces, "`Running`; a pod that has failed for good is made anew.")
    package static let uid = Attribute<String>.computed("uid", "The identifier that the cluster gave this pod.")
    package static let attributes: [any AttributeDeclaration] = [
        objectName, namespace, labels, annotations, mounts, spec, LiteralSecrets.exceptions, timeout, phase, uid,
    ]
    package static let identity = ["namespace", "name"]
    package static let volatileOutputs: Set<String> = ["uid"]
    package static let example = """
        apiVersion: purser/v1
        environment: example
        namespaces:
          web: {}
        pods:
          web:
            namespace: web
            labels: {app: web}
            mounts:
              - {secret: web-settings, path: /etc/web}
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
        let checks = MountChecks(
            resource: resource, spec: spec, podSpec: resource.known(Self.spec.name), podSpecPath: Self.spec.name)
        checks.run(&diagnostics)
        resource.attributes[mounts.name] = checks.mountsAsNeeded
        resource.attributes[phase.name] = .literal(.string(running))
        resource.dependencies.formUnion(checks.needs)
        let podSpec = resource.known(Self.spec.name)
        resource.dependencies.formUnion(ServiceAccount.needs(of: podSpec, of: resource, in: spec))
        NamespaceLink.resolve(&resource, from: spec)
    }

    private static let running = "Running"

    package static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource] {
        NamespaceLink.implied(by: resource, from: spec)
    }

    /// The API server lets images change, a deadline come nearer, and tolerations be added.
    /// Source: Kubernetes documentation, "Pod update and replacement".
    package static func effect(
        of path: String, _ attribute: any AttributeDeclaration, from recorded: Attributes, to desired: Attributes
    ) -> ChangeEffect {
        guard attribute.name == spec.name else { return attribute.effect }
        let fields = path.split(whereSeparator: { ".[".contains($0) }).map(String.init)
        let canChange =
            switch fields.dropFirst().first {
            case "activeDeadlineSeconds"?: Self.isNearer(recorded[spec], desired[spec])
            case "tolerations"?: Self.onlyAddsTolerations(recorded[spec], desired[spec])
            case let field?:
                fields.count == 4 && fields[3] == "image" && MountInjection.containerFields.contains(field)
            case nil: false
            }
        return canChange ? .updates : .replaces
    }

    private static func isNearer(_ recorded: Value?, _ desired: Value?) -> Bool {
        guard let wanted = desired?["activeDeadlineSeconds"]?.integer else { return false }
        return recorded?["activeDeadlineSeconds"]?.integer.map { wanted <= $0 } ?? true
    }

    /// Those that the API server gives each pod, it gives an updated one again.
    private static func onlyAddsTolerations(_ recorded: Value?, _ desired: Value?) -> Bool {
        let given = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
        let wanted = desired?["tolerations"]?.list ?? []
        return (recorded?["tolerations"]?.list ?? []).allSatisfy { toleration in
            wanted.contains(toleration) || toleration["key"]?.string.map(given.contains) == true
        }
    }

    package static func podSpecPath(of attributes: Attributes) -> [String] { [] }

    package static func manifest(of attributes: Attributes, _ owner: Owner) throws -> Value {
        try PodManifest.manifest(of: attributes, owner)
    }

    package static func note(_ live: Value, in observed: inout Attributes) {
        let hasFailed = live.member("status", "phase")?.string == "Failed"
        observed[phase] = hasFailed ? "Failed" : running
    }

    /// A pod whose spec is not the former one any more is made anew: only images change in place.
    package func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        let pod = try Self.object(of: former)
        if let observed = try await read(former, wanted: nil, operation) {
            let isSame = Self.withoutImages(observed.attributes) == Self.withoutImages(former)
            if isSame, observed.attributes[Self.phase] == Self.running {
                return try await update(observed.attributes, to: former, operation)
            }
            try await cluster.delete(pod, uid: observed.attributes[Self.uid], operation)
        }
        return try await create(former, operation)
    }

    private static func withoutImages(_ attributes: Attributes) -> [Value] {
        guard case .object(var members) = attributes[spec] else { return [] }
        for field in MountInjection.containerFields {
            guard let containers = members[field]?.list else { continue }
            members[field] = .list(
                containers.map { container in
                    guard case .object(var parts) = container else { return container }
                    parts["image"] = nil
                    return .object(parts)
                })
        }
        return [.object(members), .list(attributes[mounts] ?? [])]
    }

    package func ready(_ pod: ObjectName, _ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let live = try await Readiness(cluster: cluster, operation: operation).wait(
            for: pod, limit: desired[Self.timeout] ?? "5m", judge: PodProgress.of, pods: { [$0] })
        try await MountConfirmation(cluster: cluster, operation: operation)
            .wait(for: [live], mounts: try Mount.all(in: desired, Self.mounts))
        var attributes = desired
        attributes[Self.uid] = live.uid
        return attributes
    }

    package static func object(of attributes: Attributes) throws -> ObjectName {
        ObjectName(
            kind: .pod, namespace: try attributes.required(namespace),
            name: try attributes.required(objectName))
    }
}

extension Pod: RightsDeclaring {
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        let namespace = try attributes.required(namespace)
        let own = Right.objects(.pod, for: use, in: namespace)
        return use == .delete ? own : own + Right.watchingPods(in: namespace)
    }
}
