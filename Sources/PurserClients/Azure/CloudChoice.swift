/// Which Azure a spec asks for.
package enum CloudChoice: Sendable, Hashable {
    case named(String)
    /// Any other cloud, by the address of its description.
    case metadata(String)
}

/// Finds the cloud in use: its endpoints, each of which can be set on its own.
///
/// What the environment says of `ARM_CLOUD_METADATA_URL` comes before the spec, so that the sandbox is never left; then
/// the spec, then the environment's name of a cloud. Sources: Azure CLI, "Cloud management"; Terraform azurerm provider,
/// `environment` and `metadata_host`; Azure SDKs, `AZURE_AUTHORITY_HOST`.
struct CloudLookup: Sendable {
    let settings: ClientSettings
    let sender: RequestSender

    func cloud() async throws(ServiceError) -> CloudEnvironment {
        var cloud = try await described()
        if let url = try address("PURSER_RESOURCE_MANAGER_URL") {
            cloud.resourceManager = url
            cloud.resourceManagerAudience = url
        }
        if let audience = settings.value("PURSER_RESOURCE_MANAGER_AUDIENCE") {
            cloud.resourceManagerAudience = audience
        }
        if let url = try address("AZURE_AUTHORITY_HOST") { cloud.loginEndpoint = url }
        if let suffix = settings.value("PURSER_KEY_VAULT_SUFFIX") {
            let bare = suffix.drop { $0 == "." }
            cloud.keyVaultDNSSuffix = ".\(bare)"
            cloud.vaultAudience = "https://\(bare)"
        }
        if let audience = settings.value("PURSER_KEY_VAULT_AUDIENCE") { cloud.vaultAudience = audience }
        if let suffix = settings.value("PURSER_STORAGE_SUFFIX") {
            cloud.storageDNSSuffix = String(suffix.drop { $0 == "." })
        }
        return cloud
    }

    private func described() async throws(ServiceError) -> CloudEnvironment {
        if let url = settings.value("ARM_CLOUD_METADATA_URL") { return try await load(url) }
        if let host = settings.value("ARM_METADATA_HOSTNAME") {
            return try await load("https://\(host)/metadata/endpoints?api-version=2022-09-01")
        }
        switch settings.cloud {
        case .named(let name)?: return try Self.known(name, "azure.cloud")
        case .metadata(let url)?:
            try checkTrusted(url)
            return try await load(url)
        case nil: break
        }
        for variable in ["AZURE_ENVIRONMENT", "ARM_ENVIRONMENT"] {
            if let name = settings.value(variable) { return try Self.known(name, variable) }
        }
        return .public
    }

    private func load(_ url: String) async throws(ServiceError) -> CloudEnvironment {
        let wanted = settings.value("AZURE_ENVIRONMENT") ?? settings.value("ARM_ENVIRONMENT")
        return try await CloudEnvironment.load(metadataURL: url, named: wanted, sender: sender)
    }

    /// Credentials go where a cloud's description says. A spec may come from a stranger: who runs purser must have named
    /// the address too.
    private func checkTrusted(_ url: String) throws(ServiceError) {
        let trusted = (settings.value("PURSER_TRUSTED_CLOUDS") ?? "").split(separator: ",").map { entry in
            entry.filter { !$0.isWhitespace }
        }
        guard !trusted.contains(url) else { return }
        throw ServiceError(
            service: .resourceManager, code: ServiceError.Code.untrustedCloud,
            message: "the spec's cloud is described at \(url), which is not named in PURSER_TRUSTED_CLOUDS: "
                + "credentials would go where it says")
    }

    private static func known(_ name: String, _ origin: String) throws(ServiceError) -> CloudEnvironment {
        guard let cloud = CloudEnvironment.named(name) else {
            throw ServiceError(
                service: .resourceManager, code: ServiceError.Code.configuration,
                message: "\(origin) is '\(name)', which is none of public, china and usgovernment")
        }
        return cloud
    }

    private func address(_ variable: String) throws(ServiceError) -> String? {
        guard let text = settings.value(variable) else { return nil }
        // The SDKs take the authority's host without a scheme, too.
        let url = CloudEnvironment.withoutTrailingSlashes(text.contains("://") ? text : "https://\(text)")
        guard Address(url)?.scheme == "https" else {
            throw ServiceError(
                service: .resourceManager, code: ServiceError.Code.configuration,
                message: "\(variable) must be an https address, not '\(text)'")
        }
        return url
    }
}
