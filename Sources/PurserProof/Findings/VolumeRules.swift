package import PurserSyntax

/// The pod's volume: which class it names, and that the driver would take it.
/// Source: Secrets Store CSI Driver documentation, "Usage"; driver v1.5.6, `NodePublishVolume`.
enum VolumeRules {
    /// The class that the volume means; nil if there is none to look at.
    static func secretProviderClass(
        _ volume: ClassVolume, _ name: String, _ pod: PodDefinition, _ index: SceneIndex, _ result: inout MountAnalysis
    ) -> ClassDefinition? {
        let place = pod.places[.volumeField(name, "secretProviderClass"), .volume(name)]
        guard let className = volume.className, !className.isEmpty else {
            result.report(
                Finding(
                    .noClassName, "volume '\(name)' names no SecretProviderClass", of: pod.label, at: place,
                    link: .volume, effect: .mountFails, says: "secretProviderClass is not set",
                    hint: "write 'secretProviderClass' below 'volumeAttributes'"), at: .className)
            return nil
        }
        if let found = index.secretProviderClass(className, in: pod.namespace) { return found }
        if Placeholder.isIn(className) {
            result.doubt(.secretProviderClass, "which class is mounted is not known yet", of: pod.label, at: place)
            return nil
        }
        if pod.namespace != nil, let other = index.classes(named: className).first, other.namespace != nil {
            reportNamespace(other, place, pod, &result)
            return nil
        }
        reportUnknown(className, place, pod, index, &result)
        return nil
    }

    private static func notFound(_ name: String, _ pod: PodDefinition) -> String {
        "failed to get secretproviderclass \(pod.namespace ?? "…")/\(name), error: …\"\(name)\" not found"
    }

    private static func reportNamespace(
        _ other: ClassDefinition, _ place: SourceRange?, _ pod: PodDefinition, _ result: inout MountAnalysis
    ) {
        let (own, its) = (pod.namespace ?? "", other.namespace ?? "")
        result.report(
            Finding(
                .otherNamespace, "\(other.label) is in namespace '\(its)', but the pod is in '\(own)'", of: pod.label,
                at: place, link: .secretProviderClass, effect: .mountFails,
                related: [Diagnostic.Note("the class is here", at: other.places[.namespace])],
                says: notFound(other.name, pod),
                hint: "a pod can mount classes of its own namespace alone: list the class again for '\(own)'"),
            at: .lookUp)
    }

    private static func reportUnknown(
        _ name: String, _ place: SourceRange?, _ pod: PodDefinition, _ index: SceneIndex, _ result: inout MountAnalysis
    ) {
        let known = index.scene.classes.prefix(SceneIndex.mostCandidates).filter { $0.namespace == pod.namespace }
        let meant = result.nearest(to: name, among: known.map(\.name))
        guard index.scene.hasAllClasses || meant != nil else {
            result.doubt(
                .secretProviderClass, "the SecretProviderClass '\(name)' is not listed here", of: pod.label, at: place)
            return
        }
        result.report(
            Finding(
                .unknownClass, "there is no SecretProviderClass '\(name)' in namespace '\(pod.namespace ?? "")'",
                of: pod.label, at: place, link: .secretProviderClass, effect: .mountFails,
                severity: index.scene.hasAllClasses ? .error : .warning, says: notFound(name, pod),
                hint: meant.map { "did you mean '\($0)'?" },
                fix: meant.flatMap { name in
                    place.map { SpecPatch("name the class '\(name)'", [.replace($0, with: name)]) }
                }), at: .lookUp)
        if !index.scene.hasAllClasses {
            result.doubt(
                .secretProviderClass, "the SecretProviderClass '\(name)' is not listed here", of: pod.label, at: place)
        }
    }

    // MARK: The volume itself

    static func check(
        _ volume: ClassVolume, _ name: String, _ pod: PodDefinition, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        if !volume.isReadOnly {
            let place = pod.places[.volumeField(name, "readOnly"), .volume(name)]
            result.report(
                Finding(
                    .notReadOnly, "volume '\(name)' is not read-only, which the driver demands", of: pod.label,
                    at: place, link: .volume, effect: .mountFails, says: "Readonly is not true in request",
                    hint: "write 'readOnly: true' below 'csi'"), at: .readOnly)
        }
        checkOverrides(volume, name, pod, subject, &result)
        checkSystem(pod, name, subject, &result)
        if subject.installation == nil {
            let isNone = subject.index.scene.installations.isEmpty
            result.doubt(
                .driver,
                isNone ? "whether the driver is installed is not known" : "which driver mounts it is not known",
                of: pod.label, at: pod.places[.volume(name)])
        }
    }

    private static func checkOverrides(
        _ volume: ClassVolume, _ name: String, _ pod: PodDefinition, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        for key in volume.attributes.keys.sorted() where key != "secretProviderClass" {
            let splits = subject.rotates && subject.installation?.driver.map { $0 < ComponentVersion(1, 6, 0) } ?? true
            result.report(
                Finding(
                    .overriddenParameter,
                    "volume '\(name)' has its own '\(key)' in place of that of \(subject.label)"
                        + (splits && subject.rotates ? "; rotation goes by that of the class" : ""), of: pod.label,
                    at: pod.places[.volumeField(name, key), .volume(name)], link: .volume, effect: .surprise,
                    severity: .warning,
                    related: [
                        Diagnostic.Note("the class is here", at: subject.definition.places[.parameter(key)])
                    ], hint: "write it in the class"))
        }
    }

    private static func checkSystem(
        _ pod: PodDefinition, _ name: String, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        guard pod.runsOnWindows, let installation = subject.installation, installation.runsOnWindows == false else {
            return
        }
        result.report(
            Finding(
                .noWindowsDriver,
                "\(pod.label) runs on Windows, where \(installation.label) does not install the driver",
                of: pod.label, at: pod.places[.nodeSelector], link: .driver, effect: .mountFails,
                related: [Diagnostic.Note("the driver is installed here", at: installation.places.whole)],
                says: "driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers",
                hint: "set 'windows.enabled' and '\(installation.valueName("windows.enabled"))' to true"),
            at: .className)
    }

    // MARK: Volumes together

    static func checkTwice(_ pod: PodDefinition, _ findings: inout [Finding]) {
        var first: [String: String] = [:]
        for volume in pod.volumes {
            guard case .files(let source) = volume.source, let name = source.className else { continue }
            if let earlier = first[name] {
                findings.append(
                    Finding(
                        .classMountedTwice, "'\(name)' is in two volumes, of which one is neither synced nor rotated",
                        of: pod.label, at: pod.places[.volume(volume.name)], link: .volume, effect: .surprise,
                        severity: .warning,
                        related: [Diagnostic.Note("the first is here", at: pod.places[.volume(earlier)])],
                        says: "secret provider class pod status volume name did not match pod Volume for pod "
                            + "\(pod.namespace ?? "…")/\(pod.name)", hint: "mount one volume at both places"))
            }
            first[name] = first[name] ?? volume.name
        }
    }
}

extension DiagnosticCode {
    package static let noClassName = DiagnosticCode("proof/no-class-name")
    package static let otherNamespace = DiagnosticCode("proof/other-namespace")
    package static let unknownClass = DiagnosticCode("proof/unknown-class")
    package static let notReadOnly = DiagnosticCode("proof/volume-not-read-only")
    package static let overriddenParameter = DiagnosticCode("proof/overridden-parameter")
    package static let noWindowsDriver = DiagnosticCode("proof/no-windows-driver")
    package static let classMountedTwice = DiagnosticCode("proof/class-mounted-twice")
}
