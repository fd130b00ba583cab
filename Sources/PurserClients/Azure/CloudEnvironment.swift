/// The endpoints of one Azure cloud.
package struct CloudEnvironment: Sendable, Hashable {
    package var name: String
    /// Root of Azure Resource Manager, without a trailing slash.
    package var resourceManager: String
    /// The audience of Resource Manager tokens, exactly as the cloud writes it.
    package var resourceManagerAudience: String
    /// Root of the token service, without a trailing slash.
    package var loginEndpoint: String
    /// What follows a vault's name in its host, with a leading dot, and a port if there is one: `.vault.azure.net`.
    package var keyVaultDNSSuffix: String
    /// The audience of Key Vault tokens.
    package var vaultAudience: String
    /// What follows `blob` in a storage account's host, without a leading dot: `core.windows.net`. Nil where the cloud
    /// does not say.
    package var storageDNSSuffix: String?

    package init(
        name: String,
        resourceManager: String,
        resourceManagerAudience: String,
        loginEndpoint: String,
        keyVaultDNSSuffix: String,
        vaultAudience: String,
        storageDNSSuffix: String? = nil
    ) {
        self.name = name
        self.resourceManager = resourceManager
        self.resourceManagerAudience = resourceManagerAudience
        self.loginEndpoint = loginEndpoint
        self.keyVaultDNSSuffix = keyVaultDNSSuffix
        self.vaultAudience = vaultAudience
        self.storageDNSSuffix = storageDNSSuffix
    }

    /// The base address of a vault's data plane, without a trailing slash.
    package func vaultURL(name: String) -> String { "https://\(name.lowercased())\(keyVaultDNSSuffix)" }
}

// MARK: - Clouds that everybody knows

/// Source: Azure documentation, "Azure China 21Vianet developer guide" and "Compare Azure Government and global Azure";
/// Azure CLI, `az cloud list`.
extension CloudEnvironment {
    package static let `public` = CloudEnvironment(
        name: "AzureCloud",
        resourceManager: "https://management.azure.com",
        resourceManagerAudience: "https://management.azure.com",
        loginEndpoint: "https://login.microsoftonline.com",
        keyVaultDNSSuffix: ".vault.azure.net",
        vaultAudience: "https://vault.azure.net",
        storageDNSSuffix: "core.windows.net"
    )

    package static let china = CloudEnvironment(
        name: "AzureChinaCloud",
        resourceManager: "https://management.chinacloudapi.cn",
        resourceManagerAudience: "https://management.chinacloudapi.cn",
        loginEndpoint: "https://login.chinacloudapi.cn",
        keyVaultDNSSuffix: ".vault.azure.cn",
        vaultAudience: "https://vault.azure.cn",
        storageDNSSuffix: "core.chinacloudapi.cn"
    )

    package static let usGovernment = CloudEnvironment(
        name: "AzureUSGovernment",
        resourceManager: "https://management.usgovcloudapi.net",
        resourceManagerAudience: "https://management.usgovcloudapi.net",
        loginEndpoint: "https://login.microsoftonline.us",
        keyVaultDNSSuffix: ".vault.usgovcloudapi.net",
        vaultAudience: "https://vault.usgovcloudapi.net",
        storageDNSSuffix: "core.usgovcloudapi.net"
    )

    /// A cloud by the name that a spec, Terraform, the Azure CLI or the SDKs give it, in any letter case.
    package static func named(_ name: String) -> CloudEnvironment? {
        switch name.lowercased() {
        case "public", "azurecloud", "azurepubliccloud": .public
        case "china", "azurechinacloud": .china
        case "usgovernment", "azureusgovernment", "azureusgovernmentcloud": .usGovernment
        default: nil
        }
    }
}
