import Foundation
import PurserProof
import Synchronization
import SystemPackage
import Testing

@testable import PurserSandbox

/// The sandbox's whole cluster over the machine's Azure: API server, controllers, kubelet, driver and provider.
struct ClusterMachine {
    private static let token = "cluster-token"

    /// How the driver is installed, and on which nodes.
    struct Setting {
        var syncs = true
        var rotates = false
        var pollSeconds = 120
        var audiences = [IdentityAudience.workload]
        var separatesFiles = false
        var scaleSets = ["aks-many-11111111-vmss"]
        /// Those whose nodes run Windows, where the charts install nothing by default.
        var windows: Set<String> = []
    }

    let world: KubernetesWorld
    let files: NodeFiles
    private let clock: ClusterClock

    init(_ machine: SandboxMachine, _ setting: Setting = Setting()) async throws {
        let directory = machine.directory.appending("cluster-\(UUID().uuidString)")
        let clock = ClusterClock()
        self.clock = clock
        files = NodeFiles(root: directory)
        let store = try Store(directory: directory.appending("store"))
        // Many clusters over one Azure, which knows one of them as the issuer of tokens: they sign with one key.
        let key = try await machine.store.transaction { azure in
            _ = try IssuerKey.loaded(from: azure)
            return azure.get("world", "issuerKey")
        }
        try await store.transaction { try $0.put("world", "issuerKey", try #require(key)) }
        world = KubernetesWorld(
            store: store, azure: machine.nodes, directory: directory,
            token: Self.token, vaultSuffix: SandboxMachine.suffix, subscription: "sub",
            nodeResourceGroup: InitialWorld.nodeGroup, issuer: WorldFacts.clusterIssuer, now: { clock.now })
        try await world.bootstrap()
        try await world.synchronizeNodes(scaleSets: setting.scaleSets)
        for name in setting.windows { await runWindows(NodeController.nodeName(of: name)) }
        try await world.reconcile()
        try await installDriver(setting)
    }

    private func runWindows(_ node: String) async {
        var found = await send("GET", "/api/v1/nodes/\(node)")
        found[path: "metadata", "labels", "kubernetes.io/os"] = "windows"
        _ = await send("PUT", "/api/v1/nodes/\(node)", found)
    }

    /// Lets time pass, and the cluster do what is due then.
    func pass(seconds: Double) async throws {
        clock.advance(by: seconds)
        try await world.reconcile()
    }

    func send(_ method: String, _ target: String, _ body: JSON? = nil) async -> JSON {
        let response = await world.api.respond(
            to: SandboxRequest(
                method, target,
                headers: ["Authorization": "Bearer \(Self.token)", "Content-Type": "application/json"],
                body: body?.bytes() ?? []))
        guard case .bytes(let bytes) = response.body else { return .null }
        return (try? JSON(parsing: bytes)) ?? .null
    }

    /// The warnings that an answer carries.
    func warnings(_ method: String, _ target: String) async -> [String] {
        let response = await world.api.respond(
            to: SandboxRequest(method, target, headers: ["Authorization": "Bearer \(Self.token)"]))
        return response.headers.fields.filter { $0.name.lowercased() == "warning" }.map(\.value)
    }

    // MARK: Running

    /// What came of a pod in a namespace of its own.
    struct Outcome {
        var isRunning: Bool
        var events: [String]
        /// Paths in each volume.
        var files: [String: Set<String>]
        /// Keys of the Secrets in the namespace that the driver made.
        var secrets: [String: Set<String>]
    }

    func outcome(of scene: Scene, in namespace: String) async throws -> Outcome {
        for name in Set([namespace] + scene.classes.compactMap(\.namespace) + scene.pods.compactMap(\.namespace)) {
            _ = await send("POST", "/api/v1/namespaces", ["metadata": ["name": .string(name)]])
        }
        try await world.reconcile()
        for account in Set(scene.pods.map(\.serviceAccount)) where account != "default" {
            _ = await send(
                "POST", "/api/v1/namespaces/\(namespace)/serviceaccounts", ["metadata": ["name": .string(account)]])
        }
        for item in scene.classes {
            let place = "/apis/secrets-store.csi.x-k8s.io/v1/namespaces/\(item.namespace ?? "")/secretproviderclasses"
            _ = await send("POST", place, SceneManifests.manifest(of: item))
        }
        for pod in scene.pods {
            let made = await send("POST", "/api/v1/namespaces/\(namespace)/pods", SceneManifests.manifest(of: pod))
            try #require(made["kind"] == "Pod", "\(made)")
        }
        for _ in 0..<2 {
            try await world.reconcile()
            clock.advance(by: 3)
        }
        let outcome = try await observed(scene, namespace)
        // What is left behind is looked at again by every controller.
        for pod in scene.pods { _ = await send("DELETE", "/api/v1/namespaces/\(namespace)/pods/\(pod.name)") }
        _ = await send("DELETE", "/api/v1/namespaces/\(namespace)")
        clock.advance(by: 31)
        try await world.reconcile()
        return outcome
    }

    private func observed(_ scene: Scene, _ namespace: String) async throws -> Outcome {
        let pod = await send("GET", "/api/v1/namespaces/\(namespace)/pods/\(scene.pods[0].name)")
        let events = await send("GET", "/api/v1/namespaces/\(namespace)/events")["items"]?.arrayValue ?? []
        let secrets = await send("GET", "/api/v1/namespaces/\(namespace)/secrets")["items"]?.arrayValue ?? []
        var outcome = Outcome(
            isRunning: pod[path: "status", "phase"] == "Running",
            events: events.compactMap { $0["message"]?.stringValue }, files: [:], secrets: [:])
        let waiting = pod[path: "status", "containerStatuses"]?.arrayValue ?? []
        outcome.events += waiting.compactMap { $0[path: "state", "waiting", "message"]?.stringValue }
        for volume in scene.pods[0].volumes {
            outcome.files[volume.name] = Set(files.volume(volume.name, of: pod).contents().keys)
        }
        for secret in secrets where secret.objectLabels["secrets-store.csi.k8s.io/managed"] == "true" {
            outcome.secrets[secret.objectName] = Set((secret["data"]?.objectValue ?? [:]).keys)
        }
        return outcome
    }

    // MARK: The driver

    private func installDriver(_ setting: Setting) async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources/PurserSandbox/Charts/csi-secrets-store-provider-azure/charts")
            .appending(path: "secrets-store-csi-driver/crds")
        for name in ["secretproviderclasses", "secretproviderclasspodstatuses"] {
            let text = try String(contentsOf: folder.appending(path: "\(name).yaml"), encoding: .utf8)
            _ = await send(
                "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", try YAMLDocument(parsing: text).json)
        }
        try await world.reconcile()
        _ = await send("POST", "/api/v1/namespaces", ["metadata": ["name": "csi"]])
        try await world.reconcile()
        for name in ["secrets-store-csi-driver", "csi-secrets-store-provider-azure"] {
            _ = await send("POST", "/api/v1/namespaces/csi/serviceaccounts", ["metadata": ["name": .string(name)]])
        }
        _ = await send(
            "POST", "/apis/storage.k8s.io/v1/csidrivers",
            [
                "metadata": ["name": "secrets-store.csi.k8s.io"],
                "spec": [
                    "podInfoOnMount": true, "attachRequired": false, "volumeLifecycleModes": ["Ephemeral"],
                    "tokenRequests": .array(setting.audiences.map { ["audience": .string($0)] }),
                ],
            ])
        if setting.syncs { await allowSync() }
        await addDaemonSet(
            "secrets-store-csi-driver",
            [
                "--nodeid=$(KUBE_NODE_NAME)", "--provider-volume=/var/run/secrets-store-csi-providers",
                "--enable-secret-rotation=\(setting.rotates)", "--rotation-poll-interval=\(setting.pollSeconds)s",
            ])
        await addDaemonSet(
            "csi-secrets-store-provider-azure",
            [
                "--endpoint=unix:///provider/azure.sock",
                "--write-cert-and-key-in-separate-files=\(setting.separatesFiles)",
            ])
        for _ in 0..<3 { try await world.reconcile() }
    }

    private func allowSync() async {
        let group = "/apis/rbac.authorization.k8s.io/v1"
        _ = await send(
            "POST", "\(group)/clusterroles",
            [
                "metadata": ["name": "secretprovidersyncing-role"],
                "rules": [
                    ["apiGroups": [""], "resources": ["secrets"], "verbs": ["create", "get", "list", "patch"]]
                ],
            ])
        _ = await send(
            "POST", "\(group)/clusterrolebindings",
            [
                "metadata": ["name": "secretprovidersyncing-rolebinding"],
                "roleRef": ["kind": "ClusterRole", "name": "secretprovidersyncing-role"],
                "subjects": [["kind": "ServiceAccount", "name": "secrets-store-csi-driver", "namespace": "csi"]],
            ])
    }

    private func addDaemonSet(_ name: String, _ arguments: [String]) async {
        let labels: JSON = ["app": .string(name)]
        let container: JSON = [
            "name": "main", "image": "image:1", "args": .array(arguments.map { .string($0) }),
            "volumeMounts": [["name": "providers", "mountPath": "/provider"]],
        ]
        let spec: JSON = [
            "serviceAccountName": .string(name), "containers": [container],
            "nodeSelector": ["kubernetes.io/os": "linux"],
            "volumes": [["name": "providers", "hostPath": ["path": "/var/run/secrets-store-csi-providers"]]],
        ]
        _ = await send(
            "POST", "/apis/apps/v1/namespaces/csi/daemonsets",
            [
                "metadata": ["name": .string(name)],
                "spec": [
                    "selector": ["matchLabels": labels], "template": ["metadata": ["labels": labels], "spec": spec],
                ],
            ])
    }
}

/// A clock that stands still until it is moved.
private final class ClusterClock: Sendable {
    private let seconds = Mutex(1_790_000_000.0)

