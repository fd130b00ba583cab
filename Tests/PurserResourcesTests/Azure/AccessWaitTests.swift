import PurserClients
import PurserEngine
import PurserTestSupport
import Synchronization
import Testing

@testable import PurserResources

/// Waiting until a grant counts, and writing beside others, over scripted answers. Sources of the answers: Azure REST
/// reference, vaults, "Update Access Policy"; Key Vault REST reference, authentication and refusals.
struct AccessWaitTests {
    private static let caller = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
    private static let token =
        "e30.eyJvaWQiOiJhYWFhYWFhYS1iYmJiLTRjY2MtOGRkZC1lZWVlZWVlZWVlZWUiLCJ0aWQiOiJ0IiwiYXBwaWQiOiJhcHAifQ.s"
    private static let vaultID =
        "/subscriptions/\(AzureHarness.subscription)/resourceGroups/demo/providers/Microsoft.KeyVault/vaults/demo-kv"

    /// Answers as one vault would, whose policies and data plane are what the test says.
    private final class Vault: HTTPTransport {
        struct Record: Sendable {
            var writes: [String] = []
            var probes = 0
        }

        let policies: String
        let probe: @Sendable (Int) -> (status: Int, body: String)
        let write: @Sendable (Int) -> (status: Int, body: String)
        let isRBAC: Bool
        let record = Mutex(Record())

        init(
            policies: String = "[]", isRBAC: Bool = false,
            probe: @escaping @Sendable (Int) -> (status: Int, body: String) = { _ in (404, "{}") },
            write: @escaping @Sendable (Int) -> (status: Int, body: String) = { _ in (200, "{}") }
        ) {
            self.policies = policies
            self.isRBAC = isRBAC
            self.probe = probe
            self.write = write
        }

