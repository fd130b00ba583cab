import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@testable import PurserResources

/// `existing: true` against the sandbox: what is there as it is said plans nothing, and what is not is an error.
@Suite(.enabled(if: SandboxProcess.isBuilt), .serialized)
struct ExistingTests {
    private static func made(_ model: String) -> String {
        """
        groups:
          demo: {name: demo-group}
        identities:
          demo: {name: demo-identity, group: demo, nodes: all}
          loose: {name: loose-identity, group: demo}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: \(model)
            access:
              demo: {identity: demo, secrets: [get]}
            secrets:
              made: {value: {generate: {length: 32}}}
            keys:
              signing: {keyType: EC}

        """
    }

    private static func said(
        _ model: String, access: String = "secrets: [get]", bound: String = "demo", secret: String = "made"
    ) -> String {
        """
        groups:
          demo: {name: demo-group, existing: true}
        identities:
          demo: {name: demo-identity, group: demo, existing: true}
          \(bound == "demo" ? "other" : "demo-too"): {name: \(bound)-identity, group: demo, existing: true, nodes: {scaleSets: all, existing: true}}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: \(model)
            existing: true
            access:
              demo: {identity: demo, \(access), existing: true}
            secrets:
              \(secret): {existing: true}
            keys:
              signing: {existing: true}

        """
    }

    /// Another one's spec of the same world, who has no state of it.
    private func plan(_ text: String, _ harness: AzureHarness, _ sandbox: SandboxProcess) async throws -> [String] {
        do {
            return try await AzureHarness(clients: harness.clients).plan(text, settings: sandbox.settings).lines
        } catch let error as Diagnostics {
            return error.sorted().map { "\($0.code): \($0.message)" }
        }
    }

    @Test(arguments: ["policies", "rbac"])
    func `what is there as it is said plans nothing`(_ model: String) async throws {
        try await SandboxProcess.with { harness, sandbox in
            let report = try await harness.apply(Self.made(model), settings: sandbox.settings)
            #expect(report.ending == .done, "\(report.failures)")
            #expect(try await plan(Self.said(model), harness, sandbox) == [])
            #expect(
                try await plan(Self.said(model, access: "secrets: [get, set]"), harness, sandbox)
                    == ["plan/existing-not-found: vaults/demo/access/demo is said to exist, but does not"])
            #expect(
                try await plan(Self.said(model, bound: "loose"), harness, sandbox)
                    == ["plan/existing-not-found: identities/demo-too/nodes is said to exist, but does not"])
            #expect(
                try await plan(Self.said(model, secret: "absent"), harness, sandbox)
                    == ["plan/existing-not-found: vaults/demo/secrets/absent is said to exist, but does not"])
        }
    }
}
