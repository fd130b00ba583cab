/// The steps of a plan and the edges between them.
package struct StepList: Sendable {
    package private(set) var steps: [Step] = []
    /// The step after which a resource is as wanted.
    private var completing: [Address: Int] = [:]
    private var deleting: [Address: Int] = [:]
    private let plan: Plan
    private let graph: ResourceGraph
    private let recorded: StateSnapshot

    private struct Draft {
        let change: Change
        let operation: Step.Operation
        var part = Step.Part.whole
        /// Whether it waits for the end of all that relied on the resource as it was.
        var isLate = false
    }

    package init(plan: Plan, graph: ResourceGraph, recorded: StateSnapshot, catalog: ResourceCatalog) {
        self.plan = plan
        self.graph = graph
        self.recorded = recorded
        let byAddress = Dictionary(uniqueKeysWithValues: plan.changes.map { ($0.address, $0) })
        var drafts: [Draft] = []
        for change in plan.changes.reversed() where change.action == .delete || change.action == .replace {
            deleting[change.address] = drafts.count
            drafts.append(Draft(change: change, operation: .delete))
        }
        for address in graph.order {
            guard let change = byAddress[address], let operation = Self.operation(of: change) else { continue }
            let made = Self.drafts(change, operation, catalog[change.kind])
            if made.first?.isLate == false { completing[address] = drafts.count }
            drafts += made
        }
        for change in plan.changes where change.action == .forget {
            drafts.append(Draft(change: change, operation: .record))
        }
        let dependents = recordedDependents()
        let needs = drafts.enumerated().map { id, draft in
            var needs =
                draft.operation == .delete
                ? needsOfDelete(draft.change, dependents) : needsOfCompletion(draft.change)
            if draft.isLate { needs.must.formUnion(endings(of: dependents[draft.change.address] ?? [])) }
            if draft.part == .narrowing { needs.must.insert(id - 1) }
            return needs.without(id)
        }
        steps = zip(drafts, StepNeeds.withoutCircles(needs)).enumerated().map { id, pair in
            Step(
                id: id, address: pair.0.change.address, kind: pair.0.change.kind, operation: pair.0.operation,
                part: pair.0.part, needs: pair.1)
        }
    }

    /// An update that takes away what others rely on is made late, or in two parts if it also gives something.
    /// Nothing waits for the late part, so that it cannot close a circle.
    private static func drafts(
        _ change: Change, _ operation: Step.Operation, _ kind: (any ResourceKind)?
    ) -> [Draft] {
        guard operation == .update, let kind, let before = change.before, let after = change.after,
            let widened = type(of: kind).widened(before, to: after)
        else { return [Draft(change: change, operation: operation)] }
        let late = Draft(change: change, operation: operation, part: .narrowing, isLate: true)
        if widened == before { return [Draft(change: change, operation: operation, isLate: true)] }
        return [Draft(change: change, operation: operation, part: .widening), late]
    }

    private func endings(of dependents: [Address]) -> [Int] { dependents.compactMap { deleting[$0] } }

    private static func operation(of change: Change) -> Step.Operation? {
        switch change.action {
        case .create, .replace: .create
        case .recover: .recover
        case .adopt: .adopt
        case .update: change.changesOnlyRecord ? .record : .update
        case .read: .read
        case .none: change.movedFrom == nil ? nil : .record
        case .delete, .forget: nil
        }
    }

    private func needsOfCompletion(_ change: Change) -> StepNeeds {
        var needs = Set((graph[change.address]?.dependencies ?? []).compactMap { completing[$0] })
        if let delete = deleting[change.address] { needs.insert(delete) }
        return StepNeeds(must: needs)
    }

    /// A resource goes after everything that was made with it: what goes too, and, if it does not come back, what is
    /// brought up to date to do without it.
    private func needsOfDelete(_ change: Change, _ dependents: [Address: [Address]]) -> StepNeeds {
        var needs = StepNeeds(must: [])
        for dependent in dependents[change.address] ?? [] {
            if let delete = deleting[dependent] {
                needs.must.insert(delete)
            } else if change.action == .delete, let update = completing[dependent] {
                needs.may.insert(update)
            }
        }
        return needs
    }

    /// Who depended on each address when it was last applied, by the address that the plan uses.
    private func recordedDependents() -> [Address: [Address]] {
        let moved = Dictionary(
            plan.changes.compactMap { change in change.movedFrom.map { ($0, change.address) } }
        ) { first, _ in first }
        var result: [Address: [Address]] = [:]
        for (address, record) in recorded.resources {
            for need in record.dependencies {
                result[moved[need] ?? need, default: []].append(moved[address] ?? address)
            }
        }
        return result
    }
}
