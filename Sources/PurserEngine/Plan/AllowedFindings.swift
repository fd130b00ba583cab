package import PurserSyntax

/// Findings that somebody lets pass, and why. They are shown as warnings.
package struct AllowedFindings: Sendable, Hashable, Codable {
    /// Sorted, each once.
    package let codes: [DiagnosticCode]
    /// Why, in the words of whoever allowed them; nil if nothing is allowed.
    package let reason: String?

    package init(codes: [DiagnosticCode] = [], reason: String? = nil) {
        self.codes = Set(codes).sorted()
        self.reason = codes.isEmpty ? nil : reason
    }

    package func contains(_ code: DiagnosticCode) -> Bool { codes.contains(code) }

    package var isEmpty: Bool { codes.isEmpty }

    /// Those that allow something in what was found.
    package func used(in diagnostics: Diagnostics) -> AllowedFindings {
        let found = Set(diagnostics.map(\.code))
        return AllowedFindings(codes: codes.filter(found.contains), reason: reason)
    }

    /// What was found, with errors that are allowed as warnings.
    package func applied(to diagnostics: Diagnostics) -> Diagnostics {
        isEmpty ? diagnostics : Diagnostics(diagnostics.map(applied))
    }

    private func applied(to diagnostic: Diagnostic) -> Diagnostic {
        guard diagnostic.severity == .error, contains(diagnostic.code) else { return diagnostic }
        return Diagnostic(
            diagnostic.code, diagnostic.message, at: diagnostic.range, hint: diagnostic.hint,
            address: diagnostic.address, notes: diagnostic.notes + (reason.map { [.init("allowed: \($0)")] } ?? []),
            severity: .warning)
    }
}
