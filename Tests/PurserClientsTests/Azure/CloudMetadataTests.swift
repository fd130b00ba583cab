import PurserClients
import PurserTestSupport
import Testing

struct CloudMetadataTests {
    static let object = """
        {"name":"PurserLocal","resourceManager":"https://localhost:8443/","authentication":{"loginEndpoint":\
        "https://localhost:8443/","audiences":["https://management.core.windows.net/","https://management.azure.com/"]},\
        "suffixes":{"keyVaultDns":"vault.purser.test:8443"}}
        """

    @Test(arguments: [object, "[\(object),{\"name\":\"other\"}]"])
    func `one object and a list of them are read`(body: String) async throws {
        let replay = try ReplayTransport("GET https://localhost:8443/clouds\n<<<\n200\n\n\(body)")
        let cloud = try await CloudEnvironment.load(metadataURL: "https://localhost:8443/clouds", transport: replay)
        #expect(
            cloud
                == CloudEnvironment(
                    name: "PurserLocal", resourceManager: "https://localhost:8443",
                    resourceManagerAudience: "https://management.core.windows.net/",
                    loginEndpoint: "https://localhost:8443", keyVaultDNSSuffix: ".vault.purser.test:8443",
                    vaultAudience: "https://vault.purser.test:8443"))
        #expect(cloud.vaultURL(name: "Seal-KV") == "https://seal-kv.vault.purser.test:8443")
    }

    @Test(arguments: ["{}", "[]", "null", #"{"name":"x","resourceManager":"no address"}"#])
    func `metadata that lack something are refused`(body: String) async throws {
        let replay = try ReplayTransport("GET https://localhost:8443/clouds\n<<<\n200\n\n\(body)")
        let error = await #expect(throws: ServiceError.self) {
            try await CloudEnvironment.load(metadataURL: "https://localhost:8443/clouds", transport: replay)
        }
        #expect(error?.code == "UnexpectedAnswer")
    }
}
