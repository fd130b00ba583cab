/// A place as libyaml gives it: counted from 0, columns in Unicode scalars.
package struct YAMLMark: Sendable, Hashable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

extension SourceFile {
    /// The place of a mark. libyaml ends a stream on a line of its own even where the last line has no line break;
    /// that counts as the end of the last line.
    func location(of mark: YAMLMark) -> SourceLocation {
        if mark.line < lineCount { return SourceLocation(file: path, line: mark.line + 1, column: mark.column + 1) }
        return location(ofByte: text.utf8.count)
    }

    func range(of event: YAMLEvent) -> SourceRange {
        if event.end.line < lineCount { return SourceRange(file: path, from: event.start, to: event.end) }
        return SourceRange(start: location(of: event.start), end: location(of: event.end))
    }
}

/// One step of libyaml's parser, with all its strings copied.
package struct YAMLEvent: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case streamStart
        case streamEnd
        case documentStart(isImplicit: Bool)
        case documentEnd(isImplicit: Bool)
        case alias(String)
        case scalar(String, YAMLScalarForm.Style)
        case sequenceStart(isFlow: Bool)
        case sequenceEnd
        case mappingStart(isFlow: Bool)
        case mappingEnd
    }

    package let kind: Kind
    package let start: YAMLMark
    package let end: YAMLMark
    package let anchor: String?
    /// The tag with its handle resolved; nil where none is written. A lone `!` stays `!`.
    package let tag: String?
}

/// How libyaml ends when it cannot go on: its own words, which `YAMLSyntaxProblem` puts into ours.
package struct YAMLScannerFailure: Error, Sendable, Hashable {
    package let problem: String
    package let context: String?
    package let problemMark: YAMLMark
    /// Where that begins what the context speaks of.
    package let contextMark: YAMLMark?
}
