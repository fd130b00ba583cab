import Foundation
import PurserClients
import Testing

/// A node that says of its pods what a kubelet says, and runs none of them.
///
/// Sources: Kubernetes documentation, "Pod Lifecycle"; secrets-store-csi-driver v1.5.6, `NodePublishVolume` and
/// `secretproviderclasspodstatus_controller.go`.
actor PlayedNode {
    static let name = "played-node"
    static let labels: [String: JSONValue] = [
        "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": .string(name),
    ]
    private static let driver = "secrets-store.csi.k8s.io"

    private struct Unmountable: Error {
        var text: String
    }

    private let objects: PlayedObjects
    /// What was told in events, by pod.
    private var told: Set<String> = []
    private var rounds = 0

    init(objects: PlayedObjects) { self.objects = objects }

    func join() async throws {
        try await objects.create(
            [
                "apiVersion": "v1", "kind": "Node",
                "metadata": ["name": .string(Self.name), "labels": .object(Self.labels)],
            ], .nodes)
        try await beat()
    }

    /// Says that it is alive, which the node controller wants to hear from time to time.
    private func beat() async throws {
        guard let node = try await objects.get(.nodes, nil, Self.name) else { return }
        let room: JSONValue = ["cpu": "8", "memory": "32Gi", "pods": "110"]
        let ready: JSONValue = [
            "type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status",
            "lastHeartbeatTime": .now, "lastTransitionTime": .now,
        ]
        try await objects.patch(
            node, .nodes, ["status": ["capacity": room, "allocatable": room, "conditions": [ready]]], "status")
    }

    func act() async throws {
        rounds += 1
        if rounds.isMultiple(of: 60) { try await beat() }
        for pod in try await objects.list(.pods) {
            if pod.at("spec", "nodeName") == nil {
                if !pod.isTerminating { try await bind(pod) }
            } else if pod.isTerminating {
                try await stop(pod)
            } else {
                try await run(pod)
            }
        }
    }

    private func bind(_ pod: JSONValue) async throws {
        try await objects.write(
            "POST", PlayedObjects.Collection.pods.path(of: pod, "binding"),
            [
                "apiVersion": "v1", "kind": "Binding", "metadata": ["name": .string(pod.name)],
                "target": ["apiVersion": "v1", "kind": "Node", "name": .string(Self.name)],
            ])
    }

    /// The containers have ended: nothing holds the pod any more but finalizers.
    private func stop(_ pod: JSONValue) async throws {
        guard pod.at("metadata", "deletionGracePeriodSeconds") != 0 else { return }
        try await objects.delete(pod, .pods, grace: 0)
    }

    private func run(_ pod: JSONValue) async throws {
        let phase = pod.at("status", "phase")?.string ?? "Pending"
        if ["Succeeded", "Failed"].contains(phase) { return }
        if phase == "Pending" {
            do {
                try await mount(pod)
            } catch let error as Unmountable {
                try await objects.setStatus(PlayedPodStatus(pod, .waiting).status, of: pod, .pods)
                return try await tell(pod, "Warning", "FailedMount", error.text)
            }
            try await tell(pod, "Normal", "Scheduled", "Successfully assigned \(pod.name) to \(Self.name)")
            for container in pod.at("spec", "containers")?.array ?? [] {
                try await tell(pod, "Normal", "Started", "Started container \(container["name"]?.string ?? "")")
            }
        }
        let isJobs = pod.owners.contains { $0["kind"] == "Job" }
        let state: PlayedPodStatus.State = isJobs && phase == "Running" ? .completed : .running
        try await objects.setStatus(PlayedPodStatus(pod, state).status, of: pod, .pods)
    }

    private func tell(_ pod: JSONValue, _ type: String, _ reason: String, _ message: String) async throws {
        guard told.insert("\(pod.uid) \(reason) \(message)").inserted else { return }
        var about: JSONValue = [
            "apiVersion": "v1", "kind": "Pod", "name": .string(pod.name), "uid": .string(pod.uid),
            "namespace": .string(pod.namespace ?? ""),
        ]
        about["resourceVersion"] = pod.at("metadata", "resourceVersion")
        let time = JSONValue.now
        try await objects.write(
            "POST", "/api/v1/namespaces/\(pod.namespace ?? "")/events",
            [
                "apiVersion": "v1", "kind": "Event",
                "metadata": [
                    "name": .string("\(pod.name).\(UUID().uuidString.prefix(8).lowercased())"),
                    "namespace": .string(pod.namespace ?? ""),
                ],
                "involvedObject": about, "type": .string(type), "reason": .string(reason),
                "message": .string(message), "count": 1, "firstTimestamp": time, "lastTimestamp": time,
                "source": ["component": "kubelet", "host": .string(Self.name)],
            ])
    }

    // MARK: Volumes

    /// The driver's volumes come first: a Secret beside them may be one that the driver makes.
    private func mount(_ pod: JSONValue) async throws {
        let volumes = pod.at("spec", "volumes")?.array ?? []
        for volume in volumes where volume["csi"] != nil { try await publish(volume, pod) }
        for volume in volumes {
            try await need(.secrets, volume["secret"], "secretName", "secret", volume, pod)
            try await need(.maps, volume["configMap"], "name", "configmap", volume, pod)
        }
    }

    private func need(
        _ collection: PlayedObjects.Collection, _ source: JSONValue?, _ key: String, _ word: String,
        _ volume: JSONValue, _ pod: JSONValue
    ) async throws {
        guard let source, source["optional"] != true, let name = source[key]?.string else { return }
        if try await objects.get(collection, pod.namespace, name) == nil {
            throw unmountable(volume, "\(word) \"\(name)\" not found")
        }
    }

    private func unmountable(_ volume: JSONValue, _ text: String) -> Unmountable {
        Unmountable(text: "MountVolume.SetUp failed for volume \"\(volume["name"]?.string ?? "")\" : \(text)")
    }

    private func publish(_ volume: JSONValue, _ pod: JSONValue) async throws {
        let driver = volume.at("csi", "driver")?.string ?? ""
        guard driver == Self.driver, try await objects.get(.drivers, nil, driver) != nil else {
            throw unmountable(volume, "driver name \(driver) not found in the list of registered CSI drivers")
        }
        let name = volume.at("csi", "volumeAttributes", "secretProviderClass")?.string ?? ""
        guard let found = try await objects.get(.classes, pod.namespace, name) else {
            throw unmountable(
                volume,
                "rpc error: code = Unknown desc = failed to get secretproviderclass \(pod.namespace ?? "")/\(name), error: "
                    + "secretproviderclasses.secrets-store.csi.x-k8s.io \"\(name)\" not found")
        }
        let record = try await record(of: found, pod)
        for secret in found.at("spec", "secretObjects")?.array ?? [] {
            try await sync(secret, pod, owner: record)
        }
    }

    /// The driver's note that a pod has the files of a class.
    private func record(of found: JSONValue, _ pod: JSONValue) async throws -> JSONValue? {
        let name = "\(pod.name)-\(pod.namespace ?? "")-\(found.name)"
        try await objects.create(
            [
                "apiVersion": .string(PlayedObjects.Collection.records.version),
                "kind": .string(PlayedObjects.Collection.records.kind),
                "metadata": [
                    "name": .string(name), "namespace": .string(pod.namespace ?? ""),
                    "labels": ["internal.secrets-store.csi.k8s.io/node-name": .string(Self.name)],
                    "ownerReferences": [pod.ownerReference(.pods, controls: false)],
                ],
                "status": [
                    "podName": .string(pod.name), "secretProviderClassName": .string(found.name), "mounted": true,
                    "targetPath": .string("/var/lib/kubelet/pods/\(pod.uid)/volumes/mount"),
                    "objects": [["id": "secret/played", "version": "1"]],
                ],
            ], .records)
        return try await objects.get(.records, pod.namespace, name)
    }

    /// A Secret of `secretObjects`. It belongs to the pod's own owners, or to the record of a bare pod.
    private func sync(_ wanted: JSONValue, _ pod: JSONValue, owner record: JSONValue?) async throws {
        let name = wanted["secretName"]?.string ?? ""
        guard try await objects.get(.secrets, pod.namespace, name) == nil else { return }
        var labels = wanted["labels"]?.object ?? [:]
        labels["secrets-store.csi.k8s.io/managed"] = "true"
        let content = JSONValue.string(Data("played".utf8).base64EncodedString())
        let keys = (wanted["data"]?.array ?? []).compactMap { $0["key"]?.string }
        let own = record.map { [$0.ownerReference(.records, controls: false)] } ?? []
        try await objects.create(
            [
                "apiVersion": "v1", "kind": "Secret", "type": wanted["type"] ?? "Opaque",
                "metadata": [
                    "name": .string(name), "namespace": .string(pod.namespace ?? ""), "labels": .object(labels),
                    "ownerReferences": .array(pod.owners.isEmpty ? own : pod.owners),
                ],
                "data": .object(Dictionary(keys.map { ($0, content) }) { first, _ in first }),
            ], .secrets)
    }
}

