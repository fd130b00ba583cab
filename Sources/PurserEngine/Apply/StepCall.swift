/// One step, with all it needs, so that it can run in a task of its own.
struct StepCall: Sendable {
    let step: Step
    let change: Change?
    let desired: Attributes?
    let record: RecordedResource?
    /// What state has, sources of secrets included, which no service tells.
    let recorded: Attributes?
    let executor: Executor
    let journal: Journal
    let interruptions: Interruptions
    let environment: String

    /// Captures the inverse, journals the intent, makes the call, and journals how it went.
    /// Throws only what makes going on unsafe: the journal cannot be written.
    func perform() async throws -> Result<Attributes?, Failure> {
        guard let kind = executor.catalog[step.kind], let record else {
            return .failure(
                Failure(address: step.address, code: .stepFailed, summary: "its kind '\(step.kind)' is not known"))
        }
        let before: Attributes?
        let wanted: Attributes?
        do {
            before = try await attributesBefore(kind)
            wanted = try await remembering(kind)
        } catch {
            return .failure(Failure(error, at: step.address))
        }
        try await journal.append(
            .intent(
                JournalEntry.Intent(
                    step: step.id, address: step.address, kind: step.kind, operation: step.operation,
                    movedFrom: step.operation == .delete ? nil : change?.movedFrom, inverse: inverse(before, wanted),
                    record: record)))
        do {
            let attributes = try await call(kind, before, wanted)
            try Task.checkCancellation()
            try await journal.append(.done(step: step.id, attributes: attributes.map { merged($0, wanted) }))
            return .success(attributes.map { merged($0, wanted) })
        } catch let error as StateError {
            throw error
        } catch {
            let failure = Failure(error, at: step.address)
            // A cancelled call was given up, not ended: its outcome stays open for `recover`.
            if !Task.isCancelled {
                try await journal.append(.failed(step: step.id, outcomeUnknown: failure.outcomeUnknown))
            }
            return .failure(failure)
        }
    }

    /// State keeps what the spec asked for beside what the service told.
    private func merged(_ attributes: Attributes, _ wanted: Attributes?) -> Attributes {
        (wanted ?? Attributes()).merging(attributes).withoutAbsent
    }

    /// What is wanted, and for something new what its kind wants remembered of the world without it.
    private func remembering(_ kind: any ResourceKind) async throws -> Attributes? {
        if step.part == .widening, let before = change?.before, let desired {
            return type(of: kind).widened(before, to: desired) ?? desired
        }
        guard step.operation == .create, let desired else { return desired }
        return desired.merging(try await kind.remembered(before: desired, operation))
    }

    private func attributesBefore(_ kind: any ResourceKind) async throws -> Attributes? {
        switch step.operation {
        case .read, .record: return nil
        case .create, .recover, .adopt:
            guard let desired else { return nil }
            return try await kind.read(desired, wanted: nil, operation)?.attributes
        case .update, .delete:
            guard let known = change?.before.map({ (recorded ?? Attributes()).merging($0) }) else { return nil }
            let found = try await kind.read(known, wanted: nil, operation)?.attributes
            return found.map { known.merging($0) }
        }
    }

    private func inverse(_ before: Attributes?, _ wanted: Attributes?) -> Inverse {
        switch step.operation {
        case .read, .record: return .nothing
        case .create, .recover: return before.map(Inverse.restore) ?? .remove(wanted ?? Attributes())
        case .adopt, .update, .delete: return before.map(Inverse.restore) ?? .nothing
        }
    }

    private func call(
        _ kind: any ResourceKind, _ before: Attributes?, _ wanted: Attributes?
    ) async throws -> Attributes? {
        switch step.operation {
        case .record: return change?.action == .forget ? nil : change?.after
        case .delete:
            try await kind.delete((recorded ?? Attributes()).merging(change?.before ?? Attributes()), operation)
            return nil
        case .read: return try await lookedUp(kind, try present(wanted))
        case .create: return try await created(kind, before, try present(wanted))
        case .recover: return try await kind.recover(try present(wanted), operation)
        case .adopt, .update:
            let desired = try present(wanted)
            guard let before else { return try await kind.create(desired, operation) }
            return try await kind.update(before, to: desired, operation)
        }
    }

    /// What stands in a resource that was not there when the plan was made could not be looked for then: its soft-deleted
    /// twin may have come back with that resource.
    private func created(
        _ kind: any ResourceKind, _ before: Attributes?, _ wanted: Attributes
    ) async throws -> Attributes {
        if before == nil, type(of: kind).place.parentPath != nil,
            let deleted = try await kind.readDeleted(wanted, operation)
        {
            if let obstacle = type(of: kind).obstacle(to: .recover, recorded: deleted, desired: wanted) {
                throw Failure(
                    address: step.address, code: .obstacle, summary: obstacle.message, hint: obstacle.hint)
            }
            return try await kind.recover(wanted, operation)
        }
        return try await kind.create(wanted, operation)
    }

    private func lookedUp(_ kind: any ResourceKind, _ wanted: Attributes) async throws -> Attributes {
        guard let found = try await kind.read(wanted, wanted: nil, operation) else {
            throw Failure(
                address: step.address, code: .existingNotFound, summary: "is said to exist, but does not",
                hint: "check its name, or remove `existing: true` to have it created")
        }
        return found.attributes
    }

    private func present(_ wanted: Attributes?) throws(AttributeError) -> Attributes {
        guard let wanted else { throw AttributeError(name: step.address.description, found: nil) }
        return wanted
    }

    private var operation: Operation {
        let show = executor.show
        let (step, interruptions) = (step, interruptions)
        return Operation(
            environment: environment, address: step.address, secrets: executor.secrets,
            isExisting: record?.isExisting ?? false, purges: executor.options.purges,
            forcesConflicts: executor.options.forcesConflicts,
            report: { message in Task { await show(.progressed(step, message)) } },
            waiting: { message, left in Task { await show(.waiting(step, message, left: left)) } },
            isInterrupted: { interruptions.wasSignalled })
    }
}

extension Attributes {
    /// Without nulls, which say the same as being absent.
    var withoutAbsent: Attributes { Attributes(values.filter { $0.value != .null }) }
}
