import Foundation
import PurserEngine
import PurserSyntax

/// Plans, asks and runs, under the environment's lock.
struct EnvironmentRun {
    let run: CommandRun
    let session: Session
    let running: RunOptions

    private var context: CommandContext { run.context }
    private var view: any View { run.view }

    /// Plans anew and carries it out once it is approved.
    func perform(_ purpose: Plan.Purpose, _ request: PlanFile.Request, approved: Bool) async throws -> CommandStatus {
        try approvalIsPossible(approved)
        return try await locked(purpose) { holder in
            try await refuseIfUnderWay()
            let planned = try await session.planned(
                purpose, request, parallelism: running.parallelism, showing: view)
            await view.show(.diagnostics(planned.plan.remarks, sources: session.spec.sources))
            await view.show(.planned(planned.plan, catalog: session.catalog))
            if planned.plan.isEmpty { return try await recordDrift(planned) }
            if !approved { try await ask(purpose, planned.plan) }
            return try await carryOut(planned, as: purpose == .apply ? .apply : .destroy, holder)
        }
    }

    /// Carries out a saved plan if it is still what would be planned now.
    func perform(_ saved: SavedPlan) async throws -> CommandStatus {
        let purpose = saved.file.plan.purpose
        return try await locked(purpose) { holder in
            try await refuseIfUnderWay()
            try refuseIfSpecDiffers(saved)
            let planned: PlannedRun
            do {
                planned = try await session.planned(
                    purpose, saved.file.request, parallelism: running.parallelism, showing: view)
            } catch let failure as CommandFailure where failure.status == .failed {
                throw CommandFailure(
                    .stalePlan, staleDiagnostics(saved, "there is no such plan any more") + failure.diagnostics,
                    sources: session.spec.sources)
            }
            if let staleness = saved.file.staleness(against: planned.file(session.catalog)) {
                throw CommandFailure(.stalePlan, staleDiagnostics(saved, staleness.message))
            }
            await view.show(.planned(planned.plan, catalog: session.catalog))
            if planned.plan.isEmpty { return try await recordDrift(planned) }
            return try await carryOut(planned, as: purpose == .apply ? .apply : .destroy, holder)
        }
    }

    /// Settles what a stopped run left open, plans anew, and carries out the rest.
    func resume() async throws -> CommandStatus {
        try await recovery.resume(lockWait: running.lockWait, finish: finish)
    }

    func undo() async throws -> CommandStatus { try await recovery.undo(lockWait: running.lockWait) }

    private var recovery: RecoveryRun {
        RecoveryRun(
            run: run, environment: session.spec.environment, backend: session.backend, catalog: session.catalog,
            secrets: session.secrets, specPath: session.specPath, places: places, sources: session.spec.sources)
    }

    /// The rest of a run that was stopped: what a plan finds now.
    private func finish(_ begun: JournalEntry.Begin, _ holder: LockHolder) async throws -> CommandStatus {
        let purpose = begun.purpose
        let request = PlanFile.Request(
            specPath: session.specPath, variables: session.variables, purges: begun.purges,
            forcesConflicts: begun.forcesConflicts)
        let planned = try await session.planned(purpose, request, parallelism: running.parallelism, showing: view)
        await view.show(.planned(planned.plan, catalog: session.catalog))
        if planned.plan.isEmpty { return .done }
        return try await carryOut(planned, as: purpose == .apply ? .apply : .destroy, holder)
    }

    // MARK: Steps of a run

    /// Nothing is to be done; but what others changed, in ways that the spec leaves open, would be told for ever.
    private func recordDrift(_ planned: PlannedRun) async throws -> CommandStatus {
        guard planned.plan.purpose == .apply, !planned.plan.drift.isEmpty else { return .done }
        var state = planned.recorded.refreshed(by: planned.plan)
        state.serial += 1
        try await session.backend.save(state)
        await view.show(.done("What was changed outside Purser is recorded."))
        return .done
    }

    private func locked(
        _ purpose: Plan.Purpose, _ body: (LockHolder) async throws -> CommandStatus
    ) async throws -> CommandStatus {
        let holder = context.lockHolder(purpose.rawValue)
        return try await session.backend.whileLocked(by: holder, timeout: running.lockWait, telling: run.stop) {
            try await body(holder)
        }
    }

