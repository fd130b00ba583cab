/// libyaml's failure in words for someone who writes specs.
struct YAMLSyntaxProblem: Sendable {
    let diagnostic: Diagnostic

    /// `lastLongQuote` is the last text in quotes over several lines before the failure.
    init(_ failure: YAMLScannerFailure, in file: SourceFile, lastLongQuote: SourceRange?) {
        let place = Place(failure.problemMark, in: file)
        let wording = YAMLWording.table.first { $0.describes(failure, at: place) }
        let other = failure.contextMark.map { Place($0, in: file) } ?? place
        let (main, second) = wording?.isAtContext == true ? (other, place) : (place, other)
        var notes: [Diagnostic.Note] = []
        if let note = wording?.note { notes.append(.init(note, at: second.range)) }
        if let quote = lastLongQuote, quote.end.line == main.range.start.line, quote.start < main.range.start {
            let mark = YAMLMark(line: quote.start.line - 1, column: quote.start.column - 1)
            notes.append(
                .init("this quoted text goes over several lines; is its end missing?", at: Place(mark, in: file).range))
        }
        diagnostic = Diagnostic(
            wording?.code ?? .invalidYAML,
            wording?.message ?? "this is not YAML: \(failure.problem)",
            at: wording?.code == .tabIndentation ? place.indentingTab ?? main.range : main.range,
            hint: wording?.hint,
            notes: notes)
    }

    /// A mark with what stands around it in its line.
    struct Place: Sendable {
        let range: SourceRange
        /// The tab in the line's indentation, if there is one.
        let indentingTab: SourceRange?
        let character: Unicode.Scalar?
        /// Whether a quote stands directly before the place.
        let followsQuote: Bool
        /// Whether only white space stands before the place in its line.
        let beginsLine: Bool
        /// Whether a key with its colon stands before the place in its line.
        let followsKey: Bool

        /// Whether nothing but white space follows in the file.
        let endsFile: Bool

        init(_ mark: YAMLMark, in file: SourceFile) {
            let start = file.location(of: mark)
            let scalars = Array((file.line(start.line) ?? "").unicodeScalars)
            let column = min(start.column - 1, scalars.count)
            let before = scalars[..<column]
            range = Self.range(from: start, width: column < scalars.count ? 1 : 0)
            character = column < scalars.count ? scalars[column] : nil
            let indentation = scalars.prefix { $0 == " " || $0 == "\t" }
            indentingTab = indentation.firstIndex(of: "\t").map { tab in
                Self.range(from: SourceLocation(file: file.path, line: start.line, column: tab + 1), width: 1)
            }
            beginsLine = before.allSatisfy { $0 == " " || $0 == "\t" }
            followsQuote = before.last == "'" || before.last == "\""
            followsKey = zip(before, before.dropFirst()).contains { $0 == ":" && $1 == " " }
            endsFile = file.isBlank(from: start)
        }

        private static func range(from start: SourceLocation, width: Int) -> SourceRange {
            let end = SourceLocation(file: start.file, line: start.line, column: start.column + width)
            return SourceRange(start: start, end: end)
        }
    }
}

extension SourceFile {
    /// Whether only white space follows.
    fileprivate func isBlank(from start: SourceLocation) -> Bool {
        guard let offset = byteOffset(of: start) else { return true }
        return text.utf8.dropFirst(offset).allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    }
}

/// One row of the table from libyaml's words to ours.
struct YAMLWording: Sendable {
    typealias Place = YAMLSyntaxProblem.Place

    /// libyaml's problem; nil stands for any.
    private let problem: String?
    /// Beginning of libyaml's context; nil stands for any and none.
    private let context: String?
    private let condition: @Sendable (Place) -> Bool
    let code: DiagnosticCode
    let message: String
    let hint: String?
    /// Whether the diagnostic belongs where the context begins, such as at an opening quote.
    let isAtContext: Bool
    /// Said of the mark where the diagnostic is not.
    let note: String?

    private init(
        _ problem: String?,
        in context: String? = nil,
        _ code: DiagnosticCode,
        _ message: String,
        hint: String? = nil,
        isAtContext: Bool = false,
        note: String? = nil,
        where condition: @escaping @Sendable (Place) -> Bool = { _ in true }
    ) {
        self.problem = problem
        self.context = context
        self.code = code
        self.message = message
        self.hint = hint
        self.isAtContext = isAtContext
        self.note = note
        self.condition = condition
    }

