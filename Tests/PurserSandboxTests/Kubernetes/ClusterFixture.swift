import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import PurserSandbox

/// A cluster in a directory of its own, over a scripted Azure and a clock that moves only when told to.
struct ClusterFixture: Sendable {
    static let token = "fixture-token"
    static let scaleSet = "aks-nodepool1-12345678-vmss"
    static let node = "aks-nodepool1-12345678-vmss000000"

    let directory: FilePath
    let azure: ScriptedAzure
    let clock: ManualDate
    let world: KubernetesWorld

    /// Runs `body` over a new cluster with one node; its directory is removed afterwards.
    static func with(_ body: (ClusterFixture) async throws -> Void) async throws {
        let directory = FilePath(FileManager.default.temporaryDirectory.path).appending("cluster-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: directory.string) }
        let fixture = try ClusterFixture(directory: directory)
        try await fixture.world.bootstrap()
        try await fixture.world.synchronizeNodes(scaleSets: [scaleSet])
        try await fixture.world.reconcile()
        try await body(fixture)
    }

    private init(directory: FilePath, azure: ScriptedAzure = ScriptedAzure(), clock: ManualDate = ManualDate()) throws {
        self.directory = directory
        self.azure = azure
        self.clock = clock
        world = KubernetesWorld(
            store: try Store(directory: directory.appending("store")), azure: azure, directory: directory,
            token: Self.token, vaultSuffix: "vault.purser.test", subscription: "sub",
            nodeResourceGroup: "aks-nodes-west-dev", issuer: "https://oidc.purser.test/tenant/", now: { clock.now })
    }

    /// The same world as after a restart of the sandbox.
    func restarted() throws -> ClusterFixture {
        try ClusterFixture(directory: directory, azure: azure, clock: clock)
    }

    // MARK: - Requests

    @discardableResult
    func send(
        _ method: String, _ target: String, _ body: JSON? = nil, type: String = "application/json",
        accept: String? = nil, as user: String? = nil
    ) async -> (status: Int, body: JSON, headers: Headers) {
        var headers: Headers = ["Authorization": "Bearer \(Self.token)"]
        headers["Impersonate-User"] = user
        if body != nil { headers["Content-Type"] = type }
        headers["Accept"] = accept
        let response = await world.api.respond(
            to: SandboxRequest(method, target, headers: headers, body: body?.bytes() ?? []))
        guard case .bytes(let bytes) = response.body else { return (response.status, .null, response.headers) }
        return (response.status, (try? JSON(parsing: bytes)) ?? .null, response.headers)
    }

    func get(_ target: String) async -> JSON { await send("GET", target).body }

    /// Server-side apply by a manager.
    @discardableResult
    func apply(
        _ target: String, _ object: JSON, manager: String = "purser", force: Bool = false
    ) async -> (status: Int, body: JSON, headers: Headers) {
        await send(
            "PATCH", "\(target)?fieldManager=\(manager)&force=\(force)", object, type: "application/apply-patch+yaml")
    }

    func eventMessages(_ namespace: String, reason: String) async -> [String] {
        let events = await get("/api/v1/namespaces/\(namespace)/events")["items"]?.arrayValue ?? []
        return events.filter { $0["reason"]?.stringValue == reason }.compactMap { $0["message"]?.stringValue }
    }

    // MARK: - What a chart would install

    /// The two definitions as the chart ships them.
    func installDefinitions() async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources/PurserSandbox/Charts/csi-secrets-store-provider-azure/charts")
            .appending(path: "secrets-store-csi-driver/crds")
        for name in ["secretproviderclasses", "secretproviderclasspodstatuses"] {
            let text = try String(contentsOf: folder.appending(path: "\(name).yaml"), encoding: .utf8)
            let made = await send(
                "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", try YAMLDocument(parsing: text).json)
            #expect(made.status == 201, "\(made.body)")
        }
        try await world.reconcile()
    }

    /// Driver and provider, as the chart's DaemonSets are.
    func installDriver(rotates: Bool = false, syncs: Bool = true) async throws {
        try await installDefinitions()
        await send("POST", "/api/v1/namespaces", ["metadata": ["name": "csi"]])
        for name in ["secrets-store-csi-driver", "csi-secrets-store-provider-azure"] {
            await send("POST", "/api/v1/namespaces/csi/serviceaccounts", ["metadata": ["name": .string(name)]])
        }
        await send("POST", "/apis/storage.k8s.io/v1/csidrivers", Self.csiDriver)
        if syncs { await installSyncRole() }
        var arguments = ["--nodeid=$(KUBE_NODE_NAME)", "--provider-volume=/var/run/secrets-store-csi-providers"]
        if rotates { arguments.append("--enable-secret-rotation=true") }
        arguments.append("--rotation-poll-interval=1m")
        await addDaemonSet("secrets-store-csi-driver", "secrets-store-csi-driver", arguments)
        await addDaemonSet(
            "csi-csi-secrets-store-provider-azure", "csi-secrets-store-provider-azure",
            ["--endpoint=unix:///provider/azure.sock", "--construct-pem-chain=true"])
        try await world.reconcile()
    }