    /// A run whose outcome was settled is brought to its end; any other has to be finished or undone first.
    private func refuseIfUnderWay() async throws {
        let recovery = try await Recovery.find(
            in: session.backend, environment: session.spec.environment, catalog: session.catalog,
            secrets: session.secrets, show: show)
        guard let recovery else { return }
        let underWay = UnderWay(replay: recovery.replay, specPath: session.specPath)
        throw CommandFailure(.failed, Diagnostics([underWay.diagnostic]))
    }

    private func carryOut(
        _ planned: PlannedRun, as purpose: RunEnd.Purpose, _ holder: LockHolder
    ) async throws -> CommandStatus {
        var options = Executor.Options()
        options.parallelism = running.parallelism
        options.rollsBack = running.onFailure == .rollback
        options.purges = planned.request.purges
        options.forcesConflicts = planned.request.forcesConflicts
        let executor = Executor(
            catalog: session.catalog, secrets: session.secrets, backend: session.backend, options: options, show: show)
        var recorded = planned.recorded
        if recorded.lineage.isEmpty { recorded.lineage = UUID().uuidString.lowercased() }
        guard run.stop.hasBegunRun || run.stop.beginRun() else { throw CancellationError() }
        let report = try await executor.run(
            planned.plan, graph: planned.graph, recorded: recorded, holder: holder,
            interruptions: run.stop.interruptions)
        await show(report, purpose, places)
        return report.exitStatus(after: run.stop.signal)
    }

    private var show: @Sendable (ApplyEvent) async -> Void {
        { [view] event in await view.show(.applying(event)) }
    }

    private func show(
        _ report: ApplyReport, _ purpose: RunEnd.Purpose, _ places: [Address: SourceRange]
    ) async {
        await view.show(
            .ended(
                RunEnd(
                    purpose: purpose, report: report, places: places, sources: session.spec.sources,
                    specPath: session.specPath)))
    }

    /// Where each resource stands in the spec.
    private var places: [Address: SourceRange] { session.graph.resources.compactMapValues(\.range) }

    // MARK: Asking

    private var canAsk: Bool { context.terminal.hasInput && context.terminal.showsErrors && !context.isAutomated }

    /// Without a terminal nobody could answer: better to say so before anything is looked at.
    private func approvalIsPossible(_ approved: Bool) throws(CommandFailure) {
        guard !approved, !canAsk || context.isJSON(view) else { return }
        throw CommandFailure(
            .usage, .commandNeedsApproval, "there is no terminal to ask on", hint: "give --yes, or run a saved plan")
    }

    private func ask(_ purpose: Plan.Purpose, _ plan: Plan) async throws {
        let verb = purpose == .apply ? "Apply this plan to" : "Destroy"
        await view.show(.prompt("\n\(verb) \(plan.environment)? Only `yes` is accepted: "))
        let answer = await context.readLine()?.trimmingCharacters(in: .whitespaces)
        try Task.checkCancellation()
        guard answer == "yes" else {
            throw CommandFailure(.failed, .commandNeedsApproval, "not approved; nothing was begun")
        }
    }

    // MARK: Saved plans

    private func refuseIfSpecDiffers(_ saved: SavedPlan) throws(CommandFailure) {
        guard saved.file.plan.specDigest != session.spec.digest else { return }
        throw CommandFailure(.stalePlan, staleDiagnostics(saved, PlanStaleness.specChanged.message))
    }

    private func staleDiagnostics(_ saved: SavedPlan, _ reason: String) -> Diagnostics {
        Diagnostics(
            .planStale, "the saved plan '\(saved.path)' is stale: \(reason)",
            hint: "make it anew with `purser plan \(session.specPath.shellWord) --out \(saved.path.shellWord)` "
                + "and review it")
    }
}

extension Diagnostics {
    static func + (left: Diagnostics, right: Diagnostics) -> Diagnostics {
        var result = left
        result.merge(right)
        return result
    }
}

extension CommandContext {
    /// Whether a machine reads what is shown: it cannot answer.
    func isJSON(_ view: any View) -> Bool { view is JSONView }
}
