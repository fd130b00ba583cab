package import PurserSyntax

/// Whether the nodes that a pod may run on have the identity that reads the vault.
/// Source: Azure documentation, "Managed identities", instance metadata; AKS documentation, node labels.
enum NodeRules {
    static func check(
        _ clientId: String?, _ volume: String, _ pod: PodDefinition, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        if let pools = subject.index.scene.nodePools {
            let possible = pools.filter { mayRun(pod, on: $0) }
            if let clientId {
                checkPools(possible, clientId, pod, subject, &result)
            } else {
                checkUnnamed(possible, pod, subject, &result)
            }
        } else if case .scaleSets(let names)? = result.identity?.binding, let identity = result.identity {
            checkSelector(names, identity, pod, subject, &result)
        }
    }

    static func mayRun(_ pod: PodDefinition, on pool: NodePool) -> Bool {
        pod.runsOnWindows == pool.isWindows
            && pod.nodeSelector.allSatisfy { key, value in
                pool.labels[key] == value || !pool.labels.keys.contains(key) && key.hasPrefix("kubernetes.io/")
            }
    }

    // MARK: Pools that are known

    private static func has(_ clientId: String, _ pool: NodePool, _ identity: IdentityDefinition?) -> Bool? {
        if let identities = pool.identities {
            return identities.contains { Placeholder.areEqual($0, clientId) == true }
        }
        switch identity?.binding {
        case .all?: return true
        case .scaleSets(let names)?:
            return names.contains(pool.scaleSet) ? true : identity?.hasAllBindings == true ? false : nil
        case .some(.none): return identity?.hasAllBindings == true ? false : nil
        case nil: return nil
        }
    }

    private static func checkPools(
        _ pools: [NodePool], _ clientId: String, _ pod: PodDefinition, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        let states = pools.map { ($0, has(clientId, $0, result.identity)) }
        let without = states.filter { $0.1 == false }.map(\.0.scaleSet)
        let label = result.identity?.label ?? "the identity '\(clientId)'"
        if states.contains(where: { $0.1 == nil }) {
            result.doubt(
                .binding, "whether all nodes of the pod have \(label) is not known", of: pod.label,
                at: pod.places[.nodeSelector])
        }
        guard !without.isEmpty else { return }
        let isNone = without.count == pools.count
        report(without, label, isCertain: isNone, pod, subject, &result)
        if !isNone {
            result.doubt(
                .pod, "it depends on the node that the pod comes to", of: pod.label, at: pod.places[.nodeSelector])
        }
    }

    private static func report(
        _ pools: [String], _ label: String, isCertain: Bool, _ pod: PodDefinition, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        result.report(
            Finding(
                .nodeWithoutIdentity,
                "\(pod.label) may run on \(pools.joined(separator: ", ")), which \(pools.count == 1 ? "does" : "do") not "
                    + "have \(label)", of: pod.label, at: pod.places[.nodeSelector], link: .binding,
                effect: .mountFails, severity: isCertain ? .error : .warning,
                related: [Diagnostic.Note("the binding is here", at: result.identity?.places[.binding])],
                says: "ManagedIdentityCredential authentication failed. the requested identity isn't assigned to this "
                    + "resource…Identity not found",
                hint: "bind the identity to all nodes, or confine the pod by 'nodeSelector'"),
            at: .fetch, order: ObjectOrder.signIn)
    }

    /// No client id: the node's own identity, else the only one that it has.
    private static func checkUnnamed(
        _ pools: [NodePool], _ pod: PodDefinition, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        let failing = pools.filter { pool in
            pool.hasSystemIdentity == false && pool.identities.map { $0.count != 1 } ?? false
        }
        guard let first = failing.first else { return }
        let count = first.identities?.count ?? 0
        let isCertain = failing.count == pools.count
        let place = subject.definition.places[.parameter("useVMManagedIdentity"), .field("identity")]
        result.report(
            Finding(
                .identityAmbiguous,
                count == 0
                    ? "\(first.scaleSet) has no identity at all, and \(subject.label) names none"
                    : "\(first.scaleSet) has \(count) identities, and \(subject.label) does not say which one reads the vault",
                of: subject.label, at: place, link: .identity, effect: .mountFails,
                severity: isCertain ? .error : .warning,
                related: [Diagnostic.Note("the pod is here", at: pod.places.whole)],
                says: "ManagedIdentityCredential: failed to authenticate a system assigned identity. The endpoint "
                    + "responded with …\(count == 0 ? "Identity not found" : "Multiple user assigned identities exist")",
                hint: "write the client id in 'userAssignedIdentityID'"), at: .fetch, order: ObjectOrder.signIn)
    }

    // MARK: Pools that are not known

    /// AKS names a pool's scale set `aks-POOL-NUMBER-vmss` and labels its nodes `agentpool: POOL`.
    private static func checkSelector(
        _ names: [String], _ identity: IdentityDefinition, _ pod: PodDefinition, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        let pool = pod.nodeSelector["agentpool"] ?? pod.nodeSelector["kubernetes.azure.com/agentpool"]
        guard let pool, !pod.isUnknown else {
            result.doubt(
                .binding,
                "\(identity.label) is bound to \(names.joined(separator: ", ")) alone; which other nodes the "
                    + "pod may run on is not known", of: pod.label, at: pod.places[.nodeSelector])
            return
        }
        if names.contains(where: { $0.hasPrefix("aks-\(pool)-") }) { return }
        guard names.allSatisfy({ $0.wholeMatch(of: #/aks-[a-z0-9]+-[0-9]+-vmss/#) != nil }), identity.hasAllBindings
        else {
            result.doubt(
                .binding, "whether the pool '\(pool)' has \(identity.label) is not known", of: pod.label,
                at: pod.places[.nodeSelector])
            return
        }
        report(["the pool '\(pool)'"], identity.label, isCertain: true, pod, subject, &result)
    }
}

extension DiagnosticCode {
    package static let nodeWithoutIdentity = DiagnosticCode("proof/node-without-identity")
    package static let identityAmbiguous = DiagnosticCode("proof/identity-ambiguous")
}
