import Foundation
import PurserProof
import PurserSyntax
import PurserTestSupport
import Testing

@testable import PurserResources
@testable import PurserSandbox

/// Whole environments, from the text of a spec: what the proof says of each pod is what the sandbox's driver does with it.
@Suite struct EnvironmentDifferentialTests {
    /// `PURSER_CASES` asks for more.
    private static let environments =
        ProcessInfo.processInfo.environment["PURSER_CASES"].flatMap { Int($0) } ?? 400

    /// All identities trust the pods' service account: where a class reads as one of them, the spec makes it so.
    private static func machine() async throws -> SandboxMachine {
        let machine = try await SandboxMachine()
        for identity in machine.identities { try await machine.trust(identity, namespace: GeneratedCase.namespace) }
        return machine
    }

    @Test func `every pod of the environments that the proof passes has exactly the files that it foretells`()
        async throws
    {
        let reader = try await SpecScene()
        var generator = SeededGenerator(for: "environments")
        var tally = Tally()
        var passed = 0
        var machine = try await Self.machine()
        var pods = 0
        for number in 0..<Self.environments {
            // A world in which much has been made is slow.
            if number % 50 == 49 { machine = try await Self.machine() }
            let drawn = GeneratedEnvironment(&generator, machine, number: number)
            let (scene, problems) = try reader.read(drawn.text)
            try #require(problems.isEmpty, "\(problems.map(\.message))\n\(drawn.text)")
            let proof = Prover.proof(of: scene)
            try await drawn.make(in: machine)
            if proof.pods.allSatisfy({ $0.verdict == .proved }) { passed += 1 }
            for (index, pod) in drawn.pods.enumerated() {
                let found = try #require(proof.pods.first { $0.subject == "pods/\(pod.name)" })
                let run = try drawn.run(of: scene, pod, machine)
                let actual = try await SandboxRun(machine, number * 10 + index).outcome(of: run)
                pods += 1
                let wrong = tally.add(found, actual)
                if !wrong.isEmpty, tally.wrong <= 8 {
                    Issue.record(
                        "environment \(number), \(pod.name): \(wrong.joined(separator: "\n"))\n\(found.undecided)\n\(drawn.text)"
                    )
                }
            }
        }
        print("environments: \(Self.environments) from specs, \(passed) passed by the proof; " + tally.summary(pods))
        #expect(tally.wrong == 0)
        #expect(passed > Self.environments / 10)
        #expect(tally.mounted > pods / 4 && tally.failed > pods / 4)
        #expect(tally.undecided < pods / 4)
    }
}

extension GeneratedEnvironment {
    /// Makes the vault, with what is in it and who may read it.
    func make(in machine: SandboxMachine) async throws {
        let principals = Dictionary(uniqueKeysWithValues: machine.identities.map { ($0.name, $0.principalId) })
        let granted = permissions.compactMap { name, lists in principals[name].map { ($0, lists) } }
        let roles = granted.flatMap { principal, lists in
            KeyVaultRole.least(for: PermissionSet(lists)).compactMap { BuiltInRole(rawValue: $0.id) }.map {
                (principal, $0)
            }
        }
        await machine.makeVault(
            vault, isRBAC: isRBAC, policies: isRBAC ? [] : granted, roles: isRBAC ? roles : [])
        for secret in secrets {
            _ = await machine.secret(
                secret.name, ["value of \(secret.name)"], disabling: secret.isEnabled ? [] : [0], in: vault)
        }
        for certificate in certificates {
            _ = await machine.certificate(
                certificate.name, certificate.contentType, isExportable: true, in: vault)
        }
        for key in keys { _ = await machine.key(key, in: vault) }
    }

    /// What the driver gets to mount for a pod.
    func run(of scene: Scene, _ pod: Pod, _ machine: SandboxMachine) throws -> GeneratedCase {
        let definition = try #require(scene.pods.first { $0.label == "pods/\(pod.name)" })
        let classes = definition.volumes.compactMap { volume in
            if case .files(let source) = volume.source { source.className } else { nil }
        }
        let mounted = try #require(scene.classes.first { $0.name == classes.first })
        var run = GeneratedCase()
        run.parameters = mounted.parameters.mapValues { text in
            machine.identities.reduce(text) { $0.replacing("${identities/\($1.name).clientId}", with: $1.clientId) }
                .replacing("${vaults/v.tenantId}", with: WorldFacts.tenant)
        }
        guard case .entries(let entries) = mounted.objects else { throw GenerationError.noObjects }
        run.objects = SceneManifests.text(of: entries)
        run.secretObjects = mounted.secretObjects
        run.pool = pod.pool
        run.account = definition.serviceAccount
        run.audiences = audiences
        run.separatesFiles = separatesFiles
        return run
    }

    private enum GenerationError: Error { case noObjects }
}
