import PurserClients
import PurserSyntax

/// What to grant to whoever was refused, read from the service's own words: action, scope and caller.
///
/// Sources: Azure documentation, "Troubleshoot Azure RBAC"; Key Vault documentation, "Common error codes for Azure Key
/// Vault"; Kubernetes documentation, "Using RBAC Authorization".
enum Refusal {
    static func hint(for error: ServiceError) -> String? {
        if error.isRetryable || error.service.isSignIn { return nil }
        switch error.innerCode ?? error.code {
        case "AuthorizationFailed": return authorization(error.message)
        case "LinkedAuthorizationFailed": return linked(error.message)
        case "MissingSubscriptionRegistration": return registration(error)
        case "ForbiddenByRbac": return vaultRole(error.message)
        case "AccessDenied", "ForbiddenByPolicy": return accessPolicy(error.message)
        case "ForbiddenByFirewall": return firewall(error.message)
        case "Forbidden" where error.service == .kubernetes || error.service == .helm: return cluster(error.message)
        default: return nil
        }
    }

    // MARK: Resource Manager

    private static func authorization(_ message: String) -> String {
        guard let match = message.firstMatch(of: /perform action '([^']+)' over scope '([^']+)'/) else {
            return "have a role granted that allows the action named above, at the scope named above"
        }
        let action = String(match.1)
        return grant(action, at: grantScope(of: String(match.2), for: action), to: objectID(in: message))
    }

    private static func linked(_ message: String) -> String {
        let found = message.firstMatch(of: /perform action(?:\(s\))? '([^']+)' on the linked scope(?:\(s\))? '([^']+)'/)
        guard let found else {
            return "have 'Managed Identity Operator' granted at the identity (userAssignedIdentities/*/assign/action)"
        }
        return grant(String(found.1), at: String(found.2), to: objectID(in: message))
    }

    private static func grant(_ action: String, at scope: String, to who: String?, isData: Bool = false) -> String {
        let choice = RoleChoice.roles(for: [action], isData: isData)
        let role = choice.roles.first?.name ?? "Owner"
        return "have '\(role)', which allows \(action), granted at \(scope); it takes effect within minutes:\n    "
            + GrantCommand.role(role, at: scope, to: who)
    }

    /// What is to be made is not there to be granted something at: its group is. A group, and a deleted vault, are the
    /// subscription's; an assignment is of what it is made at.
    private static func grantScope(of scope: String, for action: String) -> String {
        let place = scope.firstRange(of: "/providers/Microsoft.Authorization/").map { String(scope[..<$0.lowerBound]) }
        let scopes = PermissionSurvey.scopes(above: place ?? scope)
        if action.hasPrefix("Microsoft.Resources/subscriptions/") || action.contains("/deletedVaults/") {
            return scopes[0]
        }
        let isCreation = place == nil && action.hasSuffix("/write") && scopes.count > 1
        return isCreation ? scopes[1] : place ?? scope
    }

    private static func objectID(in message: String) -> String? {
        message.firstMatch(of: /(?:object id '|oid=)([0-9a-fA-F-]{36})/).map { String($0.1) }
    }

    private static func registration(_ error: ServiceError) -> String {
        let namespace = error.message.firstMatch(of: /namespace '([^']+)'/).map { String($0.1) } ?? "NAMESPACE"
        return "register the provider, and apply again when it is registered:\n    "
            + "az provider register --namespace \(namespace.shellWord) --wait"
    }

    // MARK: Key Vault

    private static func vault(in message: String) -> String? {
        message.firstMatch(of: /(?:key vault '|Vault: ?)([A-Za-z0-9-]+)/).map { String($0.1) }
    }

    private static func vaultRole(_ message: String) -> String {
        guard let action = message.firstMatch(of: /Action: '([^']+)'/).map({ String($0.1) }) else {
            return "the caller needs a Key Vault data role on the vault, e.g. Key Vault Secrets Officer"
        }
        let resource = message.firstMatch(of: /Resource: '([^']+)'/).map { String($0.1) } ?? "the vault"
        let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
        return grant(
            action, at: parts.prefix(9).joined(separator: "/"), to: objectID(in: message), isData: true)
    }

    private static func accessPolicy(_ message: String) -> String {
        let isForOthers = message.contains("on-behalf-of")
        let explanation =
            isForOthers
            ? "the caller's access policy names an application too, and serves only calls on behalf of somebody; have "
                + "another one made without it" : "have an access policy of the vault give the caller the permission"
        guard let match = message.firstMatch(of: /does not have (secret|key|certificate)s? (\w+) permission/),
            let vault = vault(in: message)
        else { return explanation }
        return "\(explanation); it takes effect within seconds:\n    az keyvault set-policy --name \(vault) "
            + "--object-id \(objectID(in: message) ?? "WHO") --\(match.1)-permissions \(match.2)"
    }

    private static func firewall(_ message: String) -> String {
        let basis = "the vault's firewall does not admit this address"
        guard let address = message.firstMatch(of: /Client address: ([0-9.]+)/).map({ String($0.1) }),
            let vault = vault(in: message)
        else { return basis }
        return "\(basis): add it, here or under `network` in the spec, or run where the vault is reached\n    "
            + "az keyvault network-rule add --name \(vault) --ip-address \(address)"
    }

    // MARK: Kubernetes

    private static func cluster(_ message: String) -> String {
        let pattern =
            /User "([^"]+)" cannot (\w+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/
        guard let match = message.firstMatch(of: pattern) else {
            return
                "have a role with that right bound to the user that is named above; `purser doctor` lists all that is needed"
        }
        let resource = match.4.isEmpty ? String(match.3) : "\(match.3).\(match.4)"
        let commands = GrantCommand.clusterRole(
            "purser", in: match.5.map(String.init), verbs: String(match.2), resources: resource,
            to: String(match.1))
        return "have the verb granted; `purser doctor` lists all that is needed:\n    "
            + commands.joined(separator: "\n    ")
    }
}
