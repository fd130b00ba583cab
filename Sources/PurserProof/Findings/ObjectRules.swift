package import PurserSyntax

/// Each object in the vault: that it is there, of the right kind, enabled, and what comes of it.
enum ObjectRules {
    static func check(_ subject: MountSubject, _ result: inout MountAnalysis) {
        let known = result.objects
        var hasFiles = !result.hasAllObjects
        var withoutVersions: [RequestedObject] = []
        for object in known {
            guard let type = object.objectType else {
                reportType(object, subject, &result)
                hasFiles = true
                continue
            }
            let stored = result.vault?.object(object.name, type)
            if stored == nil { checkAbsence(of: object, type, subject, &result) }
            let isAbsent = stored == nil && (result.vault?.vault.hasAll(type) ?? false)
            let selection = VersionSelection(object, stored, isAbsent: isAbsent)
            checkVersion(object, selection, stored, subject, &result)
            if object.hasHistory, selection.isMissing, stored != nil { withoutVersions.append(object) }
            if let stored { checkAge(of: stored, object, subject, &result) }
            hasFiles = add(object, type, selection, stored, subject, &result) || hasFiles
        }
        guard !hasFiles, !known.isEmpty else {
            for object in withoutVersions {
                reportMissing(object, subject.place(of: object, "objectVersion"), subject, &result)
            }
            return
        }
        result.report(
            subject.finding(
                .noVersions, "no version is left of any object: there would be nothing to mount",
                at: subject.place(of: known[0]), link: .objects, says: "missing object versions"), at: .emptiness)
    }

    private static func reportType(
        _ object: RequestedObject, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        let meant = ["certificate": "cert", "certificates": "cert", "secrets": "secret", "keys": "key"]
        let lower = object.type.lowercased()
        let word = ObjectType(rawValue: lower)?.rawValue ?? meant[lower]
        result.report(
            subject.finding(
                .objectType,
                object.type.isEmpty
                    ? "'\(object.name)' has no 'objectType'" : "'\(object.type)' is no type of an object",
                at: subject.place(of: object, "objectType"), link: .objects,
                says: object.wrapped("Invalid vaultObjectTypes. Should be secret, key, or cert"),
                hint: word.map { "write '\($0)'" } ?? "'secret', 'key' or 'cert'"),
            at: .fetch, order: ObjectOrder.order(object.index, .type))
    }

    // MARK: Existence

    private static func checkAbsence(
        of object: RequestedObject, _ type: ObjectType, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        guard let index = result.vault else { return }
        let vault = index.vault
        let place = subject.place(of: object, "objectName")
        guard vault.hasAll(type), !Placeholder.isIn(object.name) else {
            result.doubt(
                .objects, "whether \(vault.label) has the \(type.rawValue) '\(object.name)' is not known",
                of: subject.label, at: place)
            return
        }
        if let other = index.object(named: object.name) {
            reportKind(object, other, place, subject, &result)
            return
        }
        // The list of versions of what is not there is empty, and no failure.
        let stage: MountStage? = object.hasHistory ? nil : .fetch
        let noun = object.wantedSort?.rawValue ?? type.noun
        let meant = result.suggests ? index.nearest(to: object.name, type) : nil
        result.report(
            subject.finding(
                .unknownVaultObject,
                "\(vault.label) \(vault.hasAllObjects ? "declares" : "has") no \(noun) '\(object.name)'", at: place,
                link: .objects,
                related: [Diagnostic.Note("the vault is here", at: vault.places.whole)],
                says: object.hasHistory ? nil : notFound(object, type),
                hint: meant.map { "did you mean '\($0)'?" } ?? "declare it under \(vault.label)/\(type.section)",
                fix: meant.flatMap { name in
                    place.map { SpecPatch("name the object '\(name)'", [.replace($0, with: name)]) }
                }), at: stage, order: ObjectOrder.order(object.index, .existence))
    }

    static func notFound(_ object: RequestedObject, _ type: ObjectType) -> String {
        object.wrapped("…RESPONSE 404: 404 Not Found…ERROR CODE: \(type.notFoundCode)")
    }

    private static func reportKind(
        _ object: RequestedObject, _ other: StoredObject, _ place: SourceRange?, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        let type = object.objectType ?? .secret
        result.report(
            subject.finding(
                .wrongKind,
                "\(other.label) is a \(other.sort.rawValue), of which no '\(type.rawValue)' can be read", at: place,
                link: .objects, related: [Diagnostic.Note("it is here", at: other.places.whole)],
                says: object.hasHistory ? nil : notFound(object, type),
                hint: "as \(other.sort.types.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", "))"),
            at: object.hasHistory ? nil : .fetch, order: ObjectOrder.order(object.index, .existence))
    }

    // MARK: Versions

    private static func checkVersion(
        _ object: RequestedObject, _ selection: VersionSelection, _ stored: StoredObject?, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        let place = subject.place(of: object, "objectVersion")
        if selection.isDisabled, let stored {
            result.report(
                subject.finding(
                    .objectDisabled, "\(stored.label) is disabled", at: subject.place(of: object, "objectName"),
                    link: .objects, related: [Diagnostic.Note("it is here", at: stored.places.whole)],
                    says: object.wrapped("…RESPONSE 403: 403 Forbidden…Operation get is not allowed on a disabled")),
                at: .fetch, order: ObjectOrder.order(object.index, .enabling))
        }
        if selection.isUndecided {
            result.doubt(
                .objects,
                object.namedVersion.map { "whether '\(object.name)' has the version '\($0)' is not known" }
                    ?? "whether '\(object.name)' has a version that is enabled is not known",
                of: subject.label, at: place)
        }
        if !object.hasHistory, object.version == "latest" {
            reportLatest(object, place, subject, &result)
        } else if selection.isMissing, stored != nil, !object.hasHistory {
            reportMissing(object, place, subject, &result)
        }
        checkRotation(of: object, place, subject, &result)
    }

