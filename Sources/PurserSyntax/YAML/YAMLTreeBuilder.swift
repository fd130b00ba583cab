/// Makes a tree of libyaml's events, resolving aliases and merge keys, and collects what is wrong with it.
///
/// A part that is wrong is replaced by a null, so that the problems behind it are found as well.
struct YAMLTreeBuilder: Sendable {
    let file: String
    private let text: SourceFile
    private let limits: YAMLLimits
    private(set) var problems: YAMLProblems
    private var frames: [YAMLFrame] = []
    private var anchors: [String: YAMLAnchor] = [:]
    private var firstDocument: SourceRange?
    private var documents = 0
    private var root: YAMLNode?
    /// How many nodes the text holds so far.
    private(set) var nodes = 0
    private var aliasedNodes = 0
    /// Starts without an end yet within a part that is nested too deeply; 0 outside of such a part.
    private var skippedLevels = 0
    /// The last text in quotes that goes over several lines: often the one whose closing quote is missing.
    private var lastLongQuote: SourceRange?

    init(file: SourceFile, limits: YAMLLimits) {
        text = file
        self.file = file.path
        self.limits = limits
        problems = YAMLProblems(limit: limits.problems)
    }

    mutating func accept(_ event: YAMLEvent) -> YAMLEventReader.Progress {
        if skippedLevels > 0 {
            skip(event)
        } else {
            build(event)
        }
        return problems.isFull || nodes > limits.nodes || skippedLevels > Self.mostSkippedLevels ? .stop : .goOn
    }

    /// libyaml looks through its open levels at every token, so that there must not be too many of them.
    private static let mostSkippedLevels = 100

    mutating func fail(_ failure: YAMLScannerFailure) {
        problems.append(YAMLSyntaxProblem(failure, in: text, lastLongQuote: lastLongQuote).diagnostic)
    }

    /// - Returns: the root, or nil if the document is empty.
    func finish() throws(Diagnostics) -> YAMLNode? {
        let found = problems.diagnostics.sorted()
        try found.throwIfErrors()
        return root
    }

    private mutating func build(_ event: YAMLEvent) {
        switch event.kind {
        case .streamStart, .streamEnd, .documentEnd: break
        case .documentStart: startDocument(event)
        case .alias(let name): add(resolved(name, at: range(event)))
        case .scalar(let text, let style): addScalar(text, style, event)
        case .sequenceStart(let isFlow): start(event, .sequence([]), isFlow: isFlow)
        case .mappingStart(let isFlow): start(event, .mapping(YAMLMappingFrame()), isFlow: isFlow)
        case .sequenceEnd, .mappingEnd: endCollection(event)
        }
    }

    private mutating func startDocument(_ event: YAMLEvent) {
        documents += 1
        anchors = [:]
        guard let first = firstDocument else {
            firstDocument = range(event)
            return
        }
        if documents == 2 {
            problems.append(
                Diagnostic(
                    .severalDocuments, "a second YAML document begins here", at: range(event),
                    hint: "put it into a file of its own in the same directory, or remove the '---'",
                    notes: [.init("the first document begins here", at: first)]))
        }
    }

    private mutating func addScalar(_ text: String, _ style: YAMLScalarForm.Style, _ event: YAMLEvent) {
        let range = range(event)
        if style == .singleQuoted || style == .doubleQuoted, range.end.line > range.start.line {
            lastLongQuote = range
        }
        count(1, at: range)
        let form = form(of: text, style, event)
        let node = YAMLNode(range: range, content: .scalar(text, form))
        let built = YAMLBuiltNode(node: node, weight: 1 + text.utf8.count / Self.bytesPerNode, height: 0)
        if let anchor = event.anchor { anchors[anchor] = .complete(built) }
        add(built)
    }

    /// How many bytes of a scalar count as much as a node when an alias repeats it.
    private static let bytesPerNode = 32

    private mutating func count(_ more: Int, at range: SourceRange) {
        nodes += more
        if nodes == limits.nodes + 1 {
            problems.append(
                Diagnostic(
                    .tooManyNodes, "the document has more than \(limits.nodes) values", at: range,
                    hint: "split the environment: every '*.yaml' of its directory is read"))
        }
    }

    private mutating func start(_ event: YAMLEvent, _ content: YAMLFrame.Content, isFlow: Bool) {
        let range = range(event)
        count(1, at: range)
        guard frames.count < limits.depth else {
            reportTooDeep(at: range)
            skip(event)
            return
        }
        checkCollectionTag(event, at: range)
        if let anchor = event.anchor { anchors[anchor] = .open(range) }
        frames.append(YAMLFrame(beginningAt: range, isFlow: isFlow, anchor: event.anchor, content: content))
    }

    private mutating func endCollection(_ event: YAMLEvent) {
        guard let frame = frames.popLast() else { return }
        let built = frame.built(endingAt: range(event))
        if let anchor = frame.anchor { anchors[anchor] = .complete(built) }
        add(built)
    }

    private mutating func add(_ built: YAMLBuiltNode) {
        guard !frames.isEmpty else {
            if documents == 1 { root = built.node.isNothing ? nil : built.node }
            return
        }
        frames[frames.count - 1].add(built, &problems)
    }

