package import PurserSyntax

/// Those who read: volume mounts of the files, and volumes and variables of the Secrets.
/// Source: Kubernetes documentation, "Secrets" and "Volumes", `subPath`; Secrets Store CSI Driver, "Set as ENV var".
struct ConsumerRules {
    /// A volume of the pod with what is found of it.
    struct Mounted {
        let volume: String
        let subject: MountSubject
        let analysis: MountAnalysis
    }

    let pod: PodDefinition
    let index: SceneIndex
    let mounted: [Mounted]
    /// Whether the pod mounts classes of which nothing is known, which may make Secrets too.
    let hasStrangers: Bool
    private(set) var findings: [Finding] = []
    private(set) var doubts: [Doubt] = []

    init(_ pod: PodDefinition, _ index: SceneIndex, _ mounted: [Mounted], hasStrangers: Bool) {
        self.pod = pod
        self.index = index
        self.mounted = mounted
        self.hasStrangers = hasStrangers
    }

    mutating func check() {
        for container in pod.containers { checkMounts(of: container) }
        checkUnmounted()
        for volume in pod.volumes {
            guard case .secret(let name, let keys, let isOptional) = volume.source, !isOptional else { continue }
            let place = pod.places[.volumeField(volume.name, "secret"), .volume(volume.name)]
            checkSecret(name, keys ?? [], place)
        }
        for container in pod.containers {
            for variable in container.variables { checkVariable(variable, container) }
        }
    }

    private mutating func report(
        _ code: DiagnosticCode, _ message: String, at range: SourceRange?, effect: Finding.Effect,
        severity: Diagnostic.Severity = .error, related: [Diagnostic.Note] = [], says text: String? = nil,
        hint: String? = nil, fix: SpecPatch? = nil
    ) {
        findings.append(
            Finding(
                code, message, of: pod.label, at: range, link: .consumers, effect: effect, severity: severity,
                related: related, says: text, hint: hint, fix: fix))
    }

    // MARK: Files

    private mutating func checkMounts(of container: ContainerDefinition) {
        for mount in container.mounts {
            guard let subPath = mount.subPath else { continue }
            let place = pod.places[.subPath(container.name, mount.volume), .mount(container.name, mount.volume)]
            if let source = mounted.first(where: { $0.volume == mount.volume }) {
                checkSubPath(subPath, source, place)
            } else if let secret = secretName(ofVolume: mount.volume), maker(of: secret)?.subject.rotates == true {
                reportStale(place, maker(of: secret)?.subject)
            }
        }
    }

    private mutating func checkSubPath(_ subPath: String, _ source: Mounted, _ place: SourceRange?) {
        let analysis = source.analysis
        let isThere =
            analysis.file(subPath) != nil || analysis.files.contains { $0.path.hasPrefix(subPath + "/") }
            || analysis.mayHold(subPath)
        if !isThere, analysis.hasAllObjects, !analysis.objects.isEmpty {
            let names = Set(analysis.files.map(\.path)).sorted()
            let meant = Suggestion.nearest(to: subPath, among: names)
            report(
                .unknownSubPath, "\(source.subject.label) mounts no file '\(subPath)'", at: place,
                effect: .containerFails, severity: .warning,
                hint: meant.map { "did you mean '\($0)'?" } ?? "mounted are: \(names.joined(separator: ", "))",
                fix: meant.flatMap { name in
                    place.map { SpecPatch("name the file '\(name)'", [.replace($0, with: name)]) }
                })
        }
        if source.subject.rotates { reportStale(place, source.subject) }
    }

    private mutating func reportStale(_ place: SourceRange?, _ subject: MountSubject?) {
        report(
            .subPathStaysOld, "a 'subPath' keeps the file of the container's start when the secret rotates", at: place,
            effect: .surprise, severity: .warning,
            related: subject.map {
                IdentityRules.installationNote($0, "enableSecretRotation", "rotation is on")
            } ?? [], hint: "mount the whole directory")
    }

    /// Kubelet sets up no volume that no container mounts.
    private mutating func checkUnmounted() {
        for source in mounted where !pod.setsUp(source.volume) {
            let made = Set(source.subject.definition.secretObjects.map(\.name))
            let wanted = consumedSecrets.filter { made.contains($0) }
            let isNeeded = wanted.first != nil
            report(
                .volumeNotMounted,
                isNeeded
                    ? "no container mounts volume '\(source.volume)', so that Secret '\(wanted[0])' never appears"
                    : "no container mounts volume '\(source.volume)', so that kubelet never sets it up",
                at: pod.places[.volume(source.volume)], effect: isNeeded ? .containerFails : .surprise,
                severity: isNeeded ? .error : .warning,
                says: isNeeded ? "secret \"\(wanted[0])\" not found" : nil,
                hint: "list it under 'volumeMounts' of a container")
        }
    }

    private var consumedSecrets: [String] {
        let volumes = pod.volumes.compactMap { volume -> String? in
            if case .secret(let name, _, _) = volume.source { name } else { nil }
        }
        return volumes + pod.containers.flatMap { $0.variables.map(\.secret) }
    }

