import CLibYAML

/// A YAML document as a tree, with the types that YAML 1.2's core schema gives to plain scalars. It is what the Azure
/// provider needs for its nested `objects`, whose errors carry lines, and what the API needs for YAML bodies.
struct YAMLDocument {
    indirect enum Content {
        case scalar(String, tag: String)
        case sequence([Node])
        case mapping([(key: Node, value: Node)])
    }

    struct Node {
        var content: Content
        /// Counted from 1.
        var line: Int

        /// `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq`, `!!map`.
        var tag: String {
            switch content {
            case .scalar(_, let tag): tag
            case .sequence: "!!seq"
            case .mapping: "!!map"
            }
        }
    }

    /// Text in the words of go-yaml, without the leading `yaml: `.
    struct Problem: Error, Equatable {
        var text: String
    }

    /// nil for an empty document.
    let root: Node?

    init(parsing text: String) throws(Problem) {
        // Only Swift values leave the reader, whose life is within the call: libyaml keeps a pointer to the bytes.
        var text = text
        let result = text.withUTF8 { bytes in
            Result { () throws(Problem) -> Node? in
                var reader = try YAMLReader(bytes)
                defer { reader.close() }
                return try reader.document()
            }
        }
        root = try result.get()
    }

    var json: JSON { root.map(Self.json) ?? .null }

    private static func json(_ node: Node) -> JSON {
        switch node.content {
        case .scalar(let text, let tag): return scalar(text, tag)
        case .sequence(let elements): return .array(elements.map(json))
        case .mapping(let members):
            let pairs = members.map { member -> (String, JSON) in
                if case .scalar(let key, _) = member.key.content { return (key, json(member.value)) }
                return ("", json(member.value))
            }
            return .object(Dictionary(pairs) { $1 })
        }
    }

    private static func scalar(_ text: String, _ tag: String) -> JSON {
        switch tag {
        case "!!null": return .null
        case "!!bool": return .bool(["true", "True", "TRUE"].contains(text))
        case "!!int": return YAMLScalar.integer(text).map { .int($0) } ?? .string(text)
        case "!!float": return Double(text).map { .double($0) } ?? .string(text)
        default: return .string(text)
        }
    }
}

/// The types of plain scalars, as go-yaml v3 resolves them.
enum YAMLScalar {
    static func tag(ofPlain text: String) -> String {
        switch text {
        case "", "~", "null", "Null", "NULL": "!!null"
        case "true", "True", "TRUE", "false", "False", "FALSE": "!!bool"
        case ".inf", ".Inf", ".INF", "+.inf", "-.inf", ".nan", ".NaN", ".NAN": "!!float"
        default: number(text)
        }
    }

    private static func number(_ text: String) -> String {
        guard let first = text.first, first.isASCII, first.isNumber || "+-.".contains(first) else { return "!!str" }
        if integer(text) != nil { return "!!int" }
        let isDecimal = text.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
        return isDecimal && Double(text) != nil ? "!!float" : "!!str"
    }

    static func integer(_ text: String) -> Int? {
        let plain = text.filter { $0 != "_" }
        let digits = plain.drop { "+-".contains($0) }
        let sign = plain.hasPrefix("-") ? -1 : 1
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            return Int(digits.dropFirst(2), radix: radix).map { $0 * sign }
        }
        if digits.count > 1, digits.hasPrefix("0"), let octal = Int(digits, radix: 8) { return octal * sign }
        return Int(plain)
    }
}

/// Reads libyaml's events into a tree. Aliases are copied, within a bound on the nodes altogether.
private struct YAMLReader {
    private static let largest = 100_000
    private static let deepest = 200

