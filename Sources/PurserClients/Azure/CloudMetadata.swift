extension CloudEnvironment {
    /// Reads a cloud's endpoints from where it publishes them (`…/metadata/endpoints`, no sign-in needed).
    ///
    /// Since api-version 2022-09-01 the answer is one object; earlier versions, and the address that
    /// `ARM_CLOUD_METADATA_URL` gives to `az`, answer with a list, of which the entry that is called `name` counts, or else
    /// the first.
    package static func load(
        metadataURL: String, transport: any HTTPTransport
    ) async throws(ServiceError) -> CloudEnvironment {
        let sender = RequestSender(
            transport: transport, policy: RetryPolicy(), clock: ClientClock(ContinuousClock()), jitter: .system)
        return try await load(metadataURL: metadataURL, named: nil, sender: sender)
    }

    static func load(
        metadataURL: String, named name: String?, sender: RequestSender
    ) async throws(ServiceError) -> CloudEnvironment {
        guard Address(metadataURL)?.scheme == "https" else {
            throw ServiceError(
                service: .resourceManager, code: ServiceError.Code.configuration,
                message: "a cloud is described at an https address, not at '\(metadataURL)'")
        }
        let request = HTTPRequest(
            method: "GET", url: metadataURL, headers: [HTTPHeader("Accept", "application/json")], timeout: .seconds(30))
        let exchange = try await sender.exchange(request, service: .resourceManager, repeatable: true)
        guard exchange.response.status == 200 else {
            throw ServiceError(exchange, service: .resourceManager, request: request)
        }
        let json = try exchange.response.json(of: request, service: .resourceManager)
        guard let cloud = CloudEnvironment(metadata: Self.entry(of: json, named: name)) else {
            throw .unexpectedAnswer(
                "the cloud's metadata lack name, resourceManager, loginEndpoint, audiences or keyVaultDns",
                service: .resourceManager, response: exchange.response, request: request)
        }
        return cloud
    }

    private static func entry(of json: JSONValue, named name: String?) -> JSONValue {
        guard let list = json.array else { return json }
        return list.first { $0["name"]?.string?.lowercased() == name?.lowercased() } ?? list.first ?? json
    }

    init?(metadata: JSONValue) {
        guard let name = metadata["name"]?.string,
            let resourceManager = metadata["resourceManager"]?.string, Address(resourceManager) != nil,
            let login = metadata.at("authentication", "loginEndpoint")?.string, Address(login) != nil,
            let audience = metadata.at("authentication", "audiences")?[0]?.string,
            let suffix = metadata.at("suffixes", "keyVaultDns")?.string, !suffix.isEmpty
        else { return nil }
        let bare = suffix.hasPrefix(".") ? String(suffix.dropFirst()) : suffix
        self.init(
            name: name,
            resourceManager: Self.withoutTrailingSlashes(resourceManager),
            resourceManagerAudience: audience,
            loginEndpoint: Self.withoutTrailingSlashes(login),
            keyVaultDNSSuffix: "." + bare,
            vaultAudience: "https://" + bare,
            storageDNSSuffix: metadata.at("suffixes", "storage")?.string.flatMap {
                $0.isEmpty ? nil : String($0.drop { $0 == "." })
            }
        )
    }

    static func withoutTrailingSlashes(_ url: String) -> String {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }

    /// The scope that Resource Manager tokens are asked for. An audience that ends with a slash keeps it.
    var resourceManagerScope: String { resourceManagerAudience + "/.default" }
}
