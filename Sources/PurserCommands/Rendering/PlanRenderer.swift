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
        var page = Page()
        if !plan.drift.isEmpty { page.append(section: drift(plan)) }
        if !plan.isEmpty {
            page.append(section: heading(plan))
            append(changesOf: plan, to: &page)
        }
        let reads = plan.changes.filter { $0.action == .read }
        if !plan.isEmpty, !reads.isEmpty { page.append(section: readLines(reads)) }
        if let warnings = irreversible(plan) { page.append(section: warnings) }
        if let notes = notes(plan) { page.append(section: notes) }
        if !plan.allowed.isEmpty { page.append(section: allowed(plan.allowed)) }
        page.append(section: style.bold(plan.summary))
        return page.text + "\n"
    }

    /// What a spec says otherwise than another.
    package func comparisonText(of plan: Plan) -> String {
        var page = Page()
        append(changesOf: plan, to: &page)
        if let warnings = irreversible(plan) { page.append(section: warnings) }
        page.append(section: style.bold(plan.comparisonSummary))
        return page.text + "\n"
    }

    private func append(changesOf plan: Plan, to page: inout Page) {
        let consequences = plan.consequences
        for change in plan.changes where change.isShown {
            page.append(block: text(of: change, forcing: consequences[change.address] ?? []))
        }
    }

    /// Text in paragraphs with an empty line between them; neighbouring blocks of one line each stand close together.
    private struct Page {
        private(set) var text = ""
        private var endsWithLine = false

        mutating func append(section: String) { append(section, isLine: false) }

        mutating func append(block: String) { append(block, isLine: !block.utf8.contains(UInt8(ascii: "\n"))) }

        private mutating func append(_ more: String, isLine: Bool) {
            if !text.isEmpty { text += isLine && endsWithLine ? "\n" : "\n\n" }
            text += more
            endsWithLine = isLine
        }
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

    private func allowed(_ allowed: AllowedFindings) -> String {
        let reason = allowed.reason.map { ": " + TerminalText.visible($0) } ?? ""
        return "Allowed\(reason)\n" + allowed.codes.map { "  - \($0)" }.joined(separator: "\n")
    }

    private func heading(_ plan: Plan) -> String {
        let verb = plan.purpose == .destroy ? "destroy" : "apply"
        return "`purser \(verb)` will change the environment \(style.bold(plan.environment)) as follows."
    }

    // MARK: Changes

    private func text(of change: Change, forcing: [Address]) -> String {
        var text = ""
        if let range = change.range { text += "  \(style.faint("# \(place(range.start))"))\n" }
        text += "  \(head(change))"
        let reasons = change.reasonText
        if !reasons.isEmpty, change.reasons != [.environmentDestroyed] {
            text += "\n      \(style.faint(TerminalText.visible(reasons)))"
        }
        appendDetails(of: change, to: &text)
        appendObjects(of: change, to: &text)
        if !forcing.isEmpty {
            let names = forcing.map(\.description).joined(separator: ", ")
            text += "\n      \(style.faint(TerminalText.visible("so these are replaced too: \(names)")))"
        }
        if let reason = change.irreversible {
            text += "\n      \(style.error("! cannot be undone: \(TerminalText.visible(reason))"))"
        }
        for note in change.notes { text += "\n      \(style.faint("note: \(TerminalText.visible(note))"))" }
        return text
    }

    private func head(_ change: Change) -> String {
        let address = TerminalText.visible(change.address.description)
        let title = catalog[change.kind].map { type(of: $0).title } ?? change.kind.text
        let phrase = change.action == .none && change.movedFrom != nil ? "move" : change.action.phrase
        let symbol = change.action == .none && change.movedFrom != nil ? ">" : change.action.symbol
        return "\(coloured(symbol, change.action)) \(style.bold(address)) (\(TerminalText.visible(title))): \(phrase)"
    }

    private func appendDetails(of change: Change, to text: inout String) {
        let lines = PlanLines(catalog: catalog).lines(of: change)
        let width = lines.lazy.map(\.path.columns).filter { $0 <= Self.widestPath }.max() ?? 0
        for line in lines {
            if line.path.isEmpty {
                text += "\n            \(coloured("\(line.sign.rawValue) \(line.text)", line.sign))"
                continue
            }
            let path = TerminalText.visible(line.path)
            text += "\n      "
            text += coloured(line.sign.rawValue, line.sign)
            text += " "
            text += path
            text += ":"
            if !line.text.isEmpty {
                text += Self.paddings[max(0, width - path.columns)]
                text += line.text
            }
            if line.forcesReplacement, change.action == .replace { text += style.error("  # forces replacement") }
        }
    }

    private func appendObjects(of change: Change, to text: inout String) {
        guard !change.objects.isEmpty else { return }
        text += "\n      with these objects:"
        for object in ObjectLines(change.objects, catalog: catalog).objects {
            text += "\n        \(coloured("\(object.head.sign.rawValue) \(object.head.text)", object.head.sign))"
            for line in object.fields {
                let path = line.path.isEmpty ? "      " : "\(TerminalText.visible(line.path)):"
                let value = line.text.isEmpty ? "" : " \(line.text)"
                text += "\n            \(coloured(line.sign.rawValue, line.sign)) \(path)\(value)"
            }
        }
    }

    /// Values behind longer paths stand out of line.
    private static let widestPath = 52
    private static let paddings = (1...widestPath + 1).map { String(repeating: " ", count: $0) }

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

extension String {
    /// How many characters this has, which is told at once of plain ASCII.
    fileprivate var columns: Int { utf8.allSatisfy { $0 < 0x80 } ? utf8.count : count }
}