    var now: Date { Date(timeIntervalSince1970: seconds.withLock { $0 }) }

    func advance(by amount: Double) { seconds.withLock { $0 += amount } }
}

/// Definitions of a scene as the manifests that they stand for.
enum SceneManifests {
    static func manifest(of definition: ClassDefinition) -> JSON {
        var parameters = definition.parameters
        switch definition.objects {
        case .text(let text): parameters["objects"] = text
        case .entries(let entries): parameters["objects"] = text(of: entries)
        case .unknown: break
        }
        let secrets = definition.secretObjects.map { secret -> JSON in
            [
                "secretName": .string(secret.name), "type": .string(secret.type),
                "data": .array(secret.data.map { ["objectName": .string($0.file), "key": .string($0.key)] }),
            ]
        }
        return [
            "apiVersion": "secrets-store.csi.x-k8s.io/v1", "kind": "SecretProviderClass",
            "metadata": ["name": .string(definition.name)],
            "spec": [
                "provider": .string(definition.provider), "parameters": .object(parameters.mapValues { .string($0) }),
                "secretObjects": .array(secrets),
            ],
        ]
    }

    /// `objects` as a manifest has it.
    static func text(of entries: [RequestedObject]) -> String {
        if entries.isEmpty { return "array: []" }
        let items = entries.map { entry in
            var fields = [("objectName", entry.name), ("objectType", entry.type)]
            fields += [
                ("objectAlias", entry.alias), ("objectVersion", entry.version), ("objectFormat", entry.format),
                ("objectEncoding", entry.encoding), ("filePermission", entry.permission),
            ].filter { !$0.1.isEmpty }.map { ($0.0, "\"\($0.1)\"") }
            if entry.history != 0 { fields.append(("objectVersionHistory", "\(entry.history)")) }
            return "  - |\n" + fields.map { "    \($0.0): \($0.1)\n" }.joined()
        }
        return "array:\n" + items.joined()
    }

