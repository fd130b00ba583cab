/// Everything Azure behind one listener: vaults and storage accounts by host, the rest by path.
struct AzureServices: Sendable {
    let entra: Entra
    let manager: ResourceManager
    let vaults: VaultPlane
    let blobs: BlobPlane
    let graph: Graph
    let issuer: OIDCIssuer
    private let identityHeader: String
    let metadata = CloudMetadata()
    let charts: any SandboxService

    init(
        store: Store, facts: WorldFacts, timing: Timing, addresses: Addresses, charts: any SandboxService,
        throttle: Throttle = Throttle()
    ) {
        entra = Entra(store: store, facts: facts, timing: timing, addresses: addresses)
        manager = ResourceManager(
            store: store, facts: facts, timing: timing, addresses: addresses, throttle: throttle)
        vaults = VaultPlane(store: store, facts: facts, timing: timing, addresses: addresses, throttle: throttle)
        blobs = BlobPlane(store: store, facts: facts, timing: timing, addresses: addresses)
        graph = Graph(store: store, facts: facts, timing: timing)
        issuer = OIDCIssuer(store: store)
        identityHeader = facts.identityHeader
        self.charts = charts
    }

    private var managedIdentity: ManagedIdentityEndpoint {
        ManagedIdentityEndpoint(
            nodes: NodeAccess(store: entra.store, azure: self, timing: entra.timing), identityHeader: identityHeader)
    }

    /// Whether a host has a name by now: those of vaults and storage accounts have none before they are made.
    func resolves(host: String) async -> Bool {
        guard await vaults.resolves(host: host) else { return false }
        return await blobs.resolves(host: host)
    }

    /// The service that a request is for.
    func route(_ request: SandboxRequest) -> (plane: FaultRule.Plane, service: any SandboxService)? {
        if VaultPlane.vaultName(ofHost: request.host) != nil { return (.vault, vaults) }
        if BlobPlane.accountName(ofHost: request.host) != nil { return (.blob, blobs) }
        if request.host == ChartRepository.host { return (.charts, charts) }
        if request.host == OIDCIssuer.host { return (.entra, issuer) }
        if ["subscriptions", "tenants", "providers"].contains(request.segments.first?.lowercased()) {
            return (.arm, manager)
        }
        return OpenRoute.service(of: request.segments).map(open)
    }

    private func open(_ service: OpenRoute.Service) -> (plane: FaultRule.Plane, service: any SandboxService) {
        switch service {
        case .metadata: (.arm, metadata)
        case .machineIdentity: (.entra, managedIdentity)
        case .graph: (.graph, graph)
        case .entra: (.entra, entra)
        }
    }
}
