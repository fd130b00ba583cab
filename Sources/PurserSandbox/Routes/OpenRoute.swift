/// One row of the table of what is served beside Resource Manager and the vaults: signing in, the directory, the
/// description of the cloud, and the identities of machines.
struct OpenRoute: Sendable {
    enum Service: String, Sendable, CaseIterable {
        case entra = "Entra"
        case graph = "Microsoft Graph"
        case metadata = "Cloud metadata"
        case machineIdentity = "Instance metadata and App Service"
    }

    let methods: [String]
    let template: RouteTemplate
    let service: Service
    /// What the row takes as api-version, in words; empty where there is none.
    let version: String

    private init(_ methods: String, _ template: String, _ service: Service, version: String = "") {
        self.methods = methods.split(separator: " ").map(String.init)
        self.template = RouteTemplate(template)
        self.service = service
        self.version = version
    }

    static func service(of path: [String]) -> Service? { all.first { $0.template.matches(path) }?.service }

    static let all = [
        OpenRoute("GET", "/metadata/endpoints", .metadata, version: "2022-09-01, and older ones as a list"),
        OpenRoute("GET", "/metadata/identity/oauth2/token", .machineIdentity, version: "2018-02-01"),
        OpenRoute("GET", "/msi/token", .machineIdentity, version: "2019-08-01"),
        OpenRoute("GET", "/v1.0/servicePrincipals", .graph),
        OpenRoute("GET", "/v1.0/servicePrincipals/{id}", .graph),
        OpenRoute("POST", "/v1.0/directoryObjects/getByIds", .graph),
        OpenRoute("GET", "/v1.0/{me|users|groups|applications}", .graph),
        OpenRoute("GET", "/{tenant}/.well-known/openid-configuration", .entra),
        OpenRoute("GET", "/{tenant}/v2.0/.well-known/openid-configuration", .entra),
        OpenRoute("GET", "/{tenant}/discovery/keys", .entra),
        OpenRoute("GET", "/{tenant}/discovery/v2.0/keys", .entra),
        OpenRoute("GET", "/{tenant}/discovery/instance", .entra),
        OpenRoute("POST", "/{tenant}/oauth2/token", .entra),
        OpenRoute("POST", "/{tenant}/oauth2/v2.0/token", .entra),
    ]
}
