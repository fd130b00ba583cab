package import PurserSyntax

/// As whom the vault is read, as far as the class alone tells it.
/// Source: Azure Key Vault provider documentation v1.8, "Identity Access Modes".
enum IdentityRules {
    static func check(_ subject: MountSubject, _ result: inout MountAnalysis) {
        guard let mode = result.mode else { return }
        checkTokens(mode, subject, &result)
        checkLeftovers(mode, subject, &result)
        switch mode {
        case .virtualMachine(let clientId?):
            findIdentity(clientId, "userAssignedIdentityID", subject, &result)
            checkBinding(subject, &result)
        case .virtualMachine(nil): checkSystemIdentity(subject, &result)
        case .workload(let clientId):
            findIdentity(clientId, "clientID", subject, &result)
            checkTrust(subject, &result)
        case .tokenProxy(let clientId): checkProxy(clientId, subject, &result)
        case .podIdentity: checkPodIdentity(subject, &result)
        case .servicePrincipal: break
        }
    }

    // MARK: Tokens

    private static func checkTokens(_ mode: IdentityMode, _ subject: MountSubject, _ result: inout MountAnalysis) {
        guard mode.audience(subject.parameters) != nil else { return }
        guard let audiences = subject.installation?.audiences else {
            result.doubt(
                .driver, "whether kubelet gives the driver tokens of service accounts is not known", of: subject.label,
                at: subject.place(of: "clientID"))
            return
        }
        guard let text = mode.tokenProblem(subject.parameters, audiences: audiences) else { return }
        let setting = subject.installation?.valueName("tokenRequests") ?? "tokenRequests"
        result.report(
            subject.finding(
                .noToken, "'clientID' needs a token of the pod's service account, which the driver does not get",
                at: subject.place(of: "clientID"), link: .driver,
                related: installationNote(subject, "tokenRequests", "the driver is installed here"),
                says: mode.wrapped(text),
                hint: isVirtualMachine(mode)
                    ? "remove 'clientID': the identity of the node is named by 'userAssignedIdentityID'"
                    : "list the audience in '\(setting)' of the release"), at: .identity)
    }

    private static func isVirtualMachine(_ mode: IdentityMode) -> Bool {
        if case .virtualMachine = mode { true } else { false }
    }

    static func installationNote(_ subject: MountSubject, _ setting: String, _ text: String) -> [Diagnostic.Note] {
        guard let installation = subject.installation, let range = installation.places[.setting(setting)] else {
            return []
        }
        return [Diagnostic.Note(text, at: range)]
    }

    // MARK: Parameters that the mode does not read

    private static func checkLeftovers(_ mode: IdentityMode, _ subject: MountSubject, _ result: inout MountAnalysis) {
        let named = subject.parameters["userAssignedIdentityID"]
        if !named.isEmpty, !isVirtualMachine(mode) {
            let fails = mode == .servicePrincipal
            result.report(
                subject.finding(
                    .identityWithoutFlag, "'userAssignedIdentityID' counts only with 'useVMManagedIdentity: \"true\"'",
                    at: subject.place(of: "userAssignedIdentityID"), link: .identity,
                    effect: fails ? .mountFails : .surprise, severity: .warning,
                    says: fails
                        ? mode.wrapped("failed to get credentials, nodePublishSecretRef secret is not set") : nil,
                    hint: "write 'useVMManagedIdentity: \"true\"' too"))
        }
        guard isVirtualMachine(mode), !subject.parameters["clientID"].isEmpty else { return }
        result.report(
            subject.finding(
                .unusedClientId,
                "'clientID' has no part in the identity of the node, but makes the provider demand a token",
                at: subject.place(of: "clientID"), link: .identity, effect: .surprise, severity: .warning,
                hint: "remove it"))
    }

    // MARK: Identities of the scene

