package import PurserSyntax

/// What the class uses and the installed provider does not know yet.
/// Source: release notes of the Azure Key Vault provider: workload identity and `filePermission` 1.1.0, `tenantID`
/// 1.2.0,
/// `objectVersionHistory` 1.3.0, `useAzureTokenProxy` 1.8.0.
enum VersionRules {
    private struct Feature {
        let name: String
        let since: ComponentVersion
    }

    static func check(_ subject: MountSubject, _ result: inout MountAnalysis) {
        guard let provider = subject.installation?.provider else { return }
        let used: [(feature: Feature, place: SourceRange?)] = parameters(subject) + fields(of: result.objects, subject)
        for (feature, place) in used where provider < feature.since {
            result.report(
                subject.finding(
                    .versionLacks, "\(feature.name) needs provider \(feature.since), but \(provider) is installed",
                    at: place, link: .driver,
                    related: IdentityRules.installationNote(subject, "version", "the version is here")))
        }
    }

    private static func parameters(_ subject: MountSubject) -> [(Feature, SourceRange?)] {
        [
            ("clientID", ComponentVersion(1, 1, 0)), ("tenantID", ComponentVersion(1, 2, 0)),
            ("useAzureTokenProxy", ComponentVersion(1, 8, 0)),
        ].compactMap { key, since in
            let isUsed = !subject.parameters[key].isEmpty && subject.parameters.flag(key) != .off
            let isSaidOtherwise = key == "tenantID" && !subject.parameters["tenantId"].isEmpty
            return isUsed && !isSaidOtherwise
                ? (Feature(name: "'\(key)'", since: since), subject.place(of: key)) : nil
        }
    }

    private static func fields(
        of objects: [RequestedObject], _ subject: MountSubject
    ) -> [(Feature, SourceRange?)] {
        objects.flatMap { object in
            var found: [(Feature, SourceRange?)] = []
            if object.hasHistory {
                found.append(
                    (
                        Feature(name: "a history of versions", since: ComponentVersion(1, 3, 0)),
                        subject.place(of: object, "objectVersionHistory")
                    ))
            }
            if !object.permission.isEmpty {
                found.append(
                    (
                        Feature(name: "a file's mode", since: ComponentVersion(1, 1, 0)),
                        subject.place(of: object, "filePermission")
                    ))
            }
            return found
        }
    }
}

extension DiagnosticCode {
    package static let versionLacks = DiagnosticCode("proof/version-lacks")
}
