/// What a run that did not end left behind, and the two ways out of it.
package struct Recovery: Sendable {
    package let replay: JournalReplay
    private let base: StateSnapshot
    private let rollback: Rollback
    private let backend: any StateBackend

    /// Nil if no run is under way. A run whose outcome was settled is brought to its end here: nothing is left to ask.
    /// The caller holds the lock. Throws `StateError`.
    package static func find(
        in backend: any StateBackend, environment: String, catalog: ResourceCatalog, secrets: any SecretInputs,
        lateness: [Duration] = Rollback.usualLateness,
        show: @escaping @Sendable (ApplyEvent) async -> Void
    ) async throws -> Recovery? {
        guard let bytes = try await backend.journal.read() else { return nil }
        let state = try await backend.load()
        guard let replay = try JournalReplay.read(bytes) else {
            try await backend.journal.remove()
            return nil
        }
        let base = state ?? StateSnapshot(environment: environment, lineage: replay.begin.lineage)
        let rollback = Rollback(catalog: catalog, secrets: secrets, backend: backend, lateness: lateness, show: show)
        let recovery = Recovery(replay: replay, base: base, rollback: rollback, backend: backend)
        if let ending = replay.ending {
            try await recovery.settle(ending)
            return nil
        }
        return recovery
    }

    /// Whether a run is under way, without a lock and without changing anything.
    package static func underWay(in backend: any StateBackend) async throws -> JournalReplay? {
        guard let bytes = try await backend.journal.read(), let replay = try JournalReplay.read(bytes) else {
            return nil
        }
        return replay.ending == nil ? replay : nil
    }

    /// Brings everything back to what it was before the run.
    package func undo(interruptions: Interruptions) async throws -> ApplyReport {
        let outcome = try await rollback.undo(
            replay, base: base, journal: Journal(storage: backend.journal), interruptions: interruptions)
        return ApplyReport(
            ending: outcome.ending, undoFailures: outcome.failures, kept: outcome.kept, remaining: outcome.remaining)
    }

    /// Records what was done and undoes what nobody knows the outcome of, so that a new plan can finish the rest.
    package func settleForResume(interruptions: Interruptions) async throws -> ApplyReport {
        let outcome = try await rollback.undo(
            replay, base: base, journal: Journal(storage: backend.journal), interruptions: interruptions,
            onlyUnsettled: true)
        return ApplyReport(
            ending: outcome.ending, undoFailures: outcome.failures, kept: outcome.kept, remaining: outcome.remaining)
    }

    /// The run had decided how it ended and was stopped before or after it wrote state.
    private func settle(_ ending: ApplyReport.Ending) async throws {
        var state = replay.folded(into: base)
        if base.serial == replay.begin.serial, state != base {
            state.serial += 1
            try await backend.save(state)
        }
        try await backend.journal.remove()
    }
}
