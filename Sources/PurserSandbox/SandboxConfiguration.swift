package import SystemPackage

/// How a sandbox is run.
package struct SandboxConfiguration: Sendable {
    /// The world's directory; made if it is missing. One process at a time.
    package var directory: FilePath
    /// Ports to listen on, all on 127.0.0.1. 0 takes the one of the world's last run, or any if that is taken.
    package var azurePort = 0
    package var kubernetesPort = 0
    package var proxyPort = 0
    /// From a change of access to its effect on a vault's data plane.
    package var propagationDelay: Duration = .zero
    /// How long an asynchronous operation is under way.
    package var operationDelay: Duration = .zero
    /// Whether the cluster has the AKS add-on for key vaults.
    package var keyVaultAddOn = false
    /// Limits of calls that differ from Azure's own.
    var throttling: [Throttle.Budget: Throttle.Limit] = [:]

    package init(directory: FilePath) { self.directory = directory }
}
