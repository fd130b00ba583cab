import Foundation

/// Who calls the API server.
/// Source: Kubernetes documentation, "Authenticating", "User impersonation" and "Authorization Overview".
struct APICaller: Sendable, Equatable {
    let userName: String
    let groups: [String]

    /// The user of the world's kubeconfig.
    static let administrator = APICaller(userName: "clusterAdmin", groups: [superusers, authenticated])

    private static let superusers = "system:masters"
    static let authenticated = "system:authenticated"
    private static let prefix = "system:serviceaccount:"

    /// Whether no role is asked.
    var mayDoEverything: Bool { groups.contains(Self.superusers) }

    private init(userName: String, groups: [String]) {
        self.userName = userName
        self.groups = groups
    }

    static func serviceAccount(namespace: String, name: String) -> APICaller {
        APICaller(
            userName: "\(prefix)\(namespace):\(name)",
            groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", authenticated])
    }

    /// A user as an impersonating request or a review names it: a service account has its groups by its name, unless
    /// groups are named.
    init(named userName: String, groups: [String]) {
        let account = Self.serviceAccount(named: userName)
        if let account, groups.isEmpty {
            self = .serviceAccount(namespace: account.namespace, name: account.name)
        } else {
            let missing = groups.contains(Self.authenticated) ? [] : [Self.authenticated]
            self.init(userName: userName, groups: groups + missing)
        }
    }

    static func serviceAccount(named userName: String) -> (namespace: String, name: String)? {
        guard userName.hasPrefix(prefix) else { return nil }
        let parts = userName.dropFirst(prefix.count).split(separator: ":").map(String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : nil
    }
}

/// What is asked of the authorizer.
struct APIAction: Sendable {
    var verb: String
    var group = ""
    /// With its subresource: `pods/log`.
    var resource: String
    /// Empty for all of them.
    var name = ""
    /// Nil for all namespaces, and for what has none.
    var namespace: String?

    /// As refusals tell it.
    var text: String {
        let place = namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"
        return "cannot \(verb) resource \"\(resource)\" in API group \"\(group)\" \(place)"
    }
}

extension KubernetesAPI {
    /// - Throws: 401 for whoever shows neither the kubeconfig's token nor one that the cluster gave a service account,
    ///   403 for one who may not act as another.
    func caller(of request: SandboxRequest) async throws -> APICaller {
        let caller = try await authenticated(request)
        let groups = request.headers.all("Impersonate-Group")
        guard let user = request.headers["Impersonate-User"] else {
            guard groups.isEmpty else {
                throw APIError.internalError("requested [{Group  \(groups[0])}] without impersonating a user")
            }
            return caller
        }
        return try await impersonating(user, groups, caller, request)
    }

    /// One of the ways suffices; where none is open, the first tells what was missing.
    private func impersonating(
        _ user: String, _ groups: [String], _ caller: APICaller, _ request: SandboxRequest
    ) async throws -> APICaller {
        let access = ClusterAccess(objects: objects)
        var missing: APIAction?
        for way in Impersonation(user: user, groups: groups).ways(to: await action(of: request)) {
            var refused: APIAction?
            for action in way where refused == nil {
                if await !access.allows(caller, action) { refused = action }
            }
            guard let refused else { return APICaller(named: user, groups: groups) }
            missing = missing ?? refused
        }
        guard let missing else { throw APIError.unauthorized }
        let kind = missing.resource + (missing.group.isEmpty ? "" : ".\(missing.group)")
        throw APIError.forbidden(kind, missing.name, "User \"\(caller.userName)\" \(missing.text)")
    }

    /// What a request asks for; nil for what is no resource, or none that is known.
    private func action(of request: SandboxRequest) async -> APIAction? {
        guard let path = ResourcePath(request.segments), let resource = try? await resource(at: path, request) else {
            return nil
        }
        return Self.action(of: resource)
    }

    private func authenticated(_ request: SandboxRequest) async throws -> APICaller {
        if request.headers["Authorization"] == "Bearer \(token)" { return .administrator }
        guard let text = request.bearerToken, let token = JSONWebToken(text),
            token.claims["iss"]?.stringValue == issuer,
            let expiry = token.claims["exp"]?.numberValue, expiry > objects.now().timeIntervalSince1970,
            let account = token.claims["sub"]?.stringValue.flatMap(APICaller.serviceAccount(named:)),
            token.isSigned(by: try await objects.store.transaction { try IssuerKey.loaded(from: $0) }.publicKey)
        else { throw APIError.unauthorized }
        return .serviceAccount(namespace: account.namespace, name: account.name)
    }

    /// - Throws: 403 as role-based access control gives it.
    func authorize(_ caller: APICaller, _ resource: ResourceRequest) async throws {
        var actions = [Self.action(of: resource)]
        // Since Kubernetes 1.35, what speaks to a container asks for the same right over a WebSocket as it does over SPDY.
        if ["exec", "attach", "portforward"].contains(resource.subresource), resource.request.headers["Upgrade"] != nil
        {
            actions.append(actions[0])
            actions[1].verb = "create"
        }
        for action in actions where await !ClusterAccess(objects: objects).allows(caller, action) {
            throw APIError.forbidden(resource.type, resource.name ?? "", "User \"\(caller.userName)\" \(action.text)")
        }
    }

    private static func action(of resource: ResourceRequest) -> APIAction {
        APIAction(
            verb: verb(of: resource), group: resource.type.group,
            resource: resource.type.plural + (resource.subresource.map { "/\($0)" } ?? ""), name: resource.name ?? "",
            namespace: resource.namespace)
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
