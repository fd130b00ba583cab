import Foundation
package import PurserProof
import PurserSyntax

/// The pages of all codes, as `explain` shows them.
package struct CodePages: Sendable {
    package struct Page: Sendable, Hashable, Codable {
        package let code: String
        /// What it means and what to do, in Markdown, without the heading.
        package let text: String
        /// What is common to all codes of its area.
        package let area: String
    }

    package let pages: [String: Page]

    package static let all = CodePages(diagnostics: DiagnosticsPage.text, findings: FindingCatalogue.all)

    /// Takes the pages from the text of `docs/diagnostics.md`: `## area`, and below it `### area/problem`.
    ///
    /// What the catalogue of findings has more of is added: the provider's words, what to do, and an example.
    package init(diagnostics: String, findings: [FindingPage] = []) {
        var pages: [String: Page] = [:]
        for section in Self.sections(of: diagnostics, heading: "## ") {
            let codes = Self.sections(of: section.text, heading: "### ")
            let area = Self.trimmed(Self.beforeFirst("### ", in: section.text))
            for code in codes where code.title.hasPrefix(section.title + "/") {
                pages[code.title] = Page(code: code.title, text: Self.trimmed(code.text), area: area)
            }
        }
        for finding in findings {
            let page = Self.page(of: finding, area: pages[finding.code.rawValue]?.area ?? "")
            pages[finding.code.rawValue] = page
        }
        self.pages = pages
    }

    private static func page(of finding: FindingPage, area: String) -> Page {
        var parts = ["\(finding.severity.rawValue.capitalized): \(finding.title).", finding.explanation]
        if let message = finding.providerMessage { parts.append("Otherwise met as:\n\n    \(message)") }
        parts.append("To do: \(finding.fix)")
        return Page(code: finding.code.rawValue, text: parts.joined(separator: "\n\n"), area: area)
    }

    package subscript(code: String) -> Page? { pages[code] }

    package func suggestion(for code: String) -> String? {
        let whole = Suggestion.hint(for: code, among: pages.keys)
        if whole != nil || code.contains("/") { return whole }
        // Without its area a code is still known by its problem.
        let ends = pages.keys.filter { $0.hasSuffix("/" + code) }.sorted()
        return ends.first.map { "did you mean '\($0)'?" }
    }

    // MARK: Markdown

    private static func sections(of text: String, heading: String) -> [(title: String, text: String)] {
        var sections: [(title: String, lines: [Substring])] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix(heading) {
                sections.append((String(line.dropFirst(heading.count)), []))
            } else if !sections.isEmpty {
                sections[sections.count - 1].lines.append(line)
            }
        }
        return sections.map { ($0.title, $0.lines.joined(separator: "\n")) }
    }

    private static func beforeFirst(_ heading: String, in text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.prefix { !$0.hasPrefix(heading) }.joined(separator: "\n")
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first?.isNewline == true { text.removeFirst() }
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
