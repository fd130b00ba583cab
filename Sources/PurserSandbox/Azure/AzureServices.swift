/// Everything Azure behind one listener: vaults by host, the rest by path.
struct AzureServices: Sendable {
    let entra: Entra
    let manager: ResourceManager
    let vaults: VaultPlane
    let graph: Graph
    let issuer: OIDCIssuer
    private let identityHeader: String
    let metadata = CloudMetadata()
    let charts: any SandboxService

    init(store: Store, facts: WorldFacts, timing: Timing, addresses: Addresses, charts: any SandboxService) {
        entra = Entra(store: store, facts: facts, timing: timing, addresses: addresses)
        manager = ResourceManager(store: store, facts: facts, timing: timing, addresses: addresses)
        vaults = VaultPlane(store: store, facts: facts, timing: timing, addresses: addresses)
        graph = Graph(store: store, facts: facts, timing: timing)
        issuer = OIDCIssuer(store: store)
        identityHeader = facts.identityHeader
        self.charts = charts
    }

    private var managedIdentity: ManagedIdentityEndpoint {
        ManagedIdentityEndpoint(
            nodes: NodeAccess(store: entra.store, azure: self, timing: entra.timing), identityHeader: identityHeader)
    }

    /// The service that a request is for.
    func route(_ request: SandboxRequest) -> (plane: FaultRule.Plane, service: any SandboxService)? {
        if VaultPlane.vaultName(ofHost: request.host) != nil { return (.vault, vaults) }
        if request.host == ChartRepository.host { return (.charts, charts) }
        if request.host == OIDCIssuer.host { return (.entra, issuer) }
        let path = request.segments.map { $0.lowercased() }
        switch path.first {
        case "subscriptions", "tenants", "providers": return (.arm, manager)
        case "metadata" where path == ["metadata", "endpoints"]: return (.arm, metadata)
        case "metadata" where path == ManagedIdentityEndpoint.metadataPath: return (.entra, managedIdentity)
        case "msi" where path == ManagedIdentityEndpoint.appServicePath: return (.entra, managedIdentity)
        case "v1.0", "beta": return (.graph, graph)
        default:
            let isSignIn = path.dropFirst().contains { ["oauth2", "v2.0", ".well-known", "discovery"].contains($0) }
            return isSignIn ? (.entra, entra) : nil
        }
    }
}
