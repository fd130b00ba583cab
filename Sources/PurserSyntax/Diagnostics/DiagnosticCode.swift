/// What kind of problem a diagnostic tells of, as `area/problem`: `spec/unknown-field`.
///
/// A code never changes its meaning: scripts and suppressions rely on it. Each file that produces codes extends this
/// type with a constant per code.
package struct DiagnosticCode: RawRepresentable, Sendable, Hashable, Codable {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package init(_ rawValue: String) {
        self.init(rawValue: rawValue)
    }

    /// The part before the slash, which names who finds such problems: `spec`.
    package var area: Substring { rawValue.prefix { $0 != "/" } }
}

extension DiagnosticCode: CustomStringConvertible {
    package var description: String { rawValue }
}

extension DiagnosticCode: Comparable {
    package static func < (left: DiagnosticCode, right: DiagnosticCode) -> Bool { left.rawValue < right.rawValue }
}
