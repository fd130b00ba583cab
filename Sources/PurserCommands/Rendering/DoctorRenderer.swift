import PurserClients
package import PurserResources

/// What `doctor` found, as one table with what to do below it.
package struct DoctorRenderer: Sendable {
    private let style: TextStyle

    package init(style: TextStyle) { self.style = style }

    package func text(of report: DoctorReport) -> String {
        let width = report.rows.map { Self.title($0).count }.max() ?? 0
        let rows = report.rows.map { line($0, width) }
        let remedies = report.remedies.enumerated().map { text(of: $1, number: $0 + 1) }
        let blocks = [rows.joined(separator: "\n")] + remedies + [style.bold(Self.summary(of: report))]
        return blocks.joined(separator: "\n\n") + "\n"
    }

    static func summary(of report: DoctorReport) -> String {
        let missing = report.rows.count { $0.verdict == .missing }
        let unknown = report.rows.count { $0.verdict == .unknown }
        let doubt = unknown == 0 ? "" : " \(unknown) could not be found out."
        if report.isGood { return "Nothing is missing for \(report.environment).\(doubt)" }
        return "Missing for \(report.environment): \(missing) of \(report.rows.count).\(doubt)"
    }

    private static func title(_ row: DoctorReport.Row) -> String {
        [row.subject.title, visible(row.name)].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private func line(_ row: DoctorReport.Row, _ width: Int) -> String {
        let title = Self.title(row)
        let padding = String(repeating: " ", count: width - title.count)
        return "\(sign(row.verdict))  \(title)\(padding)  \(Self.visible(row.text))"
    }

    /// Of one width, so that what follows stands in a column.
    private func sign(_ verdict: DoctorReport.Verdict) -> String {
        switch verdict {
        case .ok: style.added("ok     ")
        case .missing: style.error("missing")
        case .unknown: style.warning("?      ")
        case .notNeeded: style.faint("-      ")
        }
    }

    private func text(of remedy: DoctorReport.Remedy, number: Int) -> String {
        let parts: [(String, [String])] = [
            ("", remedy.missing), ("at", [remedy.scope].compactMap(\.self)),
            ("for", remedy.needed.isEmpty ? [] : [remedy.needed.joined(separator: ", ")]),
            ("role", [remedy.role].compactMap(\.self)), ("hint", [remedy.advice].compactMap(\.self)),
            ("run", remedy.commands),
        ]
        let lines = parts.flatMap { label, texts in texts.map { (label, Self.visible($0)) } }
        return lines.enumerated().map { index, line in
            let head = index == 0 ? style.bold("\(number).") : String(repeating: " ", count: "\(number).".count)
            let label = line.0.isEmpty ? "" : line.0 + String(repeating: " ", count: 5 - line.0.count)
            return "\(head) \(style.faint(label))\(line.1)"
        }.joined(separator: "\n")
    }

    private static func visible(_ text: String) -> String { TerminalText.visible(text) }

    // MARK: JSON

    struct Event: Sendable {
        let type: String
        let message: String
        let fields: [String: JSONValue]
        let level: String
    }

    /// One event for each row, one for each remedy, and one for the whole.
    static func events(of report: DoctorReport) -> [Event] {
        report.rows.map { row in
            Event(
                type: "doctor_check", message: "\(title(row)): \(row.verdict.rawValue): \(row.text)",
                fields: [
                    "subject": .string(row.subject.rawValue), "name": .string(row.name),
                    "status": .string(row.verdict.rawValue), "text": .string(row.text),
                ], level: row.verdict == .missing ? "error" : row.verdict == .unknown ? "warn" : "info")
        }
            + report.remedies.map { remedy in
                Event(
                    type: "doctor_remedy", message: "missing: \(remedy.missing.joined(separator: "; "))",
                    fields: [
                        "missing": texts(remedy.missing), "scope": text(remedy.scope), "role": text(remedy.role),
                        "hint": text(remedy.advice), "commands": texts(remedy.commands), "needed": texts(remedy.needed),
                    ], level: "error")
            } + [
                Event(
                    type: "examined", message: summary(of: report),
                    fields: ["environment": .string(report.environment), "valid": .bool(report.isGood)],
                    level: report.isGood ? "info" : "error")
            ]
    }

    private static func texts(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }
    private static func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
}
