import PurserTestSupport
import Synchronization
import Testing

@testable import PurserClients

struct FederatedCredentialTests {
    private static let endpoint = "https://login.microsoftonline.com/t/oauth2/v2.0/token"
    private static let principal = ["AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "app"]

    private static func exchange(_ assertion: String, lifetime: Int = 3599) -> String {
        """
        POST \(endpoint)

        grant_type=client_credentials&client_id=app&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A\
        client-assertion-type%3Ajwt-bearer&client_assertion=\(assertion)&scope=https%3A%2F%2Fmanagement.azure.com%2F.default
        <<<
        200

        {"token_type":"Bearer","expires_in":\(lifetime),"access_token":"for-\(assertion)"}
        """
    }

    @Test func `a token file is read anew for every access token`() async throws {
        let clock = ManualClock(automatic: false)
        let content = Mutex("first\n")
        let replay = try ReplayTransport(Self.exchange("first") + "\n===\n" + Self.exchange("second"))
        var settings = CredentialFixture.settings(
            Self.principal.merging(["AZURE_FEDERATED_TOKEN_FILE": "/token"]) { $1 }, replay)
        settings.clock = clock
        settings.readFile = { path in path == "/token" ? Array(content.withLock { $0 }.utf8) : nil }
        let credential = try await Clients.make(settings: settings).credential
        #expect(try await credential.token(scope: CredentialFixture.scope).value.reveal() == "for-first")
        content.withLock { $0 = "second" }
        #expect(try await credential.token(scope: CredentialFixture.scope).value.reveal() == "for-first")
        clock.advance(by: .seconds(3500))
        #expect(try await credential.token(scope: CredentialFixture.scope).value.reveal() == "for-second")
        #expect(await credential.servedBy() == .workloadIdentity)
        replay.expectFinished()
    }

    @Test(arguments: [(nil, "is not there"), ("", "is empty"), (" \n", "is empty")])
    func `a token file without a token is told`(_ content: String?, _ problem: String) async throws {
        let files = content.map { ["/token": Array($0.utf8)] } ?? [:]
        let clients = try await CredentialFixture.clients(
            Self.principal.merging(["ARM_OIDC_TOKEN_FILE_PATH": "/token"]) { $1 }, files: files)
        let error = await #expect(throws: ServiceError.self) {
            try await clients.credential.token(scope: CredentialFixture.scope)
        }
        #expect(error?.message == "the token file /token \(problem)")
    }

    /// Source: GitHub documentation, "OpenID Connect reference".
    @Test func `a GitHub job's token is fetched for Entra's audience`() async throws {
        let replay = try ReplayTransport(
            """
            GET https://runner.example/token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange
            Authorization: Bearer job-secret
            <<<
            200

            {"count":1,"value":"github-jwt"}
            ===
            \(Self.exchange("github-jwt"))
            """)
        let clients = try await CredentialFixture.clients(
            Self.principal.merging([
                "ACTIONS_ID_TOKEN_REQUEST_URL": "https://runner.example/token?api-version=2.0",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "job-secret",
            ]) { $1 }, replay)
        #expect(try await clients.credential.token(scope: CredentialFixture.scope).value.reveal() == "for-github-jwt")
        #expect(await clients.credential.servedBy() == .gitHub)
        replay.expectFinished()
    }

    /// Source: Azure DevOps REST reference, "Oidctoken - Create".
    @Test func `a pipeline's token is asked of its service connection`() async throws {
        let replay = try ReplayTransport(
            """
            POST https://dev.azure.com/org/x/oidctoken?api-version=7.1&serviceConnectionId=connection
            Authorization: Bearer job-secret
            X-TFS-FedAuthRedirect: Suppress
            Content-Type: application/json
            <<<
            200

            {"oidcToken":"pipeline-jwt"}
            ===
            \(Self.exchange("pipeline-jwt"))
            """)
        let clients = try await CredentialFixture.clients(
            [
                "SYSTEM_OIDCREQUESTURI": "https://dev.azure.com/org/x/oidctoken", "SYSTEM_ACCESSTOKEN": "job-secret",
                "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "connection", "AZURESUBSCRIPTION_TENANT_ID": "t",
                "AZURESUBSCRIPTION_CLIENT_ID": "app",
            ], replay)
        #expect(
            try await clients.credential.token(scope: CredentialFixture.scope).value.reveal() == "for-pipeline-jwt")
        #expect(await clients.credential.servedBy() == .azurePipelines)
        replay.expectFinished()
    }

    @Test func `an issuer that refuses is named, and its secret is not`() async throws {
        let replay = try ReplayTransport(
            """
            GET https://runner.example/token?audience=api%3A%2F%2FAzureADTokenExchange
            <<<
            401

            {"message":"job-secret is not valid"}
            """)
        let clients = try await CredentialFixture.clients(
            Self.principal.merging([
                "ARM_OIDC_REQUEST_URL": "https://runner.example/token", "ARM_OIDC_REQUEST_TOKEN": "job-secret",
            ]) { $1 }, replay)
        let error = await #expect(throws: ServiceError.self) {
            try await clients.credential.token(scope: CredentialFixture.scope)
        }
        #expect(error?.service == .gitHub)
        #expect(error?.status == 401)
        #expect(error.map { "\($0)\($0.details)" }?.contains("job-secret") == false)
    }

    @Test func `a job's secret is not sent without TLS`() async throws {
        let clients = try await CredentialFixture.clients(
            Self.principal.merging([
                "ACTIONS_ID_TOKEN_REQUEST_URL": "http://runner.example/token",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "job-secret",
            ]) { $1 })
        let error = await #expect(throws: ServiceError.self) {
            try await clients.credential.token(scope: CredentialFixture.scope)
        }
        #expect(error?.message == "the address to get a token of GitHub Actions from is not an https address")
    }
}
