import PurserTestSupport
import Testing

@testable import PurserClients

struct CredentialChainTests {
    private static let principal = ["AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "app"]
    private static let noMachine =
        "GET http://169.254.169.254/metadata/identity/oauth2/token\n<<<\nconnect\n"

    private func failure(
        _ environment: [String: String], _ transport: any HTTPTransport, az: any AzureCLIRunner = ScriptedCLI([])
    ) async throws -> ServiceError? {
        let clients = try await CredentialFixture.clients(environment, transport, az: az)
        return await #expect(throws: ServiceError.self) {
            try await clients.credential.token(scope: CredentialFixture.scope)
        }
    }

    @Test func `where nothing is configured each way is told with what it lacks`() async throws {
        let replay = try ReplayTransport(Self.noMachine)
        let error = try await failure([:], replay)
        replay.expectFinished()
        #expect(error?.code == "NotSignedIn")
        #expect(
            error?.details == [
                "client-secret: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET are not set",
                "client-certificate: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH are not set",
                "workload-identity: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE are not set",
                "github-oidc: AZURE_TENANT_ID, AZURE_CLIENT_ID, ACTIONS_ID_TOKEN_REQUEST_URL "
                    + "(a job with `permissions: id-token: write` has it), ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set",
                "azure-pipelines: SYSTEM_OIDCREQUESTURI, SYSTEM_ACCESSTOKEN, AZURESUBSCRIPTION_SERVICE_CONNECTION_ID, "
                    + "AZURESUBSCRIPTION_TENANT_ID, AZURESUBSCRIPTION_CLIENT_ID are not set",
                "managed-identity: there is no managed identity endpoint at http://169.254.169.254",
                "azure-cli: there is no 'az' on the PATH",
            ])
    }

    /// A wrong secret must not make purser somebody else.
    @Test func `a credential that is configured and refused ends the search`() async throws {
        let replay = try ReplayTransport(
            """
            POST https://login.microsoftonline.com/t/oauth2/v2.0/token
            <<<
            401

            {"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.",
             "error_codes":[7000215]}
            """)
        let az = ScriptedCLI(printing: #"{"accessToken":"from-az","expires_on":1800003600}"#)
        let error = try await failure(Self.principal.merging(["AZURE_CLIENT_SECRET": "wrong"]) { $1 }, replay, az: az)
        #expect(error?.code == "AADSTS7000215")
        #expect(error?.details == ["client-secret: it is configured, and was refused: no other is tried"])
        #expect(await az.calls.isEmpty)
        #expect(error.map { "\($0)\($0.details)" }?.contains("wrong") == false)
    }

    @Test func `whoever is signed in to az serves last`() async throws {
        let az = ScriptedCLI(printing: #"{"accessToken":"from-az","expires_on":1800003600,"tenant":"t"}"#)
        let clients = try await CredentialFixture.clients([:], try ReplayTransport(Self.noMachine), az: az)
        #expect(await clients.credential.servedBy() == nil)
        for _ in 0..<3 {
            let token = try await clients.credential.token(scope: CredentialFixture.scope)
            #expect(token.value.reveal() == "from-az")
            #expect(token.lifetime == .seconds(3600))
        }
        #expect(await clients.credential.servedBy() == .azureCLI)
        #expect(
            await az.calls == [
                ["account", "get-access-token", "--output", "json", "--scope", CredentialFixture.scope]
            ])
    }

    @Test(arguments: [
        ["PURSER_CREDENTIAL": "azure-cli"], ["AZURE_TOKEN_CREDENTIALS": "AzureCliCredential"],
        ["AZURE_TOKEN_CREDENTIALS": "dev"],
    ])
    func `a pinned credential is the only one that is tried`(_ choice: [String: String]) async throws {
        let environment = Self.principal.merging(["AZURE_CLIENT_SECRET": "s"]) { $1 }.merging(choice) { $1 }
        let error = try await failure(environment, RefusingTransport())
        #expect(error?.details == ["azure-cli: there is no 'az' on the PATH"])
    }

    @Test(arguments: ["PURSER_CREDENTIAL", "AZURE_TOKEN_CREDENTIALS"])
    func `a credential that nobody knows is told at once`(_ variable: String) async throws {
        let settings = CredentialFixture.settings([variable: "magic"])
        let error = await #expect(throws: ServiceError.self) { try await Clients.make(settings: settings) }
        #expect(
            error?.message
                == "\(variable) is 'magic', which is none of client-secret, client-certificate, workload-identity, "
                + "github-oidc, azure-pipelines, managed-identity, azure-cli")
    }

    @Test(arguments: [
        ("prod", 6), ("dev", 1), ("EnvironmentCredential", 2), ("managedidentitycredential", 1), ("azure-cli", 1),
    ])
    func `the SDKs' names for choices are known`(_ text: String, _ count: Int) {
        #expect(CredentialName.chosen(by: text)?.count == count)
        #expect(CredentialName.chosen(by: "VisualStudioCodeCredential") == nil)
    }

    @Test func `Terraform's names serve where the SDKs' are not set`() async throws {
        let replay = try ReplayTransport(
            """
            POST https://login.microsoftonline.us/t/oauth2/v2.0/token

            grant_type=client_credentials&client_id=app&client_secret=s&scope=https%3A%2F%2Fmanagement.azure.com%2F.default
            <<<
            200

            \(CredentialFixture.answer)
            """)
        let clients = try await CredentialFixture.clients(
            [
                "ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "app", "ARM_CLIENT_SECRET": "s",
                "ARM_ENVIRONMENT": "usgovernment",
            ], replay)
        _ = try await clients.credential.token(scope: CredentialFixture.scope)
        #expect(await clients.credential.servedBy() == .clientSecret)
        #expect(clients.credential.tenant == "t")
        replay.expectFinished()
    }

    @Test func `what Terraform's variables turn off is not tried`() async throws {
        let off = [
            "ARM_USE_OIDC": "false", "ARM_USE_MSI": "false", "ARM_USE_CLI": "0", "AZURE_FEDERATED_TOKEN_FILE": "/token",
        ].merging(Self.principal) { $1 }
        let error = try await failure(off, RefusingTransport())
        #expect(
            Array((error?.details ?? []).dropFirst(2)) == [
                "workload-identity: ARM_USE_OIDC is false", "github-oidc: ARM_USE_OIDC is false",
                "azure-pipelines: ARM_USE_OIDC is false", "managed-identity: ARM_USE_MSI is false",
                "azure-cli: ARM_USE_CLI is 0",
            ])
    }
}
