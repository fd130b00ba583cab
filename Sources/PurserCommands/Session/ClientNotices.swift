import PurserClients
import PurserSyntax

extension CommandContext {
    /// Tells the user on standard error, at once: a plugin may wait for what it asks for.
    func tell(_ notice: ClientNotice) {
        switch notice {
        case .warning(let text):
            let warning = Diagnostic(.serviceUnverified, text, severity: .warning)
            errors.write(DiagnosticRenderer(sources: []).text(of: warning))
        case .plugin(let line): errors.write(VisibleText.of(line) + "\n")
        }
    }
}

extension DiagnosticCode {
    static let serviceUnverified = DiagnosticCode("service/unverified")
}
