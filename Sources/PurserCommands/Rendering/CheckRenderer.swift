import PurserEngine
import PurserProof
import PurserSyntax

/// What `check` found, as text: each finding with its line of source, the chain and the provider's words; then what is
/// undecided; then the summary.
package struct CheckRenderer: Sendable {
    private let style: TextStyle
    private let width: Int

    package init(style: TextStyle = .plain, width: Int = 100) {
        self.style = style
        self.width = width
    }

    package func text(of report: CheckReport) -> String {
        let diagnostics = DiagnosticRenderer(
            sources: report.sources, width: width, usesColour: style.isColoured, sensitive: report.sensitive)
        var blocks = report.problems.sorted().map { diagnostics.text(of: $0) }
        blocks += report.proof.findings.map { text(of: $0, in: report, diagnostics) }
        blocks += report.doubts.map { diagnostics.text(of: $0.diagnostic) }
        return (blocks + [summary(of: report)]).joined(separator: "\n")
    }

    private func summary(of report: CheckReport) -> String {
        let name = report.environment.map { "\(TerminalText.visible($0)): " } ?? ""
        return style.bold(name + report.summary) + "\n"
    }

    private func text(of finding: Finding, in report: CheckReport, _ diagnostics: DiagnosticRenderer) -> String {
        var text = diagnostics.text(of: report.allowed.applied(to: Diagnostics([finding.diagnostic])).items[0])
        if let message = finding.providerMessage { text += label("otherwise") + TerminalText.visible(message) + "\n" }
        if let fix = finding.fix { text += label("fix") + TerminalText.visible(fix.summary) + " (--fix)\n" }
        if !finding.chain.isEmpty, report.severity(of: finding) == .error {
            text += style.note("chain") + ":\n"
            text += ChainTree(style: style).lines(finding.chain, about: finding.link).map { "    \($0)\n" }.joined()
        }
        return text
    }

    private func label(_ word: String) -> String { style.note(word) + ": " }
}