    private static let csiDriver: JSON = [
        "metadata": ["name": "secrets-store.csi.k8s.io"],
        "spec": [
            "podInfoOnMount": true, "attachRequired": false, "volumeLifecycleModes": ["Ephemeral"],
            "tokenRequests": [["audience": "api://AzureADTokenExchange"]],
        ],
    ]

    private func installSyncRole() async {
        await send(
            "POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            [
                "metadata": ["name": "secretprovidersyncing-role"],
                "rules": [
                    ["apiGroups": [""], "resources": ["secrets"], "verbs": ["create", "get", "list", "patch"]]
                ],
            ])
        await send(
            "POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            [
                "metadata": ["name": "secretprovidersyncing-rolebinding"],
                "roleRef": ["kind": "ClusterRole", "name": "secretprovidersyncing-role"],
                "subjects": [
                    ["kind": "ServiceAccount", "name": "secrets-store-csi-driver", "namespace": "csi"]
                ],
            ])
    }

    private func addDaemonSet(_ name: String, _ app: String, _ arguments: [String]) async {
        let labels: JSON = ["app": .string(app)]
        let made = await send(
            "POST", "/apis/apps/v1/namespaces/csi/daemonsets",
            [
                "metadata": ["name": .string(name)],
                "spec": [
                    "selector": ["matchLabels": labels],
                    "template": [
                        "metadata": ["labels": labels],
                        "spec": [
                            "serviceAccountName": .string(app),
                            "containers": [
                                [
                                    "name": "main", "image": "image:1", "args": .array(arguments.map { .string($0) }),
                                    "volumeMounts": [["name": "providers", "mountPath": "/provider"]],
                                ]
                            ],
                            "volumes": [
                                ["name": "providers", "hostPath": ["path": "/var/run/secrets-store-csi-providers"]]
                            ],
                        ],
                    ],
                ],
            ])
        #expect(made.status == 201, "\(made.body)")
    }
}

/// A clock that stands still until it is moved.
final class ManualDate: Sendable {
    private let date = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

    var now: Date { date.withLock { $0 } }

    func advance(by seconds: TimeInterval) { date.withLock { $0 += seconds } }
}

/// An Azure that answers as a test tells it to.
final class ScriptedAzure: AzureForNodes {
    struct State {
        /// Client ids on the scale set.
        var assigned: Set<String> = ["client-1"]
        /// Answers by path, e.g. `secrets/NAME/` for the latest version.
        var objects: [String: JSON] = [:]
        /// Answers other than 200, by path.
        var refusals: [String: (status: Int, body: JSON)] = [:]
        var calls: [String] = []
        var forms: [[String: String]] = []
    }

    let state = Mutex(State())

    /// Lets a vault hold a secret.
    func put(secret name: String, _ value: String, version: String = "v1") {
        let answer: JSON = [
            "value": .string(value), "id": .string("https://kv.vault.purser.test/secrets/\(name)/\(version)"),
        ]
        state.withLock {
            $0.objects["secrets/\(name)/"] = answer
            $0.objects["secrets/\(name)/\(version)"] = answer
        }
    }

    func put(_ path: String, _ answer: JSON) { state.withLock { $0.objects[path] = answer } }

    func instanceToken(
        nodeResourceGroup: String, scaleSet: String, clientID: String?, resource: String
    ) async -> (status: Int, body: JSON) {
        state.withLock { state in
            guard scaleSet == ClusterFixture.scaleSet, let clientID, state.assigned.contains(clientID) else {
                return (400, ["error": "invalid_request", "error_description": "Identity not found"])
            }
            return (200, ["access_token": "instance-token"])
        }
    }

    func token(tenant: String, form: [String: String]) async -> (status: Int, body: JSON) {
        state.withLock { $0.forms.append(form) }
        return (200, ["access_token": "entra-token"])
    }

    func vault(_ method: String, url: String, token: String, body: JSON?) async -> (status: Int, body: JSON) {
        state.withLock { state in
            let path = url.split(separator: "/").dropFirst(2).joined(separator: "/")
            let key = String(path.prefix { $0 != "?" })
            state.calls.append("\(method) \(url)")
            if let refusal = state.refusals[key] { return refusal }
            guard let object = state.objects[key] else {
                return (404, ["error": ["code": "SecretNotFound", "message": .string("not in the script: \(key)")]])
            }
            return (200, object)
        }
    }
}
