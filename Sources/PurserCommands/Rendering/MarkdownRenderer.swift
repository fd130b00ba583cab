package import PurserEngine
import PurserSyntax

/// A plan as Markdown for a comment on a pull request.
///
/// Nothing that a spec or a service says is read as Markdown or HTML: it stands in fences that are longer than any run of
/// backticks in it, or with its special characters as entities. What does not fit into the budget is folded: first the
/// details of changes that destroy nothing, then their lines, and those of destructive ones last.
package struct MarkdownRenderer: Sendable {
    private let catalog: ResourceCatalog
    private let maxBytes: Int

    /// `maxBytes` counts UTF-8 bytes; GitHub's limit for a comment is 65,536 characters.
    package init(catalog: ResourceCatalog, maxBytes: Int = 65_536) {
        self.catalog = catalog
        self.maxBytes = maxBytes
    }

    package func text(of plan: Plan) -> String {
        let verb = plan.purpose == .destroy ? "destroy" : "apply"
        return text(of: plan, under: heading("purser \(verb)", plan, plan.summary))
    }

    /// What a spec says otherwise than another.
    package func comparisonText(of plan: Plan) -> String {
        text(of: plan, under: heading("purser diff", plan, plan.comparisonSummary))
    }

    private func heading(_ command: String, _ plan: Plan, _ summary: String) -> String {
        "### `\(command)`: \(code(plan.environment))\n\n**\(summary)**\n"
    }

    private func text(of plan: Plan, under heading: String) -> String {
        var blocks = plan.changes.filter(\.isShown).map { Block($0, full: full($0), short: short($0)) }
        let frame = frame(plan, under: heading)
        var size = frame.utf8.count + blocks.reduce(0) { $0 + $1.full.utf8.count }
        let order = blocks.indices.sorted { (blocks[$0].foldingRank, $1) < (blocks[$1].foldingRank, $0) }
        // Room for the line that says how many changes are not shown.
        let budget = maxBytes - 200
        for fold in [Block.Form.short, .none] {
            for index in order where size > budget {
                size -= blocks[index].text.utf8.count
                blocks[index].form = fold
                size += blocks[index].text.utf8.count
            }
        }
        let hidden = blocks.count { $0.form == .none }
        let note = hidden == 0 ? "" : "\n_\(hidden) more changes are not shown: they would not fit._\n"
        let whole = frame + blocks.map(\.text).joined() + note
        return whole.utf8.count <= maxBytes ? whole : heading
    }

    private struct Block {
        enum Form { case full, short, none }

        let change: Change
        let full: String
        let short: String
        var form = Form.full

        init(_ change: Change, full: String, short: String) {
            self.change = change
            self.full = full
            self.short = short
        }

        var text: String {
            switch form {
            case .full: full
            case .short: short
            case .none: ""
            }
        }

        /// Lower ones are folded first.
        var foldingRank: Int {
            if change.irreversible != nil { return 3 }
            switch change.action {
            case .delete, .replace: return 2
            case .update, .forget: return 1
            case .create, .recover, .adopt, .read, .none: return 0
            }
        }
    }

    // MARK: Parts

    /// What stands before the changes and always fits: of long lists only the beginning.
    private func frame(_ plan: Plan, under heading: String) -> String {
        var text = heading
        let irreversible = plan.changes.filter { $0.irreversible != nil && $0.isEffective }
        if !irreversible.isEmpty {
            text += "\n> [!CAUTION]\n> Cannot be undone, not even by rollback:\n"
            for change in irreversible.prefix(20) {
                text += "> - \(code(change.address.description)): \(code(change.irreversible ?? ""))\n"
            }
            if irreversible.count > 20 { text += "> - and \(irreversible.count - 20) more\n" }
        }
        let warnings = plan.remarks.filter { $0.severity != .note }
        if !warnings.isEmpty {
            text += "\n> [!WARNING]\n"
            for warning in warnings.prefix(20) { text += "> - \(code(warning.message))\(place(warning.range))\n" }
            if warnings.count > 20 { text += "> - and \(warnings.count - 20) more\n" }
        }
        if !plan.allowed.isEmpty {
            let codes = plan.allowed.codes.map { code($0.rawValue) }.joined(separator: ", ")
            text += "\nAllowed: \(codes), because \(code(plan.allowed.reason ?? ""))\n"
        }
        if !plan.drift.isEmpty {
            text += "\nChanged outside Purser: "
            text += plan.drift.prefix(20).map { code($0.address.description) }.joined(separator: ", ")
            text += plan.drift.count > 20 ? " and \(plan.drift.count - 20) more\n" : "\n"
        }
        return text.utf8.count < maxBytes / 2 ? text + "\n" : heading + "\n"
    }

    private func full(_ change: Change) -> String {
        let lines = details(change)
        guard !lines.isEmpty else { return short(change) }
        let body = lines.joined(separator: "\n")
        let fence = String(repeating: "`", count: max(3, longestBacktickRun(in: body) + 1))
        return """
            <details\(change.action.isDestructive ? " open" : "")><summary>\(head(change))</summary>

            \(fence)diff
            \(body)
            \(fence)

            </details>

            """
    }

    private func short(_ change: Change) -> String { "- \(head(change))\n" }

    private func head(_ change: Change) -> String {
        let title = catalog[change.kind].map { type(of: $0).title } ?? change.kind.text
        let isMove = change.action == .none && change.movedFrom != nil
        let mark = change.irreversible == nil ? "" : " ⚠️ cannot be undone"
        let sign = isMove ? "&gt;" : escaped(change.action.symbol)
        return "<code>\(sign)</code> \(code(change.address.description)) (\(escaped(title))): "
            + "\(isMove ? "move" : change.action.phrase)\(mark)\(place(change.range))"
    }

    /// Lines of a diff: the first character tells added from removed.
    private func details(_ change: Change) -> [String] {
        var lines: [String] = []
        if !change.reasons.isEmpty { lines.append("# \(TerminalText.visible(change.reasonText))") }
        for line in PlanLines(catalog: catalog).lines(of: change) {
            let force = line.forcesReplacement && change.action == .replace ? "  # forces replacement" : ""
            let path = line.path.isEmpty ? "    " : "\(TerminalText.visible(line.path)): "
            lines.append("\(sign(line)) \(path)\(line.text)\(force)".trimmingSpacesAtEnd)
        }
        lines += objects(change)
        lines += change.notes.map { "# note: \(TerminalText.visible($0))" }
        return lines
    }

    private func objects(_ change: Change) -> [String] {
        guard !change.objects.isEmpty else { return [] }
        return ["# with these objects:"]
            + ObjectLines(change.objects, catalog: catalog).objects.flatMap { object in
                [sign(object.head) + " " + object.head.text]
                    + object.fields.map { line in
                        let path = line.path.isEmpty ? "    " : "\(TerminalText.visible(line.path)): "
                        return "\(sign(line))     \(path)\(line.text)".trimmingSpacesAtEnd
                    }
            }
    }

    private func sign(_ line: PlanLine) -> String { line.sign == .changed ? "!" : line.sign.rawValue }

    private func place(_ range: SourceRange?) -> String {
        range.map { " · \(code("\($0.start.file):\($0.start.line)"))" } ?? ""
    }

    // MARK: Escaping

    private func code(_ text: String) -> String { "<code>\(escaped(text))</code>" }

    /// With every character as an entity that Markdown or HTML could begin with. A mention is one all the same once it
    /// is rendered, unless it stands in code: so do all texts that are not ours.
    private func escaped(_ text: String) -> String {
        var result = ""
        for scalar in TerminalText.visible(text).unicodeScalars {
            if "<>&\"'@#`*_[]()!|~\\$:".unicodeScalars.contains(scalar) {
                result += "&#\(scalar.value);"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private func longestBacktickRun(in text: String) -> Int {
        var longest = 0
        var current = 0
        for byte in text.utf8 {
            current = byte == UInt8(ascii: "`") ? current + 1 : 0
            longest = max(longest, current)
        }
        return longest
    }
}
