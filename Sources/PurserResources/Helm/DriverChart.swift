import PurserEngine

/// A chart that brings the Secrets Store CSI Driver, and where its values are.
///
/// Source: charts `csi-secrets-store-provider-azure` 1.8.2 and `secrets-store-csi-driver` 1.5.6, `values.yaml`.
struct DriverChart: Sendable, Hashable {
    /// Names in `values` below which the driver's own values stand.
    private let prefix: [String]
    private let values: Value?

    /// Nil if the release's chart is not one of those.
    init?(of release: DeclaredResource) {
        guard let chart = release.known(Release.chart.name)?.string, let prefix = Self.prefix(of: chart) else {
            return nil
        }
        self.prefix = prefix
        values = release.known(Release.values.name)
    }

    /// Whether a chart of this name has hooks that install or upgrade the driver's CRDs.
    static func isKnown(_ chart: String) -> Bool { prefix(of: chart) != nil }

    private static func prefix(of chart: String) -> [String]? {
        switch chart.split(separator: "/").last {
        case "csi-secrets-store-provider-azure"?: ["secrets-store-csi-driver"]
        case "secrets-store-csi-driver"?: []
        default: nil
        }
    }

    /// Whether the driver may write Kubernetes Secrets: without it no `secretObjects` ever become Secrets. False by
    /// default since driver 0.0.23.
    var syncsSecrets: Bool { isOn("syncSecret", "enabled") }

    /// Whether mounted files follow the vault.
    var rotates: Bool { isOn("enableSecretRotation") }

    /// The full name of a value of the driver in this chart, as `helm --set` writes it.
    func valueName(_ path: String...) -> String { (prefix + path).joined(separator: ".") }

    /// The charts test these with `if`: any text but the empty one counts as true, even `"false"`.
    private func isOn(_ path: String...) -> Bool {
        let value = (prefix + path).reduce(values) { $0?[$1] }
        switch value {
        case .bool(let flag)?: return flag
        case .string(let text)?: return !text.isEmpty
        case .unknown?: return true
        default: return values == .unknown
        }
    }
}
