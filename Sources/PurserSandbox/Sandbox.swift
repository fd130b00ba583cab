import Foundation
import Logging
import ServiceLifecycle
package import SystemPackage
import UnixSignals

/// A local Azure with a Kubernetes cluster: three listeners on loopback over one world on disk.
package enum Sandbox {
    /// Runs until SIGTERM or SIGINT. `onReady` is called once all listen, with the path of the file that tells clients
    /// how to connect.
    /// - Throws: `SandboxError` when world or port are taken, `StoreError` when the world cannot be read.
    package static func run(
        _ configuration: SandboxConfiguration, onReady: @escaping @Sendable (FilePath) -> Void = { _ in }
    ) async throws {
        let directory = FilePath(URL(fileURLWithPath: configuration.directory.string).path)
        let lock = try WorldLock(directory: directory)
        let timing = Timing(
            propagationDelay: configuration.propagationDelay, operationDelay: configuration.operationDelay)
        let world = try await World.opened(
            in: directory, timing: timing, throttle: Throttle(configuration.throttling),
            keyVaultAddOn: configuration.keyVaultAddOn)
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
            port: ports.proxy, addresses: world.addresses, resolves: world.azure.resolves
        ) { await gathering.proxy($0) }
        var logger = Logger(label: "purser-sandbox")
        logger.logLevel = .error
        var group = ServiceGroupConfiguration(
            services: [azure, kubernetes, proxy, ClusterService(cluster: world.cluster)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // Watches would otherwise keep the listeners open for as long as their clients like.
        group.maximumGracefulShutdownDuration = .seconds(1)
        try await ServiceGroup(configuration: group).run()
        _ = consume lock
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
