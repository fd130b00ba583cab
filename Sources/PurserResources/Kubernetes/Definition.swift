import PurserClients
import PurserEngine
import PurserSyntax

/// Waits until the cluster serves a custom resource: the release that brings its definition may have ended a moment ago.
///
/// Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions": condition `Established`.
struct Definition: Sendable {
    let cluster: Cluster
    let operation: Operation

    private static let limit = Duration.seconds(60)

    /// Returns at once where definitions may not be read: then the object's own call tells.
    func wait(for kind: ObjectKind) async throws {
        let name = ObjectName(kind: .definition, namespace: nil, name: "\(kind.resource).\(kind.group)")
        let client = cluster.client
        var hasReported = false
        do throws(ServiceError) {
            _ = try await cluster.polling.until(
                "\(name)", service: .kubernetes, first: .milliseconds(250), longest: .seconds(3), timeout: Self.limit,
                waiting: { operation.waiting("waiting until the cluster knows \(kind.name)", $0) }
            ) { () async throws(ServiceError) -> Bool? in
                let definition = try await client.get(name.path)?.value
                if Self.isEstablished(definition) { return true }
                if !hasReported { operation.report("waiting until the cluster knows \(kind.name)") }
                hasReported = true
                return nil
            }
        } catch {
            if error.status == 403 { return }
            guard error.isTimeout else { throw error }
            throw ResourceFailure(
                .applyNoDefinition, "the cluster does not know \(kind.name): \(name) is not there, or not established",
                hint: "install the Secrets Store CSI driver first, by 'releases' or as the cluster's add-on")
        }
    }

    private static func isEstablished(_ definition: Value?) -> Bool {
        (definition?.member("status", "conditions")?.list ?? []).contains {
            $0["type"] == "Established" && $0["status"] == "True"
        }
    }
}

extension DiagnosticCode {
    static let applyNoDefinition = DiagnosticCode("apply/no-definition")
}
