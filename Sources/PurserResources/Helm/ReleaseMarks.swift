import PurserClients
import PurserEngine

/// How a release says whose it is: labels that Helm puts on the Secrets in which it keeps the release's revisions.
///
/// Source: Helm documentation, `helm upgrade --labels` (since 3.13).
struct ReleaseMarks: Sendable {
    let client: KubernetesClient

    private static let environmentLabel = "purser-environment"
    private static let keyLabel = "purser-release"

    /// Only what is a valid label value is written; an environment's name is one.
    func labels(for owner: Owner) -> [String: String] {
        var labels = [Self.environmentLabel: owner.environment]
        labels[Self.keyLabel] = owner.address?.key
        return labels.filter { KubernetesName.labelValue.problem($0.value) == nil }
    }

    func owner(of release: String, namespace: String) async throws -> Owner? {
        let revisions = try await client.list(
            ObjectKind.secret.path(namespace: namespace, name: nil), labelSelector: "owner=helm,name=\(release)")
        let labels = revisions.map { $0.value.member("metadata", "labels")?.texts ?? [:] }
        let latest = labels.max { Self.revision(of: $0) < Self.revision(of: $1) }
        guard let environment = latest?[Self.environmentLabel] else { return nil }
        return Owner(
            environment: environment, address: latest?[Self.keyLabel].map { Address(["releases", $0]) })
    }

    private static func revision(of labels: [String: String]) -> Int { labels["version"].flatMap { Int($0) } ?? 0 }
}
