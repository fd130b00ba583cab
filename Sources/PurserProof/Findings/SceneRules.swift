package import PurserSyntax

/// What only the scene as a whole shows: installations beside each other, Secrets written by two, a vault asked too
/// often.
struct SceneRules {
    let index: SceneIndex
    private(set) var findings: [Finding] = []

    init(_ index: SceneIndex) { self.index = index }

    mutating func check(_ mounts: [(pod: PodDefinition, subject: MountSubject, analysis: MountAnalysis)]) {
        checkInstallations()
        checkTypes()
        checkTakenSecrets()
        checkBudget(mounts)
    }

    // MARK: Installations

    private mutating func checkInstallations() {
        guard let first = index.scene.installations.first else { return }
        for other in index.scene.installations.dropFirst() {
            let isAddOn = [first, other].contains { $0.origin == .addOn }
            findings.append(
                Finding(
                    .twoDrivers,
                    isAddOn
                        ? "the AKS add-on and a chart both install the driver: \(first.label), \(other.label)"
                        : "\(first.label) and \(other.label) both install the driver",
                    of: other.label, at: other.places.whole, link: .driver, effect: .mountFails,
                    related: [Diagnostic.Note("the first is here", at: first.places.whole)],
                    says:
                        "CSIDriver \"secrets-store.csi.k8s.io\"…exists and cannot be imported into the current release",
                    hint: "keep one of them"))
        }
    }

    // MARK: Secrets

    private mutating func checkTypes() {
        var first: [SceneIndex.Name: (type: String, owner: ClassDefinition, index: Int)] = [:]
        for item in index.scene.classes {
            for (number, secret) in item.secretObjects.enumerated() {
                let name = SceneIndex.Name(namespace: item.namespace, name: secret.name.trimmed)
                guard let earlier = first[name] else {
                    first[name] = (secret.type.trimmed, item, number)
                    continue
                }
                if earlier.type != secret.type.trimmed {
                    reportType(secret, number, item, earlier.owner, earlier.index)
                }
            }
        }
    }

    private mutating func reportType(
        _ secret: SecretObjectDefinition, _ number: Int, _ item: ClassDefinition, _ other: ClassDefinition, _ first: Int
    ) {
        findings.append(
            Finding(
                .secretTypeConflict,
                "Secret '\(secret.name)' has the type \(secret.type) here, but another one in \(other.label)",
                of: item.label, at: item.places[.secretField(number, "type"), .secret(number)], link: .secrets,
                effect: .secretFails,
                related: [
                    Diagnostic.Note("the other is here", at: other.places[.secretField(first, "type"), .secret(first)])
                ],
                says: "field is immutable", hint: "a Secret has one type for good: give one of them another name"))
    }

    /// A Secret that is there already: what happens depends on the driver.
    private mutating func checkTakenSecrets() {
        for item in index.scene.classes {
            for (number, secret) in item.secretObjects.enumerated() {
                let name = secret.name.trimmed
                guard let found = index.secret(name, in: item.namespace),
                    found.labels["secrets-store.csi.k8s.io/managed"] != "true"
                else { continue }
                let driver = index.installation(of: item)?.driver
                let takes = driver.map { $0 >= ComponentVersion(1, 6, 0) }
                let consequence =
                    switch takes {
                    case true?: "the driver takes it over, and it goes with the last pod"
                    case false?: "the driver leaves it as it is, and fills nothing in"
                    case nil: "up to version 1.5.6 the driver leaves it as it is; later ones take it over"
                    }
                findings.append(
                    Finding(
                        .secretTaken, "\(found.label) is there already: \(consequence)", of: item.label,
                        at: item.places[.secret(number)], link: .secrets,
                        effect: takes == true ? .surprise : .secretFails, severity: .warning,
                        related: [Diagnostic.Note("the Secret is here", at: found.places.whole)],
                        hint: "give one of them another name"))
            }
        }
    }

    // MARK: Requests

    /// Source: Key Vault documentation, "Azure Key Vault service limits": transactions of a vault in ten seconds.
    private static let limitPerTenSeconds = 4_000

    private mutating func checkBudget(
        _ mounts: [(pod: PodDefinition, subject: MountSubject, analysis: MountAnalysis)]
    ) {
        var rates: [String: (perSecond: Double, place: SourceRange?, installation: Installation)] = [:]
        for (pod, subject, analysis) in mounts {
            let name = subject.parameters["keyvaultName"]
            guard !name.isEmpty, let installation = subject.installation, subject.rotates,
                let interval = installation.pollIntervalSeconds, interval > 0
            else { continue }
            let requests = analysis.objects.reduce(0) { $0 + ($1.hasHistory ? $1.history + 2 : 1) }
            let rate = Double(requests * (pod.replicas ?? 1)) / Double(interval)
            let vault = analysis.vault?.vault
            let label = vault?.label ?? "the vault '\(name)'"
            let place = vault?.places.whole ?? subject.place(of: "keyvaultName")
            rates[label, default: (0, place, installation)].perSecond += rate
        }
        for (label, entry) in rates.sorted(by: { $0.key < $1.key }) {
            let perTenSeconds = Int((entry.perSecond * 10).rounded())
            guard perTenSeconds > Self.limitPerTenSeconds else { continue }
            findings.append(
                Finding(
                    .requestBudget,
                    "rotation asks \(label) about \(perTenSeconds) times in ten seconds, and \(Self.limitPerTenSeconds) are "
                        + "its limit", of: label, at: entry.place, link: .vault, effect: .mountFails,
                    severity: .warning,
                    related: [
                        Diagnostic.Note(
                            "the interval is here", at: entry.installation.places[.setting("rotationPollInterval")])
                    ], says: "429 Too Many Requests",
                    hint: "set '\(entry.installation.valueName("rotationPollInterval"))' to a longer time"))
        }
    }
}

extension DiagnosticCode {
    package static let twoDrivers = DiagnosticCode("proof/two-drivers")
    package static let secretTypeConflict = DiagnosticCode("proof/secret-type-conflict")
    package static let secretTaken = DiagnosticCode("proof/secret-taken")
    package static let requestBudget = DiagnosticCode("proof/request-budget")
}
