package import PurserSyntax

/// A mechanical change of the sources that mends a finding.
package struct SpecPatch: Sendable, Hashable {
    package enum Edit: Sendable, Hashable {
        /// The text at a range becomes another.
        case replace(SourceRange, with: String)
        /// A member below the mapping that stands at a range, or whose key does, gets a value; mappings on the way are
        /// made. The value is YAML in flow style.
        case set(in: SourceRange, path: [String], value: String)
        /// The list that stands at a range gets one more item.
        case append(to: SourceRange, value: String)

        var range: SourceRange {
            switch self {
            case .replace(let range, _), .set(let range, _, _), .append(let range, _): range
            }
        }
    }

    /// What it does, in the imperative.
    package var summary: String
    package var edits: [Edit]

    package init(_ summary: String, _ edits: [Edit]) {
        self.summary = summary
        self.edits = edits
    }
}

/// Why a patch cannot be made in a text.
package enum SpecPatchError: Error, Sendable, Hashable {
    /// What the edit points at is not there, or of another form.
    case noPlace(SourceRange)
    /// Two edits change the same stretch of text.
    case overlap(SourceRange)
}

extension SpecPatch {
    /// The source's text with those edits made that are in its file.
    ///
    /// Throws `SpecPatchError`, also where what stands at the place is no YAML.
    package func text(of source: SourceFile) throws -> String {
        let own = edits.filter { $0.range.file == source.path }
        guard !own.isEmpty else { return source.text }
        let editor = TextEditor(source: source, roots: YAMLParser.parseStream(source).documents)
        var changes: [TextEditor.Change] = []
        for edit in own {
            let change = try editor.change(for: edit)
            if !changes.contains(change) { changes.append(change) }
        }
        return try editor.text(with: changes)
    }
}

/// Turns edits of YAML into changes of its text.
struct TextEditor {
    struct Change: Hashable {
        let bytes: Range<Int>
        let text: String
        let range: SourceRange
    }

    let source: SourceFile
    let roots: [YAMLNode]

    func change(for edit: SpecPatch.Edit) throws -> Change {
        switch edit {
        case .replace(let range, let text): return try replacement(range, text)
        case .append(let range, let value): return try appending(value, range)
        case .set(let range, let path, let value):
            guard let node = node(at: range, in: roots), node.mapping != nil || node.isNull else {
                throw SpecPatchError.noPlace(range)
            }
            return try setting(path[...], value, node, range)
        }
    }

