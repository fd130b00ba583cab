import SystemPackage

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An AKS cluster by its place in Azure.
package struct ManagedClusterName: Sendable, Hashable {
    package var subscription: String
    package var group: String
    package var name: String

    package init(subscription: String, group: String, name: String) {
        self.subscription = subscription
        self.group = group
        self.name = name
    }
}

/// The kubeconfig that Azure gives of a cluster to who may use it. It is held in memory; only a program that cannot do
/// without a file gets one, for as long as it runs.
///
/// Source: Azure REST reference, Managed Clusters, List Cluster User Credentials, api-version 2025-10-01.
struct ManagedClusterAccess: Sendable {
    /// Stands for the kubeconfig's path where files are named.
    static let path = "cluster.aks"

    private let content: Once<[UInt8]>

    init(_ cluster: ManagedClusterName, arm: ARMClient) {
        content = Once { () async throws(ServiceError) in
            let path =
                "/subscriptions/\(cluster.subscription)/resourceGroups/\(cluster.group)/providers"
                + "/Microsoft.ContainerService/managedClusters/\(cluster.name)/listClusterUserCredential"
            // Where people sign in by Entra, with kubelogin as its plugin and not with a form that kubectl has dropped.
            let answer = try await arm.post(
                path, apiVersion: "2025-10-01", query: ["format": "exec"], repeatable: true)
            let text = answer["kubeconfigs"]?.array?.first?["value"]?.string
            guard let bytes = text.flatMap(Base64.decoded) else {
                throw .kubeconfig("Azure gave no kubeconfig of the cluster '\(cluster.name)'")
            }
            return bytes
        }
    }

    func connection(_ loader: KubeconfigLoader) async throws(ServiceError) -> KubernetesConnection {
        let content = try await content.value()
        var loader = loader
        loader.path = nil
        loader.environment["KUBECONFIG"] = Self.path
        let readFile = loader.readFile
        loader.readFile = { file in file == Self.path ? content : try readFile(file) }
        return try loader.connection()
    }

    /// Runs `body` with the path of a file that only the user may read, and removes the file.
    func withFile<Result>(_ body: (String) async throws(ServiceError) -> Result) async throws(ServiceError) -> Result {
        let content = try await content.value()
        let directory = FilePath(FileManager.default.temporaryDirectory.path)
        let file = directory.appending("purser-\(Identifier.random()).kubeconfig")
        do {
            let descriptor = try FileDescriptor.open(
                file, .writeOnly, options: [.create, .exclusiveCreate], permissions: [.ownerRead, .ownerWrite])
            _ = try descriptor.closeAfter { try descriptor.writeAll(content) }
        } catch {
            throw .kubeconfig("\(file) cannot be written: \(error)")
        }
        defer { try? FileManager.default.removeItem(atPath: file.string) }
        return try await body(file.string)
    }
}
