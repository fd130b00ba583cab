/// The CSI driver and the Azure provider as a chart or the AKS add-on brings them. What is nil is not known.
package struct Installation: Sendable {
    package enum Origin: String, Sendable, Hashable {
        case chart
        /// The add-on `azureKeyvaultSecretsProvider`: AKS chooses the versions, and Secrets are synced without a
        /// switch.
        case addOn
    }

    package var label: String
    package var origin: Origin
    package var provider: ComponentVersion?
    package var driver: ComponentVersion?
    package var rotates: Bool?
    package var pollIntervalSeconds: Int?
    package var syncsSecrets: Bool?
    /// Audiences of the tokens that kubelet gives the driver.
    package var audiences: [String]?
    package var runsOnWindows: Bool?
    package var separatesFiles: Bool?
    /// Names in the chart's values before those of the driver: `secrets-store-csi-driver`.
    package var valuePrefix: [String] = []
    package var places: Places

    package init(label: String, origin: Origin, places: Places = Places()) {
        self.label = label
        self.origin = origin
        self.places = places
    }

    /// The full name of a value of the driver, as `helm --set` writes it.
    package func valueName(_ path: String) -> String { (valuePrefix + [path]).joined(separator: ".") }
}

/// `1.5.6`.
package struct ComponentVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let numbers: [Int]

    /// Nil if the text does not begin with three numbers; a leading `v` does not count.
    package init?(_ text: String) {
        let plain = text.drop { $0 == "v" }.prefix { $0.isNumber || $0 == "." }
        let numbers = plain.split(separator: ".").compactMap { Int($0) }
        guard numbers.count == 3 else { return nil }
        self.numbers = numbers
    }

    package init(_ major: Int, _ minor: Int, _ patch: Int) { numbers = [major, minor, patch] }

    package var description: String { numbers.map(String.init).joined(separator: ".") }

    package static func < (left: ComponentVersion, right: ComponentVersion) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }
}

/// Which provider and driver each version of the chart `csi-secrets-store-provider-azure` installs.
/// Source: the chart's repository index, `appVersion` and the dependency on `secrets-store-csi-driver`.
package enum ChartVersions {
    package static func components(
        ofProviderChart version: String
    ) -> (provider: ComponentVersion?, driver: ComponentVersion?) {
        guard let entry = table[version] else { return (nil, nil) }
        return (ComponentVersion(entry.0), ComponentVersion(entry.1))
    }

    private static let table: [String: (String, String)] = [
        "1.8.2": ("1.8.2", "1.5.6"), "1.8.1": ("1.8.1", "1.5.6"), "1.8.0": ("1.8.0", "1.5.6"),
        "1.7.2": ("1.7.2", "1.5.4"), "1.7.1": ("1.7.1", "1.5.3"), "1.7.0": ("1.7.0", "1.5.0"),
        "1.6.1": ("1.6.1", "1.4.7"), "1.6.0": ("1.6.0", "1.4.6"), "1.5.6": ("1.5.3", "1.4.4"),
        "1.5.5": ("1.5.3", "1.4.4"), "1.5.4": ("1.5.2", "1.4.3"), "1.5.3": ("1.5.2", "1.4.2"),
        "1.5.2": ("1.5.1", "1.4.1"), "1.5.1": ("1.5.1", "1.4.1"), "1.5.0": ("1.5.0", "1.4.0"),
        "1.4.4": ("1.4.1", "1.3.4"), "1.4.3": ("1.4.1", "1.3.3"), "1.4.2": ("1.4.1", "1.3.2"),
        "1.4.1": ("1.4.0", "1.3.2"), "1.4.0": ("1.4.0", "1.3.0"), "0.0.18": ("0.0.14", "0.0.21"),
    ]
}