    private static func findIdentity(
        _ clientId: String, _ parameter: String, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        if let found = subject.index.identity(clientId: clientId) {
            result.identity = found
            return
        }
        let place = subject.place(of: parameter)
        if let text = notAClientId(clientId, subject) {
            result.report(
                subject.finding(
                    .notAClientId, text.message, at: place, link: .identity, related: text.related,
                    says: parameter == "clientID" ? "AADSTS700016" : "Identity not found",
                    hint: "write the client id of the identity",
                    fix: text.clientId.flatMap { id in
                        place.map { SpecPatch("name the identity by its client id", [.replace($0, with: id)]) }
                    }), at: .fetch, order: ObjectOrder.signIn)
        } else if subject.index.scene.hasAllIdentities, !Placeholder.isIn(clientId) {
            result.report(
                subject.finding(
                    .unknownIdentity, "no identity has the client id '\(clientId)'", at: place, link: .identity,
                    says: parameter == "clientID" ? "AADSTS700016" : "Identity not found"), at: .fetch,
                order: ObjectOrder.signIn)
        } else {
            result.doubt(
                .identity, "the identity with the client id '\(clientId)' is not listed here", of: subject.label,
                at: place)
        }
    }

    private static func notAClientId(
        _ text: String, _ subject: MountSubject
    ) -> (message: String, clientId: String?, related: [Diagnostic.Note])? {
        if let meant = subject.index.identity(mistakenFor: text) {
            let what = text.hasPrefix("/") ? "resource id" : "principal id"
            return (
                "'\(text)' is the \(what) of \(meant.label), not its client id",
                Placeholder.isIn(meant.clientId) ? nil : meant.clientId,
                [Diagnostic.Note("the identity is here", at: meant.places.whole)]
            )
        }
        if Placeholder.isIn(text) { return nil }
        if text.contains("/") { return ("a resource id stands where the client id belongs", nil, []) }
        return isIdentifier(text) ? nil : ("'\(text)' is no client id, which is a GUID", nil, [])
    }

    /// Whether it has the form of a GUID.
    private static func isIdentifier(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.utf8.allSatisfy(isHexDigit) }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func checkBinding(_ subject: MountSubject, _ result: inout MountAnalysis) {
        guard let identity = result.identity, identity.binding == .none else { return }
        // Where the nodes' identities are known, they are looked at pod by pod.
        if subject.index.scene.nodePools?.contains(where: { $0.identities != nil }) == true { return }
        let place = subject.place(of: "userAssignedIdentityID")
        guard identity.hasAllBindings else {
            result.doubt(
                .binding, "which nodes have \(identity.label) is not known", of: subject.label, at: place)
            return
        }
        result.report(
            subject.finding(
                .identityNotBound, "\(identity.label) is bound to no node, so that no pod could read the vault as it",
                at: place, link: .binding,
                related: [Diagnostic.Note("the identity is here", at: identity.places.whole)],
                says: "ManagedIdentityCredential authentication failed. the requested identity isn't assigned to this "
                    + "resource…Identity not found", hint: "write 'nodes: all' in \(identity.label)",
                fix: identity.places.whole.map {
                    SpecPatch("bind \(identity.label) to all nodes", [.set(in: $0, path: ["nodes"], value: "all")])
                }), at: .fetch, order: ObjectOrder.signIn)
    }

    private static func checkSystemIdentity(_ subject: MountSubject, _ result: inout MountAnalysis) {
        if subject.installation?.provider == ComponentVersion(1, 8, 0) {
            result.report(
                subject.finding(
                    .versionLacks, "provider 1.8.0 cannot use the identity that a node has of its own",
                    at: subject.place(of: "useVMManagedIdentity"), link: .driver,
                    related: installationNote(subject, "version", "the version is here"),
                    hint: "install chart 1.8.1 or a later one"), at: .identity)
        }
        if let only = onlyIdentity(subject.index) {
            result.identity = only
        } else if subject.index.scene.nodePools == nil {
            warnOfOthers(subject, &result)
            result.doubt(
                .identity, "which identities the nodes have is not known; more than one, and none named, fails",
                of: subject.label, at: subject.place(of: "useVMManagedIdentity"))
        }
    }

