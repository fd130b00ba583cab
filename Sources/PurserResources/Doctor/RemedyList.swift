import PurserClients
import PurserEngine

/// What has to be granted, each command once.
struct RemedyList: Sendable {
    let caller: CallerIdentity?
    /// The caller's name in the cluster.
    let user: String?
    let demands: [Demands.Demand]
    /// Namespaces that are not there yet.
    let coming: Set<String>

    /// Where each was refused: an identifier of Azure, the name of a vault, or nil for the cluster. Without what only
    /// makes things better: nobody is told to grant it.
    private var denied: [(demand: Demands.Demand, scope: String?)] {
        demands.compactMap { demand in
            guard demand.right.otherwise == nil, case .denied(let scope) = demand.answer else { return nil }
            return (demand, scope)
        }
    }

    var remedies: [DoctorReport.Remedy] { roles(isData: false) + roles(isData: true) + policies + cluster }

    // MARK: Roles in Azure

    /// What a role that is proposed at a wide scope allows below it is not proposed again.
    private func roles(isData: Bool) -> [DoctorReport.Remedy] {
        var open: [String: [String: Set<PurserEngine.Address>]] = [:]
        for (demand, scope) in denied {
            guard let scope, scope.hasPrefix("/"), let action = action(demand, isData: isData) else { continue }
            open[scope, default: [:]][action, default: []].insert(demand.address)
        }
        var remedies: [DoctorReport.Remedy] = []
        for (scope, actions) in open.sorted(by: { ($0.key.count, $0.key) < ($1.key.count, $1.key) }) {
            var needed = actions
            for index in remedies.indices where scope.hasPrefix("\(remedies[index].scope ?? "")/") {
                let covered = needed.filter {
                    RoleChoice.allows($0.key, by: remedies[index].role ?? "", isData: isData)
                }
                let more = covered.values.flatMap(\.self).map(\.description)
                remedies[index].needed = Set(remedies[index].needed + more).sorted()
                for action in covered.keys { needed[action] = nil }
            }
            remedies += Self.proposals(needed, isData: isData).map { role, actions, advice in
                DoctorReport.Remedy(
                    missing: actions, scope: scope, role: role, advice: advice, commands: [assignment(role, scope)],
                    needed: Set(actions.flatMap { needed[$0] ?? [] }).sorted().map(\.description))
            }
        }
        return remedies
    }

    private static func proposals(
        _ needed: [String: Set<PurserEngine.Address>], isData: Bool
    ) -> [(role: String, actions: [String], advice: String?)] {
        let choice = RoleChoice.roles(for: Set(needed.keys), isData: isData)
        let rest = choice.rest.isEmpty ? [] : [("Owner", choice.rest, String?("no narrower built-in role has it"))]
        return choice.roles.map { ($0.name, $0.actions, nil) } + rest
    }

    private func action(_ demand: Demands.Demand, isData: Bool) -> String? {
        switch demand.right.demand {
        case .action(let action, _): return isData ? nil : action
        case .inVault(let section, let permission):
            return isData ? RoleChoice.dataAction(section: section, permission: permission) : nil
        case .inCluster, .helm: return nil
        }
    }

    private func assignment(_ role: String, _ scope: String) -> String {
        GrantCommand.role(role, at: scope, to: caller?.objectID, isUser: caller?.isUser)
    }

    // MARK: Access policies

    private var policies: [DoctorReport.Remedy] {
        var words: [String: [String: Set<String>]] = [:]
        var needed: [String: Set<PurserEngine.Address>] = [:]
        for (demand, vault) in denied {
            guard let vault, !vault.hasPrefix("/"),
                case .inVault(let section, let permission) = demand.right.demand
            else { continue }
            words[vault, default: [:]][section, default: []].insert(permission)
            needed[vault, default: []].insert(demand.address)
        }
        return words.sorted { $0.key < $1.key }.map { vault, sections in
            let options = sections.sorted { $0.key < $1.key }.map { section, permissions in
                "--\(section.dropLast())-permissions \(permissions.sorted().joined(separator: " "))"
            }
            let missing = sections.sorted { $0.key < $1.key }.map { section, permissions in
                "\(section): \(permissions.sorted().joined(separator: ", "))"
            }
            return DoctorReport.Remedy(
                missing: missing, scope: "the access policies of \(vault)",
                advice: "an access policy of the caller, or of a group that the caller is in",
                commands: [
                    "az keyvault set-policy --name \(vault) --object-id \(caller?.objectID ?? "WHO") "
                        + options.joined(separator: " ")
                ], needed: (needed[vault] ?? []).sorted().map(\.description))
        }
    }

    // MARK: Cluster

    /// A role of each namespace, and one for the whole cluster, where also goes what is needed in a namespace that is not
    /// there yet; with a rule for each set of verbs.
    private var cluster: [DoctorReport.Remedy] {
        var verbs: [String: [String: Set<String>]] = [:]
        var needed: [String: Set<PurserEngine.Address>] = [:]
        for (demand, _) in denied {
            guard case .inCluster(let access) = demand.right.demand else { continue }
            let place = access.namespace.flatMap { coming.contains($0) ? nil : $0 } ?? ""
            let resource = access.group.isEmpty ? access.resource : "\(access.resource).\(access.group)"
            verbs[place, default: [:]][resource, default: []].insert(access.verb)
            needed[place, default: []].insert(demand.address)
        }
        return verbs.sorted { $0.key < $1.key }.map { place, resources in
            let rules = Dictionary(grouping: resources, by: { $0.value.sorted().joined(separator: ",") })
                .map { (verbs: $0.key, resources: $0.value.map(\.key).sorted()) }
                .sorted { ($0.resources.first ?? "") < ($1.resources.first ?? "") }
            return DoctorReport.Remedy(
                missing: rules.map { "\($0.resources.joined(separator: ", ")): \($0.verbs)" },
                scope: place.isEmpty ? "the cluster" : "namespace \(place)",
                role: place.isEmpty ? "cluster-admin (cluster role)" : "admin (cluster role, bound in the namespace)",
                commands: rules.enumerated().flatMap { index, rule in
                    // `kubectl create role` makes a role of one rule.
                    GrantCommand.clusterRole(
                        "purser-\(index + 1)", in: place.isEmpty ? nil : place, verbs: rule.verbs,
                        resources: rule.resources.joined(separator: ","), to: user)
                },
                needed: (needed[place] ?? []).sorted().map(\.description))
        }
    }
}
