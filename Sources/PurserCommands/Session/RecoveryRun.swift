import PurserEngine
import PurserSyntax

/// Undoes a run that was stopped, or settles what was under way. Needs the journal and the kinds, but no spec that is
/// whole: it may have been changed since.
struct RecoveryRun {
    let run: CommandRun
    let environment: String
    let backend: any StateBackend
    let catalog: ResourceCatalog
    let secrets: SecretSources
    let specPath: String
    var places: [Address: SourceRange] = [:]
    var sources: [SourceFile] = []

    /// Brings everything back to what it was before the run.
    func undo(lockWait: Duration) async throws -> CommandStatus {
        try await recover(lockWait) { recovery, _ in
            let report = try await recovery.undo(interruptions: run.stop.interruptions)
            await show(report, .undo)
            return status(of: report)
        }
    }

    /// Settles what nobody knows the outcome of. Then `finish` carries out the rest of what was begun, still
    /// under the lock.
    func resume(
        lockWait: Duration, finish: (JournalEntry.Begin, LockHolder) async throws -> CommandStatus
    ) async throws -> CommandStatus {
        try await recover(lockWait) { recovery, holder in
            let report = try await recovery.settleForResume(interruptions: run.stop.interruptions)
            await show(report, .resume)
            let settled = status(of: report)
            return settled == .done ? try await finish(recovery.replay.begin, holder) : settled
        }
    }

    /// To have undone everything is what was asked for.
    private func status(of report: ApplyReport) -> CommandStatus {
        report.ending == .rolledBack ? .done : report.exitStatus(after: run.stop.signal)
    }

    private func recover(
        _ lockWait: Duration, _ body: (Recovery, LockHolder) async throws -> CommandStatus
    ) async throws -> CommandStatus {
        let holder = run.context.lockHolder("recover")
        return try await backend.whileLocked(by: holder, timeout: lockWait, telling: run.stop) {
            let view = run.view
            let recovery = try await Recovery.find(
                in: backend, environment: environment, catalog: catalog, secrets: secrets
            ) { event in await view.show(.applying(event)) }
            guard let recovery else {
                await view.show(.done("Nothing is under way."))
                return .done
            }
            await view.show(.done(UnderWay(replay: recovery.replay, specPath: specPath).sentence))
            guard run.stop.beginRun() else { throw CancellationError() }
            return try await body(recovery, holder)
        }
    }

    private func show(_ report: ApplyReport, _ purpose: RunEnd.Purpose) async {
        await run.view.show(
            .ended(
                RunEnd(purpose: purpose, report: report, places: places, sources: sources, specPath: specPath)))
    }
}

extension StateBackend {
    /// Runs `body` with the lock, and gives it back however that ends. If the lock is lost, the run gives up at once, as
    /// after a second Ctrl-C.
    func whileLocked<Result>(
        by holder: LockHolder, timeout: Duration, telling stop: StopController, _ body: () async throws -> Result
    ) async throws -> Result {
        try await lock(holder, timeout: timeout)
        async let _ = giveUpOnLoss(stop)
        do {
            let result = try await body()
            try await confirmLock()
            await unlock()
            return result
        } catch {
            await unlock()
            throw error
        }
    }

    private func giveUpOnLoss(_ stop: StopController) async {
        guard await lockLoss() != nil else { return }
        for _ in 1...2 { stop.interruptions.signal() }
    }
}