    /// On the heap, because libyaml's parser must not move.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var anchors: [String: YAMLDocument.Node] = [:]
    private var count = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(YAMLDocument.Problem) {
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw YAMLDocument.Problem(text: "out of memory")
        }
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    func close() {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    mutating func document() throws(YAMLDocument.Problem) -> YAMLDocument.Node? {
        while true {
            let event = try next()
            switch event {
            case .documentStart, .streamStart: continue
            case .streamEnd: return nil
            default:
                let root = try node(event, depth: 0)
                // What follows the root must end the document: go-yaml looks so far, and no further.
                _ = try next()
                return root
            }
        }
    }

    private enum Event {
        case streamStart, streamEnd, documentStart, documentEnd
        case scalar(String, tag: String, anchor: String?, line: Int)
        case alias(String, line: Int)
        case sequenceStart(anchor: String?, line: Int)
        case mappingStart(anchor: String?, line: Int)
        case sequenceEnd, mappingEnd
    }

    private mutating func node(_ event: Event, depth: Int) throws(YAMLDocument.Problem) -> YAMLDocument.Node {
        count += 1
        guard count < Self.largest, depth < Self.deepest else {
            throw YAMLDocument.Problem(text: "document contains excessive aliasing")
        }
        switch event {
        case .scalar(let text, let tag, let anchor, let line):
            return noted(YAMLDocument.Node(content: .scalar(text, tag: tag), line: line), anchor)
        case .alias(let name, _):
            guard let target = anchors[name] else {
                throw YAMLDocument.Problem(text: "unknown anchor '\(name)' referenced")
            }
            count += Self.size(of: target)
            return target
        case .sequenceStart(let anchor, let line):
            var elements: [YAMLDocument.Node] = []
            while true {
                let event = try next()
                if case .sequenceEnd = event { break }
                elements.append(try node(event, depth: depth + 1))
            }
            return noted(YAMLDocument.Node(content: .sequence(elements), line: line), anchor)
        case .mappingStart(let anchor, let line):
            let members = try members(depth: depth)
            return noted(YAMLDocument.Node(content: .mapping(members), line: line), anchor)
        default: throw YAMLDocument.Problem(text: "did not find expected node content")
        }
    }

    private mutating func members(
        depth: Int
    ) throws(YAMLDocument.Problem) -> [(key: YAMLDocument.Node, value: YAMLDocument.Node)] {
        var members: [(key: YAMLDocument.Node, value: YAMLDocument.Node)] = []
        while true {
            let event = try next()
            if case .mappingEnd = event { return members }
            let key = try node(event, depth: depth + 1)
            members.append((key, try node(next(), depth: depth + 1)))
        }
    }

    private mutating func noted(_ node: YAMLDocument.Node, _ anchor: String?) -> YAMLDocument.Node {
        if let anchor { anchors[anchor] = node }
        return node
    }

    private static func size(of node: YAMLDocument.Node) -> Int {
        switch node.content {
        case .scalar: 1
        case .sequence(let elements): elements.reduce(1) { $0 + size(of: $1) }
        case .mapping(let members): members.reduce(1) { $0 + size(of: $1.key) + size(of: $1.value) }
        }
    }

    // MARK: - libyaml

    private func next() throws(YAMLDocument.Problem) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        let line = Int(event.start_mark.line) + 1
        switch event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_SCALAR_EVENT: return Self.scalar(event, line)
        case YAML_ALIAS_EVENT: return .alias(Self.text(event.data.alias.anchor) ?? "", line: line)
        case YAML_SEQUENCE_START_EVENT:
            return .sequenceStart(anchor: Self.text(event.data.sequence_start.anchor), line: line)
        case YAML_MAPPING_START_EVENT:
            return .mappingStart(anchor: Self.text(event.data.mapping_start.anchor), line: line)
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: return .streamEnd
        }
    }

    private static func scalar(_ event: yaml_event_t, _ line: Int) -> Event {
        let scalar = event.data.scalar
        let value = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.plain_implicit == 1
        let tag = isPlain ? YAMLScalar.tag(ofPlain: value) : Self.short(text(scalar.tag)) ?? "!!str"
        return .scalar(value, tag: tag, anchor: text(scalar.anchor), line: line)
    }

    private static func short(_ tag: String?) -> String? {
        tag.map { $0.replacing("tag:yaml.org,2002:", with: "!!") }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    /// The parser's problem as go-yaml words it, which counts the lines of scanner errors from one.
    private func problem() -> YAMLDocument.Problem {
        let state = parser.pointee
        let mark = state.context_mark.line != 0 ? state.context_mark.line : state.problem_mark.line
        let line = Int(mark) + (mark != 0 && state.error == YAML_SCANNER_ERROR ? 1 : 0)
        let words = state.problem.map { String(cString: $0) } ?? "unknown problem parsing YAML content"
        return YAMLDocument.Problem(text: line == 0 ? words : "line \(line): \(words)")
    }
}