    func text(with changes: [Change]) throws -> String {
        var bytes = Array(source.text.utf8)
        var last = bytes.count + 1
        // From the end, so that places before stay where they are; of insertions at one place the first comes first.
        let ordered = changes.enumerated().sorted {
            ($0.element.bytes.lowerBound, $0.offset) > ($1.element.bytes.lowerBound, $1.offset)
        }
        for (_, change) in ordered {
            let isInsertion = change.bytes.isEmpty
            guard change.bytes.upperBound < last || isInsertion && change.bytes.upperBound <= last else {
                throw SpecPatchError.overlap(change.range)
            }
            bytes.replaceSubrange(change.bytes, with: Array(change.text.utf8))
            last = change.bytes.lowerBound
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Replacing

    private func bytes(_ range: SourceRange) throws -> Range<Int> {
        guard let start = source.byteOffset(of: range.start), let end = source.byteOffset(of: range.end), start <= end
        else {
            throw SpecPatchError.noPlace(range)
        }
        return start..<end
    }

    private func replacement(_ range: SourceRange, _ text: String) throws -> Change {
        let place = try bytes(range)
        let old = String(decoding: Array(source.text.utf8)[place], as: UTF8.self)
        let quote = old.first.map { "\"'".contains($0) } == true ? old.first : nil
        return Change(bytes: place, text: quote.map { "\($0)\(text)\($0)" } ?? text, range: range)
    }

    // MARK: Lists

    private func appending(_ value: String, _ range: SourceRange) throws -> Change {
        guard let node = node(at: range, in: roots), let items = node.sequence else {
            throw SpecPatchError.noPlace(range)
        }
        let place = try bytes(node.range)
        if isFlow(place, ("[", "]")) {
            return Change(
                bytes: place.upperBound - 1..<place.upperBound - 1, text: items.isEmpty ? value : ", \(value)",
                range: range)
        }
        guard let last = items.last else { throw SpecPatchError.noPlace(range) }
        let end = try endOfLine(after: last)
        let indent = String(repeating: " ", count: max(0, node.range.start.column - 1))
        return Change(bytes: end..<end, text: "\n\(indent)- \(value)", range: range)
    }

    // MARK: Mappings

    private func setting(
        _ path: ArraySlice<String>, _ value: String, _ node: YAMLNode, _ range: SourceRange
    ) throws -> Change {
        guard let name = path.first else { throw SpecPatchError.noPlace(range) }
        let rest = path.dropFirst()
        if let entry = node.entry(name) {
            if rest.isEmpty { return Change(bytes: try bytes(entry.value.range), text: value, range: range) }
            if entry.value.mapping != nil { return try setting(rest, value, entry.value, range) }
            guard entry.value.isNull else { throw SpecPatchError.noPlace(range) }
            let end = try bytes(entry.key.range).upperBound + 1
            return Change(bytes: end..<end, text: " \(Self.flow(rest, value))", range: range)
        }
        return try adding(path, value, to: node, range)
    }

    /// `{a: {b: VALUE}}`, or the value alone.
    private static func flow(_ path: ArraySlice<String>, _ value: String) -> String {
        path.reversed().reduce(value) { "{\($1): \($0)}" }
    }

    private func adding(
        _ path: ArraySlice<String>, _ value: String, to node: YAMLNode, _ range: SourceRange
    ) throws -> Change {
        let place = try bytes(node.range)
        let member = "\(path.first ?? ""): \(Self.flow(path.dropFirst(), value))"
        if isFlow(place, ("{", "}")) {
            let isEmpty = node.mapping?.isEmpty ?? true
            return Change(
                bytes: place.upperBound - 1..<place.upperBound - 1, text: isEmpty ? member : ", \(member)", range: range
            )
        }
        guard let first = node.mapping?.first, let last = node.mapping?.last else {
            throw SpecPatchError.noPlace(range)
        }
        let end = try endOfLine(after: last.value.isNull ? last.key : last.value)
        let indent = String(repeating: " ", count: max(0, first.key.range.start.column - 1))
        return Change(bytes: end..<end, text: "\n\(indent)\(member)", range: range)
    }

    // MARK: Places

    /// The mapping, list or scalar at a range, or the value of the key that stands there.
    private func node(at range: SourceRange, in nodes: [YAMLNode]) -> YAMLNode? {
        for node in nodes {
            if node.range == range { return node }
            for entry in node.mapping ?? [] {
                if entry.key.range == range { return entry.value }
                if let found = self.node(at: range, in: [entry.value]) { return found }
            }
            if let items = node.sequence, let found = self.node(at: range, in: items) { return found }
        }
        return nil
    }

    private func isFlow(_ place: Range<Int>, _ brackets: (start: Character, end: Character)) -> Bool {
        let bytes = Array(source.text.utf8)
        guard place.count >= 2, place.upperBound <= bytes.count else { return false }
        return bytes[place.lowerBound] == brackets.start.asciiValue
            && bytes[place.upperBound - 1] == brackets.end.asciiValue
    }

    /// The end of the line on which a node's last character stands.
    private func endOfLine(after node: YAMLNode) throws -> Int {
        let bytes = Array(source.text.utf8)
        var end = try self.bytes(node.range).upperBound
        // A block's range goes up to the line after it.
        while end > 0, [0x0A, 0x0D, 0x20].contains(bytes[end - 1]) { end -= 1 }
        while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
        return end
    }
}
