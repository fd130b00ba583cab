/// Puts the ways to sign in together from the environment.
///
/// Each value has the name that the Azure SDKs read (`AZURE_…`) and the one that Terraform's providers read (`ARM_…`);
/// the first that is set counts. Sources: Azure SDK documentation, "Environment variables" of azure-identity; Terraform
/// azurerm provider, "Argument Reference".
struct CredentialSources: Sendable {
    let settings: ClientSettings
    let endpoint: TokenEndpoint
    let sender: RequestSender

    /// The chain, or the one that the settings pin. Throws if what they pin is no credential's name.
    func credential() throws(ServiceError) -> CredentialChain {
        let (names, isPinned) = try chosenNames()
        let candidates = names.map { name in
            CredentialCandidate(name: name, state: state(of: name, isPinned: isPinned))
        }
        return CredentialChain(candidates, tenant: tenant)
    }

    private func chosenNames() throws(ServiceError) -> (names: [CredentialName], isPinned: Bool) {
        let choices = [
            ("PURSER_CREDENTIAL", settings.value("PURSER_CREDENTIAL")),
            ("AZURE_TOKEN_CREDENTIALS", settings.value("AZURE_TOKEN_CREDENTIALS")),
        ]
        guard case (let origin, let text?)? = choices.first(where: { $0.1 != nil }) else {
            return (CredentialName.allCases, false)
        }
        guard let names = CredentialName.chosen(by: text) else {
            let known = CredentialName.allCases.map(\.rawValue).joined(separator: ", ")
            throw .credential("\(origin) is '\(text)', which is none of \(known)")
        }
        return (names, names.count == 1)
    }

    private func state(of name: CredentialName, isPinned: Bool) -> CredentialCandidate.State {
        do throws(Absence) {
            let source = try source(of: name, isPinned: isPinned)
            return .configured(CachedCredential(source, clock: sender.clock))
        } catch {
            return .unavailable(error.reason)
        }
    }

    private func source(of name: CredentialName, isPinned: Bool) throws(Absence) -> any TokenSource {
        switch name {
        case .clientSecret: try clientSecret()
        case .clientCertificate: try clientCertificate()
        case .workloadIdentity: try workloadIdentity()
        case .gitHub: try gitHub()
        case .azurePipelines: try azurePipelines()
        case .managedIdentity: try managedIdentity(isPinned: isPinned)
        case .azureCLI: try azureCLI()
        }
    }

    // MARK: Values

    /// Why a credential is not configured.
    private struct Absence: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    private func value(_ names: [String]) -> String? { names.lazy.compactMap(settings.value).first }

    private var tenant: String? { settings.tenant ?? value(["AZURE_TENANT_ID", "ARM_TENANT_ID"]) }
    private var clientID: String? { value(["AZURE_CLIENT_ID", "ARM_CLIENT_ID"]) }

    /// All values, or the names of those that are missing.
    private func required(_ values: [(name: String, value: String?)]) throws(Absence) -> [String] {
        let missing = values.filter { $0.value == nil }.map(\.name)
        guard !missing.isEmpty else { return values.compactMap(\.value) }
        throw Absence("\(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") not set")
    }

    private func refuse(if name: String) throws(Absence) {
        if let text = settings.value(name), ["false", "0"].contains(text.lowercased()) {
            throw Absence("\(name) is \(text)")
        }
    }

    // MARK: Service principals

    private func clientSecret() throws(Absence) -> any TokenSource {
        let values = try required([
            ("AZURE_TENANT_ID", tenant), ("AZURE_CLIENT_ID", clientID),
            ("AZURE_CLIENT_SECRET", value(["AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET"])),
        ])
        return ClientSecretCredential(
            tenant: values[0], clientID: values[1], secret: SecretString(values[2]), endpoint: endpoint)
    }

    private func clientCertificate() throws(Absence) -> any TokenSource {
        let path = value(["AZURE_CLIENT_CERTIFICATE_PATH", "ARM_CLIENT_CERTIFICATE_PATH"])
        let inline = settings.value("ARM_CLIENT_CERTIFICATE")
        let values = try required([
            ("AZURE_TENANT_ID", tenant), ("AZURE_CLIENT_ID", clientID),
            ("AZURE_CLIENT_CERTIFICATE_PATH", path ?? inline),
        ])
        let password = value(["AZURE_CLIENT_CERTIFICATE_PASSWORD", "ARM_CLIENT_CERTIFICATE_PASSWORD"])
            .map { SecretString($0) }
        let sendsChain = ["true", "1"].contains(
            settings.value("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN")?.lowercased() ?? "")
        let identity = Once { [readFile = settings.readFile] () async throws(ServiceError) in
            guard let path else { return try Self.identity(base64: inline ?? "", password) }
            return try Self.identity(path, password, readFile)
        }
        return ClientCertificateCredential(
            tenant: values[0], clientID: values[1], identity: identity, sendsChain: sendsChain, now: settings.now,
            endpoint: endpoint)
    }

    private static func identity(
        _ path: String, _ password: SecretString?, _ readFile: @Sendable (String) throws -> [UInt8]?
    ) throws(ServiceError) -> SigningIdentity {
        let content: [UInt8]?
        do { content = try readFile(path) } catch {
            throw .credential("the client certificate \(path) cannot be read: \(error)")
        }
        guard let content else { throw .credential("the client certificate \(path) is not there") }
        return try SigningIdentity(content, password: password, source: path)
    }