    /// AKS puts the identity of kubelet on every node, so that one of the spec's own is at least the second.
    private static func warnOfOthers(_ subject: MountSubject, _ result: inout MountAnalysis) {
        let bound = subject.index.scene.identities.filter { $0.binding != .none }
        guard let first = bound.first else { return }
        let names = bound.count == 1 ? "\(first.label) beside kubelet's" : bound.map(\.label).joined(separator: ", ")
        result.report(
            subject.finding(
                .identityAmbiguous,
                "the nodes have \(names), and \(subject.label) does not say which one reads the vault",
                at: subject.definition.places[.parameter("useVMManagedIdentity"), .field("identity")], link: .identity,
                severity: .warning,
                related: [Diagnostic.Note("it is bound to nodes here", at: first.places[.binding])],
                says: "Multiple user assigned identities exist",
                hint: "name the identity, unless each node has one of its own"))
    }

    /// The one that all nodes have, if they have no other and none of their own.
    private static func onlyIdentity(_ index: SceneIndex) -> IdentityDefinition? {
        guard let pools = index.scene.nodePools, pools.allSatisfy({ $0.hasSystemIdentity == false }) else { return nil }
        let all = Set(pools.map { $0.identities ?? [] })
        guard all.count == 1, let only = all.first, only.count == 1 else { return nil }
        return index.identity(clientId: only[0])
    }

    private static func checkTrust(_ subject: MountSubject, _ result: inout MountAnalysis) {
        guard let identity = result.identity else { return }
        guard identity.credentials.isEmpty else { return }
        let place = subject.place(of: "clientID")
        guard identity.hasAllCredentials else {
            result.doubt(
                .binding, "whom \(identity.label) trusts is not known", of: subject.label, at: place)
            return
        }
        result.report(
            subject.finding(
                .noFederation, "\(identity.label) trusts no service account: it has no federated credential", at: place,
                link: .binding, related: [Diagnostic.Note("the identity is here", at: identity.places.whole)],
                says: "AADSTS70021…No matching federated identity record found for presented assertion"),
            at: .fetch, order: ObjectOrder.signIn)
    }

    private static func checkProxy(_ clientId: String, _ subject: MountSubject, _ result: inout MountAnalysis) {
        if clientId.isEmpty {
            result.report(
                subject.finding(
                    .missingParameter, "identity binding needs 'clientID'", at: subject.place(of: "useAzureTokenProxy"),
                    link: .identity,
                    says: IdentityMode.tokenProxy(clientId: "").wrapped("clientID is required for identity binding")),
                at: .identity, order: -1)
            return
        }
        findIdentity(clientId, "clientID", subject, &result)
        result.doubt(
            .binding,
            "whether AKS binds the identity to the cluster, and lets the service account use it, is not known",
            of: subject.label, at: subject.place(of: "clientID"))
    }

    private static func checkPodIdentity(_ subject: MountSubject, _ result: inout MountAnalysis) {
        let place = subject.place(of: "usePodIdentity")
        result.report(
            subject.finding(
                .podIdentity, "AAD pod identity is deprecated and is maintained no more", at: place, link: .identity,
                effect: .surprise, severity: .warning,
                says: "nmi response failed with error: …dial tcp 127.0.0.1:2579: connect: connection refused",
                hint: "use workload identity ('clientID'), or an identity of the nodes ('useVMManagedIdentity')"))
        result.doubt(
            .binding, "which AzureIdentity is bound to the pod's label, and whether NMI runs, is not known",
            of: subject.label, at: place)
    }
}

extension DiagnosticCode {
    package static let noToken = DiagnosticCode("proof/no-service-account-token")
    package static let identityWithoutFlag = DiagnosticCode("proof/identity-without-flag")
    package static let unusedClientId = DiagnosticCode("proof/unused-client-id")
    package static let notAClientId = DiagnosticCode("proof/not-a-client-id")
    package static let unknownIdentity = DiagnosticCode("proof/unknown-identity")
    package static let identityNotBound = DiagnosticCode("proof/identity-not-bound")
    package static let noFederation = DiagnosticCode("proof/no-federated-credential")
    package static let podIdentity = DiagnosticCode("proof/pod-identity")
}
