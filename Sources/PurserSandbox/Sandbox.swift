import Foundation
import Logging
import ServiceLifecycle
package import SystemPackage
import UnixSignals

/// A local Azure with a Kubernetes cluster: three listeners on loopback over one world on disk.
package enum Sandbox {
    /// Runs until SIGTERM or SIGINT.
    /// - Parameter onReady: called once all listen, with the path of the file that tells clients how to connect.
    /// - Throws: `SandboxError` when world or port are taken, `StoreError` when the world cannot be read.
    package static func run(
        _ configuration: SandboxConfiguration, onReady: @escaping @Sendable (FilePath) -> Void = { _ in }
    ) async throws {
        let directory = FilePath(URL(fileURLWithPath: configuration.directory.string).path)
        let lock = try WorldLock(directory: directory)
        let timing = Timing(
            propagationDelay: configuration.propagationDelay, operationDelay: configuration.operationDelay)
        let world = try await World.opened(in: directory, timing: timing)
        let ports = try Ports(configuration, former: ConnectionFile.ports(in: directory))
        let gathering = Gathering { ports in
            world.addresses.settle(ports)
            do {
                try await ConnectionFile(world: world, ports: ports).write()
                onReady(ConnectionFile.path(in: directory))
            } catch {
                FileHandle.standardError.write(Data("purser-sandbox: \(error)\n".utf8))
            }
        }
        let azure = try TLSListener(
            label: "azure", port: ports.azure, authority: world.authority, front: world.front(world.azure.route)
        ).application { await gathering.azure($0) }
        let cluster = world.cluster.api
        let kubernetes = try TLSListener(
            label: "kubernetes", port: ports.kubernetes, authority: world.authority,
            front: world.front { _ in (.kubernetes, cluster) }
        ).application { await gathering.kubernetes($0) }
        let proxy = ConnectProxy(
            port: ports.proxy, addresses: world.addresses, resolves: world.azure.vaults.resolves
        ) { await gathering.proxy($0) }
        var logger = Logger(label: "purser-sandbox")
        logger.logLevel = .error
        var group = ServiceGroupConfiguration(
            services: [azure, kubernetes, proxy, ClusterService(cluster: world.cluster)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // Watches would otherwise keep the listeners open for as long as their clients like.
        group.maximumGracefulShutdownDuration = .seconds(1)
        try await ServiceGroup(configuration: group).run()
        _ = consume lock
    }
}

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
    static func opened(in directory: FilePath, timing: Timing) async throws -> World {
        let store = try Store(directory: directory.appending("store"))
        let authority = try CertificateAuthority(directory: directory.appending("tls"), now: timing.now())
        let certificate = String(decoding: try authority.certificate(), as: UTF8.self)
        let facts = try await store.transaction { store in
            let facts = try WorldFacts.loaded(from: store)
            try InitialWorld.make(facts, timing: timing, in: store)
            try store.put("world", "certificateAuthority", .string(certificate))
            return facts
        }
        let world = World(
            directory: directory, store: store, facts: facts, timing: timing, authority: authority,
            charts: try await ChartRepository())
        try await world.cluster.bootstrap()
        try await world.cluster.synchronizeNodes(scaleSets: InitialWorld.scaleSets(in: store))
        return world
    }

    private init(
        directory: FilePath, store: Store, facts: WorldFacts, timing: Timing, authority: CertificateAuthority,
        charts: any SandboxService
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
        azure = AzureServices(store: store, facts: facts, timing: timing, addresses: addresses, charts: charts)
        cluster = KubernetesWorld(
            store: store, azure: NodeAccess(store: store, azure: azure, timing: timing), directory: directory,
            token: facts.kubernetesToken, vaultSuffix: WorldFacts.vaultDomain, subscription: WorldFacts.subscription,
            nodeResourceGroup: InitialWorld.nodeGroup, issuer: WorldFacts.clusterIssuer, now: timing.now)
        administration = Administration(
            store: store, facts: facts, timing: timing, faults: faults, log: log, cluster: cluster)
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

/// The cluster's controllers as a service among the listeners.
private struct ClusterService: Service {
    let cluster: KubernetesWorld

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await cluster.run { error in
                FileHandle.standardError.write(Data("purser-sandbox: controllers: \(error)\n".utf8))
            }
        }
    }
}
