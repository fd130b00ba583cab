import PurserClients
package import PurserEngine
package import PurserProof

/// Asks the cluster whether every pod of an environment is ready and has its files, each of them, and tells which link of
/// the way does not hold. Reads only.
///
/// Source: Secrets Store CSI Driver documentation: the driver writes a SecretProviderClassPodStatus named
/// `POD-NAMESPACE-CLASS` after a mount, with `status.mounted` and `status.objects[]`.
package struct Verifier: Sendable {
    private let cluster: any ClusterReading
    private let environment: String
    private let graph: ResourceGraph
    private let recorded: StateSnapshot
    private let expected: [String: PodProof]

    /// `expected` says which files and Secrets each pod is to have; a pod that it does not name is taken as it is.
    package init(
        cluster: any ClusterReading, environment: String, graph: ResourceGraph, recorded: StateSnapshot,
        expected: [PodProof] = []
    ) {
        self.expected = Dictionary(expected.map { ($0.subject, $0) }) { first, _ in first }
        self.cluster = cluster
        self.environment = environment
        self.graph = graph
        self.recorded = recorded
    }

    private static let pods: KindName = "kubernetes/pod"
    private static let workloads: KindName = "kubernetes/workload"

    /// Throws `ServiceError` when the cluster cannot be asked.
    package func report() async throws -> VerifyReport {
        var subjects: [VerifyReport.Subject] = []
        for address in graph.order.sorted() {
            guard let resource = graph[address], resource.kind == Self.pods || resource.kind == Self.workloads else {
                continue
            }
            guard let record = recorded.resources[address] ?? Self.existing(resource) else {
                subjects.append(
                    .init(address: address, pod: "-", problems: [.init(.pod, "it is in the spec, but not applied yet")])
                )
                continue
            }
            subjects += try await check(record, at: address)
        }
        return VerifyReport(environment: environment, subjects: subjects)
    }

    private func check(_ record: RecordedResource, at address: PurserEngine.Address) async throws -> [VerifyReport
        .Subject]
    {
        guard let namespace = text("namespace", record), let name = text("name", record) else {
            return [.init(address: address, pod: "-", problems: [.init(.pod, "its name is not recorded")])]
        }
        if record.kind == Self.pods {
            let path = ResourcePath(version: "v1", resource: "pods", namespace: namespace, name: name)
            guard let pod = try await cluster.get(path) else {
                return [
                    .init(
                        address: address, pod: "\(namespace)/\(name)", problems: [.init(.pod, "the pod does not exist")]
                    )
                ]
            }
            return [try await subject(pod, namespace, record, address)]
        }
        return try await workload(name, namespace, record, address)
    }

    /// What exists without Purser need not be recorded: the spec tells which object it is.
    private static func existing(_ resource: DeclaredResource) -> RecordedResource? {
        guard resource.isExisting else { return nil }
        let known = resource.attributes.compactMapValues { expression -> Value? in
            if case .literal(let value) = expression { value } else { nil }
        }
        return RecordedResource(kind: resource.kind, attributes: Attributes(known), isExisting: true)
    }

    private func text(_ name: String, _ record: RecordedResource) -> String? {
        let value = record.attributes.values[name]
        return value?.string ?? value?["name"]?.string
    }

    // MARK: Workloads

    private func workload(
        _ name: String, _ namespace: String, _ record: RecordedResource, _ address: PurserEngine.Address
    ) async throws -> [VerifyReport.Subject] {
        let kind = text("kind", record) ?? "Deployment"
        let isBatch = kind == "Job" || kind == "CronJob"
        let path = ResourcePath(
            group: isBatch ? "batch" : "apps", version: "v1", resource: kind.lowercased() + "s", namespace: namespace,
            name: name)
        guard let object = try await cluster.get(path) else {
            return [
                .init(
                    address: address, pod: "\(namespace)/\(name)", problems: [.init(.pod, "the \(kind) does not exist")]
                )
            ]
        }
        // A CronJob has pods only while one of its jobs runs.
        guard let labels = object.at("spec", "selector", "matchLabels")?.object, !labels.isEmpty else {
            return [.init(address: address, pod: "\(namespace)/\(name)")]
        }
        let selector = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.string ?? "")" }
            .joined(separator: ",")
        let pods = try await cluster.list(
            ResourcePath(version: "v1", resource: "pods", namespace: namespace), labelSelector: selector,
            fieldSelector: nil)
        if pods.isEmpty {
            return [.init(address: address, pod: "\(namespace)/\(name)", problems: [.init(.pod, "it has no pods")])]
        }
        var subjects: [VerifyReport.Subject] = []
        for pod in pods.sorted(by: { Self.name(of: $0) < Self.name(of: $1) }) where !Self.isGoing(pod) {
            subjects.append(try await subject(pod, namespace, record, address))
        }
        return subjects
    }

    private static func name(of object: JSONValue) -> String { object.at("metadata", "name")?.string ?? "" }
    private static func isGoing(_ object: JSONValue) -> Bool { object.at("metadata", "deletionTimestamp") != nil }

    // MARK: Pods

    private func subject(
        _ pod: JSONValue, _ namespace: String, _ record: RecordedResource, _ address: PurserEngine.Address
    ) async throws -> VerifyReport.Subject {
        let name = Self.name(of: pod)
        var subject = VerifyReport.Subject(address: address, pod: "\(namespace)/\(name)")
        let proof = expected[address.description]
        for volume in pod.at("spec", "volumes")?.array ?? [] {
            let path = Self.mountPath(of: volume["name"]?.string, in: pod)
            if volume.at("csi", "driver")?.string == ClassVolume.driver,
                let className = volume.at("csi", "volumeAttributes", "secretProviderClass")?.string
            {
                let wanted = proof?.volumes.first { $0.volume == volume["name"]?.string }
                try await addClass(className, path, pod, namespace, wanted, &subject)
            } else if let secret = volume.at("secret", "secretName")?.string {
                let wanted = proof?.volumes.flatMap(\.secrets).first { $0.name == secret }
                try await addSecret(secret, path, namespace, wanted, &subject)
            }
        }
        if !Self.isReady(pod) {
            subject.problems.insert(try await unreadiness(pod, namespace), at: 0)
        }
        return subject
    }

    private func addClass(
        _ className: String, _ path: String?, _ pod: JSONValue, _ namespace: String, _ wanted: VolumeProof?,
        _ subject: inout VerifyReport.Subject
    ) async throws {
        let status = try await cluster.get(
            ResourcePath(
                group: "secrets-store.csi.x-k8s.io", version: "v1", resource: "secretproviderclasspodstatuses",
                namespace: namespace, name: "\(Self.name(of: pod))-\(namespace)-\(className)"))
        guard status?.at("status", "mounted")?.bool == true else {
            let link = try await linkThatFails(pod, namespace) ?? .files
            subject.problems.append(.init(link, "the files of SecretProviderClass \(className) are not mounted"))
            return
        }
        let objects = (status?.at("status", "objects")?.array ?? []).compactMap(MountedObject.init)
        let files = FileConfirmation(wanted: wanted, mounted: objects, recorded: recorded)
        subject.mounts.append(.init(source: "SecretProviderClass \(className)", path: path, files: files.lines))
        subject.problems += files.problems
        for secret in wanted?.secrets ?? [] where !Self.mounts(secret: secret.name, pod) {
            try await addSecret(secret.name, nil, namespace, secret, &subject)
        }
    }

    private static func mounts(secret: String, _ pod: JSONValue) -> Bool {
        (pod.at("spec", "volumes")?.array ?? []).contains { $0.at("secret", "secretName")?.string == secret }
    }

    private func addSecret(
        _ secret: String, _ path: String?, _ namespace: String, _ wanted: SyncedSecret?,
        _ subject: inout VerifyReport.Subject
    ) async throws {
        let object = try await cluster.get(
            ResourcePath(version: "v1", resource: "secrets", namespace: namespace, name: secret))
        guard let object else {
            subject.problems.append(.init(.secrets, "the Secret \(secret) does not exist"))
            return
        }
        let keys = (object["data"]?.object ?? [:]).keys.sorted()
        subject.mounts.append(.init(source: "Secret \(secret)", path: path, files: keys))
        let missing = Set((wanted?.keys ?? [:]).keys).subtracting(keys).sorted()
        if !missing.isEmpty {
            subject.problems.append(
                .init(.secrets, "the Secret \(secret) lacks \(missing.joined(separator: ", "))"))
        }
    }

    private static func mountPath(of volume: String?, in pod: JSONValue) -> String? {
        let mounts = (pod.at("spec", "containers")?.array ?? []).flatMap { $0["volumeMounts"]?.array ?? [] }
        return mounts.first { $0["name"]?.string == volume }?["mountPath"]?.string
    }

    /// A pod that has done its work counts as ready.
    private static func isReady(_ pod: JSONValue) -> Bool {
        if pod.at("status", "phase")?.string == "Succeeded" { return true }
        return (pod.at("status", "conditions")?.array ?? [])
            .contains { $0["type"]?.string == "Ready" && $0["status"]?.string == "True" }
    }

    /// The latest warning about the pod, which for a mount is the driver's own complaint.
    private func unreadiness(
        _ pod: JSONValue, _ namespace: String
    ) async throws -> VerifyReport.Problem {
        guard let warning = try await latestWarning(pod, namespace) else {
            let waiting = Self.waiting(pod)
            return .init(waiting == nil ? .pod : .consumers, "the pod is not ready" + (waiting.map { ": \($0)" } ?? ""))
        }
        let parts = [warning["reason"]?.string, warning["message"]?.string].compactMap(\.self)
        let text = parts.isEmpty ? "" : ": " + parts.joined(separator: ": ")
        return .init(Self.link(of: warning), "the pod is not ready\(text)")
    }

    private func linkThatFails(_ pod: JSONValue, _ namespace: String) async throws -> ChainLink.Name? {
        try await latestWarning(pod, namespace).map(Self.link)
    }

    private func latestWarning(_ pod: JSONValue, _ namespace: String) async throws -> JSONValue? {
        try await cluster.events(
            namespace: namespace, kind: "Pod", name: Self.name(of: pod), uid: pod.at("metadata", "uid")?.string
        ).last { $0["type"]?.string == "Warning" }
    }

    private static func link(of warning: JSONValue) -> ChainLink.Name {
        switch warning["reason"]?.string {
        case "FailedScheduling", "FailedCreate": .pod
        case "FailedToCreateSecret", "SecretRotationFailed": .secrets
        case "FailedMount", "FailedAttachVolume", "MountRotationFailed":
            MountFailure.link(of: warning["message"]?.string ?? "")
        default: .consumers
        }
    }

    /// Why a container does not run, such as `CreateContainerConfigError`.
    private static func waiting(_ pod: JSONValue) -> String? {
        let statuses = ["initContainerStatuses", "containerStatuses"].flatMap { pod.at("status", $0)?.array ?? [] }
        return statuses.lazy.compactMap { status in
            status.at("state", "waiting", "reason")?.string.map { "\(status["name"]?.string ?? "a container") \($0)" }
        }.first
    }
}
