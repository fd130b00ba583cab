import PurserEngine

/// What is under way in a run, and when each of it has to be mentioned again: a value, so that it can be tested without
/// waiting.
struct ProgressBoard {
    struct Running {
        let step: Step
        let began: Duration
        var message: String?
        /// When the wait that `message` tells of ends at the latest.
        var limit: Duration?
        var mentioned: Duration
    }

    /// How long a step may go on without being mentioned, where lines cannot be drawn anew.
    static let heartbeat = Duration.seconds(30)

    private(set) var total = 0
    private(set) var finished = 0
    private(set) var running: [Int: Running] = [:]

    mutating func begin(total: Int) { self.total = total }

    mutating func start(_ step: Step, at now: Duration) {
        running[step.id] = Running(step: step, began: now, mentioned: now)
    }

    mutating func progress(_ step: Step, _ message: String) {
        running[step.id]?.message = message
        running[step.id]?.limit = nil
    }

    mutating func wait(_ step: Step, _ message: String, until limit: Duration) {
        running[step.id]?.message = message
        running[step.id]?.limit = limit
    }

    mutating func end(_ step: Step) {
        running[step.id] = nil
        finished += 1
    }

    /// One line per running step, in order, with the time since it began.
    func statusLines(at now: Duration, width: Int, limit: Int) -> [String] {
        let steps = running.sorted { $0.key < $1.key }.map(\.value)
        var lines = steps.prefix(limit).map { line($0, at: now, width: width) }
        if steps.count > limit { lines.append("  … and \(steps.count - limit) more") }
        if !steps.isEmpty { lines.append("  \(finished) of \(total) done") }
        return lines
    }

    /// The steps that have been silent for long, as lines.
    mutating func heartbeats(at now: Duration) -> [String] {
        var lines: [String] = []
        for (id, item) in running.sorted(by: { $0.key < $1.key }) where now - item.mentioned >= Self.heartbeat {
            running[id]?.mentioned = now
            let message = item.message.map { ": \(TerminalText.visible($0))" } ?? ""
            lines.append("\(item.step.phrase(.still)) (\(times(of: item, at: now)))\(message)")
        }
        return lines
    }

    private func line(_ item: Running, at now: Duration, width: Int) -> String {
        let message = item.message.map { ": \(TerminalText.visible($0))" } ?? ""
        let text = "  \(item.step.phrase(.begun)) \(times(of: item, at: now))\(message)"
        return text.count > width ? String(text.prefix(max(1, width - 1))) + "…" : text
    }

    /// How long a step has gone on, and how long it may go on waiting. Before the message, which may be cut off.
    private func times(of item: Running, at now: Duration) -> String {
        let passed = "\(seconds(now - item.began)) s"
        return item.limit.map { "\(passed), at most \(seconds(max(.zero, $0 - now))) s more" } ?? passed
    }

    private func seconds(_ duration: Duration) -> Int { Int(duration.components.seconds) }
}

/// How far a step is.
enum StepPhase {
    case begun
    case still
    case ended
    case failed
    case undoing
    case undone
    case notUndone
}

extension Step {
    func phrase(_ phase: StepPhase) -> String {
        let address = TerminalText.visible(address.description)
        switch phase {
        case .begun: return "\(address): \(operation.progressive)…"
        case .still: return "\(address): still \(operation.progressive)…"
        case .ended: return "\(address): \(operation.participle)"
        case .failed: return "\(address): not \(operation.participle):"
        case .undoing: return "\(address): undoing…"
        case .notUndone: return "\(address): not undone:"
        case .undone: return "\(address): undone"
        }
    }
}

extension Step.Operation {
    var progressive: String {
        switch self {
        case .create: "creating"
        case .recover: "recovering"
        case .adopt: "adopting"
        case .update: "updating"
        case .delete: "deleting"
        case .read: "looking up"
        case .record: "recording"
        }
    }

    var participle: String {
        switch self {
        case .create: "created"
        case .recover: "recovered"
        case .adopt: "adopted"
        case .update: "updated"
        case .delete: "deleted"
        case .read: "looked up"
        case .record: "recorded"
        }
    }
}
