import Foundation
import SystemPackage

/// The sandbox's cluster: its API server, its controllers and its nodes.
struct KubernetesWorld: Sendable {
    let api: KubernetesAPI
    private let objects: ObjectStore
    private let controllers: Controllers
    private let nodes: NodeController
    private let addOn: KeyVaultAddOnController

    /// Pods' files appear below `directory`, in `nodes` and `pods`. `token` is the bearer token of the world's kubeconfig.
    /// `vaultSuffix` follows a vault's name in its address, with a port if it is not 443. `issuer` is the cluster's OIDC
    /// issuer as federated credentials name it, with its trailing slash.
    init(
        store: Store, azure: any AzureForNodes, directory: FilePath, token: String, vaultSuffix: String,
        subscription: String, nodeResourceGroup: String, issuer: String,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        let objects = ObjectStore(store: store, hub: WatchHub(), now: now)
        let files = NodeFiles(root: directory)
        let volumes = VolumeMounter(
            objects: objects, files: files, azure: azure, vaultSuffix: vaultSuffix,
            nodeResourceGroup: nodeResourceGroup, issuer: issuer)
        let kubelet = Kubelet(objects: objects, files: files, volumes: volumes)
        self.objects = objects
        api = KubernetesAPI(objects: objects, kubelet: kubelet, token: token, issuer: issuer)
        controllers = Controllers(objects: objects, kubelet: kubelet)
        addOn = KeyVaultAddOnController(store: store, api: api, token: token)
        nodes = NodeController(objects: objects, subscription: subscription, nodeResourceGroup: nodeResourceGroup)
    }

    /// Makes what every cluster has. To be called once before the API is served; again after a restart does no harm.
    func bootstrap() async throws {
        try await NamespaceController(objects: objects).bootstrap()
        try await BootstrapRoles(objects: objects).bootstrap()
    }

    /// Makes the cluster's nodes those of these scale sets, one of each.
    func synchronizeNodes(scaleSets: [String]) async throws {
        try await nodes.synchronize(scaleSets: scaleSets)
    }

    /// Does everything that is to be done in the cluster at this moment.
    func reconcile() async throws {
        try await controllers.reconcile()
    }

    /// Brings in or takes out what AKS itself keeps in the cluster.
    func synchronizeAddOn() async throws { try await addOn.synchronize() }

    /// Runs the controllers until the task is cancelled.
    func run(report: @escaping @Sendable (any Error) -> Void = { _ in }) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await controllers.run(report: report) }
            group.addTask { await watchAddOn(report) }
        }
    }

    /// The cluster's profile belongs to Resource Manager, which tells nobody when it changes: AKS looks, too. In real time:
    /// by a clock that is moved by hand it would look without a rest, or never.
    private func watchAddOn(_ report: @Sendable (any Error) -> Void) async {
        while !Task.isCancelled {
            do { try await addOn.synchronize() } catch { report(error) }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }
}
