import PurserSyntax

/// Commands that grant rights, for whoever may.
enum GrantCommand {
    /// `isUser` as far as it is known: without it `az` asks the directory.
    static func role(_ role: String, at scope: String, to objectID: String?, isUser: Bool? = nil) -> String {
        let type = isUser.map { " --assignee-principal-type \($0 ? "User" : "ServicePrincipal")" } ?? ""
        let who = objectID.map { "--assignee-object-id \($0.shellWord)\(type)" } ?? "--assignee WHO"
        return "az role assignment create --role '\(role)' \(who) --scope \(scope.shellWord)"
    }

    /// A role of the namespace, or of the whole cluster, and its binding.
    static func clusterRole(
        _ name: String, in namespace: String?, verbs: String, resources: String, to user: String?
    ) -> [String] {
        let kind = namespace == nil ? "clusterrole" : "role"
        let place = namespace.map { " --namespace \($0.shellWord)" } ?? ""
        return [
            "kubectl create \(kind) \(name)\(place) --verb=\(verbs) --resource=\(resources)",
            "kubectl create \(kind)binding \(name)\(place) --\(kind)=\(name) \(subject(user))",
        ]
    }

    private static func subject(_ user: String?) -> String {
        let prefix = "system:serviceaccount:"
        guard let user else { return "--user=WHO" }
        return user.hasPrefix(prefix)
            ? "--serviceaccount=\(String(user.dropFirst(prefix.count)).shellWord)"
            : "--user=\(user.shellWord)"
    }
}
