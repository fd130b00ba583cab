/// One row of the routing table of vaults' data planes.
struct VaultRoute: Sendable {
    enum Service: Sendable {
        case secrets, certificates, keys, deletedSecrets, deletedCertificates, deletedKeys
    }

    let methods: [String]
    let template: RouteTemplate
    let service: Service

    private init(_ methods: String, _ template: String, _ service: Service) {
        self.methods = methods.split(separator: " ").map(String.init)
        self.template = RouteTemplate(template)
        self.service = service
    }

    static func rows(for path: [String]) -> [VaultRoute] { all.filter { $0.template.matches(path) } }

    static let all: [VaultRoute] =
        [
            VaultRoute("GET", "/secrets", .secrets),
            VaultRoute("POST", "/secrets/restore", .secrets),
            VaultRoute("GET PUT PATCH DELETE", "/secrets/{name}", .secrets),
            VaultRoute("GET", "/secrets/{name}/versions", .secrets),
            VaultRoute("POST", "/secrets/{name}/backup", .secrets),
            VaultRoute("GET PATCH", "/secrets/{name}/{version}", .secrets),
            VaultRoute("GET", "/certificates", .certificates),
            VaultRoute("POST", "/certificates/restore", .certificates),
            VaultRoute("GET", "/certificates/issuers", .certificates),
            VaultRoute("GET PUT DELETE", "/certificates/issuers/{issuer}", .certificates),
            VaultRoute("GET PATCH DELETE", "/certificates/{name}", .certificates),
            VaultRoute("POST", "/certificates/{name}/create", .certificates),
            VaultRoute("POST", "/certificates/{name}/import", .certificates),
            VaultRoute("POST", "/certificates/{name}/backup", .certificates),
            VaultRoute("GET PATCH DELETE", "/certificates/{name}/pending", .certificates),
            VaultRoute("POST", "/certificates/{name}/pending/merge", .certificates),
            VaultRoute("GET PATCH", "/certificates/{name}/policy", .certificates),
            VaultRoute("GET", "/certificates/{name}/versions", .certificates),
            VaultRoute("GET PATCH", "/certificates/{name}/{version}", .certificates),
            VaultRoute("GET", "/keys", .keys),
            VaultRoute("POST", "/keys/restore", .keys),
            VaultRoute("GET PUT PATCH DELETE", "/keys/{name}", .keys),
            VaultRoute("POST", "/keys/{name}/create", .keys),
            VaultRoute("POST", "/keys/{name}/backup", .keys),
            VaultRoute("GET", "/keys/{name}/versions", .keys),
            VaultRoute("GET PUT", "/keys/{name}/rotationpolicy", .keys),
            VaultRoute("GET PATCH", "/keys/{name}/{version}", .keys),
        ] + deleted("deletedsecrets", .deletedSecrets) + deleted("deletedcertificates", .deletedCertificates)
        + deleted("deletedkeys", .deletedKeys)

    private static func deleted(_ collection: String, _ service: Service) -> [VaultRoute] {
        [
            VaultRoute("GET", "/\(collection)", service), VaultRoute("GET DELETE", "/\(collection)/{name}", service),
            VaultRoute("POST", "/\(collection)/{name}/recover", service),
        ]
    }

    /// The versions of the data plane. Source: Azure REST reference, Key Vault, "Versioning".
    static let versions = [
        "2016-10-01", "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6-preview.1", "7.6-preview.2", "7.6",
        "2025-06-01-preview", "2025-07-01", "2026-01-01-preview", "2026-04-01",
    ]

    /// - Throws: 400 `BadParameter` as a vault gives it.
    static func checkVersion(of request: SandboxRequest) throws(AzureError) {
        guard let version = request[query: "api-version"], !version.isEmpty else {
            throw AzureError(400, "BadParameter", "The request URI does not contain the api-version query parameter.")
        }
        guard !versions.contains(version.lowercased()) else { return }
        throw AzureError(
            400, "BadParameter",
            "The specified version (\(version)) is not recognized. Consider using the latest supported version "
                + "(\(versions.last ?? "")).")
    }
}
