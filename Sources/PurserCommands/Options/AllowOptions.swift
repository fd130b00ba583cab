import ArgumentParser
import PurserEngine
import PurserProof
import PurserSyntax

/// Which findings are let pass.
struct AllowOptions: ParsableArguments, Sendable {
    @Option(
        name: .customLong("allow"),
        help: ArgumentHelp(
            "Take findings with this code as warnings. May be repeated; needs --reason.", valueName: "code"))
    var codes: [String] = []

    @Option(help: ArgumentHelp("Why these findings are allowed; kept in the plan.", valueName: "text"))
    var reason: String?

    func validate() throws {
        guard codes.isEmpty == (reason == nil) else { throw ValidationError("--allow and --reason go together") }
        guard reason.map({ (3...500).contains($0.count) }) ?? true else {
            throw ValidationError("--reason is 3 to 500 characters that tell why")
        }
    }

    /// Throws for a code that is not known or cannot be allowed: what a spec cannot say without is no finding.
    func findings() throws(CommandFailure) -> AllowedFindings {
        for code in codes {
            guard CodePages.all[code] != nil else {
                throw CommandFailure(
                    .usage, .commandUsage, "there is no code '\(code.prefix(100))'",
                    hint: CodePages.all.suggestion(for: code))
            }
            guard FindingCatalogue.page(of: DiagnosticCode(code)) != nil else {
                throw CommandFailure(
                    .usage, .commandUsage, "'\(code)' cannot be allowed",
                    hint: "only findings of the proof can be; docs/findings.md lists them")
            }
        }
        return AllowedFindings(codes: codes.map { DiagnosticCode($0) }, reason: reason)
    }
}

extension AllowedFindings {
    /// For what must go on although pods lack their files: to take an environment down, to look at it.
    static let everything = AllowedFindings(codes: FindingCatalogue.all.map(\.code))
}
