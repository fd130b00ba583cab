import PurserEngine
import PurserTestSupport
import Synchronization
import Testing

@Suite struct ExecutorTests {
    private static let first = """
        boxes:
          outer: {size: 2, items: {pearl: {content: white}, coin: {content: gold}}}
          inner: {inside: outer, key: {env: KEY}}
        marks:
          m: {box: outer, text: hello}

        """
    /// Updates, replaces, deletes and creates at once.
    private static let second = """
        boxes:
          outer: {size: 5, items: {pearl: {content: black}}}
          inner: {inside: outer, key: {env: OTHER}, colour: red}
          fresh: {needs: [outer, inner]}
        marks:
          m: {box: fresh, text: bye}

        """

    @Test func `steps run after what they need, and deletes after what needed them`() async throws {
        let harness = EngineHarness()
        try await harness.apply(Self.first)
        let created = await harness.world.writes.map(\.key.name)
        let position = Dictionary(created.enumerated().map { ($1, $0) }) { first, _ in first }
        #expect((position["outer"] ?? 9) < (position["inner"] ?? 0))
        await harness.world.clearCalls()
        #expect(try await harness.apply(nil).ending == .done)
        let deleted = await harness.world.writes.map { $0.key.name }
        #expect(deleted.last == "outer")
        #expect(await harness.world.objects.isEmpty)
    }

    @Test func `every failure of every call ends in the former world, and the next apply converges`() async throws {
        for moment in [ScriptedWorld.Fault.Moment.before, .after] {
            let writes = try await countOfWrites()
            for failing in 0..<writes {
                let harness = EngineHarness()
                try await harness.apply(Self.first)
                let world = await harness.observable()
                let state = await harness.backend.load()
                await harness.world.order(nthWrite(failing, moment))
                let report = try await harness.apply(Self.second, options: sequential)
                #expect(report.ending == .rolledBack, "write \(failing) \(moment): \(report)")
                #expect(await harness.observable() == world, "write \(failing) \(moment)")
                #expect(await harness.backend.load()?.resources.keys.sorted() == state?.resources.keys.sorted())
                #expect(try await harness.storage.read() == nil)
                try await expectConvergence(harness)
            }
        }
    }

    @Test func `a crash at any write of the journal can be undone and can be resumed`() async throws {
        for remainder in CrashingStorage.Remainder.allCases {
            let appends = try await countOfAppends()
            for crashing in 0..<appends {
                for resumes in [false, true] {
                    try await crash(at: crashing, leaving: remainder, resumes: resumes)
                }
            }
        }
    }

    private func crash(at append: Int, leaving remainder: CrashingStorage.Remainder, resumes: Bool) async throws {
        let before = EngineHarness()
        try await before.apply(Self.first)
        let world = await before.observable()
        let state = await before.backend.load()
        let crashed = EngineHarness(
            world: before.world, storage: CrashingStorage(crashAt: append, leaving: remainder), state: state)
        let planned = try await crashed.plan(Self.second)
        let report = try? await crashed.run(planned, options: sequential)
        #expect(report == nil, "append \(append) did not crash")
        await crashed.storage.restart()
        let place: Comment = "append \(append), \(remainder), \(resumes ? "resumed" : "undone")"
        if let recovery = try await crashed.recovery() {
            if resumes {
                #expect(try await recovery.settleForResume(interruptions: Interruptions()).undoFailures == [], place)
            } else {
                #expect(try await recovery.undo(interruptions: Interruptions()).ending == .rolledBack, place)
                #expect(await crashed.observable() == world, place)
            }
        }
        #expect(try await crashed.storage.read() == nil, place)
        try await expectConvergence(crashed)
    }

    private func expectConvergence(_ harness: EngineHarness) async throws {
        await harness.world.clearFaults()
        let report = try await harness.apply(Self.second)
        #expect(report.ending == .done, "\(report)")
        #expect(try await harness.plan(Self.second).plan.lines == [])
        let fresh = EngineHarness()
        try await fresh.apply(Self.second)
        #expect(await harness.observable() == fresh.observable())
    }

    private var sequential: Executor.Options {
        var options = Executor.Options()
        options.parallelism = 1
        return options
    }

