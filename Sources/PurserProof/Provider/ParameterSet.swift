/// The provider's parameters: those of the class, with the volume's own put over them.
/// Source: Azure Key Vault provider documentation v1.8, "Usage".
struct ParameterSet {
    enum Flag: Equatable {
        case on
        case off
        /// Not known before other things exist.
        case unknown
        /// No word that Go's `strconv.ParseBool` takes.
        case invalid(String)
    }

    static let flags = ["usePodIdentity", "useVMManagedIdentity", "useAzureTokenProxy"]
    static let known = Set(
        flags + [
            "keyvaultName", "tenantID", "tenantId", "objects", "userAssignedIdentityID", "clientID", "cloudName",
            "cloudEnvFileName",
        ])
    /// Put in by kubelet and driver.
    static func isAdded(_ key: String) -> Bool { key == "secretProviderClass" || key.hasPrefix("csi.storage.k8s.io/") }

    let values: [String: String]

    init(_ parameters: [String: String], overriddenBy attributes: [String: String]) {
        values = parameters.merging(attributes) { $1 }.mapValues(\.trimmed)
    }

    subscript(_ key: String) -> String { values[key] ?? "" }

    /// `tenantID` wins over the deprecated spelling.
    var tenant: String { self["tenantID"].isEmpty ? self["tenantId"] : self["tenantID"] }

    func flag(_ key: String) -> Flag {
        let text = self[key]
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": return .on
        case "", "0", "f", "F", "FALSE", "false", "False": return .off
        default: return Placeholder.isIn(text) ? .unknown : .invalid(text)
        }
    }

    /// The provider's words for a cloud that it does not know; nil for one that it does.
    var cloudProblem: String? {
        let cloud = self["cloudName"]
        let name = cloud.uppercased()
        if Self.clouds.contains(name) || Placeholder.isIn(cloud) { return nil }
        if name == "AZURESTACKCLOUD" {
            // With a file of its own: only the provider's container knows whether it is there.
            guard self["cloudEnvFileName"].isEmpty else { return nil }
            return
                "cloudName \(cloud) is not valid, error: open /etc/kubernetes/akscustom.json: no such file or directory"
        }
        return "cloudName \(cloud) is not valid, error: autorest/azure: There is no cloud environment matching the "
            + "name \"\(name)\""
    }

    /// Whether only the provider's container tells if the cloud's settings are there.
    var hasCloudOfItsOwn: Bool { self["cloudName"].uppercased() == "AZURESTACKCLOUD" && cloudProblem == nil }

    /// The provider checks less than Azure does.
    var vaultNameProblem: String? {
        let name = self["keyvaultName"]
        if Placeholder.isIn(name) { return nil }
        guard (3...24).contains(name.utf8.count) else {
            return "failed to get vault: Invalid vault name: \"\(name)\", must be between 3 and 24 chars"
        }
        let isPlain = name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
        }
        return isPlain ? nil : "failed to get vault: Invalid vault name: \"\(name)\", must match [-a-zA-Z0-9]{3,24}"
    }

    private static let clouds: Set<String> = [
        "", "AZUREPUBLICCLOUD", "AZURECLOUD", "AZUREUSGOVERNMENTCLOUD", "AZUREUSGOVERNMENT", "AZURECHINACLOUD",
        "AZUREGERMANCLOUD",
    ]
}
