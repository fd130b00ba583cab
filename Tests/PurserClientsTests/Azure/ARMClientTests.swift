import PurserTestSupport
import Testing

@testable import PurserClients

struct ARMClientTests {
    let clock = ManualClock()
    let credential = FixedCredential()

    private func client(_ transport: any HTTPTransport) -> ARMClient {
        let sender = RequestSender(
            transport: transport, policy: RetryPolicy(attempts: 3), clock: ClientClock(clock), jitter: .none)
        let cloud = Once { () async throws(ServiceError) in CloudEnvironment.public }
        return ARMClient(cloud: cloud, credential: credential, sender: sender, correlationID: "run-1")
    }

    private func replaying(_ fixture: String) throws -> (ARMClient, ReplayTransport) {
        let replay = ReplayTransport(try WireExchange.fixture(fixture))
        return (client(replay), replay)
    }

    @Test func `a group is deleted by a Location that changes at each poll`() async throws {
        let (arm, replay) = try replaying("group-delete")
        #expect(try await arm.delete("/subscriptions/s/resourcegroups/demo", apiVersion: "2025-04-01"))
        replay.expectFinished()
        #expect(clock.pauses == [.seconds(15), .seconds(15), .seconds(2.25)])
    }

    @Test func `an absent resource is nil to read and nothing to delete`() async throws {
        let (arm, replay) = try replaying("absent")
        #expect(try await arm.get("/subscriptions/s/resourcegroups/demo", apiVersion: "2025-04-01") == nil)
        #expect(try await arm.delete("/subscriptions/s/resourcegroups/demo", apiVersion: "2025-04-01") == false)
        #expect(try await arm.delete("/subscriptions/s/x", apiVersion: "1") == false)
        replay.expectFinished()
    }

    @Test func `a scale set is patched by Azure-AsyncOperation and read at the end`() async throws {
        let (arm, replay) = try replaying("scale-set-patch")
        let body: JSONValue = ["identity": ["type": "UserAssigned"]]
        let result = try await arm.patch(
            "/subscriptions/s/vmss/a", apiVersion: "2024-11-01", body: body, ifMatch: #"W/"7""#)
        #expect(result.at("identity", "clientId") == "c")
        replay.expectFinished()
        #expect(clock.pauses == [.seconds(10), .seconds(1.5)])
        let ids = Set(replay.requests.compactMap { $0.header("x-ms-client-request-id") })
        #expect(ids.count == replay.requests.count)
        #expect(replay.requests.allSatisfy { $0.header("x-ms-correlation-request-id") == "run-1" })
    }

    @Test func `a vault is put and read until it is provisioned`() async throws {
        let (arm, replay) = try replaying("vault-put")
        let vault = try await arm.put(
            "/subscriptions/s/vaults/seal-kv", apiVersion: "2026-02-01", body: ["location": "westeurope"])
        #expect(vault.at("properties", "vaultUri") == "https://seal-kv.vault.azure.net/")
        replay.expectFinished()
    }

    @Test func `an identity's relative Location is no operation`() async throws {
        let (arm, replay) = try replaying("identity-put")
        let identity = try await arm.put(
            "/subscriptions/s/identities/seal-id", apiVersion: "2024-11-30", body: ["location": "westeurope"])
        #expect(identity.at("properties", "clientId") == "51aa")
        replay.expectFinished()
        #expect(clock.pauses.isEmpty)
    }

    @Test func `a purge is followed to its end`() async throws {
        let (arm, replay) = try replaying("vault-purge")
        let result = try await arm.post(
            "/subscriptions/s/deletedVaults/seal-kv/purge", apiVersion: "2026-02-01", repeatable: true)
        #expect(result["status"] == "Succeeded")
        replay.expectFinished()
    }

    @Test func `a failed operation tells the service's reason`() async throws {
        let (arm, replay) = try replaying("operation-failed")
        let error = await #expect(throws: ServiceError.self) {
            try await arm.put("/subscriptions/s/x", apiVersion: "1", body: [:])
        }
        #expect(error?.code == "OverconstrainedAllocationRequest")
        #expect(error?.message == "no room")
        #expect(error?.outcomeUnknown == false)
        #expect(error?.correlationID == "run-1")
        replay.expectFinished()
    }