    private func secretName(ofVolume name: String) -> String? {
        guard case .secret(let secret, _, _)? = pod.volumes.first(where: { $0.name == name })?.source else {
            return nil
        }
        return secret
    }

    // MARK: Secrets

    /// The mounted class that makes a Secret.
    private func maker(of secret: String) -> Mounted? {
        mounted.first { $0.subject.definition.secretObjects.contains { $0.name.trimmed == secret } }
    }

    private mutating func checkVariable(_ variable: ContainerDefinition.Variable, _ container: ContainerDefinition) {
        let place = pod.places[.variable(container.name, variable.secret)]
        if !variable.isOptional { checkSecret(variable.secret, variable.key.map { [$0] } ?? [], place) }
        guard let maker = maker(of: variable.secret), maker.subject.rotates else { return }
        report(
            .variableStaysOld,
            "a variable of container '\(container.name)' keeps what Secret '\(variable.secret)' held at its start when the "
                + "secret rotates", at: place, effect: .surprise, severity: .warning,
            related: IdentityRules.installationNote(maker.subject, "enableSecretRotation", "rotation is on"),
            hint: "read the mounted file, or restart the pods")
    }

    private mutating func checkSecret(_ name: String, _ keys: [String], _ place: SourceRange?) {
        if Placeholder.isIn(name) { return }
        if let maker = maker(of: name) {
            checkKeys(keys, of: name, maker, place)
            return
        }
        if let found = index.secret(name, in: pod.namespace) {
            guard let present = found.keys else { return }
            for key in keys where !present.contains(key) {
                reportKey(key, name, Array(present), place, found.places.whole)
            }
            return
        }
        if let other = index.makers(of: name, in: pod.namespace).first {
            report(
                .secretOfOtherPod,
                "Secret '\(name)' is made by \(other.label) only while a pod mounts it, and this one does not",
                at: place, effect: .containerFails, severity: .warning,
                related: [Diagnostic.Note("the class is here", at: other.places.whole)],
                says: "secret \"\(name)\" not found",
                hint: "mount '\(other.label.split(separator: "/").last ?? "")' here too")
            doubts.append(
                Doubt(
                    .consumers, "Secret '\(name)' is there only while another pod mounts \(other.label)", of: pod.label,
                    at: place))
            return
        }
        checkUnknown(name, place)
    }

    private mutating func checkUnknown(_ name: String, _ place: SourceRange?) {
        let made = mounted.flatMap { $0.subject.definition.secretObjects.map(\.name) }
        let meant = Suggestion.nearest(to: name, among: made)
        if !index.scene.hasAllSecrets {
            doubts.append(Doubt(.consumers, "who makes Secret '\(name)' is not known", of: pod.label, at: place))
        }
        let isExpected = index.scene.isWholeEnvironment || index.scene.hasAllSecrets
        guard meant != nil || isExpected && !hasStrangers else { return }
        report(
            .unknownSecret, "nothing in \(index.scene.title) makes Secret '\(name)'", at: place,
            effect: .containerFails,
            severity: index.scene.hasAllSecrets ? .error : .warning, says: "secret \"\(name)\" not found",
            hint: meant.map { "did you mean '\($0)'?" } ?? "the pod waits until somebody else has made it",
            fix: meant.flatMap { name in
                place.map { SpecPatch("name the Secret '\(name)'", [.replace($0, with: name)]) }
            })
    }

    private mutating func checkKeys(_ keys: [String], of name: String, _ maker: Mounted, _ place: SourceRange?) {
        guard let index = maker.subject.definition.secretObjects.firstIndex(where: { $0.name.trimmed == name }) else {
            return
        }
        let secret = maker.subject.definition.secretObjects[index]
        if secret.isUnknown { return }
        let present = Set(secret.data.map(\.key.trimmed))
        for key in keys where !present.contains(key) {
            reportKey(key, name, Array(present), place, maker.subject.definition.places[.secret(index)])
        }
    }

    private mutating func reportKey(
        _ key: String, _ name: String, _ present: [String], _ place: SourceRange?, _ other: SourceRange?
    ) {
        report(
            .unknownSecretKey, "Secret '\(name)' has no key '\(key)'", at: place, effect: .containerFails,
            related: [Diagnostic.Note("the Secret is here", at: other)],
            says: "couldn't find key \(key) in Secret \(pod.namespace ?? "…")/\(name)",
            hint: Suggestion.hint(for: key, among: present) ?? "it has: \(present.sorted().joined(separator: ", "))")
    }
}

extension DiagnosticCode {
    package static let unknownSubPath = DiagnosticCode("proof/unknown-subpath")
    package static let subPathStaysOld = DiagnosticCode("proof/subpath-stays-old")
    package static let volumeNotMounted = DiagnosticCode("proof/volume-not-mounted")
    package static let variableStaysOld = DiagnosticCode("proof/variable-stays-old")
    package static let secretOfOtherPod = DiagnosticCode("proof/secret-of-other-pod")
    package static let unknownSecret = DiagnosticCode("proof/unknown-secret")
    package static let unknownSecretKey = DiagnosticCode("proof/unknown-secret-key")
}
