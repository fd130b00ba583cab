import Foundation
package import PurserProof
package import PurserSyntax

/// `docs/findings.md`: every finding of the proof with what produces it, made from the catalogue.
package struct FindingsReference: Sendable {
    private let pages: [FindingPage]

    package init(pages: [FindingPage] = FindingCatalogue.all) {
        self.pages = pages.sorted { $0.code < $1.code }
    }

    /// All that there is to say of one finding, in Markdown; nil if the code is of none.
    package static func text(of code: DiagnosticCode) -> String? {
        FindingCatalogue.page(of: code).map { FindingsReference().body($0).joined(separator: "\n\n") }
    }

    package var text: String { head + table + base + pages.map(section).joined() }

    private var head: String {
        """
        # Findings

        What the proof finds, before anything is deployed. It runs in `purser validate`, `plan` and `apply`, where a finding of
        the level error ends the command, and alone as `purser check`, also over plain Kubernetes manifests. This page is made
        from the code by `purser docs findings`; the examples are run by the tests.

        A finding that is known and wanted can be let pass, with a reason that is kept in the plan:

            purser plan --allow proof/request-budget --reason "the limit was raised for this vault"

        What cannot be decided before a run is no finding. It is told as `proof/undecided`, with why.

        | code | level | what is wrong |
        |---|---|---|

        """
    }

    private var table: String {
        pages.map { page in
            "| [`\(page.code)`](#\(Self.anchor(page.code))) | \(page.severity.rawValue) | \(Self.cell(page.title)) |\n"
        }.joined()
    }

    private var base: String {
        """

        The examples are changes of these two, in which nothing is found: an environment, and manifests.

        ```yaml
        \(FindingCatalogue.spec.trimmedEnd)
        ```

        ```yaml
        \(FindingCatalogue.manifests.trimmedEnd)
        ```

        """
    }

    private func section(_ page: FindingPage) -> String {
        "\n" + (["## \(page.code)"] + body(page)).joined(separator: "\n\n") + "\n"
    }

    private func body(_ page: FindingPage) -> [String] {
        var parts = ["\(page.severity.rawValue.capitalized): \(page.title).", page.explanation]
        if let message = page.providerMessage {
            parts.append("Otherwise met as:\n\n" + message.lines.map { "    \($0)" }.joined(separator: "\n"))
        }
        if let confirmation = page.confirmation { parts.append(Self.words(confirmation)) }
        parts.append("To do: \(page.fix)")
        return parts + [Self.example(page.example)]
    }

    /// Deployed all the same, by the tests too.
    private static func words(_ confirmation: FindingConfirmation) -> String {
        switch confirmation {
        case .event: "In a cluster the pod's events say so."
        case .consequence(let text): "In a cluster the pod's events say no more than `\(text)`."
        case .observation(let text): "In a cluster no event tells of it; to be seen is that \(text)."
        case .nothing(let reason): "In a cluster nothing shows it: \(reason)."
        }
    }

    private static func example(_ example: FindingPage.Example) -> String {
        switch example {
        case .words(let text): "Example: \(text)"
        case .spec(let text): changed(FindingCatalogue.spec, to: text, "the environment")
        case .manifests(let text): changed(FindingCatalogue.manifests, to: text, "the manifests")
        }
    }

    /// Only what differs, since the rest stands above.
    private static func changed(_ base: String, to text: String, _ what: String) -> String {
        let hunks = LineDiff(from: base, to: text).hunks.flatMap { hunk in
            hunk.removed.map { "-\($0)" } + hunk.added.map { "+\($0)" }
        }
        return "Example, in \(what):\n\n```diff\n\(hunks.joined(separator: "\n"))\n```"
    }

    /// As GitHub makes anchors of headings.
    private static func anchor(_ code: DiagnosticCode) -> String { code.rawValue.replacing("/", with: "") }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}

extension String {
    fileprivate var lines: [Substring] { split(separator: "\n", omittingEmptySubsequences: false) }
}