/// What the node reports of a pod.
struct PlayedPodStatus {
    enum State { case waiting, running, completed }

    let status: JSONValue

    init(_ pod: JSONValue, _ state: State) {
        let isReady = state == .running
        let former = pod.at("status", "containerStatuses")?.array ?? []
        let containers = (pod.at("spec", "containers")?.array ?? []).map { container in
            Self.container(container, former.first { $0["name"] == container["name"] }, state)
        }
        let ready: JSONValue = isReady ? "True" : "False"
        var status: JSONValue = [
            "phase": state == .waiting ? "Pending" : isReady ? "Running" : "Succeeded",
            "startTime": pod.at("status", "startTime") ?? .now, "hostIP": "192.0.2.4",
            "containerStatuses": .array(containers),
            "conditions": pod.conditions([
                ["type": "Initialized", "status": "True"], ["type": "Ready", "status": ready],
                ["type": "ContainersReady", "status": ready], ["type": "PodScheduled", "status": "True"],
            ]),
        ]
        let initial = pod.at("spec", "initContainers")?.array ?? []
        if !initial.isEmpty {
            let former = pod.at("status", "initContainerStatuses")?.array ?? []
            status["initContainerStatuses"] = .array(
                initial.map { container in
                    Self.container(
                        container, former.first { $0["name"] == container["name"] },
                        state == .waiting ? .waiting : .completed)
                })
        }
        self.status = status
    }

    private static func container(_ container: JSONValue, _ former: JSONValue?, _ state: State) -> JSONValue {
        let started = former?.at("state", "running", "startedAt")
        let told: JSONValue =
            switch state {
            case .waiting: ["waiting": ["reason": "ContainerCreating"]]
            case .running: ["running": ["startedAt": started ?? .now]]
            case .completed:
                former?["state"]?["terminated"].map { ["terminated": $0] } ?? [
                    "terminated": [
                        "exitCode": 0, "reason": "Completed", "startedAt": started ?? .now, "finishedAt": .now,
                    ]
                ]
            }
        return [
            "name": container["name"] ?? "", "image": container["image"] ?? "", "imageID": "", "restartCount": 0,
            "ready": .bool(state == .running), "started": .bool(state == .running), "lastState": [:], "state": told,
        ]
    }
}
