import Foundation
import PurserEngine
import PurserProof
import PurserSyntax

/// What `check` found as a SARIF log, for code scanning and editors.
///
/// What cannot be decided is a result of the kind `open`; what was allowed is suppressed, with its reason. No line of
/// source is repeated, and fingerprints are made of codes and names alone.
package struct SARIFRenderer: Sendable {
    private let reports: [CheckReport]
    private let pages: CodePages
    private let codes: [DiagnosticCode]

    package init(reports: [CheckReport], pages: CodePages = .all) {
        self.reports = reports
        self.pages = pages
        let used = reports.flatMap { report in
            report.proof.findings.map(\.code) + (report.doubts.isEmpty ? [] : [.undecided])
        }
        codes = Set(used).sorted()
    }

    package func text() throws -> String { try JSONConversion.text(of: log) }

    package var log: SARIFLog {
        let tool = SARIFLog.Component(
            name: "purser", semanticVersion: PurserVersion.current, rules: codes.map(rule))
        let notifications = reports.flatMap { $0.problems.sorted().map(notification) }
        let invocation = SARIFLog.Invocation(
            executionSuccessful: !reports.contains { $0.problems.hasErrors }, notifications: notifications)
        return SARIFLog(runs: [
            SARIFLog.Run(
                tool: SARIFLog.Tool(driver: tool), invocations: [invocation], results: reports.flatMap(results))
        ])
    }

    // MARK: Rules

    private func rule(_ code: DiagnosticCode) -> SARIFLog.Rule {
        let page = pages[code.rawValue]
        let text = page?.text ?? code.rawValue
        return SARIFLog.Rule(
            id: code.rawValue, shortDescription: SARIFLog.Message(Self.firstSentence(of: text)),
            help: SARIFLog.Message(Self.plain(text), markdown: text), level: level(of: code))
    }

    private func level(of code: DiagnosticCode) -> SARIFLog.Level {
        if code == .undecided { return .none }
        let severities = reports.flatMap(\.proof.findings).filter { $0.code == code }.map(\.severity)
        return severities.contains(.error) ? .error : severities.contains(.warning) ? .warning : .note
    }

    private static func firstSentence(of text: String) -> String {
        let line = plain(text).replacing("\n", with: " ")
        guard let end = line.firstRange(of: ". ") else { return line }
        return String(line[..<end.lowerBound]) + "."
    }

    private static func plain(_ markdown: String) -> String { markdown.replacing("`", with: "") }

    // MARK: Results

    private func results(_ report: CheckReport) -> [SARIFLog.Result] {
        let patches = PatchSet(report: report)
        return report.proof.findings.map { result($0, in: report, patches) } + report.doubts.flatMap(results)
    }

    private func result(_ finding: Finding, in report: CheckReport, _ patches: PatchSet) -> SARIFLog.Result {
        let isAllowed = report.severity(of: finding) != finding.severity
        let related = finding.related.enumerated().compactMap { index, note in
            note.range.map { SARIFLog.Location(id: index, physical($0), message: SARIFLog.Message(note.message)) }
        }
        let fix = finding.fix.flatMap { patch in
            let changes = patches.changes(of: patch)
            return changes.isEmpty
                ? nil
                : SARIFLog.Fix(description: SARIFLog.Message(patch.summary), artifactChanges: changes.map(change))
        }
        return SARIFLog.Result(
            ruleId: finding.code.rawValue, ruleIndex: codes.firstIndex(of: finding.code) ?? 0, kind: .fail,
            level: SARIFLog.Level(finding.severity), message: SARIFLog.Message(message(of: finding)),
            locations: [location(finding.range, of: finding.subject)],
            relatedLocations: related.isEmpty ? nil : related,
            partialFingerprints: Self.fingerprint(finding.code, finding.subject, finding.link),
            suppressions: isAllowed ? [SARIFLog.Suppression(justification: report.allowed.reason)] : nil,
            fixes: fix.map { [$0] })
    }

    private func message(of finding: Finding) -> String {
        let parts = [
            finding.message, finding.providerMessage.map { "Otherwise: \($0)" }, finding.hint.map { "To do: \($0)" },
        ]
        return TerminalText.visible(
            parts.compactMap(\.self).map { $0.hasSuffix(".") ? $0 : $0 + "." }.joined(separator: " "))
    }

    private func results(_ doubt: CheckReport.SharedDoubt) -> [SARIFLog.Result] {
        doubt.subjects.map { subject in
            SARIFLog.Result(
                ruleId: DiagnosticCode.undecided.rawValue, ruleIndex: codes.firstIndex(of: .undecided) ?? 0,
                kind: .open, level: .none,
                message: SARIFLog.Message(TerminalText.visible("\(doubt.first.link.title): \(doubt.first.reason)")),
                locations: [location(doubt.first.range, of: subject)], relatedLocations: nil,
                partialFingerprints: Self.fingerprint(.undecided, subject, doubt.first.link), suppressions: nil,
                fixes: nil)
        }
    }

    private static func fingerprint(
        _ code: DiagnosticCode, _ subject: String, _ link: ChainLink.Name
    ) -> [String: String] {
        ["purserFinding/v1": TerminalText.visible("\(code.rawValue) \(link.rawValue) \(subject)")]
    }

    private func notification(_ problem: Diagnostic) -> SARIFLog.Notification {
        SARIFLog.Notification(
            code: problem.code.rawValue, level: SARIFLog.Level(problem.severity),
            message: SARIFLog.Message(TerminalText.visible(problem.message)),
            locations: problem.range.map { [SARIFLog.Location(physical($0))] } ?? [])
    }

    // MARK: Places

    private func location(_ range: SourceRange?, of subject: String) -> SARIFLog.Location {
        SARIFLog.Location(
            range.map(physical), logicalLocations: [SARIFLog.LogicalLocation(TerminalText.visible(subject))])
    }

    private func physical(_ range: SourceRange) -> SARIFLog.PhysicalLocation {
        SARIFLog.PhysicalLocation(
            artifactLocation: SARIFLog.ArtifactLocation(uri: Self.uri(range.file)),
            region: SARIFLog.Region(
                startLine: range.start.line, startColumn: range.start.column, endLine: range.end.line,
                endColumn: range.end.column))
    }

    private func change(_ change: PatchSet.FileChange) -> SARIFLog.ArtifactChange {
        SARIFLog.ArtifactChange(
            artifactLocation: SARIFLog.ArtifactLocation(uri: Self.uri(change.path)),
            replacements: change.hunks.map { hunk in
                SARIFLog.Replacement(
                    deletedRegion: SARIFLog.Region(
                        startLine: hunk.oldStart, startColumn: 1, endLine: hunk.oldStart + hunk.removed.count,
                        endColumn: 1),
                    insertedContent: SARIFLog.Replacement.Content(text: hunk.added.map { $0 + "\n" }.joined()))
            })
    }

    /// Source: RFC 3986: what a path segment may hold stays, all else is escaped.
    private static func uri(_ path: String) -> String {
        var allowed = CharacterSet.urlPathAllowed
        allowed.remove(charactersIn: ":;")
        let escaped = path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path
        return path.hasPrefix("/") ? "file://\(escaped)" : escaped
    }
}

extension SARIFLog.Level {
    fileprivate init(_ severity: Diagnostic.Severity) {
        switch severity {
        case .error: self = .error
        case .warning: self = .warning
        case .note: self = .note
        }
    }
}
