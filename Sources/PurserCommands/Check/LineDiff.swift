/// What two texts differ in, line by line.
package struct LineDiff: Sendable, Hashable {
    /// Lines that others take the place of.
    package struct Hunk: Sendable, Hashable {
        /// The first line that is removed, counted from 1; without such, the line before which others come.
        package let oldStart: Int
        package let newStart: Int
        package let removed: [String]
        package let added: [String]
    }

    package let hunks: [Hunk]
    private let old: [String]

    package init(from old: String, to new: String) {
        let before = Self.lines(old)
        let after = Self.lines(new)
        let head = zip(before, after).prefix { $0 == $1 }.count
        let tail = zip(before[head...].reversed(), after[head...].reversed()).prefix { $0 == $1 }.count
        let changed = Array(before[head..<before.count - tail])
        let target = Array(after[head..<after.count - tail])
        self.old = before
        hunks = Self.hunks(changed, target, offset: head)
    }

    package var isEmpty: Bool { hunks.isEmpty }

    /// Lines end at LF alone here: what precedes it, such as a CR, belongs to the line.
    private static func lines(_ text: String) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\n" {
                lines.append(String(line))
                line = String.UnicodeScalarView()
            } else {
                line.append(scalar)
            }
        }
        if !line.isEmpty { lines.append(String(line)) }
        return lines
    }

    private static func hunks(_ old: [String], _ new: [String], offset: Int) -> [Hunk] {
        let difference = new.difference(from: old)
        let removed = Set(difference.removals.map(\.place))
        let inserted = Set(difference.insertions.map(\.place))
        var hunks: [Hunk] = []
        var left = 0
        var right = 0
        while left < old.count || right < new.count {
            let leftStart = left
            let rightStart = right
            while removed.contains(left) { left += 1 }
            while inserted.contains(right) { right += 1 }
            if left > leftStart || right > rightStart {
                hunks.append(
                    Hunk(
                        oldStart: offset + leftStart + 1, newStart: offset + rightStart + 1,
                        removed: Array(old[leftStart..<left]), added: Array(new[rightStart..<right])))
            }
            left += 1
            right += 1
        }
        return hunks
    }

    // MARK: Unified

    /// In the unified format, which `patch` and `git apply` read.
    ///
    /// `hides` tells of a line of the old text, counted from 1, whether it must not be shown. The lines around a change
    /// then end before it; a change of such a line itself makes the result nil.
    package func unified(path: String, context: Int = 3, hides: (Int) -> Bool = { _ in false }) -> String? {
        guard !isEmpty else { return "" }
        guard !hunks.contains(where: { $0.oldLines.contains(where: hides) }) else { return nil }
        var text = "--- a/\(path)\n+++ b/\(path)\n"
        for group in groups(context, hides) { text += unified(group) }
        return text
    }

    private struct Group {
        var lines: Range<Int>
        var hunks: [Hunk]
    }

    /// Hunks whose surroundings touch go together. Lines are counted from 1.
    private func groups(_ context: Int, _ hides: (Int) -> Bool) -> [Group] {
        var groups: [Group] = []
        for hunk in hunks {
            var first = hunk.oldLines.lowerBound
            while first > 1, hunk.oldLines.lowerBound - first < context, !hides(first - 1) { first -= 1 }
            var end = hunk.oldLines.upperBound
            while end <= old.count, end - hunk.oldLines.upperBound < context, !hides(end) { end += 1 }
            if let last = groups.last, first <= last.lines.upperBound {
                groups[groups.count - 1].lines = last.lines.lowerBound..<end
                groups[groups.count - 1].hunks.append(hunk)
            } else {
                groups.append(Group(lines: first..<end, hunks: [hunk]))
            }
        }
        return groups
    }

    private func unified(_ group: Group) -> String {
        let first = group.hunks[0]
        let removed = group.lines.count
        let added = removed + group.hunks.reduce(0) { $0 + $1.added.count - $1.removed.count }
        let newStart = first.newStart - (first.oldStart - group.lines.lowerBound)
        var text = "@@ -\(Self.span(group.lines.lowerBound, removed)) +\(Self.span(newStart, added)) @@\n"
        var line = group.lines.lowerBound
        for hunk in group.hunks {
            while line < hunk.oldStart { text += kept(&line) }
            text += hunk.removed.map { "-\($0)\n" }.joined() + hunk.added.map { "+\($0)\n" }.joined()
            line += hunk.removed.count
        }
        while line < group.lines.upperBound { text += kept(&line) }
        return text
    }

    private func kept(_ line: inout Int) -> String {
        defer { line += 1 }
        return " \(old[line - 1])\n"
    }

    /// A span without lines names the line before it. Source: POSIX, `diff -u`.
    private static func span(_ start: Int, _ count: Int) -> String {
        count == 1 ? "\(start)" : "\(count == 0 ? start - 1 : start),\(count)"
    }
}

extension CollectionDifference.Change {
    fileprivate var place: Int {
        switch self {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }
}

extension LineDiff.Hunk {
    fileprivate var oldLines: Range<Int> { oldStart..<oldStart + removed.count }
}