    private func nthWrite(_ index: Int, _ moment: ScriptedWorld.Fault.Moment) -> ScriptedWorld.Fault {
        ScriptedWorld.Fault(nil, skip: index, moment: moment, onlyWrites: true)
    }

    private func countOfWrites() async throws -> Int {
        let harness = EngineHarness()
        try await harness.apply(Self.first)
        await harness.world.clearCalls()
        try await harness.apply(Self.second, options: sequential)
        return await harness.world.writes.count
    }

    private func countOfAppends() async throws -> Int {
        let harness = EngineHarness()
        try await harness.apply(Self.first)
        let before = await harness.storage.appends
        try await harness.apply(Self.second, options: sequential)
        return await harness.storage.appends - before
    }

    @Test func `without rollback what was done stays and is recorded`() async throws {
        let harness = EngineHarness()
        await harness.world.order(ScriptedWorld.Fault(.create, name: "inner"))
        var options = sequential
        options.rollsBack = false
        let report = try await harness.apply(Self.first, options: options)
        #expect(report.ending == .incomplete)
        #expect(await harness.backend.load()?.resources[Address("boxes/outer")] != nil)
        try await expectConvergence(harness)
    }

    @Test func `a failure that cannot be undone is listed, and all else is undone`() async throws {
        let harness = EngineHarness()
        await harness.world.order(ScriptedWorld.Fault(.create, name: "inner"))
        await harness.world.order(ScriptedWorld.Fault(.delete, name: "outer"))
        let report = try await harness.apply(Self.first, options: sequential)
        #expect(report.ending == .incomplete)
        #expect(report.remaining == [Address("boxes/outer")])
        #expect(report.undoFailures.count == 1)
        #expect(await harness.backend.load()?.resources[Address("boxes/outer")] != nil)
        try await expectConvergence(harness)
    }

    @Test func `what ends a step without saying what the service did leaves that open`() {
        struct Unforeseen: Error {}
        let failed = Failure(Unforeseen(), at: Address("boxes/a"))
        #expect(failed.code == .stepFailed)
        #expect(failed.outcomeUnknown)
        let interrupted = Failure(CancellationError(), at: Address("boxes/a"))
        #expect(interrupted.code == .stepInterrupted)
        #expect(interrupted.outcomeUnknown)
    }

    @Test func `one interruption lets running calls end and undoes them`() async throws {
        let harness = EngineHarness()
        let interruptions = Interruptions()
        await harness.world.onCall(.create) { key in if key.name == "outer" { interruptions.signal() } }
        let report = try await harness.apply(Self.first, options: sequential, interruptions: interruptions)
        #expect(report.ending == .rolledBack)
        #expect(report.wasInterrupted)
        #expect(await harness.world.objects.isEmpty)
        #expect(await harness.backend.load() == nil)
    }

    @Test func `two interruptions give up at once, and recovery finishes the matter`() async throws {
        let harness = EngineHarness()
        let interruptions = Interruptions()
        await harness.world.onCall(.create) { key in
            guard key.name == "outer" else { return }
            interruptions.signal()
            interruptions.signal()
            // The call hangs until it is given up.
            try? await Task.sleep(for: .seconds(600))
        }
        let report = try await harness.apply(Self.first, options: sequential, interruptions: interruptions)
        #expect(report.ending == .abandoned)
        let recovery = try #require(try await harness.recovery())
        #expect(recovery.replay.unsettled.map(\.address) == [Address("boxes/outer")])
        #expect(try await recovery.undo(interruptions: Interruptions()).ending == .rolledBack)
        #expect(await harness.world.objects.isEmpty)
    }

    @Test func `no value of a secret and nothing made from it is in journal or state`() async throws {
        let harness = EngineHarness()
        let seen = Mutex<[UInt8]>([])
        let storage = harness.storage
        try await harness.apply(Self.first) { _ in
            let bytes = (try? await storage.read()) ?? nil
            seen.withLock { $0 += bytes ?? [] }
        }
        let journal = seen.withLock { String(decoding: $0, as: UTF8.self) }
        #expect(journal.contains("boxes/inner"))
        #expect(!journal.contains("open sesame"))
        #expect(!"\(String(describing: await harness.backend.load()))".contains("open sesame"))
    }
}
