/// Somebody whom a caller wants to act as, and what the caller needs for it.
///
/// Sources: Kubernetes documentation, "User impersonation"; KEP-5284, "Constrained impersonation" (on by default since
/// 1.36): first it is asked whether this call may be made for others at all, then whether for this one.
struct Impersonation: Sendable {
    let user: String
    let groups: [String]

    private static let nodePrefix = "system:node:"

    /// The ways to be allowed, in the order in which the server tries them; each needs all its actions. `action` is what
    /// the call itself does, or nil for one that is about no resource.
    func ways(to action: APIAction?) -> [[APIAction]] {
        let legacy = subjects("impersonate", group: "")
        guard let mode, var first = action else { return [legacy] }
        first.verb = "impersonate-on:\(mode):\(first.verb)"
        return [[first] + subjects("impersonate:\(mode)", group: "authentication.k8s.io"), legacy]
    }

    /// Nil where only the former way leads to it: a node or a service account in other groups than its own.
    private var mode: String? {
        if user.hasPrefix(Self.nodePrefix) { return groups.isEmpty ? "arbitrary-node" : nil }
        if APICaller.serviceAccount(named: user) != nil { return groups.isEmpty ? "serviceaccount" : nil }
        return "user-info"
    }

    private func subjects(_ verb: String, group: String) -> [APIAction] {
        var first = APIAction(verb: verb, group: group, resource: "users", name: user)
        if let account = APICaller.serviceAccount(named: user) {
            first.resource = "serviceaccounts"
            first.name = account.name
            first.namespace = account.namespace
        } else if !group.isEmpty, user.hasPrefix(Self.nodePrefix) {
            first.resource = "nodes"
            first.name = String(user.dropFirst(Self.nodePrefix.count))
        }
        return [first] + groups.map { APIAction(verb: verb, group: group, resource: "groups", name: $0) }
    }
}
