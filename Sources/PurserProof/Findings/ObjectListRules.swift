package import PurserSyntax

/// The `objects` parameter: that it can be read, and that its entries are what the provider takes.
enum ObjectListRules {
    static func check(_ subject: MountSubject, _ result: inout MountAnalysis) {
        switch subject.definition.objects {
        case .unknown:
            result.doubt(.objects, "'objects' is not known yet", of: subject.label, at: place(subject))
        case .entries(let entries): accept(entries, subject, &result)
        case .text(let text):
            read(
                subject.override?.keys.contains("objects") == true ? subject.parameters["objects"] : text, subject,
                &result)
        }
    }

    private static func place(_ subject: MountSubject) -> SourceRange? { subject.place(of: "objects") }

    private static func read(_ text: String, _ subject: MountSubject, _ result: inout MountAnalysis) {
        if Placeholder.isIn(text) {
            result.doubt(.objects, "'objects' has parts that are not known yet", of: subject.label, at: place(subject))
            return
        }
        let reading = ObjectsText(text)
        for failure in reading.failures { report(failure, subject, &result) }
        for key in reading.unknownKeys {
            result.report(
                subject.finding(
                    .unknownObjectField, "'objects' has '\(key)' beside 'array', which the provider ignores",
                    at: place(subject), link: .objects, effect: .surprise, severity: .warning,
                    hint: Suggestion.hint(for: key, among: ["array"])))
        }
        guard !reading.failures.contains(where: { $0.index == nil }) else { return }
        let isBroken = !reading.failures.isEmpty
        accept(reading.objects, subject, &result, mayBeEmpty: isBroken)
        if isBroken { result.hasAllObjects = false }
    }

    private static func report(
        _ failure: ObjectsText.Failure, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        let isMissing = failure.text == "objects is not set"
        let words = failure.index.map { "entry \($0 + 1) of 'objects'" } ?? "'objects'"
        let place =
            failure.index.map { subject.definition.places[.object($0), .parameter("objects")] } ?? place(subject)
        result.report(
            subject.finding(
                isMissing ? .missingParameter : .objectsForm,
                isMissing ? "\(subject.label) has no 'objects'" : "the provider cannot read \(words)", at: place,
                link: .objects, says: failure.text,
                hint: isMissing ? nil : "each entry of 'array' is a text of its own, begun by '- |'"),
            at: failure.index == nil ? .objects : .entries, order: (failure.index ?? 0) * 10)
    }

    private static func accept(
        _ objects: [RequestedObject], _ subject: MountSubject, _ result: inout MountAnalysis, mayBeEmpty: Bool = false
    ) {
        result.objects = objects
        result.hasAllObjects = subject.definition.hasAllObjects
        if objects.isEmpty, !mayBeEmpty, result.hasAllObjects {
            result.report(
                subject.finding(
                    .noVaultObjects, "'objects' is empty: there would be nothing to mount", at: place(subject),
                    link: .objects, says: "missing object versions"), at: .emptiness)
        }
        for object in objects {
            checkFormat(object, subject, &result)
            checkEncoding(object, subject, &result)
            checkName(object, subject, &result)
            checkFields(object, subject, &result)
        }
    }

    private static func checkFormat(
        _ object: RequestedObject, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        guard !object.format.isEmpty else { return }
        let text: String
        let message: String
        if !["pem", "pfx"].contains(object.format.lowercased()) {
            message = "'\(object.format)' is no format: 'pem' or 'pfx'"
            text = "invalid objectFormat: \(object.format), should be PEM or PFX"
        } else if object.format == "pfx", object.type != "secret" {
            message = "format 'pfx' is for secrets; '\(object.name)' is mounted as \(object.type)"
            text = "PFX format only supported for objectType: secret"
        } else {
            return
        }
        report(.vaultObjectForm, message, object, "objectFormat", 1, text, subject, &result)
    }

    private static func checkEncoding(
        _ object: RequestedObject, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        guard !object.encoding.isEmpty else { return }
        let text: String
        let message: String
        if object.type != "secret" {
            message = "'encoding' is for secrets; '\(object.name)' is mounted as \(object.type)"
            text = "objectEncoding only supported for objectType: secret"
        } else if !["hex", "base64", "utf-8"].contains(object.encoding.lowercased()) {
            message = "'\(object.encoding)' is no encoding: 'utf-8', 'base64' or 'hex'"
            text = "invalid objectEncoding: \(object.encoding), should be hex, base64 or utf-8"
        } else {
            return
        }
        report(.vaultObjectForm, message, object, "objectEncoding", 2, text, subject, &result)
    }

    private static func checkName(
        _ object: RequestedObject, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        guard let text = FileRules.providerProblem(object.fileName) else { return }
        let message =
            object.fileName.isEmpty
            ? "entry \(object.index + 1) of 'objects' has no name"
            : "'\(object.fileName)' is no name for a file: \(text)"
        report(.fileName, message, object, "objectAlias", 3, text, subject, &result)
    }

    private static func report(
        _ code: DiagnosticCode, _ message: String, _ object: RequestedObject, _ field: String, _ step: Int,
        _ text: String, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        result.report(
            subject.finding(
                code, message, at: subject.place(of: object, field), link: .objects, says: object.wrapped(text)),
            at: .entries, order: object.index * 10 + step)
    }

    private static func checkFields(
        _ object: RequestedObject, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        for field in object.unknownFields {
            result.report(
                subject.finding(
                    .unknownObjectField, "the provider knows no field '\(field)' of an object and ignores it",
                    at: subject.place(of: object, field), link: .objects, effect: .surprise, severity: .warning,
                    hint: ObjectsText.fieldNames.first { $0.lowercased() == field.lowercased() }
                        .map { "it is spelt '\($0)'" } ?? Suggestion.hint(for: field, among: ObjectsText.fieldNames)))
        }
        guard !object.permission.isEmpty, object.mode == 0 else { return }
        result.report(
            subject.finding(
                .fileMode, "'\(object.permission)' is no octal mode: file '\(object.fileName)' gets the mode 0000",
                at: subject.place(of: object, "filePermission"), link: .files, effect: .containerFails,
                severity: .warning, says: "permission denied", hint: "write octal digits, such as 0400"))
    }
}

extension DiagnosticCode {
    package static let objectsForm = DiagnosticCode("proof/objects-form")
    package static let noVaultObjects = DiagnosticCode("spec/no-vault-objects")
    package static let vaultObjectForm = DiagnosticCode("spec/vault-object-form")
    package static let unknownObjectField = DiagnosticCode("proof/unknown-object-field")
    package static let fileName = DiagnosticCode("proof/file-name")
    package static let fileMode = DiagnosticCode("proof/file-mode")
}
