import Foundation
import PurserClients
import PurserTestSupport
import SystemPackage
import Testing

extension Lifecycle {
    /// `purser doctor`, built, against the sandbox.
    @Suite struct DoctorTests {
        private static let plan = "plans/aks-csi-demo"

        @Test func `the owner of everything misses nothing, and nothing is written`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.clearCalls()
                let run = try await sandbox.purser("doctor", Self.plan)
                let owner = Stranger(sandbox: sandbox, environment: sandbox.connectionEnvironment)
                expectGolden(owner.settled(run.output), "Doctor/owner.txt")
                let writes = try await sandbox.calls().filter(\.writes).map(\.path)
                // Asking for a token, and asking what one may, are no writes although they are POSTs.
                #expect(writes.allSatisfy { $0.hasSuffix("/token") || $0.contains("reviews") }, "\(writes)")
                #expect(!FileManager.default.fileExists(atPath: sandbox.directory.appending("state").string))
                #expect(!run.transcript.contains(SandboxWorld.secretValue))
            }
        }

        @Test func `few questions are asked of who may everything`() async throws {
            try await SandboxWorld.with { sandbox in
                try await sandbox.clearCalls()
                try await sandbox.purser("doctor", Self.plan)
                let calls = try await sandbox.calls()
                #expect(calls.count { $0.path.hasSuffix("/permissions") } == 1)
                #expect(calls.count { $0.path.hasSuffix("/selfsubjectaccessreviews") } == 1)
            }
        }

        @Test func `a reader is told what to have granted, and with just that the environment can be made`()
            async throws
        {
            try await SandboxWorld.with { sandbox in
                var reader = try await Stranger.principal(in: sandbox, role: "Reader")
                try await reader.becomeServiceAccount()
                let run = try await reader.purser("doctor", Self.plan, expecting: 3)
                expectGolden(reader.settled(run.output), "Doctor/reader.txt")
                let lines = try await reader.purser("doctor", Self.plan, "--json", expecting: 3).output
                try await reader.grant(Self.commands(in: lines))
                let after = try await reader.purser("doctor", Self.plan)
                #expect(after.output.contains("Nothing is missing"), "\(after.output)")
                try await reader.purser("apply", Self.plan, "--yes")
                try await reader.purser("verify", Self.plan)
                let again = try await reader.purser("doctor", Self.plan)
                #expect(again.output.contains("Nothing is missing"), "\(again.output)")
                try await reader.purser("destroy", Self.plan, "--yes")
            }
        }

        /// The commands of all remedies of a run with `--json`.
        static func commands(in lines: String) throws -> [String] {
            try lines.split(separator: "\n").flatMap { line -> [String] in
                let event = try JSONValue(parsing: Array(line.utf8))
                guard event["type"]?.string == "doctor_remedy" else { return [] }
                return event["commands"]?.array?.compactMap(\.string) ?? []
            }
        }

        @Test func `machines get an event for each row and each remedy`() async throws {
            try await SandboxWorld.with { sandbox in
                let reader = try await Stranger.principal(in: sandbox, role: "Reader")
                let run = try await reader.purser("doctor", Self.plan, "--json", expecting: 3)
                let lines = reader.settled(run.output).replacing(
                    /"@timestamp":"[^"]*"/, with: "\"@timestamp\":\"TIME\"")
                expectGolden(lines, "Doctor/reader.ndjson")
            }
        }

        @Test func `a provider that is not registered is named with the command that registers it`() async throws {
            try await SandboxWorld.with { sandbox in
                let owner = Stranger(sandbox: sandbox, environment: sandbox.connectionEnvironment)
                let subscription = try #require(owner.environment["AZURE_SUBSCRIPTION_ID"])
                try await owner.asOwner { clients in
                    _ = try await clients.arm.post(
                        "/subscriptions/\(subscription)/providers/Microsoft.KeyVault/unregister",
                        apiVersion: "2021-04-01")
                }
                let run = try await owner.purser("doctor", Self.plan, expecting: 3)
                expectGolden(Self.striking(owner.settled(run.output)), "Doctor/unregistered.txt")
            }
        }

        /// Without the rows that are in order.
        private static func striking(_ text: String) -> String {
            text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("ok ") }
                .joined(separator: "\n")
        }

        @Test func `without helm and without a cluster the rest is looked at`() async throws {
            try await SandboxWorld.with { sandbox in
                var owner = Stranger(sandbox: sandbox, environment: sandbox.connectionEnvironment)
                owner.environment["PATH"] = "/nowhere"
                owner.environment["KUBECONFIG"] = "/nowhere/config"
                let run = try await owner.purser("doctor", Self.plan, expecting: 3)
                expectGolden(Self.striking(owner.settled(run.output)), "Doctor/no-helm-no-cluster.txt")
            }
        }

        @Test func `whoever cannot sign in is told why not, by each way`() async throws {
            try await SandboxWorld.with { sandbox in
                let expired = try await Stranger.principal(in: sandbox, role: "Reader", secretExpired: true)
                let refused = try await expired.purser("doctor", Self.plan, expecting: 3)
                expectGolden(Self.striking(expired.settled(refused.output)), "Doctor/expired.txt")
                var nobody = Stranger(sandbox: sandbox, environment: sandbox.connectionEnvironment)
                nobody.environment["AZURE_CLIENT_SECRET"] = nil
                nobody.environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = "http://127.0.0.1:1"
                nobody.environment["PATH"] = "/nowhere"
                let run = try await nobody.purser("doctor", Self.plan, expecting: 3)
                expectGolden(Self.striking(nobody.settled(run.output)), "Doctor/nobody.txt")
            }
        }

        @Test func `in a vault that grants the caller nothing, the missing permissions are named`() async throws {
            try await SandboxWorld.with { sandbox in
                try sandbox.editSpec(
                    "    authorization: policies ", "    deployerAccess: none\n    authorization: policies ")
                let owner = Stranger(sandbox: sandbox, environment: sandbox.connectionEnvironment)
                try await owner.purser("apply", Self.plan, "--yes", "--target", "vaults/demo/access/demo")
                let run = try await owner.purser("doctor", Self.plan, expecting: 3)
                expectGolden(Self.striking(owner.settled(run.output)), "Doctor/vault-policies.txt")
                try sandbox.editSpec("authorization: policies ", "authorization: rbac ")
                try await owner.purser("apply", Self.plan, "--yes", "--target", "vaults/demo/access/demo")
                let roles = try await owner.purser("doctor", Self.plan, expecting: 3)
                expectGolden(Self.striking(owner.settled(roles.output)), "Doctor/vault-roles.txt")
            }
        }
    }
}
