import PurserEngine
package import PurserSyntax

/// The end of a run, as text.
package struct ReportRenderer: Sendable {
    private let style: TextStyle

    package init(style: TextStyle) { self.style = style }

    package func text(of end: RunEnd) -> String {
        let report = end.report
        var sections: [String] = []
        if !problems(end).isEmpty {
            sections.append(
                DiagnosticRenderer(sources: end.sources, usesColour: style.isColoured).text(of: problems(end))
                    .trimmedEnd)
        }
        sections.append(headline(end))
        if !report.kept.isEmpty {
            sections.append(list("What the services keep by nature:", report.kept))
        }
        if !report.remaining.isEmpty {
            sections.append(list("What remains, and is in state:", report.remaining.map(\.description)))
        }
        if let next = nextStep(end) { sections.append(next) }
        return sections.joined(separator: "\n\n") + "\n"
    }

    /// The failures as diagnostics, those of the run before those of its rollback.
    package func problems(_ end: RunEnd) -> Diagnostics {
        Diagnostics(
            end.report.failures.map { $0.diagnostic(at: end.places[$0.address], prefix: "") }
                + end.report.undoFailures.map { $0.diagnostic(at: end.places[$0.address], prefix: "undoing it: ") })
    }

    private func headline(_ end: RunEnd) -> String {
        let report = end.report
        switch report.ending {
        case .done: return style.bold("\(end.purpose.noun) complete: \(counts(report)).")
        case .rolledBack:
            let cause = report.wasInterrupted ? "interrupted" : "failed"
            if end.purpose == .undo { return style.bold("Undone: everything is as it was before the run.") }
            if end.purpose == .resume { return style.bold("What was under way is settled.") }
            let undone = report.done.values.reduce(0, +)
            let extent = undone == 0 ? "nothing had been changed" : "what had been done (\(counts(report))) was undone"
            return style.error("\(end.purpose.noun) \(cause)") + style.bold("; \(extent). Everything is as it was.")
        case .incomplete:
            return style.error("\(end.purpose.noun) \(report.wasInterrupted ? "interrupted" : "failed")")
                + style.bold(", and something remains.")
        case .abandoned:
            return style.error("\(end.purpose.noun) stopped at once")
                + style.bold("; the journal knows how far it came.")
        }
    }

    private func counts(_ report: ApplyReport) -> String {
        let words: [(Step.Operation, String)] = [
            (.create, "created"), (.recover, "recovered"), (.adopt, "adopted"), (.update, "updated"),
            (.delete, "deleted"), (.record, "recorded"),
        ]
        let parts = words.compactMap { operation, word in
            report.done[operation].map { "\($0) \(word)" }
        }
        return parts.isEmpty ? "nothing had to be done" : parts.joined(separator: ", ")
    }

    private func list(_ heading: String, _ items: [String]) -> String {
        ([heading] + items.map { "  - \(TerminalText.visible($0))" }).joined(separator: "\n")
    }

    private func nextStep(_ end: RunEnd) -> String? {
        let path = TerminalText.visible(end.specPath.shellWord)
        return switch end.report.ending {
        case .abandoned: "To undo or to finish it:\n    purser recover \(path)"
        case .incomplete: "To see what is to be done now:\n    purser plan \(path)"
        case .done, .rolledBack: nil
        }
    }
}

extension RunEnd.Purpose {
    var noun: String {
        switch self {
        case .apply: "Apply"
        case .destroy: "Destroy"
        case .undo: "Undo"
        case .resume: "Resume"
        }
    }
}

extension Failure {
    /// The failure at the resource's place in the spec, with what the service's support asks for.
    func diagnostic(at range: SourceRange?, prefix: String) -> Diagnostic {
        Diagnostic(
            code, "\(address): \(prefix)\(summary)", at: range, hint: hint, address: address.description,
            notes: (details + traceIDs).map { Diagnostic.Note($0) })
    }
}

extension String {
    /// Without line feeds at the end.
    var trimmedEnd: String {
        var result = self
        while result.hasSuffix("\n") { result.removeLast() }
        return result
    }
}

extension String {
    var trimmingSpacesAtEnd: String {
        var result = self
        while result.hasSuffix(" ") { result.removeLast() }
        return result
    }
}
