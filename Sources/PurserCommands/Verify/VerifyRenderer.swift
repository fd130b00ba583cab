import PurserEngine

/// What `verify` found, as text.
package struct VerifyRenderer: Sendable {
    private let style: TextStyle

    package init(style: TextStyle) { self.style = style }

    package func text(of report: VerifyReport) -> String {
        let blocks = report.subjects.map(text)
        return (blocks + [style.bold(summary(of: report))]).joined(separator: "\n\n") + "\n"
    }

    func summary(of report: VerifyReport) -> String {
        if report.subjects.isEmpty { return "The environment \(report.environment) has no pods." }
        if report.isGood { return "Every pod has its files: \(report.subjects.count) checked." }
        return "Problems: \(report.problemCount), in \(report.subjects.count { !$0.problems.isEmpty }) "
            + "of \(report.subjects.count) pods."
    }

    private func text(of subject: VerifyReport.Subject) -> String {
        let sign = subject.problems.isEmpty ? style.added("ok") : style.error("not ok")
        var lines = ["\(sign) \(visible(subject.address.description)) (pod \(visible(subject.pod)))"]
        lines += subject.problems.map { "    \(style.error("!")) \(visible($0))" }
        for mount in subject.mounts {
            lines.append("    \(mount.path.map { "\(visible($0)): " } ?? "")\(visible(mount.source))")
            lines += mount.files.map { "        \(visible($0))" }
        }
        return lines.joined(separator: "\n")
    }

    private func visible(_ text: String) -> String { TerminalText.visible(text) }
}
