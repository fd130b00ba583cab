package import PurserSyntax

/// What happens during a run, in order, for whoever shows it.
package enum ApplyEvent: Sendable {
    case began(total: Int)
    case started(Step)
    /// What a long operation waits for, or what a service said while it did.
    case progressed(Step, String)
    /// What a long operation waits for, and for how long from now at most.
    case waiting(Step, String, left: Duration)
    case finished(Step, seconds: Double)
    case failed(Step, Failure)
    /// Ctrl-C: running calls end, nothing more starts.
    case interrupted(running: Int)
    case rollbackBegan(total: Int)
    case undoStarted(Step)
    case undone(Step)
    case undoFailed(Step, Failure)
}

/// A failed operation, in words for the report. Holds no secret.
package struct Failure: Error, Sendable, Hashable {
    package let address: Address
    package let category: FailureCategory
    package let code: DiagnosticCode
    package let summary: String
    package let hint: String?
    /// What led to it, a line each.
    package let details: [String]
    package let traceIDs: [String]
    package let outcomeUnknown: Bool

    package init(
        address: Address, category: FailureCategory = .failed, code: DiagnosticCode, summary: String,
        hint: String? = nil, details: [String] = [], traceIDs: [String] = [], outcomeUnknown: Bool = false
    ) {
        self.details = details
        self.address = address
        self.category = category
        self.code = code
        self.summary = summary
        self.hint = hint
        self.traceIDs = traceIDs
        self.outcomeUnknown = outcomeUnknown
    }

    package init(_ error: any Error, at address: Address) {
        if let failure = error as? Failure {
            self = failure
        } else if let failure = error as? any OperationFailure {
            self.init(
                address: address, category: failure.category, code: failure.diagnosticCode, summary: failure.summary,
                hint: failure.hint, details: failure.details, traceIDs: failure.traceIDs,
                outcomeUnknown: failure.outcomeUnknown)
        } else if error is CancellationError {
            self.init(address: address, code: .stepInterrupted, summary: "was interrupted", outcomeUnknown: true)
        } else {
            self.init(
                address: address, code: .stepFailed, summary: String(describing: error), outcomeUnknown: true)
        }
    }
}

extension DiagnosticCode {
    package static let stepFailed = DiagnosticCode(rawValue: "apply/step-failed")
    package static let stepInterrupted = DiagnosticCode(rawValue: "apply/interrupted")
}

/// How a run ended.
package struct ApplyReport: Sendable {
    package enum Ending: String, Sendable, Hashable, Codable {
        /// Every step was done.
        case done
        /// A step failed or the run was interrupted, and all that had been done was undone.
        case rolledBack
        /// Something remains that the run made or changed: because rollback was not asked for, or failed in part.
        case incomplete
        /// The process was told to stop at once; the journal stays for `recover`.
        case abandoned
    }

    package let ending: Ending
    package let wasInterrupted: Bool
    /// Steps done per operation, before any rollback.
    package let done: [Step.Operation: Int]
    package let failures: [Failure]
    package let undoFailures: [Failure]
    /// What services keep by nature after a rollback: another secret version, a soft-deleted object.
    package let kept: [String]
    /// What the run made or changed and left, with `incomplete`.
    package let remaining: [Address]

    package init(
        ending: Ending, wasInterrupted: Bool = false, done: [Step.Operation: Int] = [:], failures: [Failure] = [],
        undoFailures: [Failure] = [], kept: [String] = [], remaining: [Address] = []
    ) {
        self.ending = ending
        self.wasInterrupted = wasInterrupted
        self.done = done
        self.failures = failures
        self.undoFailures = undoFailures
        self.kept = kept
        self.remaining = remaining
    }
}
