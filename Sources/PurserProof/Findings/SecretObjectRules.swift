package import PurserSyntax

/// The Secrets that the driver makes of mounted files.
/// Source: Secrets Store CSI Driver documentation, "Sync as Kubernetes Secret"; driver v1.5.6, `pkg/util/secretutil`.
enum SecretObjectRules {
    static func check(_ subject: MountSubject, _ result: inout MountAnalysis) {
        for (index, secret) in subject.definition.secretObjects.enumerated() {
            result.secrets.append(synced(secret, index, subject, &result))
        }
        checkSync(subject, &result)
    }

    private static func synced(
        _ secret: SecretObjectDefinition, _ index: Int, _ subject: MountSubject, _ result: inout MountAnalysis
    ) -> SyncedSecret {
        var made = SyncedSecret(name: secret.name.trimmed, type: secret.type.trimmed, keys: [:])
        let before = result.problems.count
        checkFields(secret, index, subject, &result)
        for (number, item) in secret.data.enumerated() {
            let item = SecretObjectDefinition.Item(file: item.file.trimmed, key: item.key.trimmed)
            checkItem(item, number, secret, index, subject, &result)
            made.keys[item.key] = item.file
        }
        if !secret.isUnknown { checkKeys(secret, made, index, subject, &result) }
        let first = result.problems[before...].filter { $0.finding.severity == .error }.min { $0.order < $1.order }
        made.failure = first.map { $0.finding.providerMessage ?? $0.finding.message }
        return made
    }

    /// The order in which the driver meets what is wrong with an entry: its fields, its data item by item, and what the
    /// API server says in the end.
    private enum Order {
        static let fields = 0
        static let server = Int.max

        static func item(_ number: Int, _ step: Int) -> Int { 1 + number * 10 + step }
    }

    private static func report(
        _ code: DiagnosticCode, _ message: String, _ parts: [Part], _ order: Int, _ subject: MountSubject,
        _ result: inout MountAnalysis, says text: String? = nil, hint: String? = nil, fix: SpecPatch? = nil
    ) {
        let places = subject.definition.places
        let range = parts.lazy.compactMap { places.parts[$0] }.first ?? places[.field("secretObjects")]
        result.report(
            subject.finding(
                code, message, at: range, link: .secrets, effect: .secretFails, says: text, hint: hint, fix: fix),
            order: order)
    }

    // MARK: Fields

    private static func checkFields(
        _ secret: SecretObjectDefinition, _ index: Int, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        let name = secret.name.trimmed
        if secret.name.isEmpty {
            report(
                .secretForm, "entry \(index + 1) of 'secretObjects' has no 'secretName'", [.secret(index)],
                Order.fields, subject, &result, says: "secret name is empty")
        } else if !Placeholder.isIn(name), let problem = SecretRules.nameProblem(name) {
            report(
                .secretForm, problem, [.secretField(index, "secretName"), .secret(index)], Order.server, subject,
                &result,
                says: "timed out waiting for the condition")
        }
        if secret.type.isEmpty {
            report(
                .secretForm, "Secret '\(name)' has no type", [.secretField(index, "type"), .secret(index)],
                Order.fields, subject, &result, says: "secret type is empty", hint: "write 'type: Opaque'")
        }
        if secret.data.isEmpty, !secret.isUnknown {
            report(
                .secretWithoutData, "Secret '\(name)' has no data", [.secret(index)], Order.fields, subject, &result,
                says: "data is empty")
        }
    }

    private static func checkItem(
        _ item: SecretObjectDefinition.Item, _ number: Int, _ secret: SecretObjectDefinition, _ index: Int,
        _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        let parts: [Part] = [.secretItem(index, number), .secret(index)]
        if item.file.isEmpty {
            report(
                .secretForm, "an item of Secret '\(secret.name)' names no file", parts, Order.item(number, 0), subject,
                &result,
                says: prefix(secret, subject) + "object name in secretObjects.data")
            return
        }
        if item.key.isEmpty {
            report(
                .secretForm, "an item of Secret '\(secret.name)' has no key", parts, Order.item(number, 1), subject,
                &result,
                says: prefix(secret, subject) + "key in secretObjects.data is empty")
            return
        }
        if let problem = SecretRules.keyProblem(item.key), secret.type.trimmed != TLSRules.type {
            report(
                .secretForm, problem, parts, Order.server, subject, &result,
                says: "timed out waiting for the condition")
        }
        checkFile(item, number, parts, secret, subject, &result)
    }

