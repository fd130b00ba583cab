import PurserSyntax

/// A YAML document as go-yaml v3, which the provider reads `objects` with, resolves it.
/// Source: gopkg.in/yaml.v3, `resolve.go` and `decode.go`; the error texts are its.
struct GoYAMLNode {
    indirect enum Content {
        case scalar(String)
        case sequence([GoYAMLNode])
        case mapping([(key: GoYAMLNode, value: GoYAMLNode)])
    }

    let content: Content
    /// `!!str`, `!!int`, `!!map`…
    let tag: String
    /// Counted from 1.
    let line: Int

    var text: String? { if case .scalar(let text) = content { text } else { nil } }
    var isNull: Bool { tag == "!!null" }
}

/// What go-yaml says of a text, without its leading `yaml: `.
struct GoYAMLFailure: Error, Equatable {
    let text: String

    init(_ text: String) { self.text = text }

    /// Scanner errors are counted from the line before. Source: `parser.fail`.
    init(_ failure: YAMLScannerFailure) {
        let context = failure.contextMark?.line ?? 0
        let line = context != 0 ? context : failure.problemMark.line
        let isScanner = failure.context?.hasPrefix("while scanning") ?? !failure.problem.hasPrefix("did not find")
        text = line == 0 ? failure.problem : "line \(line + (isScanner ? 1 : 0)): \(failure.problem)"
    }
}

/// Builds the first document of a text from libyaml's events.
struct GoYAMLReader {
    private static let mostNodes = 100_000

    private struct Frame {
        let isMapping: Bool
        let anchor: String?
        let line: Int
        var nodes: [GoYAMLNode] = []
    }

    private var stack: [Frame] = []
    private var anchors: [String: GoYAMLNode] = [:]
    private var count = 0
    private var root: GoYAMLNode?
    private var failure: GoYAMLFailure?

    /// Nil for a text without a document.
    static func root(of text: String) throws(GoYAMLFailure) -> GoYAMLNode? {
        var reader = GoYAMLReader()
        do throws(YAMLScannerFailure) {
            try YAMLEventReader.read(text) { reader.accept($0) }
        } catch {
            throw GoYAMLFailure(error)
        }
        if let failure = reader.failure { throw failure }
        return reader.root
    }

    private mutating func accept(_ event: YAMLEvent) -> YAMLEventReader.Progress {
        let line = event.start.line + 1
        switch event.kind {
        case .streamStart, .documentStart: break
        case .streamEnd, .documentEnd: return .stop
        case .scalar(let text, let style): add(Self.scalar(text, style, event.tag, line), event.anchor)
        case .alias(let name): addAlias(name)
        case .sequenceStart: stack.append(Frame(isMapping: false, anchor: event.anchor, line: line))
        case .mappingStart: stack.append(Frame(isMapping: true, anchor: event.anchor, line: line))
        case .sequenceEnd, .mappingEnd: close()
        }
        return failure == nil ? .goOn : .stop
    }

    private mutating func addAlias(_ name: String) {
        guard let target = anchors[name] else {
            failure = GoYAMLFailure("unknown anchor '\(name)' referenced")
            return
        }
        add(target, nil)
    }

    private mutating func add(_ node: GoYAMLNode, _ anchor: String?) {
        count += 1
        if count > Self.mostNodes { failure = GoYAMLFailure("document contains excessive aliasing") }
        if let anchor { anchors[anchor] = node }
        if stack.isEmpty { root = node } else { stack[stack.count - 1].nodes.append(node) }
    }

    private mutating func close() {
        guard let frame = stack.popLast() else { return }
        guard frame.isMapping else {
            return add(
                GoYAMLNode(content: .sequence(frame.nodes), tag: "!!seq", line: frame.line), frame.anchor)
        }
        let pairs = stride(from: 0, to: frame.nodes.count - 1, by: 2).map { (frame.nodes[$0], frame.nodes[$0 + 1]) }
        add(
            GoYAMLNode(content: .mapping(pairs.map { (key: $0.0, value: $0.1) }), tag: "!!map", line: frame.line),
            frame.anchor)
    }

