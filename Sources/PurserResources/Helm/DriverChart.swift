import PurserEngine
import PurserProof

/// A chart that brings the Secrets Store CSI Driver, and where its values are.
///
/// Source: charts `csi-secrets-store-provider-azure` 1.8.2 and `secrets-store-csi-driver` 1.5.6, `values.yaml`.
struct DriverChart: Sendable, Hashable {
    /// Names in `values` below which the driver's own values stand.
    let prefix: [String]
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

    /// Whether it is the provider's chart, with the driver as its part.
    var isProvider: Bool { !prefix.isEmpty }

    /// Whether the driver comes with it: the provider's chart can leave it out.
    var hasDriver: Bool { !isProvider || flag("install", default: true) != false }

    /// The full name of a value of the driver in this chart, as `helm --set` writes it.
    func valueName(_ path: String...) -> String { (prefix + path).joined(separator: ".") }

    /// A switch of the driver; nil if it is not known. The charts test these with `if`: any text but the empty one
    /// counts as true, even `"false"`.
    func flag(_ path: String..., default fallback: Bool) -> Bool? { isOn(prefix + path, fallback) }

    /// A switch of the chart itself.
    func ownFlag(_ name: String, default fallback: Bool) -> Bool? { isOn([name], fallback) }

    private func isOn(_ path: [String], _ fallback: Bool) -> Bool? {
        if values == .unknown { return nil }
        let value = path.reduce(values) { $0?[$1] }
        switch value {
        case .bool(let flag)?: return flag
        case .string(let text)?: return !text.isEmpty
        case .integer(let number)?: return number != 0
        case .unknown?: return nil
        default: return fallback
        }
    }

    /// A length of time as Go writes it, `1m30s`; nil if it is not known.
    func seconds(_ name: String, default fallback: Int) -> Int? {
        if values == .unknown { return nil }
        guard let value = (prefix + [name]).reduce(values, { $0?[$1] }) else { return fallback }
        guard let text = value.string else { return nil }
        let units = ["h": 3600, "m": 60, "s": 1]
        let parts = text.matches(of: #/([0-9]+)([hms])/#)
        guard !parts.isEmpty, parts.map({ String($0.0) }).joined() == text else { return nil }
        return parts.reduce(0) { $0 + (Int($1.1) ?? 0) * (units[String($1.2)] ?? 0) }
    }

    /// The audiences of the tokens that kubelet gives the driver; nil if they are not known. The provider's chart asks
    /// for that of workload identity since provider 1.1.0, and for that of identity bindings since 1.8.0.
    func audiences(provider: ComponentVersion?) -> [String]? {
        if values == .unknown { return nil }
        if let listed = (prefix + ["tokenRequests"]).reduce(values, { $0?[$1] }) {
            return listed.containsUnknown ? nil : (listed.list ?? []).compactMap { $0["audience"]?.string }
        }
        guard isProvider else { return [] }
        guard let provider else { return nil }
        let all: [(String, ComponentVersion)] = [
            ("api://AzureADTokenExchange", ComponentVersion(1, 1, 0)),
            ("api://AKSIdentityBinding", ComponentVersion(1, 8, 0)),
        ]
        return all.filter { provider >= $0.1 }.map(\.0)
    }

    /// Both the driver and the provider have a DaemonSet for Windows, of which neither is on by default.
    var runsOnWindows: Bool? {
        guard let driver = flag("windows", "enabled", default: false) else { return nil }
        guard isProvider else { return driver }
        return isOn(["windows", "enabled"], false).map { $0 && driver }
    }
}

extension DriverChart {
    /// The objects of the charts of driver and provider, hooks included.
    ///
    /// Source: charts `csi-secrets-store-provider-azure` 1.8.2 and `secrets-store-csi-driver` 1.5.6, templates.
    static func rights(for use: ResourceUse, in namespace: String) -> [Right] {
        let verbs =
            use == .delete
            ? ["delete", "get", "list", "watch"] : ["create", "delete", "get", "list", "patch", "watch"]
        let roles = "rbac.authorization.k8s.io"
        let wide = [
            ObjectKind("ClusterRole", "clusterroles", group: roles),
            ObjectKind("ClusterRoleBinding", "clusterrolebindings", group: roles), .definition,
            ObjectKind("CSIDriver", "csidrivers", group: "storage.k8s.io"),
        ]
        let narrow: [ObjectKind] = [.daemonSet, .job, .serviceAccount]
        return wide.flatMap { Right.cluster($0, verbs, in: nil) }
            + narrow.flatMap { Right.cluster($0, verbs, in: namespace) }
            + Right.cluster(.pod, ["get", "list", "watch"], in: namespace)
    }
}
