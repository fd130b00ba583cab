/// Carries out a plan: many steps at once, journaled, undone when one fails.
///
/// The order is decided by `Schedule`; this only obeys it.
package struct Executor: Sendable {
    package struct Options: Sendable {
        package var parallelism = 16
        /// Whether a failure undoes what was done. Otherwise what was done stays, and is recorded.
        package var rollsBack = true
        package var purges = false
        package var forcesConflicts = false
        /// See `Rollback.usualLateness`.
        package var lateness = Rollback.usualLateness

        package init() {}
    }

    let catalog: ResourceCatalog
    let secrets: any SecretInputs
    let backend: any StateBackend
    let options: Options
    let show: @Sendable (ApplyEvent) async -> Void

    package init(
        catalog: ResourceCatalog, secrets: any SecretInputs, backend: any StateBackend, options: Options,
        show: @escaping @Sendable (ApplyEvent) async -> Void
    ) {
        self.catalog = catalog
        self.secrets = secrets
        self.backend = backend
        self.options = options
        self.show = show
    }

    /// Runs the plan against the state that it was made from; the caller holds the lock.
    ///
    /// Of `interruptions` the first lets running calls end and undoes the rest, the second gives up
    /// at once and leaves the journal. Throws `StateError` when journal or state cannot be written.
    package func run(
        _ plan: Plan, graph: ResourceGraph, recorded: StateSnapshot, holder: LockHolder,
        interruptions: Interruptions
    ) async throws -> ApplyReport {
        let steps = StepList(plan: plan, graph: graph, recorded: recorded, catalog: catalog).steps
        let journal = Journal(storage: backend.journal)
        try await journal.append(
            .begin(
                JournalEntry.Begin(
                    purpose: plan.purpose, environment: plan.environment, lineage: recorded.lineage,
                    serial: recorded.serial, totalSteps: steps.count, holder: holder,
                    forcesConflicts: options.forcesConflicts, purges: options.purges)))
        var run = Run(
            executor: self, plan: plan, graph: graph, recorded: recorded, steps: steps, journal: journal,
            interruptions: interruptions)
        return try await run.drive()
    }
}

/// One run of a plan: the values that change while it goes on.
struct Run {
    let executor: Executor
    let plan: Plan
    let graph: ResourceGraph
    let recorded: StateSnapshot
    let steps: [Step]
    let journal: Journal
    let interruptions: Interruptions

    private var schedule: Schedule
    /// Attributes of resources as they are now, for the expressions of those that depend on them.
    private var current: [Address: Attributes]
    private let changes: [Address: Change]
    private var done: [Step.Operation: Int] = [:]
    private var failures: [Failure] = []
    private var interruptionCount = 0
    private var runningCount = 0

    init(
        executor: Executor, plan: Plan, graph: ResourceGraph, recorded: StateSnapshot, steps: [Step],
        journal: Journal, interruptions: Interruptions
    ) {
        self.executor = executor
        self.plan = plan
        self.graph = graph
        self.recorded = recorded
        self.steps = steps
        self.journal = journal
        self.interruptions = interruptions
        schedule = Schedule(needs: steps.map(\.needs), width: executor.options.parallelism)
        changes = Dictionary(uniqueKeysWithValues: plan.changes.map { ($0.address, $0) })
        current = changes.compactMapValues { change in
            change.action == .none || change.action == .read || change.action == .update ? change.after : nil
        }
    }

    private enum Message: Sendable {
        case ended(Step, Result<Attributes?, Failure>, seconds: Double)
        case interrupted
        /// Nobody will interrupt any more.
        case quiet
        case journalFailed(any Error)
    }

    mutating func drive() async throws -> ApplyReport {
        await executor.show(.began(total: steps.count))
        let outcome = try await withThrowingTaskGroup(of: Message.self) { group -> ApplyReport? in
            let signals = interruptions.stream()
            group.addTask { await Self.nextInterruption(signals) }
            while !schedule.isIdle || runningCount > 0 {
                for id in schedule.start() { start(steps[id], in: &group) }
                guard runningCount > 0, let message = try await group.next() else { break }
                switch message {
                case .ended(let step, let result, let seconds): await settle(step, result, seconds)
                case .quiet: break
                case .journalFailed(let error):
                    group.cancelAll()
                    throw error
                case .interrupted:
                    interruptionCount += 1
                    schedule.stop()
                    if interruptionCount > 1 {
                        group.cancelAll()
                        return report(.abandoned)
                    }
                    await executor.show(.interrupted(running: runningCount))
                    group.addTask { await Self.nextInterruption(signals) }
                }
            }
            group.cancelAll()
            return nil
        }
        if let outcome { return outcome }
        return try await conclude()
    }

    private static func nextInterruption(_ signals: AsyncStream<Void>) async -> Message {
        for await _ in signals { return .interrupted }
        return .quiet
    }

