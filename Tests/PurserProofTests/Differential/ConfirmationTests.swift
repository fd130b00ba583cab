import PurserProof
import PurserSyntax
import PurserTestSupport
import Testing

@testable import PurserSandbox

/// What the proof foretells of a pod, the sandbox's cluster confirms: events, files and Secrets as a user would see
/// them.
@Suite struct ConfirmationTests {
    /// One thing done to a sound scene.
    struct Change: Sendable {
        let name: String
        let make: @Sendable (inout Scene, SandboxMachine) -> Void

        init(_ name: String, _ make: @escaping @Sendable (inout Scene, SandboxMachine) -> Void) {
            self.name = name
            self.make = make
        }
    }

    @Test func `the cluster confirms what the proof foretells of each change, and of changes together`() async throws {
        let machine = try await SandboxMachine()
        let cluster = try await ClusterMachine(machine)
        var generator = SeededGenerator(for: "confirmation")
        var running = 0
        var failing = 0
        for number in 0..<Self.changes.count + 16 {
            var changes = number < Self.changes.count ? [Self.changes[number]] : []
            if number >= Self.changes.count {
                changes = Array(
                    Self.changes.shuffled(using: &generator).prefix(Int.random(in: 0...2, using: &generator)))
            }
            var scene = ConfirmationScene.scene(machine, namespace: "n\(number)")
            for change in changes { change.make(&scene, machine) }
            for identity in machine.identities.prefix(2) {
                try await machine.trust(identity, namespace: "n\(number)")
            }
            let proof = Prover.proof(of: scene).pods[0]
            let outcome = try await cluster.outcome(of: scene, in: scene.pods[0].namespace ?? "")
            let problems = Self.differences(proof, outcome)
            if !problems.isEmpty {
                Issue.record("\(number) \(changes.map(\.name)): \(problems.joined(separator: "\n"))\n\(outcome.events)")
            }
            if outcome.isRunning { running += 1 } else { failing += 1 }
        }
        print("confirmation: \(running + failing) pods, \(running) running, \(failing) failing, as foretold")
        #expect(running > 10 && failing > 20)
    }

    private static func differences(_ proof: PodProof, _ outcome: ClusterMachine.Outcome) -> [String] {
        var problems: [String] = []
        let isFailing =
            proof.volumes.contains { $0.failure != nil }
            || proof.findings.contains {
                $0.severity == .error && $0.effect == .containerFails
            }
        if outcome.isRunning == isFailing, proof.verdict != .undecided {
            problems.append(isFailing ? "foretold to fail, but runs" : "foretold to run, but does not")
        }
        for volume in proof.volumes {
            if let failure = volume.failure {
                let isMet = outcome.events.contains { Tally.matches(failure, $0) }
                if !isMet { problems.append("not met: \(failure)") }
            } else if proof.isMounted(volume.volume) {
                let foretold = Set(volume.files.map(\.path))
                let found = outcome.files[volume.volume] ?? []
                if foretold != found { problems.append("files \(foretold.sorted()), but \(found.sorted())") }
                problems += differences(volume.secrets, outcome)
            }
        }
        return problems
    }

    private static func differences(_ secrets: [SyncedSecret], _ outcome: ClusterMachine.Outcome) -> [String] {
        secrets.compactMap { secret in
            let found = outcome.secrets[secret.name]
            if let failure = secret.failure {
                let isMet = found == nil && outcome.events.contains { Tally.matches(failure, $0) }
                // Of an entry without data there is only a line in the driver's log.
                return isMet || failure.hasSuffix("is empty") ? nil : "Secret not refused: \(failure)"
            }
            return found == Set(secret.keys.keys)
                ? nil : "Secret \(secret.name): \(secret.keys.keys), but \(found ?? [])"
        }
    }

