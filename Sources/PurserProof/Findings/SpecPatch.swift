package import PurserSyntax

/// A mechanical change of the sources that mends a finding.
package struct SpecPatch: Sendable, Hashable {
    package enum Edit: Sendable, Hashable {
        /// The text at a range becomes another.
        case replace(SourceRange, with: String)
        /// A member below the mapping that stands at a range gets a value; mappings on the way are made.
        case set(in: SourceRange, path: [String], value: String)
        /// The list that stands at a range gets one more item.
        case append(to: SourceRange, value: String)
    }

    /// What it does, in the imperative.
    package var summary: String
    package var edits: [Edit]

    package init(_ summary: String, _ edits: [Edit]) {
        self.summary = summary
        self.edits = edits
    }
}
