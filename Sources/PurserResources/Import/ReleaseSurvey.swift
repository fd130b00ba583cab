import PurserClients
import PurserEngine
import PurserSyntax

/// The releases that bring the driver.
///
/// Helm records neither where a chart came from nor where it is now: what is written is the address that the chart's
/// project publishes at. Sources: the projects' installation pages; the old addresses are those of 2021.
struct ReleaseSurvey: Sendable {
    let helm: HelmClient

    struct Found: Sendable {
        let name: String
        let namespace: String
        let chart: Chart
        let version: String
        let values: Value
    }

    enum Chart: String, CaseIterable, Sendable {
        case provider = "csi-secrets-store-provider-azure"
        case driver = "secrets-store-csi-driver"

        var repository: String {
            switch self {
            case .provider: "https://azure.github.io/secrets-store-csi-driver-provider-azure/charts"
            case .driver: "https://kubernetes-sigs.github.io/secrets-store-csi-driver/charts"
            }
        }

        /// What the address began with before the project moved its charts.
        var oldRepository: String {
            switch self {
            case .provider: "https://raw.githubusercontent.com/azure/secrets-store-csi-driver-provider-azure/"
            case .driver: "https://raw.githubusercontent.com/kubernetes-sigs/secrets-store-csi-driver/"
            }
        }
    }

    func releases(_ remarks: inout Diagnostics) async throws(ServiceError) -> [Found] {
        var found: [Found] = []
        for release in try await helm.releases() {
            guard let chart = Chart.allCases.first(where: { release.chart.hasPrefix("\($0.rawValue)-") }),
                let name = ChartName(release.chart, likely: chart.rawValue)
            else { continue }
            let values = try await helm.values(release.name, namespace: release.namespace)?.value ?? .object([:])
            let (clean, left) = LiteralSecrets.withoutSecrets(values, at: "values")
            for path in left {
                remarks.append(
                    .importSecretLeftOut,
                    "release \(release.namespace)/\(release.name): '\(path)' looks like a secret and is not written",
                    at: nil,
                    hint: "keep it in the vault, and let the chart read a Kubernetes Secret", severity: .warning)
            }
            found.append(
                Found(
                    name: release.name, namespace: release.namespace, chart: chart, version: name.version, values: clean
                ))
        }
        try await tellRepositories(of: found, &remarks)
        return found.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    }

    private func tellRepositories(of found: [Found], _ remarks: inout Diagnostics) async throws(ServiceError) {
        guard !found.isEmpty else { return }
        let known = try await helm.repositories()
        for release in found {
            let old = known.first { $0.url.lowercased().hasPrefix(release.chart.oldRepository) }
            if let old {
                remarks.append(
                    .importOldRepository,
                    "helm knows the repository '\(old.name)' at \(old.url), where there are no charts any more; written is "
                        + release.chart.repository, at: nil,
                    hint:
                        "give helm the new address\nhelm repo add --force-update \(old.name) \(release.chart.repository)",
                    severity: .warning)
            } else {
                remarks.append(
                    .importRepository,
                    "helm does not record where the chart of release \(release.namespace)/\(release.name) came from; "
                        + "written is \(release.chart.repository)", at: nil,
                    hint: "change `repository` if you mirror it", severity: .note)
            }
        }
    }
}
