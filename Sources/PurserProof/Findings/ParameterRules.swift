package import PurserSyntax

/// The provider's parameters, in the order in which it looks at them.
enum ParameterRules {
    static func check(_ subject: MountSubject, _ result: inout MountAnalysis) {
        checkTypes(subject, &result)
        checkFlags(subject, &result)
        checkRequired(subject, &result)
        checkCloud(subject, &result)
        checkUnknown(subject, &result)
        checkVaultName(subject, &result)
    }

    /// The definition of the resource has texts for all parameters, and the API server turns nothing into a text.
    private static func checkTypes(_ subject: MountSubject, _ result: inout MountAnalysis) {
        for (key, kind) in subject.definition.untypedParameters.sorted(by: { $0.key < $1.key }) {
            let place = subject.definition.places[.parameter(key)]
            let text = subject.definition.parameters[key]
            result.report(
                subject.finding(
                    .parameterNotText, "'\(key)' is \(kind), and the API server takes texts alone", at: place,
                    link: .secretProviderClass,
                    says: "spec.parameters.\(key) in body must be of type string",
                    hint: text.map { "write \"\($0)\", in quotes" } ?? "write a text",
                    fix: place.flatMap { place in
                        text.map { SpecPatch("make '\(key)' a text", [.replace(place, with: "\"\($0)\"")]) }
                    }), at: .lookUp)
        }
    }

    private static func checkFlags(_ subject: MountSubject, _ result: inout MountAnalysis) {
        for (order, key) in ParameterSet.flags.enumerated() {
            guard case .invalid(let text) = subject.parameters.flag(key) else { continue }
            result.report(
                subject.finding(
                    .badFlag, "'\(text)' is neither true nor false for the provider", at: subject.place(of: key),
                    link: .identity,
                    says: "failed to parse \(key) flag, error: strconv.ParseBool: parsing \"\(text)\": invalid syntax",
                    hint: "write \"true\" or \"false\", in quotes"), at: .flags, order: order)
        }
        let on = ParameterSet.flags.filter { subject.parameters.flag($0) == .on }
        guard on.count > 1 else { return }
        result.report(
            subject.finding(
                .severalModes, "\(subject.label) asks for several identities at once: \(on.joined(separator: ", "))",
                at: subject.place(of: on[1]), link: .identity,
                related: [Diagnostic.Note("the first is here", at: subject.place(of: on[0]))],
                says: severalModes(subject.installation), hint: "leave one of them"), at: .modes)
    }

    private static func severalModes(_ installation: Installation?) -> String {
        if let version = installation?.provider, version < ComponentVersion(1, 8, 0) {
            return "cannot enable both pod identity and user-assigned managed identity"
        }
        return "only one identity mode can be enabled at a time: usePodIdentity, useVMManagedIdentity, or "
            + "useAzureTokenProxy"
    }

    private static func checkRequired(_ subject: MountSubject, _ result: inout MountAnalysis) {
        if subject.parameters["keyvaultName"].isEmpty {
            result.report(
                missing("keyvaultName", subject, says: "keyvaultName is not provided"), at: .vaultName)
        }
        if subject.parameters.tenant.isEmpty {
            let isOld = subject.installation?.provider.map { $0 < ComponentVersion(1, 8, 0) } ?? false
            result.report(
                missing("tenantID", subject, says: isOld ? "tenantId is not set" : "tenantId is not provided"),
                at: .tenant)
        } else if subject.parameters["tenantID"].isEmpty {
            result.report(
                subject.finding(
                    .deprecatedParameter, "'tenantId' is the deprecated spelling of 'tenantID'",
                    at: subject.place(of: "tenantId"), link: .secretProviderClass, effect: .surprise,
                    severity: .warning, hint: "write 'tenantID'"))
        }
    }

    private static func missing(_ key: String, _ subject: MountSubject, says text: String) -> Finding {
        let written = subject.definition.parameters.keys.filter { !ParameterSet.known.contains($0) }
        let meant = Suggestion.nearest(to: key, among: written)
        return subject.finding(
            .missingParameter, "\(subject.label) has no '\(key)'",
            at: meant.flatMap { subject.place(of: $0) }
                ?? subject.definition.places[.field("parameters")], link: .secretProviderClass, says: text,
            hint: meant.map { "'\($0)' is not read: it is called '\(key)'" })
    }

    private static func checkCloud(_ subject: MountSubject, _ result: inout MountAnalysis) {
        if let text = subject.parameters.cloudProblem {
            result.report(
                subject.finding(
                    .unknownCloud, "the provider knows no cloud '\(subject.parameters["cloudName"])'",
                    at: subject.place(of: "cloudName"), link: .vault, says: text,
                    hint: "AzurePublicCloud, AzureUSGovernmentCloud or AzureChinaCloud"), at: .cloud)
        }
        if subject.parameters.hasCloudOfItsOwn {
            result.doubt(
                .vault, "the cloud's settings are in a file of the provider's container", of: subject.label,
                at: subject.place(of: "cloudEnvFileName"))
        }
    }

    /// The provider ignores what it does not know without a word.
    private static func checkUnknown(_ subject: MountSubject, _ result: inout MountAnalysis) {
        let unknown = subject.parameters.values.keys.filter {
            !ParameterSet.known.contains($0) && !ParameterSet.isAdded($0)
        }
        for key in unknown.sorted() {
            let known = ParameterSet.known.sorted()
            result.report(
                subject.finding(
                    .unknownParameter, "the provider knows no parameter '\(key)' and ignores it",
                    at: subject.place(of: key), link: .secretProviderClass, effect: .surprise, severity: .warning,
                    hint: known.first { $0.lowercased() == key.lowercased() }.map { "it is spelt '\($0)'" }
                        ?? Suggestion.hint(for: key, among: known)))
        }
    }

    private static func checkVaultName(_ subject: MountSubject, _ result: inout MountAnalysis) {
        guard !subject.parameters["keyvaultName"].isEmpty, let text = subject.parameters.vaultNameProblem else {
            return
        }
        result.report(
            subject.finding(
                .vaultNameForm, "'\(subject.parameters["keyvaultName"])' is no name of a vault",
                at: subject.place(of: "keyvaultName"), link: .vault, says: text,
                hint: "the bare name, without https:// and domain: 3 to 24 letters, digits and hyphens"),
            at: .vaultForm)
    }
}

extension DiagnosticCode {
    package static let parameterNotText = DiagnosticCode("proof/parameter-not-text")
    package static let badFlag = DiagnosticCode("proof/bad-flag")
    package static let severalModes = DiagnosticCode("proof/several-identity-modes")
    package static let deprecatedParameter = DiagnosticCode("proof/deprecated-parameter")
    package static let unknownCloud = DiagnosticCode("proof/unknown-cloud")
    package static let unknownParameter = DiagnosticCode("proof/unknown-parameter")
    package static let vaultNameForm = DiagnosticCode("proof/vault-name-form")
}
