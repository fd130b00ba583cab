import PurserSyntax

/// Draws the way from a pod to its files, with the state of each link.
struct ChainBuilder {
    let problems: [Finding]
    let doubts: [Doubt]

    /// What is not known does not hold, even if nothing tells against it.
    private func link(
        _ name: ChainLink.Name, _ detail: String, _ range: SourceRange?, isKnown: Bool = true
    ) -> ChainLink {
        let isBroken = problems.contains { $0.link == name && $0.severity == .error }
        let isOpen = !isKnown || doubts.contains { $0.link == name }
        return ChainLink(
            name: name, detail: detail, state: isBroken ? .broken : isOpen ? .undecided : .holds, range: range)
    }

    func pod(_ pod: PodDefinition) -> ChainLink {
        link(.pod, pod.namespace.map { "\(pod.label) in namespace \($0)" } ?? pod.label, pod.places.whole)
    }

    func volume(_ name: String, _ pod: PodDefinition) -> ChainLink {
        link(.volume, "'\(name)'", pod.places[.volume(name)])
    }

    /// A class that is not there, or of which nothing is known.
    func stranger(_ name: String?, _ pod: PodDefinition, _ volume: String) -> ChainLink {
        link(.secretProviderClass, "'\(name ?? "")'", pod.places[.volume(volume)])
    }

    func consumers(_ pod: PodDefinition) -> ChainLink? {
        pod.containers.isEmpty
            ? nil : link(.consumers, pod.containers.map(\.name).joined(separator: ", "), pod.places.whole)
    }

    /// From the class on.
    func links(_ subject: MountSubject, _ analysis: MountAnalysis) -> [ChainLink] {
        let definition = subject.definition
        let vault = analysis.vault?.vault
        let names = Set(analysis.files.map(\.path)).sorted()
        var links = [
            link(.secretProviderClass, subject.label, definition.places.whole),
            link(
                .driver, driver(subject), subject.installation?.places.whole, isKnown: subject.installation != nil),
            link(
                .identity, identity(analysis), analysis.identity?.places.whole, isKnown: isIdentityKnown(analysis)),
            link(
                .binding, binding(analysis), analysis.identity?.places[.binding], isKnown: isIdentityKnown(analysis)),
            link(.permission, permission(analysis), nil, isKnown: isPermissionKnown(analysis)),
            link(
                .vault, vault?.label ?? "'\(subject.parameters["keyvaultName"])'", vault?.places.whole,
                isKnown: vault != nil),
            link(
                .objects, analysis.objects.map(\.name).joined(separator: ", "),
                definition.places[.parameter("objects")], isKnown: analysis.hasAllObjects && vault != nil),
            link(.files, names.joined(separator: ", "), nil, isKnown: analysis.hasAllObjects),
        ]
        if !definition.secretObjects.isEmpty {
            let secrets = definition.secretObjects.map(\.name).joined(separator: ", ")
            links.append(link(.secrets, secrets, definition.places[.field("secretObjects")]))
        }
        return links
    }

    /// An identity of the machine is known by the node alone, an application by its Secret.
    private func isIdentityKnown(_ analysis: MountAnalysis) -> Bool {
        switch analysis.mode {
        case .virtualMachine(nil)?, .servicePrincipal?, .podIdentity?: true
        default: analysis.identity != nil
        }
    }

    /// Whether each object is let through by a grant that is known.
    private func isPermissionKnown(_ analysis: MountAnalysis) -> Bool {
        analysis.hasAllObjects && analysis.access.count >= analysis.objects.count
            && analysis.access.allSatisfy { $0.grant != nil }
    }

    private func driver(_ subject: MountSubject) -> String {
        guard let installation = subject.installation else { return "not known" }
        let versions = [("driver", installation.driver), ("provider", installation.provider)]
            .compactMap { name, version in version.map { "\(name) \($0)" } }
        return versions.isEmpty ? installation.label : "\(installation.label) (\(versions.joined(separator: ", ")))"
    }

    private func identity(_ analysis: MountAnalysis) -> String {
        if let identity = analysis.identity { return identity.label }
        switch analysis.mode {
        case .virtualMachine(let clientId)?: return clientId.map { "client id \($0)" } ?? "the node's own"
        case .workload(let clientId)?, .tokenProxy(let clientId)?: return "client id \(clientId)"
        case .servicePrincipal?: return "an application"
        case .podIdentity?: return "AAD pod identity"
        case nil: return "none"
        }
    }

    private func binding(_ analysis: MountAnalysis) -> String {
        switch (analysis.mode, analysis.identity?.binding) {
        case (.virtualMachine?, .all?): "on all nodes"
        case (.virtualMachine?, .scaleSets(let names)?): "on \(names.joined(separator: ", "))"
        case (.virtualMachine?, .some(.none)): "on no node"
        case (.virtualMachine?, _): "on the node"
        case (.workload?, _): "by the pod's service account"
        case (.servicePrincipal?, _): "by the Secret that the volume names"
        default: "by the cluster"
        }
    }

    private func permission(_ analysis: MountAnalysis) -> String {
        let grants = Set(analysis.access.compactMap(\.grant)).sorted()
        return grants.isEmpty ? "none known" : grants.joined(separator: ", ")
    }
}
