import PurserClients
import PurserEngine

/// Waits until the driver has recorded that pods have the files of their classes.
///
/// Source: Secrets Store CSI Driver, `SecretProviderClassPodStatus` of `v1`: named POD-NAMESPACE-CLASS, `status.mounted`.
struct MountConfirmation: Sendable {
    let cluster: Cluster
    let operation: Operation

    /// The driver writes the record before it answers the kubelet; the pod is ready later.
    private static let limit = Duration.seconds(15)

    /// Pods that have ended have no mounts any more. A record that does not come is told, and no failure: the pods are
    /// ready, which they cannot be without their volumes.
    func wait(for pods: [Value], mounts: [Mount]) async throws {
        let classes = Set(
            mounts.compactMap { mount -> String? in
                if case .secretProviderClass(let name, _, _) = mount.source { name } else { nil }
            }
        ).sorted()
        for pod in pods where Self.isRunning(pod) {
            for name in classes { try await wait(for: pod, className: name) }
        }
    }

    private func wait(for pod: Value, className: String) async throws {
        guard let namespace = pod.member("metadata", "namespace")?.string,
            let podName = pod.member("metadata", "name")?.string
        else { return }
        let path = ObjectKind.secretProviderClassPodStatus.path(
            namespace: namespace, name: "\(podName)-\(namespace)-\(className)")
        let client = cluster.client
        do throws(ServiceError) {
            _ = try await cluster.polling.until(
                "\(path)", service: .kubernetes, first: .milliseconds(250), longest: .seconds(3), timeout: Self.limit,
                waiting: { operation.waiting("waiting until the driver records that '\(className)' is mounted", $0) }
            ) { () async throws(ServiceError) -> Bool? in
                try await client.get(path)?.value.member("status", "mounted") == true ? true : nil
            }
        } catch {
            guard error.isTimeout || error.status == 403 else { throw error }
            operation.report("the driver has no record of '\(className)' in pod '\(podName)'")
        }
    }

    private static func isRunning(_ pod: Value) -> Bool {
        !pod.isTerminating && pod.member("status", "phase")?.string == "Running"
    }
}