    static func manifest(of pod: PodDefinition) -> JSON {
        let containers = pod.containers.map { container -> JSON in
            let mounts = container.mounts.map { mount -> JSON in
                var written: JSON = ["name": .string(mount.volume), "mountPath": .string(mount.path)]
                written["subPath"] = mount.subPath.map { .string($0) }
                return written
            }
            let variables = container.variables.enumerated().map { index, variable -> JSON in
                [
                    "name": .string("V\(index)"),
                    "valueFrom": [
                        "secretKeyRef": ["name": .string(variable.secret), "key": .string(variable.key ?? "")]
                    ],
                ]
            }
            return [
                "name": .string(container.name), "image": "image:1", "volumeMounts": .array(mounts),
                "env": .array(variables),
            ]
        }
        return [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(pod.name)],
            "spec": [
                "serviceAccountName": .string(pod.serviceAccount), "containers": .array(containers),
                "nodeSelector": .object(pod.nodeSelector.mapValues { .string($0) }),
                "volumes": .array(pod.volumes.map(volume)),
            ],
        ]
    }

    private static func volume(_ volume: VolumeDefinition) -> JSON {
        switch volume.source {
        case .files(let source):
            var attributes: [String: JSON] = source.attributes.mapValues { .string($0) }
            attributes["secretProviderClass"] = source.className.map { .string($0) }
            var csi: JSON = [
                "driver": .string(ClassVolume.driver), "readOnly": .bool(source.isReadOnly),
                "volumeAttributes": .object(attributes),
            ]
            csi["nodePublishSecretRef"] = source.credentialsSecret.map { ["name": .string($0)] }
            return ["name": .string(volume.name), "csi": csi]
        case .secret(let name, _, let isOptional):
            return [
                "name": .string(volume.name), "secret": ["secretName": .string(name), "optional": .bool(isOptional)],
            ]
        case .other: return ["name": .string(volume.name), "emptyDir": [:]]
        }
    }
}