    private static func reportLatest(
        _ object: RequestedObject, _ place: SourceRange?, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        result.report(
            subject.finding(
                .latestVersion,
                "'latest' is a word only in a history; here the vault is asked for a version of that name",
                at: place, link: .objects, says: notFound(object, object.objectType ?? .secret),
                hint: "leave the version out: then it is the newest"),
            at: .fetch, order: ObjectOrder.order(object.index, .existence))
    }

    private static func reportMissing(
        _ object: RequestedObject, _ place: SourceRange?, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        let named = object.namedVersion.map { "version '\($0)'" } ?? "version that is enabled"
        result.report(
            subject.finding(
                .unknownVersion, "'\(object.name)' has no \(named)", at: place, link: .objects,
                says: object.hasHistory ? nil : notFound(object, object.objectType ?? .secret)),
            at: object.hasHistory ? nil : .fetch, order: ObjectOrder.order(object.index, .existence))
    }

    private static func checkRotation(
        of object: RequestedObject, _ place: SourceRange?, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        if object.hasHistory {
            result.report(
                subject.finding(
                    .historyLength, "a history of \(object.history) mounts up to \(object.history + 1) versions",
                    at: subject.place(of: object, "objectVersionHistory"), link: .files, effect: .surprise,
                    severity: .note))
        }
        guard subject.rotates, let named = object.namedVersion, named != "latest" else { return }
        result.report(
            subject.finding(
                .pinnedVersion, "'\(object.name)' keeps to one version and does not follow the vault's rotation",
                at: place, link: .files, effect: .surprise, severity: .warning,
                related: IdentityRules.installationNote(subject, "enableSecretRotation", "rotation is on"),
                hint: "leave the version out"))
    }

    /// Source: Key Vault documentation, "About Azure Key Vault secrets": a `get` works outside of `nbf` and `exp`.
    private static func checkAge(
        of stored: StoredObject, _ object: RequestedObject, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        guard stored.isExpired || stored.isNotYetValid else { return }
        result.report(
            subject.finding(
                .objectExpired,
                stored.isExpired
                    ? "\(stored.label) is expired; it is mounted all the same"
                    : "\(stored.label) is not valid yet; it is mounted all the same",
                at: subject.place(of: object, "objectName"), link: .objects, effect: .surprise, severity: .warning,
                related: [Diagnostic.Note("it is here", at: stored.places.whole)]))
    }

    // MARK: Files

    /// False if there is certainly no version to mount.
    private static func add(
        _ object: RequestedObject, _ type: ObjectType, _ selection: VersionSelection, _ stored: StoredObject?,
        _ subject: MountSubject, _ result: inout MountAnalysis
    ) -> Bool {
        let directory = object.hasHistory ? FileRules.shortest(object.fileName) : nil
        if let directory, selection.isOpen { result.openDirectories.insert(directory) }
        if selection.versions.isEmpty { return selection.isOpen }
        var content: FileContent = .unknown
        switch ContentRules.outcome(object, type, stored) {
        case .content(let found): content = found
        case .failure(let text, let isWrapped): reportContent(text, isWrapped, object, subject, &result)
        case .undecided(let reason):
            result.doubt(.files, reason, of: subject.label, at: subject.place(of: object))
        }
        for (number, version) in selection.versions.enumerated() {
            let path = directory.map { "\($0)/\(number)" } ?? object.fileName
            let file = MountedFile(
                path: path, object: object.name, type: type, entry: object.index, version: version, content: content,
                mode: object.mode, source: stored?.label)
            result.files += FileLayoutRules.separated(file, stored, subject.installation) + [file]
        }
        return true
    }

    private static func reportContent(
        _ text: String, _ isWrapped: Bool, _ object: RequestedObject, _ subject: MountSubject,
        _ result: inout MountAnalysis
    ) {
        let isEncoding = !isWrapped
        result.report(
            subject.finding(
                .unusableContent,
                isEncoding
                    ? "'\(object.name)' is PEM, which is no \(object.encoding)"
                    : "the provider cannot write '\(object.name)': \(text)",
                at: subject.place(of: object, isEncoding ? "objectEncoding" : "objectName"), link: .files,
                says: isWrapped ? object.wrapped(text) : text,
                hint: isEncoding ? "leave the encoding out" : nil),
            at: .fetch, order: ObjectOrder.order(object.index, .content))
    }
}

extension ObjectType {
    /// In the words of the spec.
    var noun: String { self == .cert ? "certificate" : rawValue }
    var section: String { permissionList }

    /// Source: Key Vault REST reference, error codes.
    var notFoundCode: String {
        switch self {
        case .secret: "SecretNotFound"
        case .key: "KeyNotFound"
        case .cert: "CertificateNotFound"
        }
    }
}

extension DiagnosticCode {
    package static let unknownVaultObject = DiagnosticCode("spec/unknown-vault-object")
    package static let wrongKind = DiagnosticCode("proof/wrong-kind")
    package static let objectType = DiagnosticCode("proof/object-type")
    package static let objectDisabled = DiagnosticCode("proof/object-disabled")
    package static let objectExpired = DiagnosticCode("proof/object-expired")
    package static let latestVersion = DiagnosticCode("proof/latest-version")
    package static let unknownVersion = DiagnosticCode("proof/unknown-version")
    package static let noVersions = DiagnosticCode("proof/no-versions")
    package static let historyLength = DiagnosticCode("proof/history-length")
    package static let pinnedVersion = DiagnosticCode("proof/pinned-version")
    package static let unusableContent = DiagnosticCode("proof/unusable-content")
}
