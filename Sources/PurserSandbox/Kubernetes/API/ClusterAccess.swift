/// Role-based access control: what the rules of the roles that are bound to somebody allow.
/// Source: Kubernetes documentation, "Using RBAC Authorization".
struct ClusterAccess: Sendable {
    let objects: ObjectStore

    func allows(_ caller: APICaller, _ action: APIAction) async -> Bool {
        if caller.mayDoEverything { return true }
        return await rules(for: caller, in: action.namespace).contains { Self.rule($0, allows: action) }
    }

    /// The same for a path that is no resource's, such as `/version`.
    func allows(_ caller: APICaller, verb: String, path: String) async -> Bool {
        if caller.mayDoEverything { return true }
        return await rules(for: caller, in: nil).contains { rule in
            Self.names(rule["verbs"], verb)
                && (rule["nonResourceURLs"]?.arrayValue ?? []).compactMap(\.stringValue).contains {
                    $0 == path || $0.hasSuffix("*") && path.hasPrefix($0.dropLast())
                }
        }
    }

    /// The rules that hold for somebody everywhere, and those of one namespace, in the order of their bindings.
    func rules(for caller: APICaller, in namespace: String?) async -> [JSON] {
        let clusterRoles = Self.byName(await objects.list(BuiltInResources.clusterRoles))
        let everywhere = await objects.list(BuiltInResources.clusterRoleBindings)
            .filter { Self.isSubject(caller, of: $0) }
            .flatMap { clusterRoles[$0.roleName]?["rules"]?.arrayValue ?? [] }
        guard let namespace else { return everywhere }
        let roles = Self.byName(await objects.list(BuiltInResources.roles, namespace))
        return everywhere
            + (await objects.list(BuiltInResources.roleBindings, namespace)).filter { Self.isSubject(caller, of: $0) }
            .flatMap { binding in
                let known = binding[path: "roleRef", "kind"] == "Role" ? roles : clusterRoles
                return known[binding.roleName]?["rules"]?.arrayValue ?? []
            }
    }

    private static func byName(_ roles: [JSON]) -> [String: JSON] {
        Dictionary(roles.map { ($0.objectName, $0) }) { first, _ in first }
    }

    private static func isSubject(_ caller: APICaller, of binding: JSON) -> Bool {
        (binding["subjects"]?.arrayValue ?? []).contains { subject in
            let name = subject["name"]?.stringValue ?? ""
            switch subject["kind"]?.stringValue {
            case "Group": return caller.groups.contains(name)
            case "User": return caller.userName == name
            default:
                let namespace = subject["namespace"]?.stringValue ?? binding.objectNamespace ?? ""
                return caller.userName == APICaller.serviceAccount(namespace: namespace, name: name).userName
            }
        }
    }

    private static func rule(_ rule: JSON, allows action: APIAction) -> Bool {
        let named = rule["resourceNames"]?.arrayValue ?? []
        let subresource = action.resource.firstIndex(of: "/").map { "*" + action.resource[$0...] }
        return names(rule["verbs"], action.verb) && names(rule["apiGroups"], action.group)
            && (names(rule["resources"], action.resource) || subresource.map { names(rule["resources"], $0) } ?? false)
            && (named.isEmpty || !action.name.isEmpty && named.contains(.string(action.name)))
    }

    private static func names(_ list: JSON?, _ value: String) -> Bool {
        let values = list?.arrayValue ?? []
        return values.contains(.string(value)) || values.contains("*")
    }
}

extension JSON {
    /// The role that a binding names.
    fileprivate var roleName: String { self[path: "roleRef", "name"]?.stringValue ?? "" }
}