    @Test func `a refused token is replaced once, with the claims that are demanded`() async throws {
        let (arm, replay) = try replaying("token-refused")
        #expect(try await arm.get("/subscriptions/s", apiVersion: "2022-12-01")?["state"] == "Enabled")
        let error = await #expect(throws: ServiceError.self) {
            try await arm.get("/subscriptions/s", apiVersion: "2022-12-01")
        }
        #expect(error?.code == "ExpiredAuthenticationToken")
        #expect(error?.isDenied == true)
        replay.expectFinished()
        #expect(
            replay.requests.map { $0.header("Authorization") } == [
                "Bearer token-1", "Bearer token-2", "Bearer token-2", "Bearer token-3",
            ])
        #expect(credential.requests[1].claims == #"{"access_token":{}}"#)
        #expect(credential.requests[0].scope == "https://management.azure.com/.default")
    }

    @Test func `pages are followed, also to an empty last one`() async throws {
        let (arm, replay) = try replaying("pages")
        let found = try await arm.list(
            "/subscriptions/s/resources", apiVersion: "2021-04-01", query: ["$filter": "name eq 'a b'"])
        #expect(found == [["name": "1"], ["name": "2"]])
        replay.expectFinished()
    }

    @Test(arguments: [
        "https://management.azure.com.evil.test/x", "http://management.azure.com/x", "https://evil.test/",
        "https://management.azure.com:444/x",
    ])
    func `a page on another host is refused`(next: String) async throws {
        let replay = try ReplayTransport(
            "GET https://management.azure.com/l?api-version=1\n<<<\n200\n\n{\"value\":[],\"nextLink\":\"\(next)\"}")
        let error = await #expect(throws: ServiceError.self) {
            try await client(replay).list("/l", apiVersion: "1")
        }
        #expect(error?.code == "ForeignHost")
        #expect(replay.requests.count == 1)
    }

    @Test func `an operation on another host is refused, and its outcome is unknown`() async throws {
        let replay = try ReplayTransport(
            "DELETE https://management.azure.com/x?api-version=1\n<<<\n202\nLocation: https://evil.test/op")
        let error = await #expect(throws: ServiceError.self) {
            try await client(replay).delete("/x", apiVersion: "1")
        }
        #expect(error?.code == "ForeignHost")
        #expect(error?.outcomeUnknown == true)
    }

    @Test func `a circle of pages ends`() async throws {
        let page = """
            GET https://management.azure.com/l?api-version=1
            <<<
            200

            {"value":[1],"nextLink":"https://management.azure.com/l?api-version=1"}
            """
        let error = await #expect(throws: ServiceError.self) {
            try await client(ReplayTransport(page)).list("/l", apiVersion: "1")
        }
        #expect(error?.code == "UnexpectedAnswer")
    }

    @Test func `polls that fail say nothing about the operation`() async throws {
        let (arm, replay) = try replaying("poll-failures")
        #expect(try await arm.delete("/x", apiVersion: "1"))
        replay.expectFinished()
    }

    @Test func `an operation without end is given up`() async throws {
        let endless = FaultyTransport(RefusingTransport()) { _, request in
            .answer(HTTPResponse(status: 202, headers: [HTTPHeader("Location", "https://management.azure.com/op")]))
        }
        let error = await #expect(throws: ServiceError.self) {
            try await client(endless).delete("/x", apiVersion: "1")
        }
        #expect(error?.isTimeout == true)
        #expect(error?.outcomeUnknown == true)
        #expect(clock.now.sinceStart <= ARMClient.longestOperation)
    }

    @Test func `an action is not repeated after it may have been carried out`() async throws {
        let replay = try ReplayTransport("POST https://management.azure.com/x/do?api-version=1\n<<<\ntruncated")
        let error = await #expect(throws: ServiceError.self) {
            try await client(replay).post("/x/do", apiVersion: "1")
        }
        #expect(error?.code == "Unreachable")
        #expect(error?.outcomeUnknown == true)
        #expect(replay.requests.count == 1)
    }

    @Test func `a body that is not JSON leaves the outcome unknown`() async throws {
        let replay = try ReplayTransport(
            "PUT https://management.azure.com/x?api-version=1\n<<<\n200\n\n{\"name\":\"de")
        let error = await #expect(throws: ServiceError.self) {
            try await client(replay).put("/x", apiVersion: "1", body: [:])
        }
        #expect(error?.code == "UnexpectedAnswer")
        #expect(error?.outcomeUnknown == true)
    }

    @Test func `a deletion that was lost and then finds nothing has deleted`() async throws {
        let replay = try ReplayTransport(
            """
            DELETE https://management.azure.com/x?api-version=1
            <<<
            reset
            ===
            DELETE https://management.azure.com/x?api-version=1
            <<<
            404
            """)
        #expect(try await client(replay).delete("/x", apiVersion: "1"))
    }
}
