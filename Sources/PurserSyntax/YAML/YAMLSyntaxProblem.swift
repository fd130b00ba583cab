/// libyaml's failure in words for someone who writes specs.
struct YAMLSyntaxProblem: Sendable {
    let diagnostic: Diagnostic

    /// - Parameter lastLongQuote: the last text in quotes over several lines before the failure.
    init(_ failure: YAMLScannerFailure, in file: SourceFile, lastLongQuote: SourceRange?) {
        let place = Place(failure.problemMark, in: file)
        let wording = YAMLWording.table.first { $0.describes(failure, at: place) }
        let other = failure.contextMark.map { Place($0, in: file) } ?? place
        let (main, second) = wording?.isAtContext == true ? (other, place) : (place, other)
        var notes: [Diagnostic.Note] = []
        if let note = wording?.note { notes.append(.init(note, at: second.range)) }
        if let quote = lastLongQuote, quote.end.line == main.range.start.line, quote.start < main.range.start {
            let start = Place(YAMLMark(line: quote.start.line - 1, column: quote.start.column - 1), in: file)
            notes.append(.init("this quoted text goes over several lines; is its end missing?", at: start.range))
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
        /// Whether only white space stands before the place in its line.
        let beginsLine: Bool
        /// Whether a key with its colon stands before the place in its line.
        let followsKey: Bool

        init(_ mark: YAMLMark, in file: SourceFile) {
            let scalars = Array((file.line(mark.line + 1) ?? "").unicodeScalars)
            let column = min(mark.column, scalars.count)
            let before = scalars[..<column]
            range = Self.range(file.path, mark.line, column, width: column < scalars.count ? 1 : 0)
            character = column < scalars.count ? scalars[column] : nil
            let indentation = scalars.prefix { $0 == " " || $0 == "\t" }
            indentingTab = indentation.firstIndex(of: "\t").map { Self.range(file.path, mark.line, $0, width: 1) }
            beginsLine = before.allSatisfy { $0 == " " || $0 == "\t" }
            followsKey = zip(before, before.dropFirst()).contains { $0 == ":" && $1 == " " }
        }

        private static func range(_ file: String, _ line: Int, _ column: Int, width: Int) -> SourceRange {
            let start = SourceLocation(file: file, line: line + 1, column: column + 1)
            return SourceRange(
                start: start, end: SourceLocation(file: file, line: line + 1, column: column + 1 + width))
        }
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
            "this line's indentation is less than that of the document's first line",
            hint: "begin the outermost keys in the same column"
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