    static func prefix(_ secret: SecretObjectDefinition, _ subject: MountSubject) -> String {
        "failed to get data in spc \(subject.path) for secret \(secret.name.trimmed), err: "
    }

    private static func checkFile(
        _ item: SecretObjectDefinition.Item, _ number: Int, _ parts: [Part], _ secret: SecretObjectDefinition,
        _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        if let file = result.file(item.file) {
            if secret.type.trimmed == TLSRules.type { checkTLS(item, number, file, parts, secret, subject, &result) }
            return
        }
        guard result.hasAllObjects, !result.mayHold(item.file) else {
            result.doubt(
                .secrets, "whether the mount has the file '\(item.file)' is not known", of: subject.label,
                at: subject.definition.places[parts[0], parts[1]])
            return
        }
        let mounted = Set(result.files.map(\.path)).sorted()
        let meant =
            mounted.first { $0 == "\(item.file)/0" || result.file($0)?.object == item.file }
            ?? Suggestion.nearest(to: item.file, among: mounted)
        report(
            .unknownMountedFile,
            "'objects' mounts no file '\(item.file)', which key '\(item.key)' of Secret '\(secret.name)' names", parts,
            Order.item(number, 2), subject, &result,
            says: prefix(secret, subject) + "file matching objectName \(item.file) not found in the pod",
            hint: meant.map { "did you mean '\($0)'?" } ?? "mounted are: \(mounted.joined(separator: ", "))",
            fix: meant.flatMap { name in
                subject.definition.places.parts[parts[0]].map {
                    SpecPatch("name the file '\(name)'", [.replace($0, with: name)])
                }
            })
    }

    // MARK: TLS

    private static func checkTLS(
        _ item: SecretObjectDefinition.Item, _ number: Int, _ file: MountedFile, _ parts: [Part],
        _ secret: SecretObjectDefinition, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        guard TLSRules.keys.contains(item.key) else { return }
        let part = item.key == "tls.key" ? "private key" : "certificate"
        switch TLSRules.part(item.key, of: file.content) {
        case .holds: break
        case .undecided:
            result.doubt(
                .secrets, "only the secret's value tells whether file '\(file.path)' holds a \(part)",
                of: subject.label, at: subject.definition.places[parts[0], parts[1]])
        case .emptyKey:
            report(
                .tlsPartMissing, "file '\(file.path)' gives an empty private key: it holds \(file.content.summary)",
                parts,
                Order.item(number, 3), subject, &result, hint: "mount the certificate with 'as: secret'")
        case .failure(let text):
            let says = prefix(secret, subject) + "failed to get cert data from file …/\(file.path), err: \(text)"
            if file.content == .pfxText {
                report(
                    .tlsPartMissing, "file '\(file.path)' is a PFX as base64 text, which the driver cannot split",
                    parts, Order.item(number, 3), subject, &result, says: says,
                    hint: "leave out 'format', or add 'encoding: base64'")
            } else {
                report(
                    .tlsPartMissing, message(file, part), parts, Order.item(number, 3), subject, &result, says: says,
                    hint: hint(file, result.vault))
            }
        }
    }

    private static func message(_ file: MountedFile, _ part: String) -> String {
        if file.type == .secret { return "file '\(file.path)' holds no \(part)" }
        return "file '\(file.path)' is mounted as \(file.type.rawValue) and holds no \(part)"
    }

    private static func hint(_ file: MountedFile, _ vault: VaultIndex?) -> String {
        guard file.type == .secret else { return "mount the certificate with 'as: secret'" }
        let isLocked = vault?.object(file.object, .secret)?.isExportable == false
        return isLocked ? "make the certificate with 'exportable: true'" : "take a secret that holds it"
    }

