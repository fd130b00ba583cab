import PurserSyntax

/// A line of source as it is shown, with the carets that go under it.
struct SourceSnippet: Sendable, Equatable {
    let line: String
    let carets: String

    /// - Parameters:
    ///   - text: the line, without its line break.
    ///   - columns: the Unicode scalars to mark, counted from 1; empty marks the place before the first one.
    ///   - width: columns of the terminal that the line may take; what does not fit is cut on both sides of the carets.
    init(_ text: Substring, columns: Range<Int>, width: Int) {
        let near = Self.nearby(text, columns: columns, width: width)
        let cells = Self.cells(of: near.text)
        let start = Self.position(ofScalar: near.columns.lowerBound - 1, in: cells)
        let end = max(start + 1, Self.position(ofScalar: near.columns.upperBound - 1, in: cells))
        let total = Self.position(ofScalar: .max, in: cells)
        let window = Self.window(total: total, start: start, width: width)
        let isCutBefore = near.isCutBefore || window.lowerBound > 0
        let isCutBehind = near.isCutBehind || window.upperBound < total
        line = Self.visible(cells, in: window, isCutBefore: isCutBefore, isCutBehind: isCutBehind)
        let first = start - window.lowerBound
        let count = max(1, min(end, window.upperBound) - start)
        carets = String(repeating: " ", count: first) + String(repeating: "^", count: count)
    }

    /// One character of the line as it is shown.
    private struct Cell {
        let text: String
        let position: Int
        let width: Int
        let scalars: Range<Int>
    }

    private static let tabWidth = 4

    /// The part of a very long line that can matter, so that a line of megabytes costs no more than a short one.
    private static func nearby(
        _ text: Substring, columns: Range<Int>, width: Int
    ) -> (text: Substring, columns: Range<Int>, isCutBefore: Bool, isCutBehind: Bool) {
        let scalars = text.unicodeScalars
        let skipped = max(0, columns.lowerBound - 1 - 2 * width)
        let kept = scalars.dropFirst(skipped).prefix(4 * width)
        let lower = columns.lowerBound - skipped
        let upper = min(max(lower, columns.upperBound - skipped), 4 * width + 1)
        return (Substring(kept), lower..<upper, skipped > 0, kept.endIndex < scalars.endIndex)
    }

    private static func cells(of text: Substring) -> [Cell] {
        var cells: [Cell] = []
        var position = 0
        var scalar = 0
        for character in text {
            let count = character.unicodeScalars.count
            let (shown, width) = shown(character, at: position)
            cells.append(Cell(text: shown, position: position, width: width, scalars: scalar..<scalar + count))
            position += width
            scalar += count
        }
        return cells
    }

    private static func shown(_ character: Character, at position: Int) -> (String, width: Int) {
        if character == "\t" {
            let width = tabWidth - position % tabWidth
            return (String(repeating: " ", count: width), width)
        }
        if character.unicodeScalars.allSatisfy(VisibleText.isSafe) {
            return (String(character), VisibleText.width(of: character))
        }
        let text = VisibleText.of(String(character)).replacing("\n", with: VisibleText.placeholder(for: "\n"))
        return (text, text.reduce(0) { $0 + VisibleText.width(of: $1) })
    }

    /// Where a scalar, counted from 0, begins; behind the end is the line's whole width.
    private static func position(ofScalar index: Int, in cells: [Cell]) -> Int {
        if let cell = cells.first(where: { $0.scalars.upperBound > index }) { return cell.position }
        return cells.last.map { $0.position + $0.width } ?? 0
    }

    /// The columns that are shown: with the carets' start in the first third, unless the line's end allows for more.
    private static func window(total: Int, start: Int, width: Int) -> Range<Int> {
        let total = max(total, start + 1)
        if total <= width { return 0..<total }
        let first = max(0, min(start - width / 3, total - width))
        return first..<first + width
    }

    private static func visible(
        _ cells: [Cell], in window: Range<Int>, isCutBefore: Bool, isCutBehind: Bool
    ) -> String {
        let inner = (window.lowerBound + (isCutBefore ? 1 : 0))..<(window.upperBound - (isCutBehind ? 1 : 0))
        let shown = cells.filter { $0.position >= inner.lowerBound && $0.position + $0.width <= inner.upperBound }
        let first = shown.first?.position ?? inner.lowerBound
        let gap = String(repeating: " ", count: first - inner.lowerBound)
        let text = (isCutBefore ? "…" : "") + gap + shown.map(\.text).joined() + (isCutBehind ? "…" : "")
        return text
    }
}
