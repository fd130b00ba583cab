import Foundation
import PurserSyntax
import PurserTestSupport

/// A text with the verdict of YAML's specification.
struct YAMLConformanceCase: Sendable {
    let name: String
    let text: String
    let isForbidden: Bool
    /// The events that the specification asks for, in yaml-test-suite's notation; nil if none are given.
    let events: String?
}

extension YAMLConformanceCase {
    /// The cases of this project.
    static func own() throws -> [YAMLConformanceCase] {
        let file = Golden.fixtures.appending(path: "YAML/cases.txt")
        let parts = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n=== ").dropFirst()
        return parts.map { part in
            let title = String(part.prefix { $0 != "\n" })
            let text = part.dropFirst(title.count + 1) + "\n"
            return YAMLConformanceCase(
                name: title.replacing(" !", with: ""), text: unmarked(text),
                isForbidden: title.hasSuffix(" !"), events: nil)
        }
    }

    private static func unmarked(_ text: Substring) -> String {
        let marks = [
            ("␣", " "), ("»", "\t"), ("←", "\r"), ("⇔", "\u{FEFF}"), ("␛", "\u{1B}"), ("␡", "\u{7F}"), ("␤", "\u{85}"),
            ("∎\n", ""),
        ]
        return marks.reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
    }
}

// MARK: - yaml-test-suite

extension YAMLConformanceCase {
    /// The directory `src` of a checkout of github.com/yaml/yaml-test-suite, if the environment names one.
    static let suiteDirectory = ProcessInfo.processInfo.environment["PURSER_YAML_TEST_SUITE"].map { URL(filePath: $0) }

    /// All cases of a checkout, which are YAML themselves: each file a list of cases, of which the later ones inherit
    /// what they leave out.
    static func suite(at directory: URL) throws -> [YAMLConformanceCase] {
        let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        return try files.filter { $0.pathExtension == "yaml" }.sorted { $0.path() < $1.path() }.flatMap(cases)
    }

    private static func cases(in file: URL) throws -> [YAMLConformanceCase] {
        let root = try YAMLParser.parse(SourceFile.read(path: file.path(percentEncoded: false)))
        let identifier = file.deletingPathExtension().lastPathComponent
        var inherited: [String: String] = [:]
        var cases: [YAMLConformanceCase] = []
        for (number, node) in (root?.sequence ?? []).enumerated() where node["skip"] == nil {
            for field in ["yaml", "tree"] {
                if let text = node[field]?.text { inherited[field] = text }
            }
            let isForbidden = node["fail"]?.bool == true
            if isForbidden, node["tree"] == nil { inherited["tree"] = nil }
            cases.append(
                YAMLConformanceCase(
                    name: number == 0 ? identifier : "\(identifier)-\(number)",
                    text: unmarkedSuiteText(inherited["yaml"] ?? ""), isForbidden: isForbidden,
                    events: inherited["tree"].map(unindented)))
        }
        return cases
    }

    private static func unmarkedSuiteText(_ text: String) -> String {
        var result = text
        while let range = result.firstRange(of: /—*»/) { result.replaceSubrange(range, with: "\t") }
        let marks = [("␣", " "), ("↵", ""), ("←", "\r"), ("⇔", "\u{FEFF}"), ("∎\n", ""), ("∎", "")]
        return marks.reduce(result) { $0.replacing($1.0, with: $1.1) }
    }

    private static func unindented(_ tree: String) -> String {
        tree.replacing("␣", with: " ").split(separator: "\n")
            .map { $0.drop { $0 == " " } + "\n" }.joined()
    }
}

// MARK: - libyaml's verdict

/// What libyaml itself makes of a text, without anything of the tree builder.
struct YAMLVerdict: Sendable {
    let events: [YAMLEvent]
    let isError: Bool

    init(_ text: String) {
        var events: [YAMLEvent] = []
        do throws(YAMLScannerFailure) {
            try YAMLEventReader.read(text) { event in
                events.append(event)
                return .goOn
            }
            isError = false
        } catch {
            isError = true
        }
        self.events = events
    }

    /// yaml-test-suite's notation of the events, one a line.
    var notation: String { events.map { $0.notation + "\n" }.joined() }

    /// The first document as a value in which everything is text, with aliases expanded; nil if it is no plain tree.
    var content: YAMLContent? {
        var reader = YAMLContentReader(events: events[...])
        return reader.document()
    }
}

extension YAMLEvent {
    fileprivate var notation: String {
        let properties = (anchor.map { " &\($0)" } ?? "") + (tag.map { " <\($0)>" } ?? "")
        switch kind {
        case .streamStart: return "+STR"
        case .streamEnd: return "-STR"
        case .documentStart(let isImplicit): return isImplicit ? "+DOC" : "+DOC ---"
        case .documentEnd(let isImplicit): return isImplicit ? "-DOC" : "-DOC ..."
        case .alias(let name): return "=ALI *\(name)"
        case .sequenceStart(let isFlow): return "+SEQ" + (isFlow ? " []" : "") + properties
        case .sequenceEnd: return "-SEQ"
        case .mappingStart(let isFlow): return "+MAP" + (isFlow ? " {}" : "") + properties
        case .mappingEnd: return "-MAP"
        case .scalar(let text, let style): return "=VAL\(properties) \(style.notation)\(Self.escaped(text))"
        }
    }

    private static func escaped(_ text: String) -> String {
        let marks = [("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"), ("\u{8}", "\\b"), ("\0", "\\0")]
        return marks.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}

extension YAMLScalarForm.Style {
    fileprivate var notation: String {
        switch self {
        case .plain: ":"
        case .singleQuoted: "'"
        case .doubleQuoted: "\""
        case .literal: "|"
        case .folded: ">"
        }
    }
}

/// A document without places and types.
indirect enum YAMLContent: Sendable, Equatable {
    case text(String)
    case list([YAMLContent])
    case pairs([[YAMLContent]])

    init(_ node: YAMLNode) {
        switch node.content {
        case .scalar(let text, _): self = .text(text)
        case .sequence(let nodes): self = .list(nodes.map(YAMLContent.init))
        case .mapping(let entries):
            self = .pairs(entries.map { [YAMLContent($0.key), YAMLContent($0.value)] })
        }
    }
}

/// A second, simple builder over the same events, to compare with. It knows no merge keys and no bounds.
private struct YAMLContentReader {
    var events: ArraySlice<YAMLEvent>
    var anchors: [String: YAMLContent] = [:]

    mutating func document() -> YAMLContent? {
        while let event = events.popFirst() {
            if case .documentStart = event.kind { return node() }
        }
        return nil
    }

    private mutating func node() -> YAMLContent? {
        guard let event = events.popFirst() else { return nil }
        let content: YAMLContent?
        switch event.kind {
        case .alias(let name): return anchors[name]
        case .scalar(let text, _): content = .text(text)
        case .sequenceStart: content = children().map(YAMLContent.list)
        case .mappingStart: content = children().map(Self.pairs)
        default: return nil
        }
        if let anchor = event.anchor { anchors[anchor] = content }
        return content
    }

    private mutating func children() -> [YAMLContent]? {
        var children: [YAMLContent] = []
        while let next = events.first {
            if next.kind == .sequenceEnd || next.kind == .mappingEnd {
                events.removeFirst()
                return children
            }
            guard let child = node() else { return nil }
            children.append(child)
        }
        return nil
    }

    private static func pairs(_ children: [YAMLContent]) -> YAMLContent {
        .pairs(stride(from: 0, to: children.count - 1, by: 2).map { [children[$0], children[$0 + 1]] })
    }
}
