/// All that resource kinds may talk to. Making it contacts nothing and reads no file: each client finds what it needs at
/// its first call.
package struct Clients: Sendable {
    package let arm: ARMClient
    package let keyVault: KeyVaultClient
    package let blobs: BlobClient
    package let kubernetes: KubernetesClient
    package let helm: HelmClient
    package let credential: any AzureCredential
    package let polling: Polling
    private let cloudInUse: Once<CloudEnvironment>
    private let transport: any HTTPTransport

    /// The Azure cloud in use, by what spec and environment say of it.
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
        let lookup = CloudLookup(settings: settings, sender: sender)
        let cloud = Once { () async throws(ServiceError) in try await lookup.cloud() }
        let correlationID = Identifier.random()
        let endpoint = TokenEndpoint(
            authority: { () async throws(ServiceError) in try await cloud.value().loginEndpoint }, sender: sender,
            correlationID: correlationID)
        let credential = try CredentialSources(settings: settings, endpoint: endpoint, sender: sender).credential()
        let arm = ARMClient(cloud: cloud, credential: credential, sender: sender, correlationID: correlationID)
        let managedCluster = settings.managedCluster.map { ManagedClusterAccess($0, arm: arm) }
        let session = kubernetesSession(settings, sender, managedCluster)
        return Clients(
            arm: arm,
            keyVault: KeyVaultClient(
                session: KeyVaultSession(credential: credential, sender: sender, correlationID: correlationID)),
            blobs: BlobClient(cloud: cloud, credential: credential, sender: sender, now: settings.now),
            kubernetes: KubernetesClient(session: session),
            helm: HelmClient(
                runner: settings.helmRunner ?? HelmProcess(binary: settings.helm, clock: settings.clock),
                environment: settings.environment, kubeconfig: settings.kubeconfig, context: settings.context,
                connection: { () async throws(ServiceError) in try await session.connection.value() },
                managedCluster: managedCluster),
            credential: credential,
            polling: Polling(clock: sender.clock),
            cloudInUse: cloud,
            transport: transport
        )
    }

    private static func kubernetesSession(
        _ settings: ClientSettings, _ sender: RequestSender, _ managedCluster: ManagedClusterAccess?
    ) -> KubernetesSession {
        let loader = KubeconfigLoader(
            environment: settings.environment, path: settings.kubeconfig, context: settings.context,
            parseYAML: settings.parseYAML, readFile: settings.readFile)
        let notify = settings.notify
        let plugins = ExecProcess(
            environment: settings.environment, clock: sender.clock, report: { notify(.plugin($0)) })
        return KubernetesSession(
            connection: Once { () async throws(ServiceError) in
                let connection =
                    if let managedCluster { try await managedCluster.connection(loader) } else {
                        try loader.connection()
                    }
                for warning in connection.warnings { notify(.warning(warning)) }
                return connection
            }, sender: sender, readFile: settings.readFile, credentials: ExecCredentials(process: plugins))
    }
}
