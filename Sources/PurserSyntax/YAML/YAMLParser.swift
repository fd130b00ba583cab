/// Turns the text of one file into a tree with places.
package enum YAMLParser {
    /// - Returns: the document's root, or nil if the file holds nothing but comments and white space.
    /// - Throws: every problem found. A syntax error ends the file, so that there is at most one of that sort, and the
    ///   others stand before it.
    package static func parse(_ file: SourceFile, limits: YAMLLimits = .default) throws(Diagnostics) -> YAMLNode? {
        try checkText(of: file, limits: limits)
        var builder = YAMLTreeBuilder(file: file, limits: limits)
        do {
            try YAMLEventReader.read(file.text) { builder.accept($0) }
        } catch {
            builder.fail(error)
        }
        return try builder.finish()
    }

    /// The size and the characters, before libyaml sees the text: its reader stops at the first wrong one without a place.
    static func checkText(of file: SourceFile, limits: YAMLLimits) throws(Diagnostics) {
        guard file.text.utf8.count <= limits.bytes else {
            throw SourceFile.tooLarge(file.path, limitBytes: limits.bytes)
        }
        var problems = YAMLProblems(limit: limits.problems)
        var offset = 0
        var directives = 0
        var beginsLine = true
        for scalar in file.text.unicodeScalars {
            if !scalar.isAllowedInYAML { problems.append(controlCharacter(scalar, at: file.location(ofByte: offset))) }
            if problems.isFull { break }
            if beginsLine, scalar == "%" { directives += 1 }
            beginsLine = scalar.endsLine
            offset += UTF8.width(scalar)
        }
        if directives > mostDirectives { problems.append(tooManyDirectives(in: file)) }
        try problems.diagnostics.throwIfErrors()
    }

    /// libyaml compares each directive with all before it, so that there must not be too many of them.
    private static let mostDirectives = 100

    private static func tooManyDirectives(in file: SourceFile) -> Diagnostic {
        Diagnostic(
            .invalidDirective, "more than \(mostDirectives) lines begin with '%'",
            at: SourceRange(at: file.location(ofByte: 0)), hint: "remove those that are directives, or indent them")
    }

    private static func controlCharacter(_ scalar: Unicode.Scalar, at location: SourceLocation) -> Diagnostic {
        let end = SourceLocation(file: location.file, line: location.line, column: location.column + 1)
        return Diagnostic(
            .controlCharacter,
            "the character \(scalar.codePoint)\(scalar.controlName) is not allowed in YAML",
            at: SourceRange(start: location, end: end),
            hint: "remove it, or write it as an escape within double quotes: \"\(scalar.yamlEscape)\"")
    }
}

/// Diagnostics up to a bound: hostile input must not make millions of them.
struct YAMLProblems: Sendable {
    private(set) var diagnostics = Diagnostics()
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var isFull: Bool { diagnostics.count > limit }

    /// Keeps the problem; the one that is too many is replaced by a remark, and what follows is dropped.
    mutating func append(_ problem: Diagnostic) {
        if isFull { return }
        if diagnostics.count < limit {
            diagnostics.append(problem)
        } else {
            diagnostics.append(
                .tooManyProblems, "more than \(limit) problems in this file; the rest is not shown",
                at: problem.range)
        }
    }
}

extension Unicode.Scalar {
    /// YAML 1.1 section 4.1, the production `c-printable`, without a byte order mark inside the text, as libyaml has it.
    fileprivate var isAllowedInYAML: Bool {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF:
            true
        default:
            false
        }
    }

    /// `U+001B`.
    var codePoint: String {
        let digits = String(value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    fileprivate var controlName: String {
        switch value {
        case 0: " (NUL)"
        case 0x1B: " (escape)"
        case 0x7F: " (delete)"
        case 0xFEFF: " (byte order mark)"
        default: ""
        }
    }

    fileprivate var yamlEscape: String {
        let digits = String(value, radix: 16, uppercase: true)
        let (letter, width) = value < 0x100 ? ("x", 2) : ("u", 4)
        return "\\\(letter)" + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
