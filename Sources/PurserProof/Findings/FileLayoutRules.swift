package import PurserSyntax

/// The files of a mount together: their paths, and which of several remains.
enum FileLayoutRules {
    static func check(_ subject: MountSubject, _ result: inout MountAnalysis) {
        checkDuplicates(subject, &result)
        let objects = Dictionary(result.objects.map { ($0.index, $0) }) { first, _ in first }
        for (number, file) in result.files.enumerated() {
            guard let text = FileRules.driverProblem(file.path), let object = objects[file.entry] else { continue }
            // The provider has refused it already.
            guard FileRules.providerProblem(object.fileName) == nil else { continue }
            result.report(
                subject.finding(
                    .fileName, "'\(file.path)' is no path for a file: \(text)",
                    at: subject.place(of: object, "objectAlias"), link: .files, says: text), at: .writing, order: number
            )
        }
        if let (path, text) = FileRules.writerProblem(result.files.map(\.path)),
            let object = result.file(path).flatMap({ objects[$0.entry] })
        {
            result.report(
                subject.finding(
                    .fileConflict, "'\(path)' cannot be written: a part of its path is a file",
                    at: subject.place(of: object, "objectAlias"), link: .files, says: text,
                    hint: "give one of them another 'alias'"), at: .writing, order: Int.max)
        }
    }

    private static func checkDuplicates(_ subject: MountSubject, _ result: inout MountAnalysis) {
        var first: [String: Int] = [:]
        for object in result.objects where !object.fileName.isEmpty {
            let path = object.hasHistory ? "\(FileRules.shortest(object.fileName))/0" : object.fileName
            if let earlier = first[path] {
                result.report(
                    subject.finding(
                        .duplicateFile, "file '\(path)' is written twice, and only this last one remains",
                        at: subject.place(of: object), link: .files, effect: .surprise, severity: .warning,
                        related: [
                            Diagnostic.Note(
                                "the first is here",
                                at: subject.definition.places[.object(earlier), .parameter("objects")])
                        ],
                        hint: "give one of them an 'alias'"))
            }
            first[path] = first[path] ?? object.index
        }
    }

    /// The two files that are written beside that of a certificate's secret, if the provider is told so.
    /// Source: Azure Key Vault provider, flag `--write-cert-and-key-in-separate-files`.
    static func separated(
        _ file: MountedFile, _ stored: StoredObject?, _ installation: Installation?
    ) -> [MountedFile] {
        guard installation?.separatesFiles == true, file.type == .secret, stored?.sort == .certificate else {
            return []
        }
        return [("crt", FileContent.certificates), ("key", .privateKey)].map { suffix, content in
            var part = file
            part.path += ".\(suffix)"
            part.content =
                file.content == .privateKeyAndCertificates
                ? content : file.content == .certificates && suffix == "crt" ? .certificates : .empty
            return part
        }
    }
}

extension DiagnosticCode {
    package static let duplicateFile = DiagnosticCode("proof/duplicate-file")
    package static let fileConflict = DiagnosticCode("proof/file-conflict")
}
