package import PurserSyntax

/// Where an environment's state lives.
package protocol StateBackend: Sendable {
    /// Where it is, for messages.
    var place: String { get }
    /// Throws `StateError`; nil if the environment has no state yet.
    func load() async throws -> StateSnapshot?
    /// Replaces the state as a whole: afterwards the former or the new one is there, never a part of one.
    func save(_ snapshot: StateSnapshot) async throws
    var journal: any JournalStorage { get }
    /// Takes the lock, waiting at most `timeout`. Throws `StateError.locked`.
    func lock(_ holder: LockHolder, timeout: Duration) async throws
    func unlock() async
    /// Who holds the lock, if anybody does.
    func lockHolder() async throws -> LockHolder?
    /// Takes a lock away from its holder.
    func breakLock() async throws
    /// Returns when the lock that is held is lost, with a `StateError.lockLost`; nil once the task is cancelled.
    func lockLoss() async -> StateError?
    /// Throws `StateError.lockLost` if the lock was taken and is lost by now.
    func confirmLock() async throws
}

/// For backends whose lock cannot be lost by its holder.
extension StateBackend {
    package func lockLoss() async -> StateError? {
        for await _ in AsyncStream<Never>.makeStream().stream {}
        return nil
    }

    package func confirmLock() async throws {}
}

/// Who holds a lock or runs a run.
package struct LockHolder: Sendable, Hashable, Codable {
    package let user: String
    package let host: String
    package let pid: Int
    package let command: String
    /// ISO 8601.
    package let since: String
    /// The address of the CI job, if one runs it.
    package let job: String?

    package init(user: String, host: String, pid: Int, command: String, since: String, job: String? = nil) {
        self.user = user
        self.host = host
        self.pid = pid
        self.command = command
        self.since = since
        self.job = job
    }

    package var summary: String {
        "\(command) by \(user)@\(host), process \(pid), since \(since)" + (job.map { ", \($0)" } ?? "")
    }
}

/// What can be wrong with recorded state.
package enum StateError: Error, Sendable, Hashable {
    case locked(by: LockHolder?)
    case damagedState(place: String, detail: String)
    case damagedJournal(line: Int)
    case newerFormat(place: String, found: Int)
    case otherEnvironment(place: String, found: String)
    case unreadable(place: String, detail: String)
    case unwritable(place: String, detail: String)
    /// Another run may have begun to write: nothing is written any more.
    case lockLost(place: String)
    /// It is not as it was when it was read last.
    case changed(place: String)
    case refused(StateRefusal)

    package var diagnostic: Diagnostic {
        Diagnostic(code, message, hint: hint, notes: notes)
    }

    private var notes: [Diagnostic.Note] {
        guard case .refused(let refusal) = self else { return [] }
        return refusal.notes.map { Diagnostic.Note($0) }
    }

    private var code: DiagnosticCode {
        switch self {
        case .locked: .stateLocked
        case .damagedState: .stateDamaged
        case .damagedJournal: .journalDamaged
        case .newerFormat: .stateNewerFormat
        case .otherEnvironment: .stateOtherEnvironment
        case .unreadable: .stateUnreadable
        case .unwritable: .stateUnwritable
        case .lockLost: .stateLockLost
        case .changed: .stateChanged
        case .refused(let refusal): refusal.code
        }
    }

    private var message: String {
        switch self {
        case .locked(let holder): "the state is locked: \(holder?.summary ?? "the holder did not say who it is")"
        case .damagedState(let place, let detail): "\(place) is not a state file: \(detail)"
        case .damagedJournal(let line): "line \(line) of the journal does not match its checksum"
        case .newerFormat(let place, let found):
            "\(place) has format \(found); this version reads up to \(StateSnapshot.currentFormat)"
        case .otherEnvironment(let place, let found): "\(place) belongs to the environment '\(found)'"
        case .unreadable(let place, let detail): "\(place) cannot be read: \(detail)"
        case .unwritable(let place, let detail): "\(place) cannot be written: \(detail)"
        case .lockLost(let place): "the lock \(place) was lost: another run may hold it by now"
        case .changed(let place): "\(place) was changed by another since it was read"
        case .refused(let refusal): "\(refusal.place): \(refusal.summary)"
        }
    }

    private var hint: String? {
        switch self {
        case .locked: "wait for it to end, give --lock-timeout, or run `purser state unlock` if it is gone for good"
        case .damagedState, .damagedJournal: "nothing was changed; restore the file from version control or a backup"
        case .newerFormat: "use the version of purser that wrote it, or a newer one"
        case .otherEnvironment: "give each environment a state directory of its own"
        case .unreadable, .unwritable: nil
        case .lockLost:
            "nothing was written from then on; when no other run is under way, `purser recover` undoes or finishes this one"
        case .changed: "nothing was written over it; when no other run is under way, try again"
        case .refused(let refusal): refusal.hint
        }
    }
}

/// The service that keeps the state refused, failed or could not be reached.
package struct StateRefusal: Sendable, Hashable {
    package let place: String
    package let code: DiagnosticCode
    package let category: FailureCategory
    package let summary: String
    package let hint: String?
    package let notes: [String]

    package init(
        place: String, code: DiagnosticCode, category: FailureCategory, summary: String, hint: String?, notes: [String]
    ) {
        self.place = place
        self.code = code
        self.category = category
        self.summary = summary
        self.hint = hint
        self.notes = notes
    }
}

extension DiagnosticCode {
    package static let stateLocked = DiagnosticCode(rawValue: "state/locked")
    package static let stateDamaged = DiagnosticCode(rawValue: "state/damaged")
    package static let journalDamaged = DiagnosticCode(rawValue: "state/damaged-journal")
    package static let stateNewerFormat = DiagnosticCode(rawValue: "state/newer-format")
    package static let stateOtherEnvironment = DiagnosticCode(rawValue: "state/other-environment")
    package static let stateUnreadable = DiagnosticCode(rawValue: "state/unreadable")
    package static let stateUnwritable = DiagnosticCode(rawValue: "state/unwritable")
    package static let stateLockLost = DiagnosticCode(rawValue: "state/lock-lost")
    package static let stateChanged = DiagnosticCode(rawValue: "state/changed")
}
