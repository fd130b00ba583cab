/// What a SecretProviderClass and the pod's volume ask of the Azure provider.
/// Source: Azure Key Vault provider documentation v1.8, "Getting Started", "Usage".
struct ProviderParameters {
    /// How the provider signs in, in the order in which it decides.
    enum IdentityMode: String {
        case tokenProxy = "AzureTokenProxy"
        case virtualMachine = "VMManagedIdentity"
        case pod = "PodIdentity"
        /// A federated identity if `clientID` is set, else a service principal.
        case none = "None"
    }

    let values: [String: String]

    init(_ values: [String: String]) { self.values = values.mapValues { $0.trimmingBlanks() } }

    func value(_ key: String) -> String { values[key] ?? "" }

    var podName: String { value("csi.storage.k8s.io/pod.name") }
    var podNamespace: String { value("csi.storage.k8s.io/pod.namespace") }
    var vaultName: String { value("keyvaultName") }
    var clientID: String { value("clientID") }
    var userAssignedIdentityID: String { value("userAssignedIdentityID") }

    /// `tenantID` wins over the deprecated spelling.
    var tenant: String { value("tenantID").isEmpty ? value("tenantId") : value("tenantID") }

    func checkPod() throws(ProviderFailure) {
        if podName.isEmpty { throw .failed("pod name is not provided") }
        if podNamespace.isEmpty { throw .failed("pod namespace is not provided") }
    }

    func identityMode() throws(ProviderFailure) -> IdentityMode {
        let usesPod = try flag("usePodIdentity")
        let usesMachine = try flag("useVMManagedIdentity")
        let usesProxy = try flag("useAzureTokenProxy")
        if [usesPod, usesMachine, usesProxy].count(where: { $0 }) > 1 {
            throw .failed(
                "only one identity mode can be enabled at a time: usePodIdentity, useVMManagedIdentity, or "
                    + "useAzureTokenProxy")
        }
        return usesProxy ? .tokenProxy : usesMachine ? .virtualMachine : usesPod ? .pod : .none
    }

    func checkNames() throws(ProviderFailure) {
        if vaultName.isEmpty { throw .failed("keyvaultName is not provided") }
        if tenant.isEmpty { throw .failed("tenantId is not provided") }
    }

    /// Azure's clouds by name; a name is not case-sensitive.
    func checkCloud() throws(ProviderFailure) {
        let cloud = value("cloudName")
        let known = [
            "", "AZUREPUBLICCLOUD", "AZURECLOUD", "AZUREUSGOVERNMENTCLOUD", "AZUREUSGOVERNMENT", "AZURECHINACLOUD",
            "AZUREGERMANCLOUD",
        ]
        let name = cloud.uppercased()
        if known.contains(name) { return }
        if name == "AZURESTACKCLOUD" {
            let file = value("cloudEnvFileName").isEmpty ? "/etc/kubernetes/akscustom.json" : value("cloudEnvFileName")
            throw .failed("cloudName \(cloud) is not valid, error: open \(file): no such file or directory")
        }
        throw .failed(
            "cloudName \(cloud) is not valid, error: autorest/azure: There is no cloud environment matching the name "
                + "\"\(name)\"")
    }

    /// The vault's own name rules are checked after `objects`.
    func checkVaultName() throws(ProviderFailure) {
        let name = vaultName
        guard (3...24).contains(name.utf8.count) else {
            throw .failed("failed to get vault: Invalid vault name: \"\(name)\", must be between 3 and 24 chars")
        }
        guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
            throw .failed("failed to get vault: Invalid vault name: \"\(name)\", must match [-a-zA-Z0-9]{3,24}")
        }
    }

    /// Go's words for true and false; nothing is false.
    private func flag(_ key: String) throws(ProviderFailure) -> Bool {
        switch value(key) {
        case "1", "t", "T", "TRUE", "true", "True": return true
        case "", "0", "f", "F", "FALSE", "false", "False": return false
        case let text:
            throw .failed(
                "failed to parse \(key) flag, error: strconv.ParseBool: parsing \"\(text)\": invalid syntax")
        }
    }
}