        func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
            func answer(_ status: Int, _ body: String, _ headers: [HTTPHeader] = []) -> HTTPResponse {
                HTTPResponse(status: status, headers: headers, body: [UInt8](body.utf8))
            }
            if request.url.contains("/oauth2/") {
                return answer(200, #"{"token_type":"Bearer","expires_in":99999,"access_token":"\#(token)"}"#)
            }
            if request.url.contains("vault.azure.net") {
                guard request.header("Authorization") != nil else {
                    return answer(
                        401, "{}",
                        [
                            HTTPHeader(
                                "WWW-Authenticate",
                                "Bearer authorization=\"https://login.microsoftonline.com/\(AzureHarness.tenant)\", "
                                    + "resource=\"https://vault.azure.net\"")
                        ])
                }
                let count = record.withLock { record in
                    record.probes += 1
                    return record.probes
                }
                let (status, body) = probe(count)
                return answer(status, body)
            }
            if request.method == "PUT" {
                let count = record.withLock { record in
                    record.writes.append(String(decoding: request.body ?? [], as: UTF8.self))
                    return record.writes.count
                }
                let (status, body) = write(count)
                return answer(status, body)
            }
            if request.url.contains("roleAssignments") { return answer(200, #"{"value":[]}"#) }
            return answer(
                200, #"{"properties":{"enableRbacAuthorization":\#(isRBAC),"accessPolicies":\#(policies)}}"#)
        }

        func lines(_ request: HTTPRequest) -> AsyncThrowingStream<[UInt8], any Error> {
            AsyncThrowingStream { $0.finish() }
        }

        func shutdown() async {}
    }

    private static func refusal(of objectID: String) -> (status: Int, body: String) {
        let text =
            "The user, group or application 'appid=app;oid=\(objectID);iss=https://sts.windows.net/t/' does not have secrets get "
            + "permission on key vault 'demo-kv;location=westeurope'."
        return (403, #"{"error":{"code":"Forbidden","message":"\#(text)","innererror":{"code":"AccessDenied"}}}"#)
    }

    private static func deployer(_ model: String) -> Attributes {
        Attributes([
            "vault": [
                "id": .string(vaultID), "tenantId": "t", "vaultURI": "https://demo-kv.vault.azure.net/",
                "authorization": .string(model),
            ],
            "principal": "deployer", "secrets": ["get"],
        ])
    }

    private static func entry(_ more: [String: Value] = [:]) -> Attributes {
        var attributes = deployer("policies")
        attributes.values["principal"] = nil
        attributes.values["identity"] = ["principalId": "P-1"]
        return attributes.merging(Attributes(more))
    }

    private func kind(_ vault: Vault) async throws -> AccessPolicy {
        let catalog = StandardCatalog.make(clients: try await AzureHarness.clients(vault))
        return try #require(catalog[AccessPolicy.name] as? AccessPolicy)
    }

    private func operation(_ told: Told = Told()) -> PurserEngine.Operation {
        Operation(
            environment: "test", address: Address("vaults/demo/access/x"), secrets: AzureHarness.secrets([:]),
            waiting: { _, left in told.left.withLock { $0.append(left) } })
    }

    private final class Told: Sendable {
        let left = Mutex<[Duration]>([])
    }

    @Test(arguments: [("policies", 180), ("rbac", 600)])
    func `a grant that does not come to count ends the wait at its limit, counted down to it`(
        _ model: String, _ limit: Int
    ) async throws {
        let vault = Vault(isRBAC: model == "rbac", probe: { _ in Self.refusal(of: Self.caller) })
        let kind = try await kind(vault)
        let told = Told()
        let failure = await #expect(throws: (any Error).self) {
            try await kind.create(Self.deployer(model), operation(told))
        }
        #expect((failure as? any OperationFailure)?.category == .timedOut)
        let left = told.left.withLock { $0 }
        #expect(left.first == .seconds(limit))
        #expect(left == left.sorted(by: >))
        #expect(left.allSatisfy { $0 > .zero })
        #expect(left.count > 5)
    }

    @Test func `a grant counts once the vault says that there is no such object`() async throws {
        let vault = Vault(probe: { $0 < 4 ? Self.refusal(of: Self.caller) : (404, "{}") })
        let kind = try await kind(vault)
        let told = Told()
        _ = try await kind.create(Self.deployer("policies"), operation(told))
        #expect(told.left.withLock(\.count) == 3)
    }

    @Test func `another principal than the one that got the grant is refused at once`() async throws {
        let other = "11111111-2222-4333-8444-555555555555"
        let vault = Vault(probe: { _ in Self.refusal(of: other) })
        let kind = try await kind(vault)
        let told = Told()
        let failure = await #expect(throws: (any Error).self) {
            try await kind.create(Self.deployer("policies"), operation(told))
        }
        #expect((failure as? any OperationFailure)?.category == .notAllowed)
        #expect((failure as? any OperationFailure)?.summary.contains(other) == true)
        #expect(told.left.withLock(\.count) == 0)
        #expect(vault.record.withLock(\.probes) == 1)
    }

    private static let conflict = (409, #"{"error":{"code":"Conflict","message":"Another write is going on."}}"#)

    @Test func `writes of others are waited out, and not for ever`() async throws {
        let passing = Vault(write: { $0 < 4 ? Self.conflict : (200, "{}") })
        _ = try await kind(passing).create(Self.entry(), operation())
        #expect(passing.record.withLock(\.writes.count) == 4)
        let lasting = Vault(write: { _ in Self.conflict })
        let kind = try await kind(lasting)
        let failure = await #expect(throws: (any Error).self) { try await kind.create(Self.entry(), operation()) }
        #expect((failure as? any OperationFailure)?.diagnosticCode == .serviceConflict)
        let tries = lasting.record.withLock(\.writes.count)
        #expect((5...40).contains(tries))
    }

    @Test func `an entry for calls on behalf of users is another one, and object ids have no letter case`() async throws
    {
        let policies = """
            [{"tenantId":"t","objectId":"p-1","applicationId":"a","permissions":{"secrets":["get","set"]}},
             {"tenantId":"t","objectId":"p-1","permissions":{"secrets":["get"],"keys":["List"]}},
             {"tenantId":"t","objectId":"other","permissions":{"secrets":["get"]}}]
            """
        let vault = Vault(policies: policies)
        let recorded: [String: Value] = ["objectId": "P-1", "preexisting": ["keys": ["list"]]]
        let seen = try await kind(vault).read(Self.entry(recorded), wanted: nil, operation())
        #expect(seen?.attributes[AccessPolicy.effective] == ["secrets": ["get"], "keys": ["list"]])
        try await kind(vault).delete(Self.entry(recorded), operation())
        let bodies = vault.record.withLock(\.writes)
        #expect(bodies.count == 1)
        let written = try JSONValue(parsing: [UInt8]((bodies.first ?? "").utf8))
        let entries = written.at("properties", "accessPolicies")?.array ?? []
        #expect(entries.count == 1)
        #expect(entries.first?["permissions"] == ["secrets": ["get"]])
        #expect(entries.first?["applicationId"] == nil)
    }
}
