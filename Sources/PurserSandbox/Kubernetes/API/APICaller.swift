import Foundation

/// Who calls the API server.
/// Source: Kubernetes documentation, "Authenticating" and "Authorization Overview".
enum APICaller: Sendable, Equatable {
    /// The user of the world's kubeconfig, who may do everything.
    case administrator
    case serviceAccount(namespace: String, name: String)

    var userName: String {
        switch self {
        case .administrator: "clusterAdmin"
        case .serviceAccount(let namespace, let name): "system:serviceaccount:\(namespace):\(name)"
        }
    }

    var groups: [String] {
        switch self {
        case .administrator: ["system:masters", "system:authenticated"]
        case .serviceAccount(let namespace, _):
            ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"]
        }
    }

    /// By a user's name as reviews write it; nil for one that is no service account.
    init?(userName: String) {
        let parts = userName.split(separator: ":").map(String.init)
        guard parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount" else { return nil }
        self = .serviceAccount(namespace: parts[2], name: parts[3])
    }
}

extension KubernetesAPI {
    /// - Throws: 401 for whoever shows neither the kubeconfig's token nor one that the cluster gave a service account.
    func caller(of request: SandboxRequest) async throws -> APICaller {
        if request.headers["Authorization"] == "Bearer \(token)" { return .administrator }
        guard let text = request.bearerToken, let token = JSONWebToken(text),
            token.claims["iss"]?.stringValue == issuer,
            let expiry = token.claims["exp"]?.numberValue, expiry > objects.now().timeIntervalSince1970,
            let caller = token.claims["sub"]?.stringValue.flatMap(APICaller.init(userName:)),
            token.isSigned(by: try await objects.store.transaction { try IssuerKey.loaded(from: $0) }.publicKey)
        else { throw APIError.unauthorized }
        return caller
    }

    /// - Throws: 403 as role-based access control gives it.
    func authorize(_ caller: APICaller, _ resource: ResourceRequest) async throws {
        guard case .serviceAccount(let namespace, let name) = caller else { return }
        let plural = resource.type.plural + (resource.subresource.map { "/\($0)" } ?? "")
        let isAllowed = await ClusterAccess(objects: objects).allows(
            namespace: namespace, serviceAccount: name, verb: Self.verb(of: resource), group: resource.type.group,
            resource: plural, in: resource.namespace)
        guard !isAllowed else { return }
        let place = resource.namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"
        throw APIError.forbidden(
            resource.type, resource.name ?? "",
            "User \"\(caller.userName)\" cannot \(Self.verb(of: resource)) resource \"\(plural)\" in API group "
                + "\"\(resource.type.group)\" \(place)")
    }

    private static func verb(of resource: ResourceRequest) -> String {
        switch (resource.request.method, resource.name) {
        case ("GET", nil): resource.flag("watch") ? "watch" : "list"
        case ("GET", _): "get"
        case ("POST", _): "create"
        case ("PUT", _): "update"
        case ("PATCH", _): "patch"
        case ("DELETE", nil): "deletecollection"
        case ("DELETE", _): "delete"
        default: resource.request.method.lowercased()
        }
    }
}
