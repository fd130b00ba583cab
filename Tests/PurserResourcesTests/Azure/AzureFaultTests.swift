import PurserClients
import PurserEngine
import PurserTestSupport
import Testing

@testable import PurserResources

/// Every write of a run fails once in every way: the world is then the new one or the former one, nothing between.
@Suite(.enabled(if: SandboxProcess.isBuilt), .serialized)
struct AzureFaultTests {
    private static let demo = """
        groups:
          demo: {name: demo-group, tags: {team: payments}}
        identities:
          demo: {name: demo-identity, group: demo, nodes: all}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: policies
            access:
              demo: {identity: demo, secrets: [get]}
            secrets:
              given: {value: {env: KEY}}
            certificates:
              own: {selfSigned: {subject: CN=own, validity: 365d}}

        """

    private static let changed = demo.replacing("team: payments", with: "team: billing")
        .replacing("policies", with: "policies\n    sku: premium").replacing("secrets: [get]", with: "secrets: [list]")
        .replacing("CN=own", with: "CN=other").replacing("value: {env: KEY}", with: "value: {env: PASSWORD}")

    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Once more than the client tries again.
        let times: Int
        let rule: JSONValue
    }

    static let faults = [
        Fault(testDescription: "refused", times: 1, rule: ["status": 403, "code": "AuthorizationFailed"]),
        Fault(testDescription: "answer lost", times: 2, rule: ["reset": "after"]),
    ]

    /// Applies `next` from the world of `former` again and again, with the fault at one more of the run's writes each
    /// time, until none is left to fail.
    private func play(
        _ fault: Fault, from former: String?, to next: String?, _ harness: AzureHarness, _ sandbox: SandboxProcess
    ) async throws {
        for method in ["PUT", "PATCH", "POST", "DELETE"] {
            var position = 0
            while try await leavesFormer(fault, method, position, from: former, to: next, harness, sandbox) {
                position += 1
            }
            guard try await harness.apply(former, settings: sandbox.settings).ending == .done else {
                Issue.record("\(fault.testDescription) \(method): the way back failed")
                return
            }
        }
    }

    /// Whether the run failed and left the former world; false if it succeeded.
    private func leavesFormer(
        _ fault: Fault, _ method: String, _ position: Int, from former: String?, to next: String?,
        _ harness: AzureHarness, _ sandbox: SandboxProcess
    ) async throws -> Bool {
        try await sandbox.calm()
        try await sandbox.order([
            "match": ["method": .string(method), "path": "~/(subscriptions|secrets|certificates|deleted)"],
            "skip": .integer(position), "times": .integer(method == "POST" ? 1 : fault.times), "fault": fault.rule,
        ])
        let state = await harness.backend.load()
        let report = try await harness.apply(next, settings: sandbox.settings)
        try await sandbox.calm()
        let failures = (report.failures + report.undoFailures).map { "\($0.address): \($0.summary)" }
        let at = "\(method) \(position): \(failures.joined(separator: "; "))"
        let reached = report.ending == .done ? next : former
        #expect(report.ending == .done || report.ending == .rolledBack, "\(at)")
        let lines = try await harness.plan(reached, settings: sandbox.settings).lines
        #expect(lines == [], "\(at)")
        guard report.ending == .rolledBack else { return false }
        #expect(settled(await harness.backend.load()) == settled(state), "\(at)")
        return true
    }

    /// What state records, but for the identifiers of an identity, which nobody can bring back.
    private func settled(_ state: StateSnapshot?) -> [PurserEngine.Address: Attributes] {
        let identifiers = ["principalId", "clientId", "objectId", "identity"]
        return (state?.resources ?? [:]).mapValues { resource in
            Attributes(resource.attributes.values.filter { !identifiers.contains($0.key) })
        }
    }

    @Test(arguments: faults) func `a first apply`(_ fault: Fault) async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await play(fault, from: nil, to: Self.demo, harness, sandbox)
            let client = ScaleSetClient(arm: harness.clients.arm, polling: harness.clients.polling)
            let nodes = ScaleSetClient.Group(subscription: sandbox.subscription, name: "aks-nodes-west-dev")
            let id = "demo-identity"
            #expect(try await client.list(nodes).allSatisfy { !$0.userAssigned.contains { $0.hasSuffix(id) } })
        }
    }

    @Test(arguments: faults) func `a change`(_ fault: Fault) async throws {
        try await SandboxProcess.with { harness, sandbox in
            #expect(try await harness.apply(Self.demo, settings: sandbox.settings).ending == .done)
            try await play(fault, from: Self.demo, to: Self.changed, harness, sandbox)
        }
    }

    @Test(arguments: faults) func `a destroy`(_ fault: Fault) async throws {
        try await SandboxProcess.with { harness, sandbox in
            #expect(try await harness.apply(Self.demo, settings: sandbox.settings).ending == .done)
            try await play(fault, from: Self.demo, to: nil, harness, sandbox)
        }
    }
}
