/// The CSI driver and the Azure provider as they run on one node, read from their pods' arguments.
/// Source: the charts `csi-secrets-store-provider-azure` 1.8.2 and `secrets-store-csi-driver` 1.5.6.
struct DriverInstallation: Sendable {
    static let driverName = "secrets-store.csi.k8s.io"

    /// Where the driver looks for providers' sockets.
    var providerDirectories: [String] = []
    var rotates = false
    var pollInterval: Duration = .seconds(120)
    var namespace = ""
    var serviceAccount = ""
    /// Providers by name, as their sockets are called, with their arguments.
    var providers: [String: [String]] = [:]

    /// nil if no driver runs on the node.
    init?(podsOnNode pods: [JSON]) {
        let running = pods.filter(\.isReadyPod)
        guard let driver = running.first(where: { Self.driverArguments(of: $0) != nil }),
            let arguments = Self.driverArguments(of: driver)
        else { return nil }
        namespace = driver.objectNamespace ?? ""
        serviceAccount = driver[path: "spec", "serviceAccountName"]?.stringValue ?? "default"
        let extra = Self.value("--additional-provider-volume-paths", arguments) ?? ""
        providerDirectories =
            [Self.value("--provider-volume", arguments) ?? ""] + extra.split(separator: ",").map(String.init)
        rotates = Self.isSet("--enable-secret-rotation", arguments)
        if let interval = Self.value("--rotation-poll-interval", arguments).flatMap(GoDuration.init) {
            pollInterval = interval.duration
        }
        for pod in running { addProviders(of: pod) }
    }

    func provider(_ name: String, azure: any AzureForNodes, vaultSuffix: String, nodeResourceGroup: String)
        -> AzureProvider?
    {
        guard let arguments = providers[name] else { return nil }
        return AzureProvider(
            azure: azure, vaultSuffix: vaultSuffix, nodeResourceGroup: nodeResourceGroup,
            constructsChain: Self.value("--construct-pem-chain", arguments) != "false",
            writesSeparateFiles: Self.isSet("--write-cert-and-key-in-separate-files", arguments))
    }

    private static func driverArguments(of pod: JSON) -> [String]? {
        Self.containers(of: pod).map(Self.arguments).first { arguments in
            value("--provider-volume", arguments) != nil && value("--nodeid", arguments) != nil
        }
    }

    /// A provider listens on a socket below one of the driver's directories on the host.
    private mutating func addProviders(of pod: JSON) {
        for container in Self.containers(of: pod) {
            let arguments = Self.arguments(container)
            guard let endpoint = Self.value("--endpoint", arguments), endpoint.hasSuffix(".sock"),
                endpoint.hasPrefix("unix://")
            else { continue }
            let path = endpoint.dropFirst("unix://".count).split(separator: "/").map(String.init)
            guard let socket = path.last, let directory = Self.hostPath(of: path.dropLast(), container, pod),
                providerDirectories.contains(directory)
            else { continue }
            providers[String(socket.dropLast(".sock".count))] = arguments
        }
    }

    private static func hostPath(of directory: ArraySlice<String>, _ container: JSON, _ pod: JSON) -> String? {
        let path = "/" + directory.joined(separator: "/")
        let mount = (container["volumeMounts"]?.arrayValue ?? []).first { $0["mountPath"]?.stringValue == path }
        let volume = (pod[path: "spec", "volumes"]?.arrayValue ?? []).first { $0["name"] == mount?["name"] }
        return volume?[path: "hostPath", "path"]?.stringValue
    }

    private static func containers(of pod: JSON) -> [JSON] { pod[path: "spec", "containers"]?.arrayValue ?? [] }

    private static func arguments(_ container: JSON) -> [String] {
        ["command", "args"].flatMap { container[$0]?.arrayValue ?? [] }.compactMap(\.stringValue)
    }

    /// The value of a flag, with one dash or two; empty if it stands alone.
    private static func value(_ flag: String, _ arguments: [String]) -> String? {
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0] == flag || "-" + parts[0] == flag else { continue }
            return parts.count > 1 ? String(parts[1]) : ""
        }
        return nil
    }

    private static func isSet(_ flag: String, _ arguments: [String]) -> Bool {
        ["", "true", "1", "t", "T", "TRUE", "True"].contains(value(flag, arguments) ?? "false")
    }
}

/// A span of time as Go writes it, e.g. `1m30s`.
struct GoDuration {
    let duration: Duration

    init?(_ text: String) {
        var total: Duration = .zero
        var number = ""
        var unit = ""
        guard !text.isEmpty else { return nil }
        for character in text + "\u{0}" {
            let isDigit = character.isNumber || character == "."
            if (isDigit || character == "\u{0}"), !unit.isEmpty {
                guard let value = Double(number), let scale = Self.units[unit] else { return nil }
                total += .nanoseconds(Int64(value * scale))
                (number, unit) = ("", "")
            }
            if isDigit { number.append(character) } else { unit.append(character) }
        }
        guard number.isEmpty else { return nil }
        duration = total
    }

    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3_600e9,
    ]
}
