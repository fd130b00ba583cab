/// Finds what a misspelt name was probably meant to be.
package enum Suggestion {
    /// The candidate nearest to `name`, or nil if none is near enough to be worth a "did you mean".
    ///
    /// Near enough is one slip (a letter missing, too many, wrong, or swapped with its neighbour) for every three
    /// letters; case does not count. Among equally near ones the first by alphabet wins, so that the answer does not
    /// depend on the candidates' order.
    package static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars.prefix(longestName))
        var best: (candidate: String, distance: Int)?
        for candidate in candidates where candidate != name {
            let scalars = Array(candidate.lowercased().unicodeScalars.prefix(longestName))
            let limit = max(1, max(wanted.count, scalars.count) / 3)
            guard let distance = distance(wanted, scalars, limit: limit), distance < scalars.count else { continue }
            if let known = best, (known.distance, known.candidate) <= (distance, candidate) { continue }
            best = (candidate, distance)
        }
        return best?.candidate
    }

    /// The hint that goes with `nearest`: `did you mean 'retention'?`.
    package static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
        nearest(to: name, among: candidates).map { "did you mean '\($0)'?" }
    }

    /// The same or, where nothing is near, what there is: `it has: group, name`.
    package static func hintOrList(for name: String, among candidates: some Sequence<String>) -> String? {
        if let hint = hint(for: name, among: candidates) { return hint }
        let all = candidates.sorted()
        return all.isEmpty ? nil : "it has: \(all.joined(separator: ", "))"
    }

    /// Longer names are compared by their beginning, which bounds the work that hostile input can cause.
    private static let longestName = 128

    /// The Damerau-Levenshtein distance (in its restricted form: no substring is edited twice), nil above `limit`.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar], limit: Int) -> Int? {
        guard abs(left.count - right.count) <= limit else { return nil }
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for (row, scalar) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(previous[column + 1] + 1, current[column] + 1)
                cost = min(cost, previous[column] + (scalar == other ? 0 : 1))
                if row > 0, column > 0, scalar == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current.append(cost)
            }
            if current.min() ?? 0 > limit { return nil }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count] <= limit ? previous[right.count] : nil
    }
}
