import PurserClients
import PurserEngine
import PurserProof
import PurserSyntax
import PurserTestSupport
import Testing

@testable import PurserResources

/// What a vault holds that exists already is part of the proof, as far as it may be listed.
@Suite(.enabled(if: SandboxProcess.isBuilt), .serialized)
struct LiveVaultTests {
    /// Another one's: a secret that is fine, one that is disabled, one that is expired, and one that is not valid yet.
    private static let made = """
        groups:
          demo: {name: demo-group}
        identities:
          demo: {name: demo-identity, group: demo, nodes: all}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: policies
            access:
              demo: {identity: demo, secrets: [get], keys: [get], certificates: [get]}
            secrets:
              good: {value: {generate: {length: 32}}}
              disabled: {value: {generate: {length: 32}}, enabled: false}
              expired: {value: {generate: {length: 32}}, expires: 2020-01-01}
              future: {value: {generate: {length: 32}}, notBefore: 2200-01-01}
            keys:
              signing: {keyType: EC}

        """

    private static func said(_ objects: String) -> String {
        """
        groups:
          demo: {name: demo-group, existing: true}
        identities:
          demo: {name: demo-identity, group: demo, existing: true, nodes: {scaleSets: all, existing: true}}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: policies
            existing: true
            access:
              demo: {identity: demo, secrets: [get], keys: [get], certificates: [get], existing: true}
        secretProviderClasses:
          app: {namespace: web, vault: demo, identity: {userAssigned: demo}, objects: [\(objects)]}
        pods:
          app:
            namespace: web
            mounts: [{secretProviderClass: app, path: /mnt}]
            spec: {containers: [{name: c, image: "i:1"}]}

        """
    }

    private func proof(_ objects: String, _ harness: AzureHarness, _ sandbox: SandboxProcess) async throws -> PodProof {
        let spec = try harness.spec(Self.said(objects), settings: sandbox.settings)
        let graph = try ResourceGraph(environment: spec.environment, resources: spec.resources)
        let observations = await Refresh(catalog: harness.catalog, secrets: harness.secrets, parallelism: 4)
            .observations(
                of: graph, recorded: StateSnapshot(environment: spec.environment, lineage: ""), renames: [:])
        let live = await LiveVaultReader(keyVault: harness.clients.keyVault).contents(of: spec, observations)
        #expect(!live.isEmpty)
        return try #require(Prover.proof(of: EnvironmentScene.scene(of: spec, live: live)).pods.first)
    }

    /// Gives all who have a policy already, the caller among them, the right to list secrets and keys.
    private func allowLists(_ harness: AzureHarness, _ sandbox: SandboxProcess) async throws {
        let path =
            "/subscriptions/\(sandbox.subscription)/resourceGroups/demo-group/providers/Microsoft.KeyVault/vaults/demo-keyvault"
        let vault = try #require(try await harness.clients.arm.get(path, apiVersion: AzureVersion.vaults))
        let policies = (vault.at("properties", "accessPolicies")?.array ?? []).map { policy -> JSONValue in
            var policy = policy
            policy["permissions"] = ["secrets": ["list"], "keys": ["list"]]
            return policy
        }
        _ = try await harness.clients.arm.put(
            "\(path)/accessPolicies/add", apiVersion: AzureVersion.vaults,
            body: ["properties": ["accessPolicies": .array(policies)]])
    }

    @Test func `what is missing, disabled, expired or of another kind is told; what may not be listed is undecided`()
        async throws
    {
        try await SandboxProcess.with { harness, sandbox in
            let report = try await harness.apply(Self.made, settings: sandbox.settings)
            #expect(report.ending == .done, "\(report.failures)")
            let hidden = try await proof("{secret: disabled}", harness, sandbox)
            #expect(
                hidden.undecided.contains { $0.reason == "whether vaults/demo has the secret 'disabled' is not known" })
            try await allowLists(harness, sandbox)
            let cases: [(object: String, code: DiagnosticCode?, words: String)] = [
                ("{secret: good}", nil, ""),
                ("{secret: disabled}", .objectDisabled, "vaults/demo/secrets/disabled is disabled"),
                ("{secret: expired}", .objectExpired, "vaults/demo/secrets/expired is expired"),
                ("{secret: future}", .objectExpired, "vaults/demo/secrets/future is not valid yet"),
                ("{secret: god}", .unknownVaultObject, "vaults/demo has no secret 'god'"),
                ("{secret: signing}", .wrongKind, "vaults/demo/keys/signing is a key"),
                ("{key: signing}", nil, ""),
                ("{key: good}", .wrongKind, "vaults/demo/secrets/good is a secret"),
            ]
            for (object, code, words) in cases {
                let proof = try await proof(object, harness, sandbox)
                let told = proof.findings.filter { $0.link == .objects }
                #expect(told.map(\.code) == [code].compactMap(\.self), "\(object): \(told.map(\.message))")
                #expect(told.allSatisfy { $0.message.hasPrefix(words) }, "\(told.map(\.message))")
                #expect(!proof.undecided.contains { $0.link == .objects }, "\(object)")
            }
            // No certificates are declared, so that nobody has given the caller the right to list them.
            let unlisted = try await proof("{certificate: tls, as: cert}", harness, sandbox)
            #expect(unlisted.findings.filter { $0.link == .objects }.isEmpty)
            #expect(unlisted.undecided.contains { $0.reason.contains("has the cert 'tls' is not known") })
        }
    }
}
