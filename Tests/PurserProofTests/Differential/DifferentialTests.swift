import Foundation
import PurserProof
import PurserTestSupport
import SwiftASN1
import SystemPackage
import Testing

@testable import PurserSandbox

/// The proof and the sandbox are two implementations of one behaviour that share nothing. Both get thousands of
/// cases; what
/// the one foretells must be what the other does.
@Suite struct DifferentialTests {
    private static let cases = 2_000

    @Test func `the proof foretells what the sandbox's driver does`() async throws {
        let machine = try await SandboxMachine()
        try #require(machine.identities.allSatisfy { !$0.clientId.isEmpty })
        try #require(machine.vaults.allSatisfy { $0.objects.allSatisfy { $0.versions.allSatisfy { !$0.id.isEmpty } } })
        var generator = SeededGenerator(for: "differential")
        var tally = Tally()
        for number in 0..<Self.cases {
            let drawn = GeneratedCase(&generator, machine)
            let actual = try await SandboxRun(machine, number).outcome(of: drawn)
            let foretold = ProofRunner(machine).proof(of: drawn)
            let wrong = tally.add(foretold, actual)
            if !wrong.isEmpty, tally.wrong <= 12 {
                Issue.record(
                    "case \(number): \(wrong.joined(separator: "\n"))\n\(drawn.parameters)\n\(drawn.objects)\n\(drawn.secretObjects)"
                )
            }
        }
        print(tally.summary(Self.cases))
        #expect(tally.wrong == 0)
        #expect(tally.mounted > 400 && tally.failed > 400, "the cases are of one sort only")
        #expect(tally.secrets > 150 && tally.secretFailures > 100)
        #expect(tally.undecided < Self.cases / 4)
    }
}

/// What the sandbox's driver made of a case.
struct SandboxOutcome {
    var failure: String?
    var files: [String: VolumeDirectory.File] = [:]
    /// For each entry of `secretObjects` its data, or the driver's words.
    var secrets: [Result<[String: [UInt8]], ProviderFailure>] = []
}

struct SandboxRun {
    private let machine: SandboxMachine
    private let number: Int

    init(_ machine: SandboxMachine, _ number: Int) {
        self.machine = machine
        self.number = number
    }

    func outcome(of drawn: GeneratedCase) async throws -> SandboxOutcome {
        var outcome = SandboxOutcome()
        let pod: JSON = [
            "metadata": ["name": .string("pod\(number)"), "namespace": .string(GeneratedCase.namespace), "uid": "1"],
            "spec": ["nodeName": "node", "serviceAccountName": .string(drawn.account)],
        ]
        let mount = SecretsStoreDriver.Mount(
            pod: pod, volume: ["name": "kv"], scaleSet: machine.pools[drawn.pool].scaleSet)
        let files = NodeFiles(root: machine.directory.appending("world"))
        let driver = try driver(drawn, files)
        var parameters = drawn.parameters.merging(["objects": drawn.objects]) { $1 }.merging(drawn.attributes) { $1 }
        parameters["csi.storage.k8s.io/pod.name"] = "pod\(number)"
        parameters["csi.storage.k8s.io/pod.namespace"] = GeneratedCase.namespace
        parameters["csi.storage.k8s.io/serviceAccount.tokens"] = try await tokens(drawn)
        do throws(SecretsStoreDriver.MountProblem) {
            let response = try await driver.mounted(mount, drawn.provider, parameters, drawn.credentials ?? [:])
            for file in response.files { outcome.files[file.path] = .init(mode: file.mode, bytes: file.bytes) }
            let contents = files.volume("kv", of: pod).contents()
            outcome.secrets = drawn.secretObjects.map { secret(of: $0, contents) }
        } catch {
            outcome.failure =
                switch error {
                case .text(let text): text
                case .deadlineExceeded: "rpc error: code = DeadlineExceeded desc = context deadline exceeded"
                }
        }
        files.volume("kv", of: pod).remove()
        return outcome
    }

    private func driver(_ drawn: GeneratedCase, _ files: NodeFiles) throws -> SecretsStoreDriver {
        let socket: JSON = [
            "name": "main",
            "args": [
                "--endpoint=unix:///provider/azure.sock",
                .string("--write-cert-and-key-in-separate-files=\(drawn.separatesFiles)"),
            ], "volumeMounts": [["name": "p", "mountPath": "/provider"]],
        ]
        let status: JSON = ["conditions": [["type": "Ready", "status": "True"]]]
        let pods: [JSON] = [
            [
                "metadata": ["name": "driver", "namespace": "csi"], "status": status,
                "spec": ["containers": [["name": "main", "args": ["--nodeid=n", "--provider-volume=/providers"]]]],
            ],
            [
                "metadata": ["name": "provider", "namespace": "csi"], "status": status,
                "spec": ["containers": [socket], "volumes": [["name": "p", "hostPath": ["path": "/providers"]]]],
            ],
        ]
        let installation = try #require(DriverInstallation(podsOnNode: pods))
        return SecretsStoreDriver(
            objects: ObjectStore(store: machine.store, hub: WatchHub(), now: { Date() }), files: files,
            azure: machine.nodes, vaultSuffix: SandboxMachine.suffix, nodeResourceGroup: InitialWorld.nodeGroup,
            installation: installation)
    }

