import PurserEngine
import PurserProof

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
        if let broken = subject.brokenLink { lines.append("    \(chain(to: broken))") }
        lines += subject.problems.map { problem in
            "    \(style.error("!")) \(problem.link.title): \(visible(problem.text))"
        }
        for mount in subject.mounts {
            lines.append("    \(mount.path.map { "\(visible($0)): " } ?? "")\(visible(mount.source))")
            lines += mount.files.map { "        \(visible($0))" }
        }
        return lines.joined(separator: "\n")
    }

    /// The way in one line: what holds, what does not, and what is not reached for it.
    private func chain(to broken: ChainLink.Name) -> String {
        let links = ChainLink.Name.allCases
        let place = links.firstIndex(of: broken) ?? 0
        return links.enumerated().map { index, link in
            if index == place { return style.error("✗ \(link.title)") }
            return index < place ? style.added("✓ \(link.title)") : style.faint("· \(link.title)")
        }.joined(separator: " ")
    }

    private func visible(_ text: String) -> String { TerminalText.visible(text) }
}
