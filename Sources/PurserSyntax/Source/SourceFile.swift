/// The text of one file, and the name that diagnostics call it by.
///
/// `text` is without a byte order mark. Lines end where libyaml ends them, so that its marks and `line(_:)` agree:
/// at LF, CR LF, CR, NEL (U+0085), LS (U+2028) and PS (U+2029).
package struct SourceFile: Sendable {
    package let path: String
    package let text: String
    /// UTF-8 offsets at which the lines begin; the first is 0.
    private let lineStarts: [Int]

    package init(path: String, text: String) {
        var text = text
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        text.makeContiguousUTF8()
        self.path = path
        self.text = text
        lineStarts = Self.lineStarts(in: text)
    }

    package var lineCount: Int { lineStarts.count }

    /// The text of a line, counted from 1, without its line break; nil if the file has no such line.
    package func line(_ number: Int) -> Substring? {
        guard number >= 1, number <= lineStarts.count else { return nil }
        let start = lineStarts[number - 1]
        let end = number < lineStarts.count ? lineStarts[number] : text.utf8.count
        let line = text[index(start)..<index(end)].unicodeScalars
        return Substring(line.prefix { !$0.endsLine })
    }

    /// The UTF-8 offset of a place, counted from 0; a column behind the line's end counts as the end.
    /// Nil if the file has no such line.
    package func byteOffset(of location: SourceLocation) -> Int? {
        guard let line = line(location.line) else { return nil }
        let before = line.unicodeScalars.prefix(max(0, location.column - 1))
        return lineStarts[location.line - 1] + Substring(before).utf8.count
    }

    /// The UTF-8 offset at which a line begins, counted from 1; nil if the file has no such line.
    func byteOffset(ofLine number: Int) -> Int? {
        number >= 1 && number <= lineStarts.count ? lineStarts[number - 1] : nil
    }

    /// The place of a UTF-8 offset; an offset behind the end counts as the end.
    package func location(ofByte offset: Int) -> SourceLocation {
        let offset = min(max(0, offset), text.utf8.count)
        let line = lineStarts.lastIndex(startingAtOrBefore: offset)
        let column = text.unicodeScalars[index(lineStarts[line])..<index(offset)].count + 1
        return SourceLocation(file: path, line: line + 1, column: column)
    }

    private func index(_ utf8Offset: Int) -> String.Index {
        text.utf8.index(text.utf8.startIndex, offsetBy: utf8Offset)
    }

    private static func lineStarts(in text: String) -> [Int] {
        var starts = [0]
        var offset = 0
        var endsWithCarriageReturn = false
        for scalar in text.unicodeScalars {
            offset += UTF8.width(scalar)
            if scalar == "\n", endsWithCarriageReturn {
                starts[starts.count - 1] = offset
            } else if scalar.endsLine {
                starts.append(offset)
            }
            endsWithCarriageReturn = scalar == "\r"
        }
        return starts
    }
}

extension Unicode.Scalar {
    /// Whether libyaml ends a line here.
    var endsLine: Bool {
        switch self {
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }
}

extension [Int] {
    /// The index of the last element that is not behind `offset`; the elements ascend and begin with 0.
    fileprivate func lastIndex(startingAtOrBefore offset: Int) -> Int {
        var low = 0
        var high = count
        while high - low > 1 {
            let middle = (low + high) / 2
            if self[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }
}
