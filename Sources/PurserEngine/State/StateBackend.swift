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

    package var diagnostic: Diagnostic {
        Diagnostic(code, message, hint: hint)
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
        }
    }

    private var hint: String? {
        switch self {
        case .locked: "wait for it to end, give --lock-timeout, or run `purser state unlock` if it is gone for good"
        case .damagedState, .damagedJournal: "nothing was changed; restore the file from version control or a backup"
        case .newerFormat: "use the version of purser that wrote it, or a newer one"
        case .otherEnvironment: "give each environment a state directory of its own"
        case .unreadable, .unwritable: nil
        }
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
}
