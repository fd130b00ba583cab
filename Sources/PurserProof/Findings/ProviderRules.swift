package import PurserSyntax

/// The class as the driver reads it: its provider, and that it has parameters.
enum ProviderRules {
    private static let nameScalars = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-".unicodeScalars)

    /// False if there is nothing more to say: the class is of another provider.
    static func check(_ subject: MountSubject, _ result: inout MountAnalysis) -> Bool {
        let definition = subject.definition
        if definition.version == "v1alpha1" {
            result.report(
                subject.finding(
                    .deprecatedVersion, "\(subject.label) is of the version v1alpha1, which is deprecated",
                    at: definition.places[.field("apiVersion")], link: .secretProviderClass, effect: .surprise,
                    severity: .warning,
                    says:
                        "secrets-store.csi.x-k8s.io/v1alpha1 is deprecated. Use secrets-store.csi.x-k8s.io/v1 instead.",
                    hint: "write 'apiVersion: secrets-store.csi.x-k8s.io/v1'; nothing else changes",
                    fix: definition.places.parts[.field("apiVersion")].map {
                        SpecPatch("take the version v1", [.replace($0, with: "secrets-store.csi.x-k8s.io/v1")])
                    }))
        }
        if definition.provider != "azure", !checkName(subject, &result) { return false }
        checkParameters(subject, &result)
        return true
    }

    private static func checkName(_ subject: MountSubject, _ result: inout MountAnalysis) -> Bool {
        let name = subject.definition.provider
        let place = subject.definition.places[.provider]
        if name.isEmpty {
            result.report(
                subject.finding(
                    .wrongProvider, "\(subject.label) has no 'provider'", at: place, link: .secretProviderClass,
                    says: "provider not set in \(subject.path)", hint: "write 'provider: azure'"), at: .provider)
            return true
        }
        let isForm = name.utf8.count <= 30 && name.unicodeScalars.allSatisfy(Self.nameScalars.contains)
        guard !isForm || name.lowercased() == "azure" else {
            result.doubt(
                .secretProviderClass, "'\(name)' is another provider than azure, of which nothing is known here",
                of: subject.label, at: place)
            return false
        }
        let cause = isForm ? "provider not found" : "invalid provider"
        result.report(
            subject.finding(
                .wrongProvider, "no provider is called '\(name)'", at: place, link: .secretProviderClass,
                says: "error connecting to provider \"\(name)\": \(cause): provider \"\(name)\"",
                hint: "write 'provider: azure': the letter case counts",
                fix: subject.definition.places.parts[.provider].map {
                    SpecPatch("name the provider 'azure'", [.replace($0, with: "azure")])
                }), at: .connection)
        return true
    }

    private static func checkParameters(_ subject: MountSubject, _ result: inout MountAnalysis) {
        let definition = subject.definition
        guard definition.parameters.isEmpty, case .text(let text) = definition.objects, text.isEmpty else { return }
        result.report(
            subject.finding(
                .missingParameter, "\(subject.label) has no parameters", at: definition.places[.field("parameters")],
                link: .secretProviderClass, says: "parameters not set in \(subject.path)"), at: .parameters)
    }
}

extension DiagnosticCode {
    package static let deprecatedVersion = DiagnosticCode("proof/deprecated-version")
    package static let wrongProvider = DiagnosticCode("proof/wrong-provider")
    package static let missingParameter = DiagnosticCode("proof/missing-parameter")
}
