package import PurserSyntax

/// The identity as far as it depends on the pod: its nodes, its service account, the Secret that its volume names.
enum PodIdentityRules {
    static func check(
        _ volume: ClassVolume, _ name: String, _ pod: PodDefinition, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        switch result.mode {
        case .servicePrincipal?: checkCredentials(volume, name, pod, subject, &result)
        case .virtualMachine(let clientId)?: NodeRules.check(clientId, name, pod, subject, &result)
        case .workload?:
            guard checkServiceAccount(name, pod, subject, &result) else { return }
            checkFederation(pod, subject, &result)
        case .podIdentity?: checkPodIdentity(pod, subject, &result)
        case .tokenProxy?, nil: break
        }
    }

    // MARK: Pod identity

    /// Source: AAD pod identity documentation, "Feature flags" and "AzureIdentityBinding": the label selects the binding, and
    /// NMI runs on Linux alone.
    private static func checkPodIdentity(
        _ pod: PodDefinition, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        let isOnWindows = pod.runsOnWindows
        guard isOnWindows || pod.labels["aadpodidbinding"] == nil && !pod.isUnknown else { return }
        result.report(
            Finding(
                .podIdentity,
                isOnWindows
                    ? "\(pod.label) runs on Windows, where there is no AAD pod identity"
                    : "\(pod.label) has no label 'aadpodidbinding', so that no AzureIdentity is bound to it",
                of: pod.label, at: isOnWindows ? pod.places[.nodeSelector] : pod.places.whole, link: .binding,
                effect: .mountFails,
                related: [Diagnostic.Note("the class asks for it here", at: subject.place(of: "usePodIdentity"))],
                says: isOnWindows
                    ? "dial tcp 127.0.0.1:2579: connect: connection refused"
                    : "nmi response failed with status code: 404",
                hint: "use workload identity ('clientID')"), at: .fetch, order: ObjectOrder.signIn)
    }

    // MARK: Service principal

    private static func checkCredentials(
        _ volume: ClassVolume, _ name: String, _ pod: PodDefinition, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        guard let secret = volume.credentialsSecret else {
            reportNoMode(name, pod, subject, &result)
            return
        }
        let place = pod.places[.volumeField(name, "nodePublishSecretRef"), .volume(name)]
        guard let found = subject.index.secret(secret, in: pod.namespace) else {
            checkAbsentSecret(secret, place, pod, subject, &result)
            return
        }
        if let keys = found.keys { checkKeys(keys, found, place, pod, &result) }
        checkLabel(found, pod, subject, &result)
        result.doubt(
            .identity, "whether the application's secret in '\(secret)' is right is not known", of: pod.label, at: place
        )
    }

    private static func reportNoMode(
        _ name: String, _ pod: PodDefinition, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        let hasIdentity = !subject.parameters["userAssignedIdentityID"].isEmpty
        let place = subject.definition.places[
            .parameter("userAssignedIdentityID"), .field("identity"), .field("parameters")]
        result.report(
            Finding(
                .noIdentityMode,
                hasIdentity
                    ? "\(subject.label) names an identity of the nodes, but not 'useVMManagedIdentity: \"true\"'"
                    : "\(subject.label) does not say as whom the vault is read", of: subject.label, at: place,
                link: .identity, effect: .mountFails,
                related: [Diagnostic.Note("the volume names no Secret to sign in with", at: pod.places[.volume(name)])],
                says: IdentityMode.servicePrincipal.wrapped(
                    "failed to get credentials, nodePublishSecretRef secret is not set"),
                hint: hasIdentity
                    ? "write 'useVMManagedIdentity: \"true\"'"
                    : "write 'clientID', or 'useVMManagedIdentity: \"true\"' with 'userAssignedIdentityID'"),
            at: .identity)
    }

    private static func checkAbsentSecret(
        _ secret: String, _ place: SourceRange?, _ pod: PodDefinition, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        guard subject.index.scene.hasAllSecrets else {
            result.doubt(
                .identity, "whether the Secret '\(secret)' is there, and what is in it, is not known", of: pod.label,
                at: place)
            return
        }
        result.report(
            Finding(
                .noCredentials, "there is no Secret '\(secret)' to sign in with", of: pod.label, at: place,
                link: .identity, effect: .mountFails,
                says: "fetching NodePublishSecretRef \(pod.namespace ?? "…")/\(secret) failed"), at: .className)
    }

    private static func checkKeys(
        _ keys: Set<String>, _ secret: SecretDefinition, _ place: SourceRange?, _ pod: PodDefinition,
        _ result: inout MountAnalysis
    ) {
        let present = Set(keys.map { $0.lowercased() })
        if present.isEmpty { return }
        for (order, key) in ["clientid", "clientsecret"].enumerated() where !present.contains(key) {
            result.report(
                Finding(
                    .noCredentials, "\(secret.label) has no key '\(key)'", of: pod.label,
                    at: secret.places.whole ?? place,
                    link: .identity, effect: .mountFails,
                    related: [Diagnostic.Note("the volume names it here", at: place)],
                    says: IdentityMode.servicePrincipal.wrapped("could not find \(key) in secrets")),
                at: .identity, order: order)
        }
    }

