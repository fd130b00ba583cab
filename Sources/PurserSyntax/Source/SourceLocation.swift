/// A place in a source file.
///
/// Lines and columns count from 1; columns count Unicode scalars, as an editor without grapheme rules does.
package struct SourceLocation: Sendable, Hashable, Comparable, Codable {
    package let file: String
    package let line: Int
    package let column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package static func < (left: SourceLocation, right: SourceLocation) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}

extension SourceLocation: CustomStringConvertible {
    /// `file:line:column`, the form that editors and terminals make clickable.
    package var description: String { "\(file):\(line):\(column)" }
}

/// A stretch of a source file: from `start` up to, and without, `end`.
///
/// Every node of a tree has one, so that it is kept small: the file once, lines and columns in 32 bits.
package struct SourceRange: Sendable, Hashable {
    package let file: String
    private let first: Position
    private let last: Position

    private struct Position: Sendable, Hashable, Comparable {
        let line: Int32
        let column: Int32

        init(_ location: SourceLocation) { self.init(line: location.line, column: location.column) }

        init(line: Int, column: Int) {
            self.line = Int32(clamping: line)
            self.column = Int32(clamping: column)
        }

        static func < (left: Position, right: Position) -> Bool {
            left.line == right.line ? left.column < right.column : left.line < right.line
        }

        func location(in file: String) -> SourceLocation {
            SourceLocation(file: file, line: Int(line), column: Int(column))
        }
    }

    /// An `end` before `start`, or in another file, counts as an empty range at `start`.
    package init(start: SourceLocation, end: SourceLocation) {
        self.init(file: start.file, Position(start), end.file == start.file ? Position(end) : Position(start))
    }

    /// An empty range: a place between two characters.
    package init(at location: SourceLocation) {
        self.init(start: location, end: location)
    }

    /// Between two of libyaml's marks, which count from 0.
    init(file: String, from start: YAMLMark, to end: YAMLMark) {
        self.init(
            file: file, Position(line: start.line + 1, column: start.column + 1),
            Position(line: end.line + 1, column: end.column + 1))
    }

    private init(file: String, _ first: Position, _ last: Position) {
        self.file = file
        self.first = first
        self.last = max(first, last)
    }

    package var start: SourceLocation { first.location(in: file) }
    package var end: SourceLocation { last.location(in: file) }

    /// This range, going on to the end of a later one of the same file.
    func extended(to later: SourceRange) -> SourceRange { SourceRange(file: file, first, max(last, later.last)) }
}

extension SourceRange: CustomStringConvertible {
    package var description: String { "\(start)-\(last.line):\(last.column)" }
}

extension SourceRange: Codable {
    private enum CodingKeys: String, CodingKey { case start, end }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            start: try container.decode(SourceLocation.self, forKey: .start),
            end: try container.decode(SourceLocation.self, forKey: .end))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(start, forKey: .start)
        try container.encode(end, forKey: .end)
    }
}
