extension DiagnosticCode {
    static let unreadableFile = DiagnosticCode("syntax/unreadable-file")
    static let fileTooLarge = DiagnosticCode("syntax/file-too-large")
    static let wrongEncoding = DiagnosticCode("syntax/wrong-encoding")
    static let controlCharacter = DiagnosticCode("syntax/control-character")
    static let severalDocuments = DiagnosticCode("syntax/several-documents")
    static let customTag = DiagnosticCode("syntax/custom-tag")
    static let tagMismatch = DiagnosticCode("syntax/tag-mismatch")
    static let duplicateKey = DiagnosticCode("syntax/duplicate-key")
    static let compositeKey = DiagnosticCode("syntax/composite-key")
    static let emptyKey = DiagnosticCode("syntax/empty-key")
    static let unknownAlias = DiagnosticCode("syntax/unknown-alias")
    static let recursiveAlias = DiagnosticCode("syntax/recursive-alias")
    static let invalidMerge = DiagnosticCode("syntax/invalid-merge")
    static let aliasExpansion = DiagnosticCode("syntax/alias-expansion")
    static let tooDeep = DiagnosticCode("syntax/too-deep")
    static let tooManyNodes = DiagnosticCode("syntax/too-many-nodes")
    static let tooManyDocuments = DiagnosticCode("syntax/too-many-documents")
    static let tooManyProblems = DiagnosticCode("syntax/too-many-problems")
    static let tabIndentation = DiagnosticCode("syntax/tab-indentation")
    static let badIndentation = DiagnosticCode("syntax/bad-indentation")
    static let missingColon = DiagnosticCode("syntax/missing-colon")
    static let unexpectedColon = DiagnosticCode("syntax/unexpected-colon")
    static let unclosedQuote = DiagnosticCode("syntax/unclosed-quote")
    static let unclosedBracket = DiagnosticCode("syntax/unclosed-bracket")
    static let misplacedEntry = DiagnosticCode("syntax/misplaced-entry")
    static let unexpectedText = DiagnosticCode("syntax/unexpected-text")
    static let missingValue = DiagnosticCode("syntax/missing-value")
    static let invalidEscape = DiagnosticCode("syntax/invalid-escape")
    static let invalidBlockText = DiagnosticCode("syntax/invalid-block-text")
    static let invalidAnchor = DiagnosticCode("syntax/invalid-anchor")
    static let invalidTag = DiagnosticCode("syntax/invalid-tag")
    static let invalidDirective = DiagnosticCode("syntax/invalid-directive")
    static let reservedCharacter = DiagnosticCode("syntax/reserved-character")
    static let invalidYAML = DiagnosticCode("syntax/invalid-yaml")

    /// Those whose messages repeat a part of the text, which a reader of Secrets must not.
    package static let quotingSyntaxCodes: Set<DiagnosticCode> = [
        .tagMismatch, .customTag, .unknownAlias, .recursiveAlias,
    ]

    /// Every code of this target, and what it means.
    package static let syntaxCodes: [(DiagnosticCode, String)] = [
        (.unreadableFile, "The file is not there, is no regular file, or may not be read."),
        (.fileTooLarge, "The file is larger than a spec may be. It was not read."),
        (.wrongEncoding, "The file is not UTF-8 text. Files in UTF-16 are recognised by their byte order mark."),
        (.controlCharacter, "The file holds a character that YAML does not allow, such as NUL or an escape."),
        (.severalDocuments, "The file holds more than one YAML document, separated by '---'."),
        (.customTag, "A value has a tag ('!name') other than those of YAML's core schema."),
        (.tagMismatch, "A value does not have the form that its tag ('!!int') asks for."),
        (.duplicateKey, "A mapping has the same key twice; YAML readers differ in which of them counts."),
        (.compositeKey, "A key is a list or a mapping."),
        (.emptyKey, "A ':' has no key before it."),
        (.unknownAlias, "An alias ('*name') has no anchor ('&name') before it."),
        (.recursiveAlias, "An alias stands within what its own anchor names."),
        (.invalidMerge, "The value of a merge key ('<<') is not a mapping or a list of mappings."),
        (.aliasExpansion, "Aliases repeat so much that the document grows beyond all measure."),
        (.tooDeep, "Lists and mappings are nested too deeply, in the text or through aliases."),
        (.tooManyNodes, "The document holds more values than a spec may."),
        (.tooManyDocuments, "The stream of manifests holds more documents than are read."),
        (.tooManyProblems, "The file has more problems than are shown."),
        (.tabIndentation, "A line is indented with a tab; YAML indents with spaces only."),
        (.badIndentation, "A line's indentation fits none of the levels above it."),
        (.missingColon, "A key has no ':' after it."),
        (.unexpectedColon, "A ':' stands where no key can end, mostly within text that needs quotes."),
        (.unclosedQuote, "A quoted text does not end where it should."),
        (.unclosedBracket, "A '[' or '{' is not closed, or a ',' is missing in it."),
        (.misplacedEntry, "A '-' or '?' stands where no list entry or key can begin."),
        (.unexpectedText, "Something stands behind the end of a value or of the document."),
        (.missingValue, "A value was expected, and something else stands there."),
        (.invalidEscape, "A double-quoted text holds an unknown or incomplete '\\' sequence."),
        (.invalidBlockText, "A '|' or '>' block has a malformed first line or indentation."),
        (.invalidAnchor, "An anchor ('&') or alias ('*') has no proper name."),
        (.invalidTag, "A tag ('!') is malformed."),
        (.invalidDirective, "A line that begins with '%' is no proper YAML directive."),
        (.reservedCharacter, "A text begins with a character that YAML reserves ('@', '`', '%') and needs quotes."),
        (.invalidYAML, "The text is no YAML, for a reason that none of the other codes describes."),
    ]
}