    private func tokens(_ drawn: GeneratedCase) async throws -> String? {
        if drawn.audiences.isEmpty { return nil }
        let account: JSON = [
            "metadata": ["name": .string(drawn.account), "namespace": .string(GeneratedCase.namespace), "uid": "1"]
        ]
        let key = try await machine.store.transaction { try IssuerKey.loaded(from: $0) }
        var tokens: JSON = [:]
        for audience in drawn.audiences {
            let made = try ServiceAccountToken(
                issuer: WorldFacts.clusterIssuer, account: account, key: key,
                now: Date(timeIntervalSince1970: 1_790_000_000)
            ).token(audiences: [audience], seconds: 3600)
            tokens[audience] = ["token": .string(made.text), "expirationTimestamp": .string(made.expiration)]
        }
        return String(decoding: tokens.bytes(), as: UTF8.self)
    }

    private func secret(
        of definition: SecretObjectDefinition, _ contents: [String: [UInt8]]
    ) -> Result<[String: [UInt8]], ProviderFailure> {
        let entry = SecretEntry([
            "secretName": .string(definition.name), "type": .string(definition.type),
            "data": .array(definition.data.map { ["objectName": .string($0.file), "key": .string($0.key)] }),
        ])
        if entry.name.isEmpty { return .failure(.failed("secret name is empty")) }
        if entry.type.isEmpty { return .failure(.failed("secret type is empty")) }
        if entry.data.isEmpty { return .failure(.failed("data is empty")) }
        do throws(ProviderFailure) {
            let data = try entry.secretData(contents, targetPath: "/target")
            let secret: JSON = [
                "metadata": ["name": .string(entry.name), "namespace": "shop"], "type": .string(entry.type),
                "data": data,
            ]
            let causes = ObjectValidation(type: BuiltInResources.secrets).causes(secret, replacing: nil)
            guard causes.isEmpty else { return .failure(.failed("timed out waiting for the condition")) }
            let values = (data.objectValue ?? [:]).compactMapValues { value in
                value.stringValue.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
            }
            return .success(values)
        } catch {
            return .failure(error)
        }
    }
}

/// The same case as a scene.
struct ProofRunner {
    private let machine: SandboxMachine

    init(_ machine: SandboxMachine) { self.machine = machine }

    func proof(of drawn: GeneratedCase) -> PodProof {
        var scene = scene(audiences: drawn.audiences)
        scene.installations[0].separatesFiles = drawn.separatesFiles
        var definition = ClassDefinition(
            label: "class", name: "class", namespace: GeneratedCase.namespace, parameters: drawn.parameters,
            objects: .text(drawn.objects))
        definition.secretObjects = drawn.secretObjects
        scene.classes = [definition]
        scene.pods = [pod(drawn)]
        if let credentials = drawn.credentials {
            scene.secrets = [
                SecretDefinition(
                    label: "Secret", name: "signin", namespace: GeneratedCase.namespace, keys: Set(credentials.keys))
            ]
        }
        return Prover.proof(of: scene).pods[0]
    }

    /// The machine's vaults, identities and nodes, without classes and pods.
    func scene(audiences: [String]) -> Scene {
        var scene = Scene()
        scene.hasAllClasses = true
        scene.hasAllVaults = true
        scene.hasAllIdentities = true
        scene.issuer = WorldFacts.clusterIssuer
        scene.vaults = machine.vaults
        scene.identities = machine.identities.map(identity)
        scene.nodePools = machine.pools.map { pool in
            var found = NodePool(scaleSet: pool.scaleSet, labels: ["agentpool": pool.name])
            found.identities = pool.clientIds
            found.hasSystemIdentity = false
            return found
        }
        scene.installations = [installation(audiences)]
        return scene
    }

    private func identity(_ made: SandboxMachine.Identity) -> IdentityDefinition {
        var identity = IdentityDefinition(
            label: "identities/\(made.name)", clientId: made.clientId, principalId: made.principalId,
            resourceId: made.resourceId)
        identity.hasAllCredentials = true
        if ["full", "reader"].contains(made.name) {
            identity.credentials = [
                FederatedCredential(
                    label: "aks", issuer: WorldFacts.clusterIssuer, subject: SandboxMachine.subject,
                    audience: IdentityAudience.workload)
            ]
        }
        return identity
    }

    private func installation(_ audiences: [String]) -> Installation {
        var installation = Installation(label: "releases/csi", origin: .chart)
        installation.provider = ComponentVersion(1, 8, 2)
        installation.driver = ComponentVersion(1, 5, 6)
        installation.rotates = false
        installation.syncsSecrets = true
        installation.audiences = audiences
        installation.runsOnWindows = false
        installation.separatesFiles = false
        return installation
    }

    private func pod(_ drawn: GeneratedCase) -> PodDefinition {
        var pod = PodDefinition(label: "pod", name: "pod", namespace: GeneratedCase.namespace)
        pod.serviceAccount = drawn.account
        pod.nodeSelector = ["agentpool": machine.pools[drawn.pool].name]
        var volume = ClassVolume(className: "class")
        volume.attributes = drawn.attributes
        volume.credentialsSecret = drawn.credentials == nil ? nil : "signin"
        pod.volumes = [VolumeDefinition(name: "kv", source: .files(volume))]
        pod.containers = [ContainerDefinition(name: "c", mounts: [.init(volume: "kv", path: "/kv")])]
        return pod
    }
}