    private static func identity(base64: String, _ password: SecretString?) throws(ServiceError) -> SigningIdentity {
        guard let content = Base64.decoded(base64) else { throw .credential("ARM_CLIENT_CERTIFICATE is not base64") }
        return try SigningIdentity(content, password: password, source: "ARM_CLIENT_CERTIFICATE")
    }

    // MARK: Tokens of other issuers

    private func workloadIdentity() throws(Absence) -> any TokenSource {
        try refuse(if: "ARM_USE_OIDC")
        let path = value(["AZURE_FEDERATED_TOKEN_FILE", "ARM_OIDC_TOKEN_FILE_PATH"])
        let inline = settings.value("ARM_OIDC_TOKEN").map { SecretString($0) }
        let values = try required([
            ("AZURE_TENANT_ID", tenant), ("AZURE_CLIENT_ID", clientID),
            ("AZURE_FEDERATED_TOKEN_FILE", path ?? inline.map { _ in "" }),
        ])
        let token = path.map { WorkloadIdentityToken(path: $0, readFile: settings.readFile) }
        return FederatedCredential(
            .workloadIdentity, tenant: values[0], clientID: values[1], endpoint: endpoint
        ) { () async throws(ServiceError) in
            if let token { return try token.read() }
            return inline ?? SecretString("")
        }
    }

    private func gitHub() throws(Absence) -> any TokenSource {
        try refuse(if: "ARM_USE_OIDC")
        guard settings.value("SYSTEM_OIDCREQUESTURI") == nil else { throw Absence("this is an Azure Pipelines job") }
        let values = try required([
            ("AZURE_TENANT_ID", tenant), ("AZURE_CLIENT_ID", clientID),
            (
                "ACTIONS_ID_TOKEN_REQUEST_URL (a job with `permissions: id-token: write` has it)",
                value(["ACTIONS_ID_TOKEN_REQUEST_URL", "ARM_OIDC_REQUEST_URL"])
            ),
            (
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                value(["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ARM_OIDC_REQUEST_TOKEN"])
            ),
        ])
        let token = GitHubToken(url: values[2], token: SecretString(values[3]), sender: sender)
        return FederatedCredential(
            .gitHub, tenant: values[0], clientID: values[1], endpoint: endpoint
        ) { () async throws(ServiceError) in try await token.fetch() }
    }

    private func azurePipelines() throws(Absence) -> any TokenSource {
        try refuse(if: "ARM_USE_OIDC")
        let connection = value([
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
            "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID",
        ])
        let values = try required([
            ("SYSTEM_OIDCREQUESTURI", settings.value("SYSTEM_OIDCREQUESTURI")),
            ("SYSTEM_ACCESSTOKEN", value(["SYSTEM_ACCESSTOKEN", "ARM_OIDC_REQUEST_TOKEN"])),
            ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", connection),
            ("AZURESUBSCRIPTION_TENANT_ID", settings.value("AZURESUBSCRIPTION_TENANT_ID") ?? tenant),
            ("AZURESUBSCRIPTION_CLIENT_ID", settings.value("AZURESUBSCRIPTION_CLIENT_ID") ?? clientID),
        ])
        let token = AzurePipelinesToken(
            url: values[0], serviceConnection: values[2], token: SecretString(values[1]), sender: sender)
        return FederatedCredential(
            .azurePipelines, tenant: values[3], clientID: values[4], endpoint: endpoint
        ) { () async throws(ServiceError) in try await token.fetch() }
    }

    // MARK: Where we run, and who sits here

    private func managedIdentity(isPinned: Bool) throws(Absence) -> any TokenSource {
        try refuse(if: "ARM_USE_MSI")
        return ManagedIdentityCredential(
            try managedIdentityEndpoint(), tenant: tenant, clientID: clientID, probes: !isPinned, now: settings.now,
            sender: sender)
    }

    /// The order of detection is that of the Azure SDKs.
    private func managedIdentityEndpoint() throws(Absence) -> ManagedIdentityCredential.Endpoint {
        if let endpoint = settings.value("IDENTITY_ENDPOINT") {
            if settings.value("IDENTITY_SERVER_THUMBPRINT") != nil {
                throw Absence("the managed identities of Service Fabric are not supported")
            }
            if let header = settings.value("IDENTITY_HEADER") {
                return .appService(url: endpoint, header: SecretString(header))
            }
            throw Absence("IDENTITY_ENDPOINT is set without IDENTITY_HEADER: Azure Arc is not supported")
        }
        if settings.value("MSI_ENDPOINT") != nil {
            throw Absence("MSI_ENDPOINT is set: Cloud Shell and Azure Machine Learning are not supported")
        }
        let root = settings.value("AZURE_POD_IDENTITY_AUTHORITY_HOST") ?? ManagedIdentityCredential.metadataRoot
        return .instanceMetadata(root: CloudEnvironment.withoutTrailingSlashes(root))
    }

    private func azureCLI() throws(Absence) -> any TokenSource {
        try refuse(if: "ARM_USE_CLI")
        let runner = settings.azureCLI ?? AzureCLIProcess(environment: settings.environment)
        return AzureCLICredential(tenant: tenant, runner: runner, now: settings.now)
    }
}