    private mutating func start(_ step: Step, in group: inout ThrowingTaskGroup<Message, any Error>) {
        runningCount += 1
        var change = changes[step.address]
        if step.part == .narrowing { change?.before = current[step.address] }
        let call = StepCall(
            step: step, change: change, desired: desired(step.address),
            record: record(of: step.address),
            recorded: recorded.resources[changes[step.address]?.movedFrom ?? step.address]?.attributes,
            executor: executor, journal: journal, interruptions: interruptions, environment: plan.environment)
        let show = executor.show
        group.addTask {
            let clock = ContinuousClock()
            let began = clock.now
            await show(.started(step))
            do {
                let result = try await call.perform()
                return .ended(step, result, seconds: (clock.now - began) / .seconds(1))
            } catch {
                return .journalFailed(error)
            }
        }
    }

    private mutating func settle(_ step: Step, _ result: Result<Attributes?, Failure>, _ seconds: Double) async {
        runningCount -= 1
        switch result {
        case .success(let attributes):
            current[step.address] = attributes ?? current[step.address]
            done[step.operation, default: 0] += 1
            schedule.finish(step.id, succeeded: true)
            await executor.show(.finished(step, seconds: seconds))
        case .failure(let failure):
            failures.append(failure)
            schedule.finish(step.id, succeeded: false)
            await executor.show(.failed(step, failure))
        }
    }

    private mutating func conclude() async throws -> ApplyReport {
        let isWhole = failures.isEmpty && schedule.finishedCount == steps.count
        let replay = try await readJournal()
        if isWhole {
            try await finish(replay, .done)
            return report(.done)
        }
        guard executor.options.rollsBack else {
            let remaining = replay.effective.map(\.address).sorted()
            try await finish(replay, remaining.isEmpty ? .rolledBack : .incomplete)
            return report(remaining.isEmpty ? .rolledBack : .incomplete, remaining: remaining)
        }
        let rollback = Rollback(
            catalog: executor.catalog, secrets: executor.secrets, backend: executor.backend,
            lateness: executor.options.lateness, show: executor.show)
        let undone = try await rollback.undo(replay, base: recorded, journal: journal, interruptions: interruptions)
        return ApplyReport(
            ending: undone.ending, wasInterrupted: interruptionCount > 0, done: done, failures: failures,
            undoFailures: undone.failures, kept: undone.kept, remaining: undone.remaining)
    }

    private func readJournal() async throws -> JournalReplay {
        guard let bytes = try await executor.backend.journal.read(), let replay = try JournalReplay.read(bytes) else {
            throw StateError.damagedJournal(line: 1)
        }
        return replay
    }

    private func finish(_ replay: JournalReplay, _ ending: ApplyReport.Ending) async throws {
        try await journal.append(.end(ending))
        if ending != .rolledBack {
            var state = replay.folded(into: recorded.refreshed(by: plan))
            recordRules(in: &state)
            state.serial += 1
            try await executor.backend.save(state)
        }
        try await journal.remove()
    }

    /// Resources that did not change may have come to need others.
    private func recordRules(in state: inout StateSnapshot) {
        for (address, resource) in graph.resources where changes[address]?.isEffective == false {
            state.resources[address]?.dependencies = resource.dependencies.sorted()
        }
    }

    private func report(_ ending: ApplyReport.Ending, remaining: [Address] = []) -> ApplyReport {
        ApplyReport(
            ending: ending, wasInterrupted: interruptionCount > 0, done: done, failures: failures,
            remaining: remaining)
    }

    // MARK: Values

    private func desired(_ address: Address) -> Attributes? {
        guard let resource = graph[address] else { return nil }
        let wanted = resource.attributes.mapValues { expression in
            expression.value { address, name in
                if case .literal(let value)? = graph[address]?.attributes[name] { return value }
                return current[address]?.values[name] ?? .null
            }
        }
        return Attributes(wanted.merging(foreseen(address)) { written, _ in written })
    }

    /// Outputs that the plan foretold, so that what was reviewed is what is made.
    private func foreseen(_ address: Address) -> [String: Value] {
        guard let change = changes[address], let kind = executor.catalog[change.kind].map({ type(of: $0) }),
            kind.hasProspects, let after = change.after
        else { return [:] }
        let outputs = kind.attributes.filter(\.isComputed).map(\.name)
        return after.values.filter { outputs.contains($0.key) && $0.value != .unknown && $0.value != .null }
    }

    /// What is recorded beside the attributes.
    private func record(of address: Address) -> RecordedResource? {
        if let resource = graph[address] {
            return RecordedResource(
                kind: resource.kind, attributes: Attributes(), dependencies: resource.dependencies.sorted(),
                isExisting: resource.isExisting, isProtected: resource.isProtected, onDestroy: resource.onDestroy)
        }
        return recorded.resources[address]
    }
}