    private static let changes = [
        Change("nothing") { _, _ in },
        Change("no class name") { scene, _ in scene.changeFiles { $0.className = nil } },
        Change("unknown class") { scene, _ in scene.changeFiles { $0.className = "other" } },
        Change("other namespace") { scene, _ in scene.classes[0].namespace = "elsewhere" },
        Change("not read-only") { scene, _ in scene.changeFiles { $0.isReadOnly = false } },
        Change("not mounted") { scene, _ in scene.pods[0].containers[0].mounts.removeFirst() },
        Change("provider") { scene, _ in scene.classes[0].provider = "Azure" },
        Change("no provider") { scene, _ in scene.classes[0].provider = "" },
        Change("no vault name") { scene, _ in scene.classes[0].parameters["keyvaultName"] = nil },
        Change("no tenant") { scene, _ in scene.classes[0].parameters["tenantID"] = "" },
        Change("flag") { scene, _ in scene.classes[0].parameters["useVMManagedIdentity"] = "on" },
        Change("several modes") { scene, _ in
            scene.classes[0].parameters["useVMManagedIdentity"] = "true"
            scene.classes[0].parameters["usePodIdentity"] = "true"
        },
        Change("no mode") { scene, _ in scene.classes[0].parameters["clientID"] = nil },
        Change("service account") { scene, _ in scene.pods[0].serviceAccount = "other" },
        Change("untrusted identity") { scene, machine in
            scene.classes[0].parameters["clientID"] = machine.identities[2].clientId
        },
        Change("not permitted") { scene, machine in
            scene.classes[0].parameters["clientID"] = machine.identities[1].clientId
            scene.classes[0].objects = .text("array:\n  - |\n    objectName: cert-pfx\n    objectType: cert")
        },
        Change("node identity") { scene, machine in scene.useNodeIdentity(machine.identities[0].clientId) },
        Change("resource id") { scene, machine in scene.useNodeIdentity(machine.identities[0].resourceId) },
        Change("several identities") { scene, _ in scene.useNodeIdentity(nil) },
        Change("nowhere") { scene, _ in scene.classes[0].parameters["keyvaultName"] = "proof-nowhere" },
        Change("override") { scene, _ in scene.changeFiles { $0.attributes = ["keyvaultName": "proof-roles"] } },
        Change("no objects") { scene, _ in scene.classes[0].objects = .text("array: []") },
        Change("forgotten bar") { scene, _ in scene.classes[0].objects = .text("array:\n  - objectName: plain") },
        Change("disabled") { scene, _ in
            scene.classes[0].objects = .text("array:\n  - |\n    objectName: 'off'\n    objectType: secret")
        },
        Change("history") { scene, _ in
            scene.classes[0].objects = .text(
                ConfirmationScene.objects
                    + "\n  - |\n    objectName: many\n    objectType: secret\n    objectVersionHistory: 2")
        },
        Change("file missing") { scene, _ in scene.classes[0].secretObjects[0].data[0].file = "cert" },
        Change("certificate alone") { scene, _ in
            scene.classes[0].objects = .text("array:\n  - |\n    objectName: cert-pfx\n    objectType: cert")
        },
        Change("secret name") { scene, _ in scene.classes[0].secretObjects[0].name = "Bad_Name" },
        Change("no data") { scene, _ in scene.classes[0].secretObjects[0].data = [] },
        Change("third key") { scene, _ in
            scene.classes[0].secretObjects[0].data.append(.init(file: "cert-pfx", key: "ca.crt"))
        },
        Change("variable") { scene, _ in scene.pods[0].containers[0].variables = [.init(secret: "tls", key: "tls.crt")]
        },
        Change("unknown key") { scene, _ in
            scene.pods[0].containers[0].variables = [.init(secret: "tls", key: "tls.pem")]
        },
        Change("unknown secret") { scene, _ in
            scene.pods[0].containers[0].variables = [.init(secret: "nowhere", key: "a")]
        },
        Change("secret volume") { scene, _ in
            scene.pods[0].volumes.append(
                VolumeDefinition(name: "tls", source: .secret(name: "tls", keys: nil, isOptional: false)))
            scene.pods[0].containers[0].mounts.append(.init(volume: "tls", path: "/tls"))
        },
    ]
}

extension PodProof {
    /// Whether some container mounts a volume: kubelet sets up no other.
    fileprivate func isMounted(_ volume: String) -> Bool {
        !findings.contains { $0.code == .volumeNotMounted && $0.message.contains("'\(volume)'") }
    }
}

extension Scene {
    fileprivate mutating func changeFiles(_ change: (inout ClassVolume) -> Void) {
        guard case .files(var volume) = pods[0].volumes[0].source else { return }
        change(&volume)
        pods[0].volumes[0].source = .files(volume)
    }

    fileprivate mutating func useNodeIdentity(_ clientId: String?) {
        classes[0].parameters["clientID"] = nil
        classes[0].parameters["useVMManagedIdentity"] = "true"
        classes[0].parameters["userAssignedIdentityID"] = clientId
    }
}

/// A class and a pod that are sound over the machine's vaults.
enum ConfirmationScene {
    static let objects = """
        array:
          - |
            objectName: plain
            objectType: secret
          - |
            objectName: cert-pfx
            objectType: secret
        """

    static func scene(_ machine: SandboxMachine, namespace: String) -> Scene {
        var drawn = ProofRunner(machine).scene(audiences: [IdentityAudience.workload])
        var definition = ClassDefinition(
            label: "class", name: "class", namespace: namespace,
            parameters: [
                "keyvaultName": "proof-policies", "tenantID": WorldFacts.tenant,
                "clientID": machine.identities[0].clientId,
            ], objects: .text(objects))
        definition.secretObjects = [
            SecretObjectDefinition(
                name: "tls", type: "kubernetes.io/tls",
                data: [.init(file: "cert-pfx", key: "tls.crt"), .init(file: "cert-pfx", key: "tls.key")])
        ]
        var pod = PodDefinition(label: "pod", name: "app", namespace: namespace)
        pod.serviceAccount = "payments"
        pod.nodeSelector = ["agentpool": "many"]
        pod.volumes = [VolumeDefinition(name: "kv", source: .files(ClassVolume(className: "class")))]
        pod.containers = [ContainerDefinition(name: "c", mounts: [.init(volume: "kv", path: "/kv")])]
        for index in drawn.identities.indices where !drawn.identities[index].credentials.isEmpty {
            drawn.identities[index].credentials[0].subject = "system:serviceaccount:\(namespace):payments"
        }
        drawn.classes = [definition]
        drawn.pods = [pod]
        drawn.hasAllSecrets = true
        return drawn
    }
}