    private static func scalar(
        _ text: String, _ style: YAMLScalarForm.Style, _ tag: String?, _ line: Int
    ) -> GoYAMLNode {
        let written = tag.map { $0.replacing("tag:yaml.org,2002:", with: "!!") }
        let resolved = style == .plain ? GoYAMLScalar.tag(of: text) : "!!str"
        return GoYAMLNode(content: .scalar(text), tag: written ?? resolved, line: line)
    }
}

/// The types of plain scalars.
enum GoYAMLScalar {
    static func tag(of text: String) -> String {
        switch text {
        case "", "~", "null", "Null", "NULL": return "!!null"
        case "true", "True", "TRUE", "false", "False", "FALSE": return "!!bool"
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN":
            return "!!float"
        default: break
        }
        // Most texts are told by their first character, at the cost of no pattern.
        guard let first = text.utf8.first, numberStarts.contains(first) else { return "!!str" }
        if integer(text) != nil { return "!!int" }
        return text.wholeMatch(of: #/[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/#) != nil ? "!!float" : "!!str"
    }

    private static let numberStarts = Set("+-.0123456789".utf8)

    /// As Go's `strconv.ParseInt` with base 0 reads it, underscores left out.
    static func integer(_ text: String) -> Int? {
        let plain = text.filter { $0 != "_" }
        let isNegative = plain.hasPrefix("-")
        let digits = plain.first.map { "+-".contains($0) } == true ? plain.dropFirst() : plain[...]
        guard let first = digits.first, first.isASCII, first.isNumber else { return nil }
        for (prefixes, radix) in [(["0x", "0X"], 16), (["0b", "0B"], 2), (["0o", "0O"], 8)]
        where prefixes.contains(where: digits.hasPrefix) {
            return magnitude(digits.dropFirst(2), radix).map { isNegative ? -$0 : $0 }
        }
        let radix = digits.count > 1 && first == "0" ? 8 : 10
        return magnitude(digits, radix).map { isNegative ? -$0 : $0 }
    }

    private static func magnitude(_ digits: Substring, _ radix: Int) -> Int? {
        digits.first.map { "+-".contains($0) } == true ? nil : Int(digits, radix: radix)
    }
}

/// Decodes nodes into what Go types take, collecting what does not fit, as go-yaml reports it all at once.
struct GoYAMLDecoder {
    private var lines: [String] = []

    /// The members of a mapping, in order. A key that comes twice ends the decoding of the mapping.
    mutating func members(of node: GoYAMLNode, as type: String) -> [(name: String, value: GoYAMLNode)] {
        guard case .mapping(let pairs) = node.content else {
            mismatch(node, type)
            return []
        }
        let before = lines.count
        var places: [String: [Int]] = [:]
        for pair in pairs {
            if let name = pair.key.text { places[name, default: []].append(pair.key.line) }
        }
        for pair in pairs {
            guard let name = pair.key.text, let all = places[name], all.count > 1 else { continue }
            // Each is compared with those behind it.
            let later = all.dropFirst()
            lines += later.map { "line \($0): mapping key \"\(name)\" already defined at line \(all[0])" }
            places[name] = Array(later)
        }
        guard lines.count == before else { return [] }
        return pairs.compactMap { pair in pair.key.text.map { ($0, pair.value) } }
    }

    /// Nil for null, and for what is no scalar.
    mutating func string(_ node: GoYAMLNode) -> String? {
        if node.isNull { return nil }
        if node.text == nil { mismatch(node, "string") }
        return node.text
    }

    /// Fractions are cut off.
    mutating func int32(_ node: GoYAMLNode) -> Int? {
        if node.isNull { return nil }
        if let text = node.text {
            if node.tag == "!!int", let number = GoYAMLScalar.integer(text), Int32(exactly: number) != nil {
                return number
            }
            if node.tag == "!!float", let number = Double(text), abs(number) < 2_147_483_648 { return Int(number) }
        }
        mismatch(node, "int32")
        return nil
    }

    mutating func mismatch(_ node: GoYAMLNode, _ type: String) {
        let value = node.text.map { $0.utf8.count > 10 ? " `\($0.prefix(7))...`" : " `\($0)`" } ?? ""
        lines.append("line \(node.line): cannot unmarshal \(node.tag)\(value) into \(type)")
    }

    func check() throws(GoYAMLFailure) {
        if !lines.isEmpty { throw GoYAMLFailure("unmarshal errors:\n  " + lines.joined(separator: "\n  ")) }
    }
}
