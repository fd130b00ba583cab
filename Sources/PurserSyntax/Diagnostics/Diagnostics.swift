/// All problems of one pass, in the order in which they were found.
package struct Diagnostics: Error, Sendable, Hashable {
    package private(set) var items: [Diagnostic]

    package init(_ items: [Diagnostic] = []) {
        self.items = items
    }

    /// A single error, for a pass that cannot go on after it.
    package init(
        _ code: DiagnosticCode,
        _ message: String,
        at range: SourceRange? = nil,
        hint: String? = nil,
        address: String? = nil,
        notes: [Diagnostic.Note] = []
    ) {
        items = [Diagnostic(code, message, at: range, hint: hint, address: address, notes: notes)]
    }

    package var isEmpty: Bool { items.isEmpty }
    package var count: Int { items.count }
    package var hasErrors: Bool { items.contains { $0.severity == .error } }
    package var errors: [Diagnostic] { items.filter { $0.severity == .error } }

    package mutating func append(_ diagnostic: Diagnostic) {
        items.append(diagnostic)
    }

    package mutating func append(
        _ code: DiagnosticCode,
        _ message: String,
        at range: SourceRange?,
        hint: String? = nil,
        address: String? = nil,
        notes: [Diagnostic.Note] = [],
        severity: Diagnostic.Severity = .error,
        isSensitive: Bool = false
    ) {
        items.append(
            Diagnostic(
                code, message, at: range, hint: hint, address: address, notes: notes, severity: severity,
                isSensitive: isSensitive))
    }

    package mutating func merge(_ other: Diagnostics) {
        items.append(contentsOf: other.items)
    }

    /// Returns normally if nothing worse than warnings was found.
    package func throwIfErrors() throws(Diagnostics) {
        if hasErrors { throw self }
    }

    /// The problems by file and place, each once; those without a place come first.
    /// What stands at the same place keeps its order.
    package func sorted() -> Diagnostics {
        var seen: Set<Diagnostic> = []
        let unique = items.filter { seen.insert($0).inserted }
        let ordered = unique.enumerated().sorted { left, right in
            switch (left.element.range?.start, right.element.range?.start) {
            case (let first?, let second?) where first != second: first < second
            case (nil, _?): true
            case (_?, nil): false
            default: left.offset < right.offset
            }
        }
        return Diagnostics(ordered.map(\.element))
    }
}

extension Diagnostics: Sequence {
    package func makeIterator() -> IndexingIterator<[Diagnostic]> { items.makeIterator() }
}

extension Diagnostics: CustomStringConvertible {
    /// One line a problem, for logs and failing tests; users see what `DiagnosticRenderer` makes of it.
    package var description: String {
        items.map { item in
            let place = item.range.map { "\($0.start): " } ?? ""
            return "\(place)\(item.severity.rawValue)[\(item.code)]: \(item.message)"
        }.joined(separator: "\n")
    }
}
