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

    let start: SourceRange
    let isFlow: Bool
    let anchor: String?
    private var content: Content
    private var weight = 1
    private var height = 1
    /// Where the last node ends. libyaml ends a block only where the next token begins, which may be lines below.
    private var lastEnd: SourceLocation

    init(start: SourceRange, isFlow: Bool, anchor: String?, content: Content) {
        self.start = start
        self.isFlow = isFlow
        self.anchor = anchor
        self.content = content
        lastEnd = start.end
    }

    mutating func add(_ built: YAMLBuiltNode, _ problems: inout YAMLProblems) {
        weight += built.weight
        height = max(height, built.height + 1)
        lastEnd = max(lastEnd, built.node.range.end)
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

    func built(endingAt end: SourceLocation) -> YAMLBuiltNode {
        let range = SourceRange(start: start.start, end: isFlow ? end : lastEnd)
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

    private enum Item: Sendable {
        case own(YAMLEntry)
        case merged(YAMLEntry)
    }

    private var key: Key?
    private var items: [Item] = []
    /// Where each key of the mapping itself stands. The merge key is among them.
    private var own: [String: SourceRange] = [:]

    /// Own entries win over merged ones, and of the merged ones the first.
    /// Source: yaml.org/type/merge.html.
    var entries: [YAMLEntry] {
        var merged: Set<String> = []
        return items.compactMap { item in
            switch item {
            case .own(let entry): entry
            case .merged(let entry):
                own[entry.name] == nil && merged.insert(entry.name).inserted ? entry : nil
            }
        }
    }

    /// Takes a key, or the value of the last key.
    mutating func add(_ built: YAMLBuiltNode, _ problems: inout YAMLProblems) {
        guard let waiting = key else {
            key = built.isPlaceholder ? .invalid : checkedKey(built.node, &problems)
            return
        }
        key = nil
        switch waiting {
        case .named(let key): items.append(.own(YAMLEntry(key: key, value: built.node)))
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
        if let first = own[text] {
            problems.append(
                Diagnostic(
                    .duplicateKey, "the key '\(text)' stands here a second time", at: node.range,
                    hint: form.isMerge(text) ? "merge several mappings with a list: '<<: [*one, *other]'" : nil,
                    notes: [.init("the first one is here", at: first)]))
            return .invalid
        }
        own[text] = node.range
        return form.isMerge(text) ? .merge : .named(node)
    }

    private mutating func merge(_ node: YAMLNode, _ problems: inout YAMLProblems) {
        switch node.content {
        case .mapping(let entries): items.append(contentsOf: entries.map(Item.merged))
        case .sequence(let sources): for source in sources { mergeListed(source, &problems) }
        case .scalar: reportInvalidMerge(node, &problems)
        }
    }

    private mutating func mergeListed(_ node: YAMLNode, _ problems: inout YAMLProblems) {
        if case .mapping(let entries) = node.content {
            items.append(contentsOf: entries.map(Item.merged))
        } else if !node.isNothing || problems.diagnostics.isEmpty {
            // Nothing may stand there for an alias that was reported already.
            reportInvalidMerge(node, &problems)
        }
    }

    private func reportInvalidMerge(_ node: YAMLNode, _ problems: inout YAMLProblems) {
        problems.append(
            Diagnostic(
                .invalidMerge, "'<<' can merge mappings only, and this is \(node.kindInWords)", at: node.range,
                hint: "name a mapping by its alias: '<<: *defaults'"))
    }
}

extension YAMLScalarForm {
    /// Only a plain `<<` merges; in quotes it is a key like any other.
    fileprivate func isMerge(_ text: String) -> Bool {
        style == .plain && tag == nil && text == "<<"
    }
}
