/// The description of this cloud that `az cloud register` and `ARM_CLOUD_METADATA_URL` read, without authentication.
struct CloudMetadata: SandboxService {
    func respond(to request: SandboxRequest) async -> SandboxResponse {
        guard request.method == "GET" else { return SandboxResponse(status: 405) }
        let cloud = Self.cloud(root: "https://\(request.authority)")
        switch request[query: "api-version"] {
        case nil: return AzureError(400, "MissingApiVersionParameter", "The api-version is required.").response
        case let version? where version < "2022": return .json([cloud])
        // `az` wants a list where the variable gives the address, and one object where it registers a cloud by name.
        case _ where request[query: "list"] != nil: return .json([cloud])
        default: return .json(cloud)
        }
    }

    private static func cloud(root: String) -> JSON {
        [
            "name": .string(WorldFacts.cloudName), "portal": .string(root), "resourceManager": .string(root + "/"),
            "authentication": [
                "loginEndpoint": .string(root), "tenant": "common", "identityProvider": "AAD",
                "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            ],
            "graph": .string(root), "graphAudience": .string(root), "microsoftGraphResourceId": .string(root),
            "gallery": .string(root), "batch": .string(root), "media": .string(root), "sqlManagement": .string(root),
            "vmImageAliasDoc": "", "activeDirectoryDataLake": "", "logAnalyticsResourceId": "",
            "appInsightsResourceId": "",
            "suffixes": [
                "keyVaultDns": .string(WorldFacts.vaultDomain), "storage": .string(WorldFacts.storageDomain),
                "acrLoginServer": .string("acr.\(WorldFacts.domain)"),
                "sqlServerHostname": .string("sql.\(WorldFacts.domain)"),
                "mhsmDns": .string("hsm.\(WorldFacts.domain)"), "azureDataLakeStoreFileSystem": "",
                "azureDataLakeAnalyticsCatalogAndJob": "",
            ],
        ]
    }
}
