import PurserProof
import PurserSyntax

/// What `helm template` of the driver's and provider's charts says of them, if it is among the manifests.
///
/// Source: charts `secrets-store-csi-driver` 1.5 (DaemonSet with the container `secrets-store`, ClusterRole
/// `secretprovidersyncing-role`, CSIDriver) and `csi-secrets-store-provider-azure` 1.8.
struct DriverManifests {
    static let csiDriver = "CSIDriver"
    static let clusterRole = "ClusterRole"
    static let syncingRole = "secretprovidersyncing-role"
    static let driverName = "secrets-store.csi.k8s.io"

    private let drivers: [Manifest]
    private let csiDriver: Manifest?
    private let containers: [YAMLNode]
    private let hasSyncingRole: Bool

    init(_ set: ManifestSet) {
        let daemons = set.objects.filter { $0.kind == "DaemonSet" }
        drivers = daemons.filter { daemon in
            Self.containers(daemon).contains { Self.version(in: $0, of: "driver") != nil }
        }
        containers = daemons.flatMap(Self.containers)
        csiDriver = set.objects.first { $0.kind == Self.csiDriver && $0.name == Self.driverName }
        hasSyncingRole = set.objects.contains { $0.kind == Self.clusterRole && $0.name == Self.syncingRole }
    }

    /// More than one where more than one driver is for the same nodes.
    var installations: [Installation] {
        let others = drivers.filter { !Self.isForWindows($0) }.dropFirst()
        return [installation].compactMap(\.self)
            + others.map { other in
                Installation(label: other.label, origin: Self.origin(of: other), places: Places(other.place))
            }
    }

    /// Source: AKS documentation, "Verify the Azure Key Vault provider for Secrets Store CSI Driver installation".
    private static func origin(of daemon: Manifest) -> Installation.Origin {
        daemon.name.hasPrefix("aks-secrets-store-") ? .addOn : .chart
    }

    /// Nil unless the driver itself is among the manifests.
    private var installation: Installation? {
        guard let place = drivers.first ?? csiDriver else { return nil }
        var installation = Installation(label: place.label, origin: Self.origin(of: place), places: Places(place.place))
        installation.provider = containers.lazy.compactMap { Self.version(in: $0, of: "provider-azure") }.first
        if let arguments = driverArguments {
            installation.driver = containers.lazy.compactMap { Self.version(in: $0, of: "driver") }.first
            installation.rotates = arguments["--enable-secret-rotation"] == "true"
            installation.pollIntervalSeconds = arguments["--rotation-poll-interval"].map(Self.seconds) ?? 120
            installation.syncsSecrets = hasSyncingRole
            installation.runsOnWindows = drivers.contains(where: Self.isForWindows)
        }
        if let tokens = csiDriver?.node["spec"] {
            installation.audiences = (tokens["tokenRequests"]?.sequence ?? []).compactMap { $0["audience"]?.text }
        }
        return installation
    }

    private static func containers(_ daemon: Manifest) -> [YAMLNode] {
        daemon.node["spec"]?["template"]?["spec"]?["containers"]?.sequence ?? []
    }

    /// Of an image such as `registry.k8s.io/csi-secrets-store/driver:v1.5.6`.
    private static func version(in container: YAMLNode, of image: String) -> ComponentVersion? {
        guard let text = container["image"]?.text, text.contains("secrets-store") else { return nil }
        let name = text.split(separator: "/").last ?? ""
        guard name.hasPrefix(image + ":") else { return nil }
        return ComponentVersion(String(name.dropFirst(image.count + 1).prefix { $0 != "@" }))
    }

    private var driverArguments: [String: String]? {
        guard let container = containers.first(where: { Self.version(in: $0, of: "driver") != nil }) else { return nil }
        let pairs = (container["args"]?.sequence ?? []).compactMap(\.text).compactMap { argument in
            argument.firstIndex(of: "=").map { equals in
                (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
            }
        }
        return Dictionary(pairs) { _, last in last }
    }

    private static func isForWindows(_ daemon: Manifest) -> Bool {
        daemon.node["spec"]?["template"]?["spec"]?["nodeSelector"]?["kubernetes.io/os"]?.text == "windows"
    }

    /// A duration of Go, as far as charts have it: `2m`, `30s`, `1h30m`.
    private static func seconds(_ text: String) -> Int {
        let units = ["h": 3600, "m": 60, "s": 1]
        return text.matches(of: /([0-9]{1,9})([hms])/).reduce(0) { total, part in
            total + (Int(part.1) ?? 0) * (units[String(part.2)] ?? 0)
        }
    }
}