    /// The driver's own rotation, up to 1.5.6, sees labelled Secrets alone.
    private static func checkLabel(
        _ secret: SecretDefinition, _ pod: PodDefinition, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        let label = "secrets-store.csi.k8s.io/used"
        guard subject.rotates, let driver = subject.installation?.driver, driver < ComponentVersion(1, 6, 0),
            secret.keys != nil, secret.labels[label] != "true"
        else { return }
        result.report(
            Finding(
                .credentialsLabel, "\(secret.label) lacks the label '\(label)', without which rotation does not see it",
                of: pod.label, at: secret.places.whole, link: .identity, effect: .surprise, severity: .warning,
                says: "failed to get node publish secret \(pod.namespace ?? "…")/\(secret.name)",
                hint: "label it '\(label): \"true\"'"))
    }

    // MARK: Workload identity

    private static func checkServiceAccount(
        _ name: String, _ pod: PodDefinition, _ subject: MountSubject, _ result: inout MountAnalysis
    ) -> Bool {
        guard let wanted = subject.definition.serviceAccount, !pod.isUnknown, pod.serviceAccount != wanted else {
            return true
        }
        result.report(
            Finding(
                .otherServiceAccount,
                "\(subject.label) is read as service account '\(wanted)', but the pod runs as '\(pod.serviceAccount)'",
                of: pod.label, at: pod.places[.volumeField(name, "secretProviderClass"), .volume(name)],
                link: .binding, effect: .mountFails,
                related: [Diagnostic.Note("the class says so here", at: subject.definition.places[.serviceAccount])],
                says: "AADSTS70021…system:serviceaccount:\(pod.namespace ?? "…"):\(pod.serviceAccount)",
                hint: "write 'serviceAccountName: \(wanted)' in '\(pod.specPath)'",
                fix: pod.places.parts[.field("spec")].map {
                    SpecPatch(
                        "run the pod as '\(wanted)'", [.set(in: $0, path: ["serviceAccountName"], value: wanted)])
                }), at: .fetch, order: ObjectOrder.signIn)
        return false
    }

    private static func checkFederation(
        _ pod: PodDefinition, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        guard let identity = result.identity, !identity.credentials.isEmpty, let namespace = pod.namespace,
            !pod.isUnknown
        else { return }
        let token = ServiceAccountToken(
            issuer: subject.index.scene.issuer, subject: "system:serviceaccount:\(namespace):\(pod.serviceAccount)")
        let matches = identity.credentials.map { token.mismatches(with: $0) }
        if matches.contains(where: { $0.mismatches.isEmpty && $0.unknown.isEmpty }) { return }
        if let open = matches.first(where: { $0.mismatches.isEmpty }) {
            result.doubt(
                .binding,
                "whether the \(open.unknown.joined(separator: " and ")) of \(identity.label)'s federated credential is "
                    + "that of the pod is not known", of: pod.label, at: pod.places[.serviceAccount])
            return
        }
        guard identity.hasAllCredentials else {
            result.doubt(
                .binding, "whether \(identity.label) trusts '\(token.subject)' is not known", of: pod.label,
                at: pod.places[.serviceAccount])
            return
        }
        let nearest = zip(identity.credentials, matches).min { $0.1.mismatches.count < $1.1.mismatches.count }
        if let (credential, match) = nearest { report(token, credential, match.mismatches, identity, pod, &result) }
    }

    private static func report(
        _ token: ServiceAccountToken, _ credential: FederatedCredential, _ mismatches: [ServiceAccountToken.Mismatch],
        _ identity: IdentityDefinition, _ pod: PodDefinition, _ result: inout MountAnalysis
    ) {
        guard let first = mismatches.first else { return }
        result.report(
            Finding(
                .federationMismatch,
                "\(identity.label) trusts the \(first.name) '\(first.trusted)', but the pod's token has '\(first.actual)'",
                of: pod.label, at: pod.places[.serviceAccount], link: .binding, effect: .mountFails,
                related: [
                    Diagnostic.Note("it trusts it here", at: credential.places[.field(first.name)])
                ], says: "AADSTS70021", hint: "the three texts are compared exactly",
                fix: credential.places.parts[.field(first.name)].map {
                    SpecPatch("trust the pod's \(first.name)", [.replace($0, with: first.actual)])
                }), at: .fetch, order: ObjectOrder.signIn)
    }
}

/// The token that kubelet gives the driver for a pod.
/// Source: Entra documentation, "Workload identity federation": issuer, subject and audience are compared exactly.
struct ServiceAccountToken {
    struct Mismatch: Equatable {
        let name: String
        let trusted: String
        let actual: String
    }

    /// Nil if not known.
    let issuer: String?
    let subject: String

    func mismatches(with credential: FederatedCredential) -> (mismatches: [Mismatch], unknown: [String]) {
        var mismatches: [Mismatch] = []
        var unknown: [String] = []
        for (name, trusted, actual) in [
            ("issuer", credential.issuer, issuer), ("subject", credential.subject, subject),
            ("audience", credential.audience, IdentityMode.workloadAudience),
        ] {
            guard let trusted, let actual else {
                unknown.append(name)
                continue
            }
            if trusted == actual { continue }
            if Placeholder.isIn(trusted) || Placeholder.isIn(actual) {
                unknown.append(name)
            } else {
                mismatches.append(Mismatch(name: name, trusted: trusted, actual: actual))
            }
        }
        return (mismatches, unknown)
    }
}

extension DiagnosticCode {
    package static let noIdentityMode = DiagnosticCode("proof/no-identity-mode")
    package static let noCredentials = DiagnosticCode("proof/no-credentials")
    package static let credentialsLabel = DiagnosticCode("proof/credentials-label")
    package static let otherServiceAccount = DiagnosticCode("proof/other-service-account")
    package static let federationMismatch = DiagnosticCode("proof/federation-mismatch")
}