    private static func checkKeys(
        _ secret: SecretObjectDefinition, _ made: SyncedSecret, _ index: Int, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        guard !secret.data.isEmpty else { return }
        let isTLS = made.type == TLSRules.type
        for key in SecretRules.missingKeys(made.type, Set(made.keys.keys)) {
            report(
                isTLS ? .tlsKeys : .secretForm, "Secret '\(secret.name)' of type \(made.type) lacks '\(key)'",
                [.secretField(index, "data"), .secret(index)], Order.server, subject, &result,
                says: "timed out waiting for the condition")
        }
        guard isTLS else { return checkAccountToken(secret, made, index, subject, &result) }
        for (number, item) in secret.data.enumerated() where !TLSRules.keys.contains(item.key.trimmed) {
            guard !item.key.trimmed.isEmpty else { continue }
            report(
                .tlsKeys, "Secret '\(secret.name)' of type \(made.type) cannot have '\(item.key)'",
                [.secretItem(index, number), .secret(index)], Order.item(number, 3), subject, &result,
                says: prefix(secret, subject)
                    + "failed to get cert data from file …, err: key '\(item.key.trimmed)' is "
                    + "not supported. Only 'tls.key' and 'tls.crt' are supported",
                hint: "put it into a Secret of type Opaque")
        }
    }

    private static func checkAccountToken(
        _ secret: SecretObjectDefinition, _ made: SyncedSecret, _ index: Int, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        let needed = "kubernetes.io/service-account.name"
        guard made.type == "kubernetes.io/service-account-token", !secret.annotations.contains(needed) else { return }
        report(
            .secretForm, "Secret '\(secret.name)' of type \(made.type) lacks the annotation '\(needed)'",
            [.secretField(index, "type"), .secret(index)], Order.server, subject, &result,
            says: "timed out waiting for the condition")
    }

    // MARK: The driver's right

    private static func checkSync(_ subject: MountSubject, _ result: inout MountAnalysis) {
        guard !subject.definition.secretObjects.isEmpty else { return }
        let place = subject.definition.places[.field("secretObjects")]
        guard let installation = subject.installation, let syncs = installation.syncsSecrets else {
            result.doubt(
                .secrets, "whether the driver may write Secrets is not known", of: subject.label, at: place)
            return
        }
        guard !syncs else { return }
        let value = installation.valueName("syncSecret.enabled")
        result.report(
            subject.finding(
                .syncDisabled,
                "\(installation.label) gives the driver no right to write Secrets, so that these would never appear",
                at: place, link: .secrets, effect: .secretFails,
                related: [
                    Diagnostic.Note(
                        "the driver is installed here", at: installation.places[.setting("syncSecret.enabled")])
                ],
                says:
                    "secrets is forbidden: …If you installed the CSI driver using helm, ensure syncSecret.enabled=true "
                    + "is set.",
                hint: "set '\(value): true' in the values of \(installation.label)", fix: syncPatch(installation)))
    }

    private static func syncPatch(_ installation: Installation) -> SpecPatch? {
        let summary = "let the driver write Secrets"
        if let written = installation.places.parts[.setting("syncSecret.enabled")] {
            return SpecPatch(summary, [.replace(written, with: "true")])
        }
        return installation.places.whole.map {
            let path = ["values"] + installation.valuePrefix + ["syncSecret", "enabled"]
            return SpecPatch(summary, [.set(in: $0, path: path, value: "true")])
        }
    }
}

extension DiagnosticCode {
    package static let secretForm = DiagnosticCode("proof/secret-form")
    package static let secretWithoutData = DiagnosticCode("spec/secret-without-data")
    package static let unknownMountedFile = DiagnosticCode("spec/unknown-mounted-file")
    package static let tlsKeys = DiagnosticCode("spec/tls-keys")
    package static let tlsPartMissing = DiagnosticCode("proof/tls-part-missing")
    package static let syncDisabled = DiagnosticCode("proof/sync-disabled")
}
