package import PurserEngine
import PurserSyntax

/// A plan as text for people.
package struct PlanRenderer: Sendable {
    private let catalog: ResourceCatalog
    private let style: TextStyle

    package init(catalog: ResourceCatalog, style: TextStyle) {
        self.catalog = catalog
        self.style = style
    }

    /// The whole plan, ending with its summary line.
    package func text(of plan: Plan) -> String {
        var sections: [String] = []
        if !plan.drift.isEmpty { sections.append(drift(plan)) }
        let shown = plan.changes.filter(\.isShown)
        if !shown.isEmpty {
            let consequences = plan.consequences
            sections.append(heading(plan))
            sections += stacked(shown.map { text(of: $0, forcing: consequences[$0.address] ?? []) })
        }
        let reads = plan.changes.filter { $0.action == .read }
        if !plan.isEmpty, !reads.isEmpty { sections.append(readLines(reads)) }
        if let warnings = irreversible(plan) { sections.append(warnings) }
        if let notes = notes(plan) { sections.append(notes) }
        sections.append(style.bold(plan.summary))
        return sections.joined(separator: "\n\n") + "\n"
    }

    /// Only what others have changed.
    package func driftText(of plan: Plan) -> String {
        let gone = plan.goneFromService
        guard plan.hasDrift else {
            return style.bold("No drift. Everything is as Purser left it.") + "\n"
        }
        var sections: [String] = []
        if !plan.drift.isEmpty { sections.append(drift(plan)) }
        if !gone.isEmpty {
            let lines = gone.map { "  - \(TerminalText.visible($0.address.description))" }
            sections.append(
                ([style.bold("Deleted outside Purser since it last looked:")] + lines).joined(separator: "\n"))
        }
        sections.append(style.bold("Drift: \(plan.drift.count) changed, \(gone.count) deleted."))
        return sections.joined(separator: "\n\n") + "\n"
    }

    private func heading(_ plan: Plan) -> String {
        let verb = plan.purpose == .destroy ? "destroy" : "apply"
        return "`purser \(verb)` will change the environment \(style.bold(plan.environment)) as follows."
    }

    /// Neighbours that take one line each stand close together.
    private func stacked(_ blocks: [String]) -> [String] {
        var result: [String] = []
        var lastIsLine = false
        for block in blocks {
            let isLine = !block.contains("\n")
            if isLine, lastIsLine, let last = result.popLast() {
                result.append("\(last)\n\(block)")
            } else {
                result.append(block)
            }
            lastIsLine = isLine
        }
        return result
    }

    // MARK: Changes

    private func text(of change: Change, forcing: [Address]) -> String {
        var lines: [String] = []
        if let start = change.range?.start { lines.append("  " + style.faint("# \(place(start))")) }
        lines.append("  \(head(change))")
        let reasons = change.reasonText
        if !reasons.isEmpty, change.reasons != [.environmentDestroyed] {
            lines.append("      " + style.faint(TerminalText.visible(reasons)))
        }
        lines += details(change)
        if !forcing.isEmpty {
            let names = forcing.map(\.description).joined(separator: ", ")
            lines.append("      " + style.faint(TerminalText.visible("so these are replaced too: \(names)")))
        }
        if let reason = change.irreversible {
            lines.append("      " + style.error("! cannot be undone: \(TerminalText.visible(reason))"))
        }
        lines += change.notes.map { "      " + style.faint("note: \(TerminalText.visible($0))") }
        return lines.joined(separator: "\n")
    }

    private func head(_ change: Change) -> String {
        let address = TerminalText.visible(change.address.description)
        let title = catalog[change.kind].map { type(of: $0).title } ?? change.kind.text
        let phrase = change.action == .none && change.movedFrom != nil ? "move" : change.action.phrase
        let symbol = change.action == .none && change.movedFrom != nil ? ">" : change.action.symbol
        return "\(coloured(symbol, change.action)) \(style.bold(address)) (\(TerminalText.visible(title))): \(phrase)"
    }

    private func details(_ change: Change) -> [String] {
        let lines = PlanLines(catalog: catalog).lines(of: change)
        let width = lines.map(\.path.count).filter { $0 <= 52 }.max() ?? 0
        return lines.map { line in
            guard !line.path.isEmpty else {
                return "            " + coloured("\(line.sign.rawValue) \(line.text)", line.sign)
            }
            let path = TerminalText.visible(line.path) + ":"
            let padding = String(repeating: " ", count: max(0, width + 1 - path.count))
            let force = line.forcesReplacement && change.action == .replace ? style.error("  # forces replacement") : ""
            let text = line.text.isEmpty ? "" : "\(padding) \(line.text)"
            return "      \(coloured(line.sign.rawValue, line.sign)) \(path)\(text)\(force)"
        }
    }

    private func coloured(_ text: String, _ action: Action) -> String {
        switch action {
        case .create, .recover, .adopt: style.added(text)
        case .update, .none: style.changed(text)
        case .replace, .delete: style.removed(text)
        case .read, .forget: style.faint(text)
        }
    }

    private func coloured(_ text: String, _ sign: PlanLine.Sign) -> String {
        switch sign {
        case .added: style.added(text)
        case .changed: style.changed(text)
        case .removed: style.removed(text)
        case .plain: text
        }
    }

    private func readLines(_ reads: [Change]) -> String {
        reads.map { "  \(head($0))" }.joined(separator: "\n")
    }

    // MARK: Around the changes

    private func irreversible(_ plan: Plan) -> String? {
        let changes = plan.changes.filter { $0.irreversible != nil && $0.isEffective }
        guard !changes.isEmpty else { return nil }
        let lines = changes.map { change in
            "  ! \(TerminalText.visible(change.address.description)): "
                + TerminalText.visible(change.irreversible ?? "")
        }
        return ([style.error("Cannot be undone, not even by rollback:")] + lines).joined(separator: "\n")
    }

    private func drift(_ plan: Plan) -> String {
        var lines = [style.bold("Changed outside Purser since it last looked:")]
        for change in plan.drift {
            lines.append("  ~ \(TerminalText.visible(change.address.description))")
            lines += PlanLines(catalog: catalog).lines(of: change).map { line in
                line.path.isEmpty
                    ? "            \(line.sign.rawValue) \(line.text)"
                    : "      \(line.sign.rawValue) \(TerminalText.visible(line.path)): \(line.text)"
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Notes of resources about which nothing is done, those that say the same on one line.
    private func notes(_ plan: Plan) -> String? {
        var addresses: [String: [Address]] = [:]
        for change in plan.changes where !change.isShown {
            for note in change.notes { addresses[note, default: []].append(change.address) }
        }
        guard !addresses.isEmpty else { return nil }
        let lines = addresses.sorted { $0.key < $1.key }.map { note, addresses in
            let named = addresses.prefix(3).map(\.description).joined(separator: ", ")
            let more = addresses.count > 3 ? " and \(addresses.count - 3) more" : ""
            return "  \(TerminalText.visible("\(named)\(more): \(note)"))"
        }
        return (["Notes:"] + lines).joined(separator: "\n")
    }

    private func place(_ location: SourceLocation) -> String {
        TerminalText.visible("\(location.file):\(location.line)")
    }
}
