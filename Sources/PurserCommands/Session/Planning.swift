import PurserEngine
import PurserProof
import PurserResources
import PurserSyntax

/// A plan with all that it was made from, ready to be run.
struct PlannedRun: Sendable {
    let plan: Plan
    /// What is wanted: empty for a destroy.
    let graph: ResourceGraph
    let recorded: StateSnapshot
    let request: PlanFile.Request

    func file(_ catalog: ResourceCatalog) -> PlanFile {
        let steps = StepList(plan: plan, graph: graph, recorded: recorded, catalog: catalog).steps
        return PlanFile(plan: plan, request: request, steps: steps, catalog: catalog)
    }
}

extension Session {
    /// Looks at what is there and decides what is to be done.
    func planned(
        _ purpose: Plan.Purpose, _ request: PlanFile.Request, parallelism: Int = 16, showing view: any View
    ) async throws -> PlannedRun {
        let recorded = try await backend.load() ?? StateSnapshot(environment: spec.environment, lineage: "")
        let graph = purpose == .apply ? graph : try ResourceGraph(environment: spec.environment, resources: [:])
        let renames = Renames.find(graph: graph, recorded: recorded, catalog: catalog)
        var observations = Observations()
        if request.refreshes {
            await view.show(.refreshing(resources: Set(graph.order).union(recorded.resources.keys).count))
            observations = await Refresh(catalog: catalog, secrets: secrets, parallelism: parallelism)
                .observations(of: graph, recorded: recorded, renames: renames)
            // Without a token nothing else can work: one report, not one for each resource.
            if let failure = observations.signInFailure { throw CommandFailure(signIn: failure) }
        }
        try Task.checkCancellation()
        var remarks = spec.remarks
        if request.refreshes, purpose == .apply { remarks = try await proved(by: observations) }
        var plan = try decide(purpose, graph, recorded, observations, renames, request, remarks)
        if request.purges, plan.count(of: .delete) > 0 { plan.remarks.append(Self.purgeWarning) }
        return PlannedRun(plan: plan, graph: graph, recorded: recorded, request: request)
    }

    private static let purgeWarning = Diagnostic(
        .planPurges, "what is deleted is purged too: it cannot be recovered, nor can the run be undone",
        severity: .warning)

    private func decide(
        _ purpose: Plan.Purpose, _ graph: ResourceGraph, _ recorded: StateSnapshot, _ observations: Observations,
        _ renames: [Address: Address], _ request: PlanFile.Request, _ remarks: Diagnostics
    ) throws(CommandFailure) -> Plan {
        var options = Planner.Options()
        options.targets = Set(request.targets)
        options.excluded = Set(request.excluded)
        options.replaced = Set(request.replaced)
        options.forcesConflicts = request.forcesConflicts
        try checkAddresses(options, recorded)
        do {
            var plan = try Planner.plan(
                purpose, catalog: catalog, graph: graph, specDigest: spec.digest, recorded: recorded,
                observations: observations, renames: renames, options: options, remarks: remarks)
            plan.allowed = allowed == .everything ? AllowedFindings() : allowed.used(in: remarks)
            return plan
        } catch {
            throw CommandFailure(status(of: observations), error, sources: spec.sources)
        }
    }

    /// The spec's remarks, with the proof made anew over what vaults hold that exist already.
    ///
    /// Throws where it has found an error that nobody has allowed.
    private func proved(by observations: Observations) async throws -> Diagnostics {
        let live = await services.live(spec, observations)
        if live.isEmpty { return spec.remarks }
        var remarks = Diagnostics(spec.remarks.filter { FindingCatalogue.page(of: $0.code) == nil })
        let findings = Prover.findings(of: EnvironmentScene.scene(of: spec, live: live)).map(\.diagnostic)
        remarks.merge(allowed.applied(to: Diagnostics(findings)))
        for refusal in live.refusals {
            remarks.append(
                Diagnostic(
                    .undecided, "objects: \(refusal.reason)", at: spec.resources[refusal.vault]?.range,
                    address: refusal.vault.description, severity: .note))
        }
        guard !remarks.hasErrors else { throw CommandFailure(.failed, remarks.sorted(), sources: spec.sources) }
        return remarks.sorted()
    }

    /// What could not be seen tells why there is no plan.
    private func status(of observations: Observations) -> CommandStatus {
        let categories = observations.findings.values.compactMap { finding in
            if case .unreadable(let failure) = finding { failure.category } else { nil }
        }
        if categories.contains(.notSignedIn) || categories.contains(.notAllowed) { return .notAllowed }
        return categories.contains(.timedOut) ? .timedOut : .failed
    }

    private func checkAddresses(
        _ options: Planner.Options, _ recorded: StateSnapshot
    ) throws(CommandFailure) {
        let known = Set(graph.order).union(recorded.resources.keys)
        var diagnostics = Diagnostics()
        for address in options.targets.union(options.excluded).union(options.replaced).sorted()
        where !known.contains(where: { $0.isWithin(address) }) {
            diagnostics.append(
                .unknownReference, "there is no \(address)", at: nil,
                hint: Suggestion.hint(for: address.description, among: known.map(\.description)))
        }
        if diagnostics.hasErrors { throw CommandFailure(.usage, diagnostics) }
    }

    /// A run that was stopped has to be finished or undone first.
    func refuseIfUnderWay() async throws {
        guard let replay = try await Recovery.underWay(in: backend) else { return }
        throw CommandFailure(.failed, Diagnostics([UnderWay(replay: replay, specPath: specPath).diagnostic]))
    }
}

/// What a run that did not end left behind, in words.
struct UnderWay {
    let replay: JournalReplay
    let specPath: String

    /// One line: who ran what, and how far it came.
    var sentence: String {
        let begin = replay.begin
        let open = replay.unsettled.map { "\($0.operation.rawValue) \($0.address)" }
        let openText =
            open.isEmpty
            ? ""
            : "; under way were \(open.prefix(5).joined(separator: ", "))"
                + (open.count > 5 ? " and \(open.count - 5) more" : "")
        return "a run was stopped before its end: \(begin.holder.summary); "
            + "\(replay.done.count) of \(begin.totalSteps) steps were done\(openText)"
    }

    var diagnostic: Diagnostic {
        Diagnostic(
            .runUnderWay, sentence,
            hint: "undo it with\n    purser recover \(specPath.shellWord) --undo\nor finish it with\n"
                + "    purser recover \(specPath.shellWord) --resume")
    }
}
