/// All that resource kinds may talk to. Making it contacts nothing and reads no file: each client finds what it needs at
/// its first call.
package struct Clients: Sendable {
    package let arm: ARMClient
    package let keyVault: KeyVaultClient
    package let kubernetes: KubernetesClient
    package let helm: HelmClient
    package let credential: any AzureCredential
    package let polling: Polling
    private let cloudInUse: Once<CloudEnvironment>
    private let transport: any HTTPTransport

    /// The Azure cloud in use: the one that `ARM_CLOUD_METADATA_URL` describes, or the public one.
    package func cloud() async throws(ServiceError) -> CloudEnvironment { try await cloudInUse.value() }

    /// Who is calling, as Azure sees it.
    package func caller() async throws(ServiceError) -> CallerIdentity {
        let token = try await credential.token(scope: try await cloud().resourceManagerScope)
        guard let caller = CallerIdentity(token) else {
            throw ServiceError(
                service: .entra, code: ServiceError.Code.unexpectedAnswer,
                message: "the token does not tell whose it is")
        }
        return caller
    }

    /// Closes all connections; must be called once, at the end.
    package func shutdown() async { await transport.shutdown() }

    /// Puts the clients together. Throws if the settings contradict each other, never for what is missing: that is told
    /// by the first call that needs it.
    package static func make(settings: ClientSettings) async throws(ServiceError) -> Clients {
        let transport = settings.transport ?? AsyncHTTPTransport(environment: settings.environment)
        let sender = RequestSender(
            transport: transport, policy: try settings.policyInUse(), clock: ClientClock(settings.clock),
            jitter: settings.jitter, observer: settings.observer, longestAttempt: try settings.longestAttempt())
        let cloud = Once { () async throws(ServiceError) in try await Self.cloud(settings, sender) }
        let credential = credential(settings, cloud, sender)
        let session = kubernetesSession(settings, sender)
        return Clients(
            arm: ARMClient(
                cloud: cloud, credential: credential, sender: sender, correlationID: Identifier.random()),
            keyVault: KeyVaultClient(session: KeyVaultSession(credential: credential, sender: sender)),
            kubernetes: KubernetesClient(session: session),
            helm: HelmClient(
                runner: settings.helmRunner ?? HelmProcess(binary: settings.helm),
                environment: settings.environment, kubeconfig: settings.kubeconfig, context: settings.context,
                connection: { () async throws(ServiceError) in try await session.connection.value() }),
            credential: credential,
            polling: Polling(clock: sender.clock),
            cloudInUse: cloud,
            transport: transport
        )
    }

    private static func cloud(
        _ settings: ClientSettings, _ sender: RequestSender
    ) async throws(ServiceError) -> CloudEnvironment {
        guard let url = settings.value("ARM_CLOUD_METADATA_URL") else { return .public }
        return try await CloudEnvironment.load(metadataURL: url, sender: sender)
    }

    private static func credential(
        _ settings: ClientSettings, _ cloud: Once<CloudEnvironment>, _ sender: RequestSender
    ) -> any AzureCredential {
        let tenant = settings.tenant ?? settings.value("AZURE_TENANT_ID")
        let clientID = settings.value("AZURE_CLIENT_ID")
        let secret = settings.value("AZURE_CLIENT_SECRET")
        guard let tenant, let clientID, let secret else {
            let parts = [
                ("AZURE_TENANT_ID", tenant), ("AZURE_CLIENT_ID", clientID), ("AZURE_CLIENT_SECRET", secret),
            ]
            return MissingCredential(tenant: tenant, missing: parts.filter { $0.1 == nil }.map(\.0))
        }
        let authority = settings.value("AZURE_AUTHORITY_HOST").map(CloudEnvironment.withoutTrailingSlashes)
        return ClientSecretCredential(
            tenant: tenant,
            clientID: clientID,
            secret: SecretString(secret),
            authority: { () async throws(ServiceError) in
                if let authority { return authority }
                return try await cloud.value().loginEndpoint
            },
            sender: sender
        )
    }

    private static func kubernetesSession(_ settings: ClientSettings, _ sender: RequestSender) -> KubernetesSession {
        let loader = KubeconfigLoader(
            environment: settings.environment, path: settings.kubeconfig, context: settings.context,
            parseYAML: settings.parseYAML, readFile: settings.readFile)
        let notify = settings.notify
        let plugins = ExecProcess(
            environment: settings.environment, clock: sender.clock, report: { notify(.plugin($0)) })
        return KubernetesSession(
            connection: Once { () async throws(ServiceError) in
                let connection = try loader.connection()
                for warning in connection.warnings { notify(.warning(warning)) }
                return connection
            }, sender: sender, readFile: settings.readFile, credentials: ExecCredentials(process: plugins))
    }
}
