import PurserEngine
package import PurserSyntax

/// How a command ends, as the shell sees it. The numbers never change their meaning.
package enum CommandStatus: Int32, Sendable, Hashable, CaseIterable {
    case done = 0
    /// The world is as it was: nothing was begun, or all was rolled back.
    case failed = 1
    /// Differences were found, and the caller asked to be told so.
    case differences = 2
    case notAllowed = 3
    /// Something remains, which is listed and in state.
    case incomplete = 4
    /// Findings of `check` or `verify`.
    case findings = 5
    case locked = 6
    case stalePlan = 7
    case timedOut = 9
    /// Wrong usage, or an invalid spec.
    case usage = 64
    /// A defect of purser's own.
    case defect = 70
    case interrupted = 130
    case terminated = 143

    package var meaning: String {
        switch self {
        case .done: "done"
        case .failed: "failed; the world is as it was (nothing begun, or rolled back)"
        case .differences: "differences found (plan --detailed-exitcode)"
        case .notAllowed: "not signed in, or not allowed"
        case .incomplete: "failed, and something remains: listed, and in state"
        case .findings: "findings of check or verify"
        case .locked: "locked by another"
        case .stalePlan: "the saved plan is stale"
        case .timedOut: "timed out waiting"
        case .usage: "wrong usage or invalid spec"
        case .defect: "a defect of ours"
        case .interrupted: "interrupted"
        case .terminated: "terminated"
        }
    }
}

extension FailureCategory {
    var exitStatus: CommandStatus {
        switch self {
        case .failed: .failed
        case .notSignedIn, .notAllowed: .notAllowed
        case .timedOut: .timedOut
        }
    }
}

extension StateError {
    var exitStatus: CommandStatus {
        switch self {
        case .locked: .locked
        // What a run did until it could not write any more remains.
        case .lockLost, .changed: .incomplete
        case .refused(let refusal): refusal.category.exitStatus
        default: .failed
        }
    }
}

extension ApplyReport {
    /// What remains weighs more than why it failed, and a wish to stop more than what came of it.
    func exitStatus(after signal: StopSignal?) -> CommandStatus {
        let stopped: CommandStatus = signal == .terminate ? .terminated : .interrupted
        switch ending {
        case .done: return .done
        case .abandoned: return stopped
        case .incomplete: return .incomplete
        case .rolledBack:
            if wasInterrupted || signal != nil { return stopped }
            let categories = Set(failures.map(\.category))
            for category in [FailureCategory.notSignedIn, .notAllowed, .timedOut] where categories.contains(category) {
                return category.exitStatus
            }
            return .failed
        }
    }
}

/// A command cannot go on: what is wrong, and how it ends.
package struct CommandFailure: Error, Sendable {
    package let status: CommandStatus
    package let diagnostics: Diagnostics
    /// For showing lines of them.
    package let sources: [SourceFile]

    package init(_ status: CommandStatus, _ diagnostics: Diagnostics, sources: [SourceFile] = []) {
        self.status = status
        self.diagnostics = diagnostics
        self.sources = sources
    }

    package init(_ status: CommandStatus, _ code: DiagnosticCode, _ message: String, hint: String? = nil) {
        self.init(status, Diagnostics(code, message, hint: hint))
    }

    init(signIn failure: Failure) {
        self.init(
            .notAllowed,
            Diagnostics(
                failure.code, failure.summary, hint: failure.hint,
                notes: (failure.details + failure.traceIDs).map { Diagnostic.Note($0) }))
    }

    /// The nearest meaning of an error that a command did not expect.
    package init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let diagnostics as Diagnostics: self.init(.failed, diagnostics)
        case let error as StateError:
            self.init(error.exitStatus, Diagnostics([error.diagnostic]))
        case let failure as any OperationFailure:
            self.init(
                failure.category.exitStatus,
                Diagnostics(
                    failure.diagnosticCode, failure.summary, hint: failure.hint,
                    notes: (failure.details + failure.traceIDs).map { Diagnostic.Note($0) }))
        case is CancellationError: self.init(.interrupted, .commandInterrupted, "interrupted; nothing was begun")
        default:
            self.init(
                .defect, .commandDefect, "a defect of purser: \(String(describing: type(of: error))): \(error)",
                hint: "please report it, with the command line and this message")
        }
    }
}

extension DiagnosticCode {
    package static let commandInterrupted = DiagnosticCode(rawValue: "command/interrupted")
    package static let commandDefect = DiagnosticCode(rawValue: "command/defect")
    package static let commandUsage = DiagnosticCode(rawValue: "command/usage")
    package static let commandNeedsApproval = DiagnosticCode(rawValue: "command/needs-approval")
    package static let planStale = DiagnosticCode(rawValue: "plan/stale")
    package static let planUnreadable = DiagnosticCode(rawValue: "plan/unreadable")
    package static let planPurges = DiagnosticCode(rawValue: "plan/purges")
    package static let runUnderWay = DiagnosticCode(rawValue: "state/run-under-way")
    package static let sandboxUnavailable = DiagnosticCode(rawValue: "sandbox/unavailable")
}