    func describes(_ failure: YAMLScannerFailure, at place: Place) -> Bool {
        (problem == nil || problem == failure.problem)
            && (context.map { failure.context?.hasPrefix($0) == true } ?? true)
            && condition(place)
    }

    /// The first row that fits counts. The strings on the left are those of libyaml 0.2's `scanner.c` and `parser.c`.
    static let table: [YAMLWording] = indentation + quotes + collections + colons + smallThings

    private static let tab = "a line is indented with a tab"
    private static let tabHint = "indent with spaces only"

    private static let indentation: [YAMLWording] = [
        tabRow("found character that cannot start any token"),
        tabRow("found a tab character that violates indentation"),
        tabRow("found a tab character where an indentation space is expected"),
        tabRow("did not find expected key"),
        tabRow("did not find expected '-' indicator"),
        tabRow("could not find expected ':'"),
        tabRow("mapping values are not allowed in this context"),
        tabRow("block sequence entries are not allowed in this context"),
        YAMLWording(
            "did not find expected key", in: "while parsing a block mapping", .emptyKey,
            "a ':' without a key before it", hint: "write 'key: value', or remove the line"
        ) { $0.beginsLine && $0.character == ":" },
        YAMLWording(
            "did not find expected key", in: "while parsing a block mapping", .badIndentation,
            "this line's indentation fits no mapping above it",
            hint: "give the keys of one mapping the same indentation", note: "the mapping begins here"
        ) { $0.beginsLine },
        YAMLWording(
            "did not find expected '-' indicator", .badIndentation,
            "this line continues no list above it", hint: "begin each entry of a list with '- ' in the same column",
            note: "the list begins here"
        ) { $0.beginsLine },
        YAMLWording(
            "did not find expected <document start>", .badIndentation,
            "the document ends before this line",
            hint: "a document is one mapping or one list, whose outermost keys or entries begin in the same column"
        ) { $0.beginsLine },
    ]

    private static func tabRow(_ problem: String) -> YAMLWording {
        YAMLWording(problem, .tabIndentation, tab, hint: tabHint) { $0.indentingTab != nil }
    }

    private static let quotes: [YAMLWording] = [
        YAMLWording(
            "found unexpected end of stream", in: "while scanning a quoted scalar", .unclosedQuote,
            "this quoted text is not closed before the end of the file", hint: "add the closing quote",
            isAtContext: true),
        YAMLWording(
            "found unexpected document indicator", in: "while scanning a quoted scalar", .unclosedQuote,
            "this quoted text is not closed before the end of the document", hint: "add the closing quote",
            isAtContext: true, note: "the document ends here"),
        escapeRow("found unknown escape character", "this escape is not known"),
        escapeRow("did not find expected hexdecimal number", "this escape lacks hexadecimal digits"),
        escapeRow("found invalid Unicode character escape code", "this escape names no Unicode character"),
    ]

    private static func escapeRow(_ problem: String, _ message: String) -> YAMLWording {
        YAMLWording(
            problem, .invalidEscape, message,
            hint: "within double quotes '\\' begins an escape: write '\\\\', or use single quotes")
    }

    private static let collections: [YAMLWording] = [
        YAMLWording(
            "did not find expected key", .unexpectedText, "the text in quotes ends before this",
            hint: "within single quotes write '' for one quote, within double quotes \\\""
        ) { $0.followsQuote },
        YAMLWording(
            "did not find expected ',' or ']'", .unclosedBracket, "this '[' is not closed before the end of the file",
            hint: "add the closing ']'", isAtContext: true
        ) { $0.endsFile },
        YAMLWording(
            "did not find expected ',' or '}'", .unclosedBracket, "this '{' is not closed before the end of the file",
            hint: "add the closing '}'", isAtContext: true
        ) { $0.endsFile },
        YAMLWording(
            "did not find expected node content", in: "while parsing a flow node", .unclosedBracket,
            "this list or mapping is not closed before the end of the file", hint: "add the closing bracket",
            isAtContext: true
        ) { $0.endsFile },
        YAMLWording(
            "did not find expected ',' or ']'", .unclosedBracket, "a ',' or ']' is missing before this",
            note: "the list begins here"),
        YAMLWording(
            "did not find expected ',' or '}'", .unclosedBracket, "a ',' or '}' is missing before this",
            note: "the mapping begins here"),
        YAMLWording(
            "did not find expected key", .unexpectedText, "the value ends before this",
            hint: "put the whole value in quotes, or begin a new line"),
        YAMLWording(
            "did not find expected '-' indicator", .unexpectedText, "the list's entry ends before this",
            hint: "put the whole value in quotes, or begin a new line"),
        YAMLWording(
            "did not find expected <document start>", .unexpectedText, "the document ends before this",
            hint: "put the whole value in quotes, or remove what follows it"),
        YAMLWording(
            "did not find expected node content", .missingValue, "a value was expected here",
            hint: "if this is meant as text, put it in quotes"),
        YAMLWording(
            "block sequence entries are not allowed in this context", .misplacedEntry,
            "a list's entry cannot begin here",
            hint: "begin the '-' on a line of its own; put a text that begins with '- ' in quotes"),
        YAMLWording(
            "mapping keys are not allowed in this context", .misplacedEntry, "a '? ' key cannot begin here",
            hint: "put a text that begins with '? ' in quotes"),
    ]

