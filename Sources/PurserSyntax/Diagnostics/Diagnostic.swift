/// One problem, its place and, where we can tell, the way out.
///
/// The message says what is wrong with this input; the hint says what to do. Neither ends with a full stop unless it is
/// several sentences, and neither ever holds a secret value.
package struct Diagnostic: Sendable, Hashable {
    package enum Severity: String, Sendable, Hashable, Codable, CaseIterable {
        case error
        case warning
        case note
    }

    /// A second place that belongs to the problem, such as the first of two equal keys.
    package struct Note: Sendable, Hashable {
        package let message: String
        package let range: SourceRange?

        package init(_ message: String, at range: SourceRange? = nil) {
            self.message = message
            self.range = range
        }
    }

    package let severity: Severity
    package let code: DiagnosticCode
    package let message: String
    /// Where the problem is; nil if it has no place in a file.
    package let range: SourceRange?
    package let hint: String?
    /// The resource that the problem concerns, as its path in the spec: `vaults/demo/secrets/password`.
    package let address: String?
    package let notes: [Note]
    /// Whether the line that it speaks of may hold a secret: such a line is never shown.
    package let isSensitive: Bool

    package init(
        _ code: DiagnosticCode,
        _ message: String,
        at range: SourceRange? = nil,
        hint: String? = nil,
        address: String? = nil,
        notes: [Note] = [],
        severity: Severity = .error,
        isSensitive: Bool = false
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.range = range
        self.hint = hint
        self.address = address
        self.notes = notes
        self.isSensitive = isSensitive
    }
}
