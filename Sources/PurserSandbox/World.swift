import Foundation
import SystemPackage

/// One world and the services that play it out.
struct World: Sendable {
    let directory: FilePath
    let store: Store
    let facts: WorldFacts
    let timing: Timing
    let addresses: Addresses
    let authority: CertificateAuthority
    let azure: AzureServices
    let cluster: KubernetesWorld
    private let faults: Faults
    private let log: RequestLog
    private let administration: Administration

    /// Opens the world in `directory`, or makes it.
    static func opened(
        in directory: FilePath, timing: Timing, throttle: Throttle = Throttle(), keyVaultAddOn: Bool = false
    ) async throws -> World {
        let store = try Store(directory: directory.appending("store"))
        let authority = try CertificateAuthority(directory: directory.appending("tls"), now: timing.now())
        let certificate = String(decoding: try authority.certificate(), as: UTF8.self)
        let facts = try await store.transaction { store in
            let facts = try WorldFacts.loaded(from: store)
            try InitialWorld.make(facts, timing: timing, in: store)
            if keyVaultAddOn { try InitialWorld.enableKeyVaultAddOn(timing: timing, in: store) }
            try store.put("world", "certificateAuthority", .string(certificate))
            return facts
        }
        let world = World(
            directory: directory, store: store, facts: facts, timing: timing, authority: authority,
            charts: try await ChartRepository(), throttle: throttle)
        try await world.cluster.bootstrap()
        try await world.cluster.synchronizeNodes(scaleSets: InitialWorld.scaleSets(in: store))
        return world
    }

    private init(
        directory: FilePath, store: Store, facts: WorldFacts, timing: Timing, authority: CertificateAuthority,
        charts: any SandboxService, throttle: Throttle
    ) {
        self.directory = directory
        self.store = store
        self.facts = facts
        self.timing = timing
        self.authority = authority
        let addresses = Addresses()
        let faults = Faults()
        let log = RequestLog()
        self.addresses = addresses
        self.faults = faults
        self.log = log
        azure = AzureServices(
            store: store, facts: facts, timing: timing, addresses: addresses, charts: charts, throttle: throttle)
        cluster = KubernetesWorld(
            store: store, azure: NodeAccess(store: store, azure: azure, timing: timing), directory: directory,
            token: facts.kubernetesToken, vaultSuffix: WorldFacts.vaultDomain, subscription: WorldFacts.subscription,
            nodeResourceGroup: InitialWorld.nodeGroup, issuer: WorldFacts.clusterIssuer, now: timing.now)
        administration = Administration(
            store: store, facts: facts, timing: timing, faults: faults, log: log, throttle: throttle, cluster: cluster)
    }

    /// What stands before the services of one listener.
    func front(
        _ route: @escaping @Sendable (SandboxRequest) -> (plane: FaultRule.Plane, service: any SandboxService)?
    ) -> Front {
        let administration = administration
        return Front(
            route: route, admin: { await administration.respond(to: $0) }, faults: faults, log: log, timing: timing,
            crash: { kill(getpid(), SIGKILL) })
    }
}
