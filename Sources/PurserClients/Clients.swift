/// All that resource kinds may talk to. Making it contacts nothing and reads no file: each client finds what it needs at
/// its first call.
package struct Clients: Sendable {
    package let arm: ARMClient
    package let keyVault: KeyVaultClient
    package let kubernetes: KubernetesClient
    package let helm: HelmClient
    package let credential: any AzureCredential
    package let polling: Polling

    /// The Azure cloud in use: the one that `ARM_CLOUD_METADATA_URL` describes, or the public one.
    package func cloud() async throws(ServiceError) -> CloudEnvironment { .public }

    /// Who is calling, as Azure sees it.
    package func caller() async throws(ServiceError) -> CallerIdentity {
        throw ServiceError(service: .entra, code: "NotYet", message: "")
    }

    /// Closes all connections; must be called once, at the end.
    package func shutdown() async {}

    package static func make(settings: ClientSettings) async throws(ServiceError) -> Clients {
        throw ServiceError(service: .entra, code: "NotYet", message: "")
    }
}

/// Where the clients get everything from that comes from outside.
package struct ClientSettings: Sendable {
    /// The process environment, or what stands for it.
    package var environment: [String: String]
    /// Reads a YAML (or JSON) text into a value; used for kubeconfig files.
    package var parseYAML: @Sendable ([UInt8]) throws -> JSONValue
    /// In place of `KUBECONFIG` and `~/.kube/config`.
    package var kubeconfig: String?
    /// In place of the kubeconfig's current context.
    package var context: String?
    /// In place of `AZURE_TENANT_ID`.
    package var tenant: String?
    /// In place of `AZURE_SUBSCRIPTION_ID`.
    package var subscription: String?
    /// The `helm` binary, in place of the first one on `PATH`.
    package var helm: String?
    package var clock: any Clock<Duration>
    /// In place of the network, in tests.
    package var transport: (any HTTPTransport)?
    package var observer: (any RequestObserver)?

    package init(
        environment: [String: String],
        parseYAML: @escaping @Sendable ([UInt8]) throws -> JSONValue,
        kubeconfig: String? = nil,
        context: String? = nil,
        tenant: String? = nil,
        subscription: String? = nil,
        helm: String? = nil,
        clock: any Clock<Duration> = ContinuousClock(),
        transport: (any HTTPTransport)? = nil,
        observer: (any RequestObserver)? = nil
    ) {
        self.environment = environment
        self.parseYAML = parseYAML
        self.kubeconfig = kubeconfig
        self.context = context
        self.tenant = tenant
        self.subscription = subscription
        self.helm = helm
        self.clock = clock
        self.transport = transport
        self.observer = observer
    }
}
