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
package struct SourceRange: Sendable, Hashable {
    package let start: SourceLocation
    package let end: SourceLocation

    /// An `end` before `start`, or in another file, counts as an empty range at `start`.
    package init(start: SourceLocation, end: SourceLocation) {
        self.start = start
        self.end = end.file == start.file && start <= end ? end : start
    }

    /// An empty range: a place between two characters.
    package init(at location: SourceLocation) {
        self.init(start: location, end: location)
    }

    package var file: String { start.file }
}

extension SourceRange: CustomStringConvertible {
    package var description: String { "\(start)-\(end.line):\(end.column)" }
}

extension SourceRange: Codable {}
