/// Undoes what a journal says was done, newest first, by the inverses that it holds.
package struct Rollback: Sendable {
    let catalog: ResourceCatalog
    let secrets: any SecretInputs
    let backend: any StateBackend
    let lateness: [Duration]
    let show: @Sendable (ApplyEvent) async -> Void

    /// How long a service may take to carry out a request that nobody waits for any more, as pauses between looks.
    package static let usualLateness: [Duration] = [.milliseconds(500), .seconds(1), .seconds(2), .seconds(3)]

    package init(
        catalog: ResourceCatalog, secrets: any SecretInputs, backend: any StateBackend,
        lateness: [Duration] = usualLateness, show: @escaping @Sendable (ApplyEvent) async -> Void
    ) {
        self.catalog = catalog
        self.secrets = secrets
        self.backend = backend
        self.lateness = lateness
        self.show = show
    }

    package struct Outcome: Sendable {
        package let ending: ApplyReport.Ending
        package let failures: [Failure]
        package let kept: [String]
        package let remaining: [Address]
    }

    /// Undoes all effective steps of a journal and settles state. A step that cannot be undone does not keep the others
    /// from being undone. Throws `StateError` when journal or state cannot be written.
    package func undo(
        _ replay: JournalReplay, base: StateSnapshot, journal: Journal, interruptions: Interruptions,
        onlyUnsettled: Bool = false
    ) async throws -> Outcome {
        let intents = onlyUnsettled ? replay.unsettled.reversed() : replay.effective
        try await journal.append(.rollbackBegan)
        await show(.rollbackBegan(total: intents.count))
        let work = Task { try await undoAll(intents, replay: replay, base: base, journal: journal) }
        let signals = interruptions.stream()
        let watch = Task {
            for await _ in signals {
                work.cancel()
                return
            }
        }
        defer { watch.cancel() }
        return try await work.value
    }

    private func undoAll(
        _ intents: [JournalEntry.Intent], replay: JournalReplay, base: StateSnapshot, journal: Journal
    ) async throws -> Outcome {
        var substitutions: [Value: Value] = [:]
        var failures: [Failure] = []
        var kept: [String] = []
        var remaining: [Address] = []
        for intent in intents {
            if Task.isCancelled { return Outcome(ending: .abandoned, failures: failures, kept: kept, remaining: []) }
            let step = Step(
                id: intent.step, address: intent.address, kind: intent.kind, operation: intent.operation, needs: [])
            await show(.undoStarted(step))
            do {
                let restored = try await undo(intent, substitutions, step, replay)
                let lasting = lastingDifference(of: restored, intent, &substitutions)
                try await journal.append(.undone(step: intent.step, attributes: lasting))
                if let trace = trace(of: intent) { kept.append(trace) }
                await show(.undone(step))
            } catch let error as StateError {
                throw error
            } catch {
                if Task.isCancelled {
                    return Outcome(ending: .abandoned, failures: failures, kept: kept, remaining: [])
                }
                let failure = Failure(error, at: intent.address)
                if failure.outcomeUnknown, await isGone(intent, replay) {
                    try await journal.append(.undone(step: intent.step, attributes: nil))
                    await show(.undone(step))
                    continue
                }
                try await journal.append(.undoFailed(step: intent.step))
                failures.append(failure)
                remaining.append(intent.address)
                await show(.undoFailed(step, failure))
            }
        }
        let ending: ApplyReport.Ending = failures.isEmpty ? .rolledBack : .incomplete
        try await settle(ending, base: base, journal: journal)
        return Outcome(ending: ending, failures: failures, kept: kept, remaining: remaining.sorted())
    }

    private func undo(
        _ intent: JournalEntry.Intent, _ substitutions: [Value: Value], _ step: Step, _ replay: JournalReplay
    ) async throws -> Attributes? {
        guard let kind = catalog[intent.kind] else {
            throw Failure(address: intent.address, code: .stepFailed, summary: "its kind '\(intent.kind)' is not known")
        }
        let show = show
        let operation = Operation(
            environment: replay.begin.environment, address: intent.movedFrom ?? intent.address, secrets: secrets,
            forcesConflicts: replay.begin.forcesConflicts,
            report: { message in Task { await show(.progressed(step, message)) } },
            waiting: { message, left in Task { await show(.waiting(step, message, left: left)) } })
        switch intent.inverse {
        case .nothing: return nil
        case .restore(let former):
            let former = former.substituting(substitutions)
            let restored = try await kind.restore(former, operation)
            guard replay.isUncertain(intent.step), !lateness.isEmpty else { return restored }
            operation.report("making sure that nothing comes late")
            // What is waited for cannot be asked for: a request on its way that nobody hears of. The pauses are the
            // caller's, none in tests.
            for pause in lateness { try await Task.sleep(for: pause) }
            return try await kind.restore(former, operation)
        case .remove(let attributes):
            try await remove(attributes, kind, operation)
            if replay.isUncertain(intent.step) { try await removeLate(attributes, kind, operation) }
            return nil
        }
    }

    /// Deletes what a create made. What is there under its name and does not say that it is this environment's stays:
    /// the create was refused because of it, or it has come meanwhile.
    private func remove(
        _ attributes: Attributes, _ kind: any ResourceKind, _ operation: Operation
    ) async throws {
        guard let found = try await kind.read(attributes, wanted: nil, operation) else { return }
        if type(of: kind).marksOwnership, found.owner?.environment != operation.environment { return }
        try await kind.delete(attributes.merging(found.attributes), operation)
    }

    /// A request whose answer was never heard may be carried out after the look that found nothing.
    private func removeLate(_ attributes: Attributes, _ kind: any ResourceKind, _ operation: Operation) async throws {
        if !lateness.isEmpty { operation.report("making sure that nothing comes late") }
        for pause in lateness {
            // As above: the service does not tell of a request that it has not got yet.
            try await Task.sleep(for: pause)
            try await remove(attributes, kind, operation)
        }
    }

    /// Whether a removal worked although its answer was lost.
    private func isGone(_ intent: JournalEntry.Intent, _ replay: JournalReplay) async -> Bool {
        guard case .remove(let attributes) = intent.inverse, let kind = catalog[intent.kind] else { return false }
        let operation = Operation(
            environment: replay.begin.environment, address: intent.movedFrom ?? intent.address, secrets: secrets)
        do {
            return try await kind.read(attributes, wanted: nil, operation) == nil
        } catch {
            return false
        }
    }

    /// What of a restored resource is another than before and may be kept by others: a new identity's ids.
    private func lastingDifference(
        of restored: Attributes?, _ intent: JournalEntry.Intent, _ substitutions: inout [Value: Value]
    ) -> Attributes? {
        guard let restored, case .restore(let original) = intent.inverse, let kind = catalog[intent.kind] else {
            return nil
        }
        let former = original.substituting(substitutions)
        let type = type(of: kind)
        let lasting = type.attributes.filter { $0.isComputed && !type.volatileOutputs.contains($0.name) }
        var differs = former != original
        for attribute in lasting {
            guard let old = former.values[attribute.name], let new = restored.values[attribute.name], old != new else {
                continue
            }
            differs = true
            substitutions[old] = new
        }
        return differs ? former.merging(restored) : nil
    }

    /// What the service keeps although the step was undone.
    private func trace(of intent: JournalEntry.Intent) -> String? {
        guard let kind = catalog[intent.kind] else { return nil }
        return type(of: kind).trace(ofUndoing: intent.operation).map { "\(intent.address): \($0)" }
    }

    private func settle(_ ending: ApplyReport.Ending, base: StateSnapshot, journal: Journal) async throws {
        try await journal.append(.end(ending))
        guard let bytes = try await backend.journal.read(), let replay = try JournalReplay.read(bytes) else {
            throw StateError.damagedJournal(line: 1)
        }
        var state = replay.folded(into: base)
        if state != base {
            state.serial = base.serial + 1
            try await backend.save(state)
        }
        try await journal.remove()
    }
}

extension Attributes {
    /// With values that are no longer true replaced by those that are.
    func substituting(_ substitutions: [Value: Value]) -> Attributes {
        substitutions.isEmpty ? self : Attributes(values.mapValues { $0.substituting(substitutions) })
    }
}

extension Value {
    fileprivate func substituting(_ substitutions: [Value: Value]) -> Value {
        if let other = substitutions[self] { return other }
        switch self {
        case .list(let items): return .list(items.map { $0.substituting(substitutions) })
        case .object(let members): return .object(members.mapValues { $0.substituting(substitutions) })
        default: return self
        }
    }
}
