/// A finished node with what it costs to repeat it.
struct YAMLBuiltNode: Sendable {
    let node: YAMLNode
    /// Nodes in it, itself included, with aliases expanded; long texts count for several.
    let weight: Int
    /// Levels of lists and mappings in it: 0 for a scalar.
    let height: Int
    /// Whether it only fills the place of something that was reported.
    var isPlaceholder = false

    /// A null in place of what could not be built.
    static func nothing(at range: SourceRange) -> YAMLBuiltNode {
        YAMLBuiltNode(
            node: YAMLNode(range: range, content: .scalar("", .plain)), weight: 1, height: 0, isPlaceholder: true)
    }
}

/// What an anchor names.
enum YAMLAnchor: Sendable {
    /// A list or mapping that has begun and not ended; the range is its start.
    case open(SourceRange)
    case complete(YAMLBuiltNode)
    /// Something that was left out for another problem.
    case unusable
}

extension YAMLNode {
    /// Whether nothing at all is written here.
    var isNothing: Bool {
        if case .scalar("", .plain) = content { true } else { false }
    }
}

/// A list or mapping that has begun and not ended.
struct YAMLFrame: Sendable {
    enum Content: Sendable {
        case sequence([YAMLNode])
        case mapping(YAMLMappingFrame)
    }

    /// As far as the last node. libyaml ends a block only where the next token begins, which may be lines below.
    private var range: SourceRange
    let isFlow: Bool
    let anchor: String?
    private var content: Content
    private var weight = 1
    private var height = 1

    init(beginningAt range: SourceRange, isFlow: Bool, anchor: String?, content: Content) {
        self.range = range
        self.isFlow = isFlow
        self.anchor = anchor
        self.content = content
    }

    mutating func add(_ built: YAMLBuiltNode, _ problems: inout YAMLProblems) {
        weight += built.weight
        height = max(height, built.height + 1)
        range = range.extended(to: built.node.range)
        switch content {
        case .sequence(var nodes):
            content = .sequence([])
            nodes.append(built.node)
            content = .sequence(nodes)
        case .mapping(var mapping):
            content = .sequence([])
            mapping.add(built, &problems)
            content = .mapping(mapping)
        }
    }

    func built(endingAt end: SourceRange) -> YAMLBuiltNode {
        let range = isFlow ? range.extended(to: end) : range
        let node =
            switch content {
            case .sequence(let nodes): YAMLNode(range: range, content: .sequence(nodes))
            case .mapping(let mapping): YAMLNode(range: range, content: .mapping(mapping.entries))
            }
        return YAMLBuiltNode(node: node, weight: weight, height: height)
    }
}

/// The entries of a mapping that has not ended, with the key that waits for its value.
struct YAMLMappingFrame: Sendable {
    private enum Key: Sendable {
        case named(YAMLNode)
        case merge
        /// A key that was reported: its value is dropped.
        case invalid
    }

    private var key: Key?
    private var items: [YAMLEntry] = []
    /// Which of the items came by a merge key: runs of them, in order.
    private var merged: [Range<Int>] = []
    /// The keys of the mapping itself. The merge key is among them.
    private var own = YAMLKeys()

    /// Own entries win over merged ones, and of the merged ones the first.
    /// Source: yaml.org/type/merge.html.
    var entries: [YAMLEntry] {
        if merged.isEmpty { return items }
        var result: [YAMLEntry] = []
        var known: Set<String> = []
        var runs = merged[...]
        for (index, entry) in items.enumerated() {
            while let run = runs.first, run.upperBound <= index { runs.removeFirst() }
            let isMerged = runs.first?.contains(index) ?? false
            if isMerged, own.place(of: entry.name) != nil || !known.insert(entry.name).inserted { continue }
            result.append(entry)
        }
        return result
    }

    /// Takes a key, or the value of the last key.
    mutating func add(_ built: YAMLBuiltNode, _ problems: inout YAMLProblems) {
        guard let waiting = key else {
            key = built.isPlaceholder ? .invalid : checkedKey(built.node, &problems)
            return
        }
        key = nil
        switch waiting {
        case .named(let key): items.append(YAMLEntry(key: key, value: built.node))
        case .merge where built.isPlaceholder: break
        case .merge: merge(built.node, &problems)
        case .invalid: break
        }
    }

    private mutating func checkedKey(_ node: YAMLNode, _ problems: inout YAMLProblems) -> Key {
        guard case .scalar(let text, let form) = node.content else {
            problems.append(
                Diagnostic(
                    .compositeKey, "a key must be a text, not \(node.kindInWords)", at: node.range,
                    hint: "a value that begins with '{' or '[' needs quotes if it is meant as text"))
            return .invalid
        }
        if node.isNothing {
            problems.append(Diagnostic(.emptyKey, "a ':' without a key before it", at: node.range))
            return .invalid
        }
        if let first = own.place(of: text) {
            problems.append(
                Diagnostic(
                    .duplicateKey, "the key '\(text)' stands here a second time", at: node.range,
                    hint: form.isMerge(text) ? "merge several mappings with a list: '<<: [*one, *other]'" : nil,
                    notes: [.init("the first one is here", at: first)]))
            return .invalid
        }
        own.append(text, at: node.range)
        return form.isMerge(text) ? .merge : .named(node)
    }

    private mutating func merge(_ node: YAMLNode, _ problems: inout YAMLProblems) {
        switch node.content {
        case .mapping(let entries): merge(entries)
        case .sequence(let sources): for source in sources { mergeListed(source, &problems) }
        case .scalar: reportInvalidMerge(node, &problems)
        }
    }

    private mutating func mergeListed(_ node: YAMLNode, _ problems: inout YAMLProblems) {
        if case .mapping(let entries) = node.content {
            merge(entries)
        } else if !node.isNothing || problems.diagnostics.isEmpty {
            // Nothing may stand there for an alias that was reported already.
            reportInvalidMerge(node, &problems)
        }
    }

    private mutating func merge(_ entries: [YAMLEntry]) {
        merged.append(items.count..<items.count + entries.count)
        items += entries
    }

    private func reportInvalidMerge(_ node: YAMLNode, _ problems: inout YAMLProblems) {
        problems.append(
            Diagnostic(
                .invalidMerge, "'<<' can merge mappings only, and this is \(node.kindInWords)", at: node.range,
                hint: "name a mapping by its alias: '<<: *defaults'"))
    }
}

/// Keys with their places. Most mappings have few, among which looking at each is the quickest.
private struct YAMLKeys: Sendable {
    private var first: [(key: String, place: SourceRange)] = []
    private var others: [String: SourceRange] = [:]

    private static let fewest = 8

    func place(of key: String) -> SourceRange? {
        first.first { $0.key == key }?.place ?? (others.isEmpty ? nil : others[key])
    }

    mutating func append(_ key: String, at place: SourceRange) {
        if first.count < Self.fewest { first.append((key, place)) } else { others[key] = place }
    }
}

extension YAMLScalarForm {
    /// Only a plain `<<` merges; in quotes it is a key like any other.
    fileprivate func isMerge(_ text: String) -> Bool {
        style == .plain && tag == nil && text == "<<"
    }
}
