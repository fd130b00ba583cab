import PurserEngine

/// One line of a change's details.
struct PlanLine: Sendable, Hashable {
    enum Sign: String, Sendable, Hashable {
        case added = "+"
        case changed = "~"
        case removed = "-"
        case plain = " "
    }

    let sign: Sign
    /// Dotted path of the attribute; empty for a further line of the one before.
    let path: String
    let text: String
    var forcesReplacement = false
}

/// The details of a change as lines: what all renderings have in common.
struct PlanLines {
    let catalog: ResourceCatalog

    func lines(of change: Change) -> [PlanLine] {
        switch change.action {
        case .create, .recover: return created(change)
        case .replace where change.differences.isEmpty: return []
        case .update, .adopt, .replace: return change.differences.flatMap(lines)
        case .delete, .forget, .read, .none: return []
        }
    }

    /// What a new resource will be, without what follows from where it stands, what Purser fills in, and outputs.
    private func created(_ change: Change) -> [PlanLine] {
        guard let after = change.after else { return [] }
        guard let kind = catalog[change.kind].map({ type(of: $0) }) else { return [] }
        let isWritten = change.range != nil
        var lines: [PlanLine] = []
        for attribute in kind.attributes where isWorthShowing(attribute, isWritten) {
            guard let value = after.values[attribute.name], value != .null else { continue }
            if attribute.isSensitive {
                lines.append(PlanLine(sign: .added, path: attribute.name, text: "(sensitive)"))
                continue
            }
            for (path, value) in leaves(of: value, attribute.name) {
                for (index, text) in text(of: value).enumerated() {
                    lines.append(PlanLine(sign: .added, path: index == 0 ? path : "", text: text))
                }
            }
        }
        return lines
    }

    /// A resource that no file writes shows what was derived for it: nothing else tells what it is.
    private func isWorthShowing(_ attribute: any AttributeDeclaration, _ isWritten: Bool) -> Bool {
        switch attribute.source {
        case .required, .optional, .optionalSetting, .key: true
        case .derived: !isWritten
        case .parent, .setting, .computed: false
        }
    }

    /// Of a value that is known in part (what is taken from a referenced resource) only the known part.
    private func leaves(of value: Value, _ name: String) -> [(path: String, value: Value)] {
        let all = ValueText.leaves(value, below: name)
        let known = all.filter { $0.value != .unknown }
        return known.isEmpty ? [(name, .unknown)] : known
    }

    func lines(of difference: Difference) -> [PlanLine] {
        let forces = difference.effect == .replaces
        if difference.isSensitive {
            return [
                PlanLine(
                    sign: sign(of: difference), path: difference.path, text: "(sensitive)", forcesReplacement: forces)
            ]
        }
        if case .string(let old)? = difference.before, case .string(let new)? = difference.after,
            old.contains("\n") || new.contains("\n")
        {
            return [PlanLine(sign: .changed, path: difference.path, text: "", forcesReplacement: forces)]
                + textLines(from: old, to: new)
        }
        if case .list(let old)? = difference.before, case .list(let new)? = difference.after {
            return items(from: old, to: new, difference, forces)
        }
        if let lines = parts(of: difference, forces) { return lines }
        let sign = sign(of: difference)
        let text =
            sign == .changed
            ? "\(told(difference.before)) -> \(told(difference.after))" : told(difference.before ?? difference.after)
        return [PlanLine(sign: sign, path: difference.path, text: text, forcesReplacement: forces)]
    }

    /// Of a sensitive attribute neither is told, and it is another than before.
    private func sign(of difference: Difference) -> PlanLine.Sign {
        switch (difference.before, difference.after) {
        case (nil, nil): .changed
        case (nil, _): .added
        case (_, nil): .removed
        default: .changed
        }
    }

    /// A null that differs from what is absent is one that somebody wrote.
    private func told(_ value: Value?) -> String { value == .null ? "null" : ValueText.line(value) }

    /// Two lists item by item; short ones on one line.
    private func items(
        from old: [Value], to new: [Value], _ difference: Difference, _ forces: Bool
    ) -> [PlanLine] {
        let line = "\(ValueText.line(difference.before)) -> \(ValueText.line(difference.after))"
        if line.count <= Self.longestLine {
            return [PlanLine(sign: .changed, path: difference.path, text: line, forcesReplacement: forces)]
        }
        return [PlanLine(sign: .changed, path: difference.path, text: "", forcesReplacement: forces)]
            + changedLines(from: old.map(ValueText.line), to: new.map(ValueText.line))
    }

    /// A mapping that comes or goes as a whole, part by part.
    private func parts(of difference: Difference, _ forces: Bool) -> [PlanLine]? {
        guard (difference.before == nil) != (difference.after == nil),
            case .object? = difference.before ?? difference.after, let value = difference.before ?? difference.after
        else { return nil }
        return ValueText.leaves(value, below: difference.path).map { path, value in
            PlanLine(
                sign: difference.before == nil ? .added : .removed, path: path, text: told(value),
                forcesReplacement: forces)
        }
    }

    private static let longestLine = 72

    private func text(of value: Value) -> [String] {
        guard case .string(let text) = value, text.utf8.contains(UInt8(ascii: "\n")) else {
            return [ValueText.line(value)]
        }
        return [""] + TerminalText.visibleLines(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }

    /// The lines that differ between two texts, and up to `context` equal ones around them.
    private func textLines(from old: String, to new: String) -> [PlanLine] {
        if old.hasSuffix("\n"), new.hasSuffix("\n"), old != "\n", new != "\n" {
            return textLines(from: String(old.dropLast()), to: String(new.dropLast()))
        }
        return changedLines(from: TerminalText.visibleLines(old), to: TerminalText.visibleLines(new))
    }

    private func changedLines(from old: [String], to new: [String]) -> [PlanLine] {
        guard old.count + new.count < 2000 else {
            return [PlanLine(sign: .plain, path: "", text: "(\(old.count) lines -> \(new.count) lines)")]
        }
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for step in new.difference(from: old) {
            switch step {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var lines: [PlanLine] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if removed.contains(left), left < old.count {
                lines.append(PlanLine(sign: .removed, path: "", text: old[left]))
                left += 1
            } else if inserted.contains(right), right < new.count {
                lines.append(PlanLine(sign: .added, path: "", text: new[right]))
                right += 1
            } else {
                if left < old.count { lines.append(PlanLine(sign: .plain, path: "", text: old[left])) }
                left += 1
                right += 1
            }
        }
        return aroundChanges(lines, context: 2)
    }

    private func aroundChanges(_ lines: [PlanLine], context: Int) -> [PlanLine] {
        var kept = [Bool](repeating: false, count: lines.count)
        for (index, line) in lines.enumerated() where line.sign != .plain {
            for near in max(0, index - context)...min(lines.count - 1, index + context) { kept[near] = true }
        }
        var result: [PlanLine] = []
        for (index, line) in lines.enumerated() {
            if kept[index] {
                result.append(line)
            } else if index == 0 || kept[index - 1] {
                result.append(PlanLine(sign: .plain, path: "", text: "…"))
            }
        }
        return result
    }
}