    private static let colons: [YAMLWording] = [
        YAMLWording(
            "could not find expected ':'", .missingColon, "a key without a ':' after it",
            hint: "write 'key: value'; for a text over several lines use '|' or indent its lines", isAtContext: true),
        YAMLWording(
            "mapping values are not allowed in this context", .unexpectedColon,
            "a second ': ' in this line", hint: "put the value in quotes if the ':' belongs to it"
        ) { $0.followsKey },
        YAMLWording(
            "mapping values are not allowed in this context", .unexpectedColon,
            "no key can end here", hint: "this line is indented too far, or the line above lacks its ':'"),
        YAMLWording(
            "found unexpected ':'", .unexpectedColon, "a ':' within a text without quotes",
            hint: "put the text in quotes, or a space behind the ':'"),
    ]

    private static let smallThings: [YAMLWording] = [
        YAMLWording(
            "found character that cannot start any token", .reservedCharacter,
            "a text without quotes cannot begin with this character", hint: "put the text in quotes"),
        YAMLWording(
            "did not find expected comment or line break", in: "while scanning a block scalar", .invalidBlockText,
            "the text of a '|' or '>' block begins on the next line",
            hint: "if this is meant as text in one line, put it in quotes"),
        YAMLWording(
            nil, in: "while scanning a block scalar", .invalidBlockText,
            "a '|' or '>' block cannot have this indentation",
            hint: "indent the block's lines with spaces; a number behind '|' counts from 1 to 9"),
        anchorRow("while scanning an anchor", "'&' begins an anchor and needs a name of letters and digits"),
        anchorRow("while scanning an alias", "'*' begins an alias and needs the name of an anchor"),
        tagRow("found undefined tag handle", in: nil),
        directiveRow("while scanning a directive"),
        directiveRow("while scanning a %"),
        directiveRow("while parsing a %"),
        directiveRow("while scanning a tag directive"),
        directiveRow("while parsing a tag directive"),
        tagRow(nil, in: "while scanning a tag"),
        tagRow(nil, in: "while parsing a tag"),
        directiveProblemRow("found duplicate %YAML directive", "a second %YAML line"),
        directiveProblemRow("found duplicate %TAG directive", "a second %TAG line for the same handle"),
        directiveProblemRow("found incompatible YAML document", "only YAML 1.1 and 1.2 are read"),
        YAMLWording(
            "Maximum nesting level reached, set with yaml_set_max_nest_level())", .tooDeep,
            "lists and mappings are nested too deeply"),
        YAMLWording("out of memory", .tooManyNodes, "there is not enough memory to read this document"),
    ]

    private static func anchorRow(_ context: String, _ message: String) -> YAMLWording {
        YAMLWording(
            nil, in: context, .invalidAnchor, message, hint: "if this is meant as text, put it in quotes",
            isAtContext: true)
    }

    private static func tagRow(_ problem: String?, in context: String?) -> YAMLWording {
        YAMLWording(
            problem, in: context, .invalidTag, "'!' begins a tag, and this is not one",
            hint: "if this is meant as text, put it in quotes", isAtContext: true)
    }

    private static func directiveRow(_ context: String) -> YAMLWording {
        YAMLWording(
            nil, in: context, .invalidDirective, "a line that begins with '%' is a directive, and this is not one",
            hint: "remove the line; put a text that begins with '%' in quotes", isAtContext: true)
    }

    private static func directiveProblemRow(_ problem: String, _ message: String) -> YAMLWording {
        YAMLWording(problem, .invalidDirective, message, hint: "remove the line")
    }
}