    /// Goes through a part that is nested too deeply without keeping it.
    private mutating func skip(_ event: YAMLEvent) {
        if let anchor = event.anchor { anchors[anchor] = .unusable }
        switch event.kind {
        case .sequenceStart, .mappingStart:
            skippedLevels += 1
        case .sequenceEnd, .mappingEnd:
            skippedLevels -= 1
            if skippedLevels == 0 { add(.nothing(at: range(event))) }
        default:
            break
        }
    }

    private mutating func reportTooDeep(at range: SourceRange) {
        problems.append(
            Diagnostic(
                .tooDeep, "lists and mappings are nested more than \(limits.depth) levels deep", at: range))
    }

    func range(_ event: YAMLEvent) -> SourceRange { text.range(of: event) }
}

// MARK: - Aliases

extension YAMLTreeBuilder {
    /// What an alias stands for; a null if that cannot be told, which is reported.
    private mutating func resolved(_ name: String, at range: SourceRange) -> YAMLBuiltNode {
        count(1, at: range)
        switch anchors[name] {
        case nil: reportUnknownAlias(name, at: range)
        case .open(let anchor)?: reportRecursion(name, at: range, anchor: anchor)
        case .unusable?: break
        case .complete(let built)?:
            if frames.count + built.height > limits.depth {
                reportTooDeep(at: range)
            } else if mayRepeat(built.weight, at: range) {
                let node = YAMLNode(range: range, content: built.node.content)
                return YAMLBuiltNode(node: node, weight: built.weight, height: built.height)
            }
        }
        return .nothing(at: range)
    }

    private mutating func reportUnknownAlias(_ name: String, at range: SourceRange) {
        let hint = Suggestion.hint(for: name, among: anchors.keys)
        problems.append(
            Diagnostic(
                .unknownAlias, "no anchor '&\(name)' stands before this alias", at: range,
                hint: hint ?? "if the text is meant to begin with '*', put it in quotes"))
    }

    private mutating func reportRecursion(_ name: String, at range: SourceRange, anchor: SourceRange) {
        problems.append(
            Diagnostic(
                .recursiveAlias, "'*\(name)' stands within '&\(name)' itself", at: range,
                notes: [.init("the anchor is here", at: anchor)]))
    }

    /// Takes `weight` from what aliases may add; reports once when there is not enough left.
    private mutating func mayRepeat(_ weight: Int, at range: SourceRange) -> Bool {
        let limit = limits.aliasedNodes + text.text.utf8.count / 8
        if aliasedNodes > limit { return false }
        aliasedNodes += weight
        if aliasedNodes <= limit { return true }
        problems.append(
            Diagnostic(
                .aliasExpansion, "aliases make this document grow to more than \(limit) further values", at: range,
                hint: "write out what differs, and repeat less"))
        return false
    }
}

// MARK: - Tags

extension YAMLTreeBuilder {
    private mutating func form(
        of text: String, _ style: YAMLScalarForm.Style, _ event: YAMLEvent
    ) -> YAMLScalarForm {
        guard let name = event.tag else { return YAMLScalarForm(style: style) }
        if name == "!" { return YAMLScalarForm(style: style, tag: .string) }
        if name == Self.mergeTag, text == "<<" { return .plain }
        guard let tag = YAMLScalarForm.Tag(rawValue: name) else {
            reportCustomTag(name, at: range(event))
            return YAMLScalarForm(style: style, tag: .string)
        }
        let form = YAMLScalarForm(style: style, tag: tag)
        if !YAMLScalarValue(text, form).fits(tag) {
            problems.append(
                Diagnostic(
                    .tagMismatch, "'\(text)' is not what its tag '\(Self.shown(name))' says", at: range(event),
                    hint: "remove the tag, or correct the value"))
        }
        return form
    }

    private mutating func checkCollectionTag(_ event: YAMLEvent, at range: SourceRange) {
        guard let tag = event.tag, tag != "!" else { return }
        let own: String
        if case .sequenceStart = event.kind { own = "seq" } else { own = "map" }
        if tag == Self.corePrefix + own { return }
        if tag == Self.corePrefix + "seq" || tag == Self.corePrefix + "map"
            || YAMLScalarForm.Tag(rawValue: tag) != nil
        {
            let kind = own == "seq" ? "a list" : "a mapping"
            problems.append(
                Diagnostic(
                    .tagMismatch, "\(kind) is not what its tag '\(Self.shown(tag))' says", at: range,
                    hint: "remove the tag"))
        } else {
            reportCustomTag(tag, at: range)
        }
    }

    private mutating func reportCustomTag(_ tag: String, at range: SourceRange) {
        problems.append(
            Diagnostic(
                .customTag, "the tag '\(Self.shown(tag))' is not known", at: range,
                hint: "remove the tag; if the text is meant to begin with '!', put it in quotes"))
    }

    private static let corePrefix = "tag:yaml.org,2002:"
    private static let mergeTag = corePrefix + "merge"

    /// A tag as it is mostly written: `!!binary`, `!local`, `!<tag:example.org,2000:x>`.
    private static func shown(_ tag: String) -> String {
        if tag.hasPrefix(corePrefix) { return "!!" + tag.dropFirst(corePrefix.count) }
        return tag.hasPrefix("!") ? tag : "!<\(tag)>"
    }
}

extension YAMLScalarValue {
    fileprivate func fits(_ tag: YAMLScalarForm.Tag) -> Bool {
        switch (tag, self) {
        case (.string, _), (.null, .null), (.bool, .bool), (.int, .int), (.float, .float): true
        default: false
        }
    }
}
