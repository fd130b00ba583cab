import PurserTestSupport
import Testing

@testable import PurserClients

/// Sources: "How to use managed identities on an Azure VM to acquire an access token"; App Service, "REST endpoint
/// reference".
struct ManagedIdentityTests {
    private static let root = "http://169.254.169.254/metadata/identity/oauth2/token"
    private static let query = "?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com"
    private static let probe = "GET \(root)\n<<<\n400\n\n{\"error\":\"invalid_request\"}\n===\n"
    private static let token = """
        200

        {"access_token":"machine","client_id":"c","expires_in":"86399","expires_on":"1800086399",\
        "ext_expires_in":"86399","not_before":"1800000000","resource":"https://management.azure.com","token_type":"Bearer"}
        """

    private func token(_ replay: ReplayTransport, _ environment: [String: String] = [:]) async throws -> AccessToken {
        let clients = try await CredentialFixture.clients(environment, replay)
        return try await clients.credential.token(scope: CredentialFixture.scope)
    }

    @Test func `a machine is asked whether it is one, and then for a token, past every proxy`() async throws {
        let replay = try ReplayTransport(
            Self.probe + "GET \(Self.root)\(Self.query)\nMetadata: true\n<<<\n\(Self.token)")
        let token = try await token(replay)
        #expect(token.value.reveal() == "machine")
        #expect(token.lifetime == .seconds(86_399))
        #expect(replay.requests.map(\.isDirect) == [true, true])
        #expect(replay.requests[0].timeout == .seconds(1))
        #expect(replay.requests[0].header("Metadata") == nil)
        replay.expectFinished()
    }

    @Test func `a pinned machine is not doubted, and an identity is chosen by its client id`() async throws {
        let replay = try ReplayTransport(
            "GET \(Self.root)\(Self.query)&client_id=chosen\nMetadata: true\n<<<\n\(Self.token)")
        _ = try await token(replay, ["PURSER_CREDENTIAL": "managed-identity", "AZURE_CLIENT_ID": "chosen"])
        replay.expectFinished()
    }

    @Test func `a machine without an identity is passed over`() async throws {
        let replay = try ReplayTransport(
            Self.probe + """
                GET \(Self.root)\(Self.query)
                <<<
                400

                {"error":"invalid_request","error_description":"Identity not found"}
                """)
        let error = await #expect(throws: ServiceError.self) { try await token(replay) }
        #expect(error?.code == "NotSignedIn")
        #expect(
            error?.details.contains("managed-identity: the managed identity endpoint refuses: Identity not found")
                == true)
        replay.expectFinished()
    }

    @Test func `a metadata service that is starting is waited for`() async throws {
        let busy = "GET \(Self.root)\(Self.query)\n<<<\n410\n===\n"
        let replay = try ReplayTransport(
            Self.probe + busy + busy + "GET \(Self.root)\(Self.query)\n<<<\n\(Self.token)")
        #expect(try await token(replay).value.reveal() == "machine")
        replay.expectFinished()
    }

    @Test func `App Service tells the end of a token as a time`() async throws {
        let replay = try ReplayTransport(
            """
            GET http://127.0.0.1:41741/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com
            X-IDENTITY-HEADER: site-secret
            <<<
            200

            {"access_token":"site","expires_on":"1800000900","resource":"https://management.azure.com","token_type":"Bearer"}
            """)
        let token = try await token(
            replay, ["IDENTITY_ENDPOINT": "http://127.0.0.1:41741/msi/token", "IDENTITY_HEADER": "site-secret"])
        #expect(token.value.reveal() == "site")
        #expect(token.lifetime == .seconds(900))
        #expect(replay.requests.map(\.isDirect) == [true])
    }

    @Test(arguments: [
        (["IDENTITY_ENDPOINT": "http://x", "IMDS_ENDPOINT": "http://y"], "Azure Arc"),
        (["MSI_ENDPOINT": "http://x"], "Cloud Shell"),
        (
            ["IDENTITY_ENDPOINT": "http://x", "IDENTITY_HEADER": "h", "IDENTITY_SERVER_THUMBPRINT": "p"],
            "Service Fabric"
        ),
    ])
    func `other endpoints are told as not supported`(_ environment: [String: String], _ name: String) async throws {
        let clients = try await CredentialFixture.clients(environment)
        let error = await #expect(throws: ServiceError.self) {
            try await clients.credential.token(scope: CredentialFixture.scope)
        }
        #expect(error?.details.contains { $0.hasPrefix("managed-identity: ") && $0.contains(name) } == true)
    }
}
