import Foundation
import PurserProof
import SystemPackage
import Testing

@testable import PurserSandbox

/// A scene made real: identities, scale sets, vaults and their objects in the sandbox's Azure; driver, classes and pods in its
/// cluster. What a scene leaves open is made so that nothing more goes wrong.
struct SceneWorld {
    let machine: SandboxMachine
    let cluster: ClusterMachine
    /// The scene with the identifiers that things have got.
    private(set) var scene: Scene
    /// What the API server does not take, in its words.
    private(set) var refusals: [String] = []
    /// Texts of the scene by what stands for them in the world.
    private var names: [String: String] = [:]

    /// `manifests` are deployed as they are written, instead of the scene's classes, pods and Secrets.
    init(_ drawn: Scene, manifests: String? = nil) async throws {
        scene = drawn
        machine = try await SandboxMachine(isBare: true)
        var builder = SceneAzure(machine, drawn)
        try await builder.make()
        (scene, names) = (builder.scene, builder.names)
        cluster = try await ClusterMachine(machine, builder.setting)
        try await deploy(manifests)
    }

    var proof: SceneProof { Prover.proof(of: scene) }

    /// Reconciles until what fails has failed twice, and what waits has waited.
    private func settle() async throws {
        for _ in 0..<3 { try await cluster.pass(seconds: 6) }
    }

    // MARK: Deploying

    private mutating func deploy(_ manifests: String?) async throws {
        let namespaces =
            scene.classes.compactMap(\.namespace) + scene.pods.compactMap(\.namespace)
            + scene.secrets.compactMap(\.namespace)
        for name in Set(namespaces).sorted() {
            _ = await cluster.send("POST", "/api/v1/namespaces", ["metadata": ["name": .string(name)]])
        }
        try await cluster.world.reconcile()
        for pod in scene.pods where pod.serviceAccount != "default" {
            _ = await cluster.send(
                "POST", "/api/v1/namespaces/\(pod.namespace ?? "")/serviceaccounts",
                ["metadata": ["name": .string(pod.serviceAccount)]])
        }
        if let manifests {
            for document in manifests.components(separatedBy: "\n---\n") { try await apply(document) }
        } else {
            try await deployScene()
        }
        try await settle()
    }

    private mutating func apply(_ document: String) async throws {
        let text = names.reduce(document) { $0.replacing($1.key, with: $1.value) }
        let object = try YAMLDocument(parsing: text).json
        let version = object["apiVersion"]?.stringValue ?? ""
        let group = version.contains("/") ? "/apis/\(version)" : "/api/\(version)"
        let plurals = ["SecretProviderClass": "secretproviderclasses", "Pod": "pods", "Secret": "secrets"]
        let plural = try #require(plurals[object["kind"]?.stringValue ?? ""])
        let made = await cluster.send("POST", "\(group)/namespaces/\(object.objectNamespace ?? "")/\(plural)", object)
        if made["kind"] == object["kind"] { return }
        refusals.append(try #require(made["message"]?.stringValue, "\(made)"))
    }

    private func deployScene() async throws {
        for secret in scene.secrets {
            let data = (secret.keys ?? []).sorted().map { ($0, JSON.string(text(of: $0))) }
            _ = await cluster.send(
                "POST", "/api/v1/namespaces/\(secret.namespace ?? "")/secrets",
                [
                    "metadata": [
                        "name": .string(secret.name), "labels": .object(secret.labels.mapValues { .string($0) }),
                    ], "stringData": .object(Dictionary(uniqueKeysWithValues: data)),
                ])
        }
        for item in scene.classes {
            let place =
                "/apis/secrets-store.csi.x-k8s.io/\(item.version)/namespaces/\(item.namespace ?? "")/secretproviderclasses"
            _ = await cluster.send("POST", place, SceneManifests.manifest(of: item))
        }
        for pod in scene.pods + podsOfUnusedClasses {
            let made = await cluster.send(
                "POST", "/api/v1/namespaces/\(pod.namespace ?? "")/pods", SceneManifests.manifest(of: pod))
            try #require(made["kind"] == "Pod", "\(made)")
        }
    }

    /// What a key holds: a service principal's keys sign somebody in.
    private func text(of key: String) -> String {
        switch key.lowercased() {
        case "clientid": WorldFacts.deployerClientID
        case "clientsecret": machine.facts.deployerSecret
        default: "example"
        }
    }

    /// A class does nothing without a pod.
    private var podsOfUnusedClasses: [PodDefinition] {
        let used = Set(
            scene.pods.flatMap { pod in
                pod.volumes.compactMap { volume in
                    if case .files(let source) = volume.source { source.className } else { nil }
                }
            })
        return scene.classes.filter { !used.contains($0.name) && $0.namespace == scene.pods.first?.namespace }.map {
            var pod = PodDefinition(label: $0.name, name: "of-\($0.name)", namespace: $0.namespace)
            pod.volumes = [VolumeDefinition(name: "kv", source: .files(ClassVolume(className: $0.name)))]
            pod.containers = [ContainerDefinition(name: "c", mounts: [.init(volume: "kv", path: "/kv")])]
            return pod
        }
    }

    // MARK: Looking

    func pod(_ definition: PodDefinition) async -> JSON {
        await cluster.send("GET", "/api/v1/namespaces/\(definition.namespace ?? "")/pods/\(definition.name)")
    }

    func isRunning(_ definition: PodDefinition) async -> Bool {
        await pod(definition)[path: "status", "phase"] == "Running"
    }

    /// What events and containers' states say.
    func messages() async -> [String] {
        var found: [String] = []
        for name in Set(scene.pods.compactMap(\.namespace)) {
            let events = await cluster.send("GET", "/api/v1/namespaces/\(name)/events")["items"]?.arrayValue ?? []
            found += events.compactMap { $0["message"]?.stringValue }
            let pods = await cluster.send("GET", "/api/v1/namespaces/\(name)/pods")["items"]?.arrayValue ?? []
            for pod in pods {
                let states = pod[path: "status", "containerStatuses"]?.arrayValue ?? []
                found += states.compactMap { $0[path: "state", "waiting", "message"]?.stringValue }
            }
        }
        return found
    }

    /// The files of a volume by path.
    func files(_ volume: String, of definition: PodDefinition) async -> [String: [UInt8]] {
        cluster.files.volume(volume, of: await pod(definition)).contents()
    }

    /// What a container finds below a path of its own, as far as it is a file.
    func seen(at path: String, of definition: PodDefinition) -> [UInt8]? {
        let place = cluster.files.root.appending("pods").appending(definition.namespace ?? "").appending(
            definition.name
        ).appending(definition.containers.first?.name ?? "").appending(path)
        return FileManager.default.contents(atPath: place.string).map { [UInt8]($0) }
    }

    func secret(_ name: String, in namespace: String?) async -> JSON {
        await cluster.send("GET", "/api/v1/namespaces/\(namespace ?? "")/secrets/\(name)")
    }

    // MARK: Changing

    /// Gives every secret and certificate of every vault a new version, and lets the driver's next look pass.
    func rotate() async throws {
        for vault in machine.vaults {
            for object in vault.objects {
                switch object.sort {
                case .secret: _ = await machine.secret(object.name, ["rotated"], in: vault.name)
                case .certificate:
                    _ = await machine.certificate(
                        object.name, "application/x-pkcs12", isExportable: true, in: vault.name)
                case .key: continue
                }
            }
        }
        for _ in 0..<3 { try await cluster.pass(seconds: 130) }
    }
}
