import PurserEngine
import PurserTestSupport
import Testing

@testable import PurserResources

/// What somebody else made, of every kind of Azure: looked up and used, never changed, and left by a destroy.
@Suite(.enabled(if: SandboxProcess.isBuilt), .serialized)
struct ExistingKindsTests {
    private static let owner = """
        groups:
          demo: {name: demo-group, tags: {team: payments}}
        identities:
          demo:
            name: demo-identity
            group: demo
            nodes: all
            federatedCredentials:
              pipeline: {issuer: "https://oidc.example.com/x/", subject: "system:serviceaccount:ns:sa"}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: policies
            access:
              demo: {identity: demo, secrets: [get]}
            secrets:
              text: {value: {env: KEY}}
            certificates:
              web: {selfSigned: {subject: CN=web, validity: 30d}}
            keys:
              sign: {keyType: RSA, size: 2048}

        """

    private static let user = """
        groups:
          demo: {name: demo-group, existing: true}
        identities:
          demo:
            name: demo-identity
            group: demo
            existing: true
            nodes: {existing: true, scaleSets: all}
            federatedCredentials:
              pipeline: {existing: true}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: policies
            existing: true
            access:
              demo: {identity: demo, secrets: [get], existing: true}
            secrets:
              text: {existing: true}
            certificates:
              web: {existing: true}
            keys:
              sign: {existing: true}

        """

    @Test func `every kind is looked up, used and left`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let made = try await harness.apply(Self.owner, settings: sandbox.settings)
            #expect(made.ending == .done, "\(made.failures)")
            let user = AzureHarness(clients: harness.clients)
            let plan = try await user.plan(Self.user, settings: sandbox.settings)
            let kinds = plan.plan.changes.filter { $0.action == .read }.map(\.kind)
            let all = harness.catalog.kinds.map { type(of: $0) }
                .filter { $0.name.text.hasPrefix("azure/") && $0.allowsExisting && $0.name != ManagedCluster.name }
            #expect(Set(kinds).isSuperset(of: all.map { $0.name }), "\(kinds)")
            #expect(plan.lines == [])
            let used = try await user.apply(Self.user, settings: sandbox.settings)
            #expect(used.ending == .done, "\(used.failures)")
            let left = try await user.apply(nil, settings: sandbox.settings)
            #expect(left.ending == .done, "\(left.failures)")
            let still = try await harness.plan(Self.owner, settings: sandbox.settings)
            #expect(still.lines == [])
            #expect(still.plan.drift.isEmpty)
        }
    }
}
