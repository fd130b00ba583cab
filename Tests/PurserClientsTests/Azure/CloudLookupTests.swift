import PurserTestSupport
import Testing

@testable import PurserClients

struct CloudLookupTests {
    private func cloud(
        _ environment: [String: String], spec: CloudChoice? = nil, _ transport: any HTTPTransport = RefusingTransport()
    ) async throws -> CloudEnvironment {
        var settings = CredentialFixture.settings(environment, transport)
        settings.cloud = spec
        return try await Clients.make(settings: settings).cloud()
    }

    @Test(arguments: [
        ("public", CloudEnvironment.public), ("AzureCloud", .public), ("china", .china), ("AzureChinaCloud", .china),
        ("usgovernment", .usGovernment), ("AzureUSGovernmentCloud", .usGovernment),
    ])
    func `clouds have the names that spec, Terraform and az give them`(
        _ name: String, _ cloud: CloudEnvironment
    ) async throws {
        #expect(try await self.cloud([:], spec: .named(name)) == cloud)
        #expect(try await self.cloud(["AZURE_ENVIRONMENT": name]) == cloud)
        #expect(try await self.cloud(["ARM_ENVIRONMENT": name]) == cloud)
    }

    @Test func `the spec comes before the environment's name, and a description before both`() async throws {
        #expect(try await cloud(["AZURE_ENVIRONMENT": "china"], spec: .named("public")) == .public)
        let replay = try ReplayTransport(
            "GET https://localhost:8443/clouds\n<<<\n200\n\n\(CloudMetadataTests.object)")
        let described = try await cloud(
            ["ARM_CLOUD_METADATA_URL": "https://localhost:8443/clouds"], spec: .named("china"), replay)
        #expect(described.name == "PurserLocal")
    }

    @Test func `of several that are described the one that is named counts`() async throws {
        let other = CloudMetadataTests.object.replacing("PurserLocal", with: "Other")
        let replay = try ReplayTransport(
            "GET https://localhost:8443/clouds\n<<<\n200\n\n[\(CloudMetadataTests.object),\(other)]")
        let environment = ["ARM_CLOUD_METADATA_URL": "https://localhost:8443/clouds", "ARM_ENVIRONMENT": "other"]
        #expect(try await cloud(environment, replay).name == "Other")
    }

    private func cloud(
        _ environment: [String: String], _ transport: any HTTPTransport
    ) async throws -> CloudEnvironment { try await cloud(environment, spec: nil, transport) }

    @Test func `Terraform's metadata host is asked where Resource Manager describes itself`() async throws {
        let replay = try ReplayTransport(
            """
            GET https://arm.example/metadata/endpoints?api-version=2022-09-01
            <<<
            200

            \(CloudMetadataTests.object)
            """)
        #expect(try await cloud(["ARM_METADATA_HOSTNAME": "arm.example"], replay).name == "PurserLocal")
    }

    /// A spec may come from a stranger's pull request: it must not say where credentials go.
    @Test func `a spec's own cloud is used only where the environment names it too`() async throws {
        let url = "https://cloud.example/metadata"
        let error = await #expect(throws: ServiceError.self) { try await cloud([:], spec: .metadata(url)) }
        #expect(error?.code == "UntrustedCloud")
        let replay = try ReplayTransport("GET \(url)\n<<<\n200\n\n\(CloudMetadataTests.object)")
        let trusted = ["PURSER_TRUSTED_CLOUDS": "https://else.example, \(url)"]
        #expect(try await cloud(trusted, spec: .metadata(url), replay).name == "PurserLocal")
    }

    @Test func `every endpoint can be set on its own`() async throws {
        let cloud = try await cloud([
            "PURSER_RESOURCE_MANAGER_URL": "https://arm.example/", "AZURE_AUTHORITY_HOST": "login.example",
            "PURSER_KEY_VAULT_SUFFIX": ".vault.example",
            "PURSER_RESOURCE_MANAGER_AUDIENCE": "https://audience.example/",
            "PURSER_STORAGE_SUFFIX": ".storage.example",
        ])
        #expect(
            cloud
                == CloudEnvironment(
                    name: "AzureCloud", resourceManager: "https://arm.example",
                    resourceManagerAudience: "https://audience.example/", loginEndpoint: "https://login.example",
                    keyVaultDNSSuffix: ".vault.example", vaultAudience: "https://vault.example",
                    storageDNSSuffix: "storage.example"))
        #expect(try await self.cloud(["PURSER_KEY_VAULT_AUDIENCE": "a"]).vaultAudience == "a")
    }

    @Test(arguments: [
        (["AZURE_ENVIRONMENT": "mars"], "AZURE_ENVIRONMENT is 'mars', which is none of public, china and usgovernment"),
        (
            ["AZURE_AUTHORITY_HOST": "http://login.example"],
            "AZURE_AUTHORITY_HOST must be an https address, not 'http://login.example'"
        ),
        (["ARM_CLOUD_METADATA_URL": "http://x"], "a cloud is described at an https address, not at 'http://x'"),
    ])
    func `what cannot be used is told`(_ environment: [String: String], _ message: String) async throws {
        let error = await #expect(throws: ServiceError.self) { try await cloud(environment) }
        #expect(error?.message == message)
    }
}
