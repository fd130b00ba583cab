/// The steps of a plan and the edges between them.
package struct StepList: Sendable {
    package private(set) var steps: [Step] = []
    /// The step after which a resource is as wanted.
    private var completing: [Address: Int] = [:]
    private var deleting: [Address: Int] = [:]
    private let plan: Plan
    private let graph: ResourceGraph
    private let recorded: StateSnapshot

    package init(plan: Plan, graph: ResourceGraph, recorded: StateSnapshot) {
        self.plan = plan
        self.graph = graph
        self.recorded = recorded
        let byAddress = Dictionary(uniqueKeysWithValues: plan.changes.map { ($0.address, $0) })
        var drafts: [(change: Change, operation: Step.Operation)] = []
        for change in plan.changes.reversed() where change.action == .delete || change.action == .replace {
            deleting[change.address] = drafts.count
            drafts.append((change, .delete))
        }
        for address in graph.order {
            guard let change = byAddress[address], let operation = Self.operation(of: change) else { continue }
            completing[address] = drafts.count
            drafts.append((change, operation))
        }
        for change in plan.changes where change.action == .forget { drafts.append((change, .record)) }
        let dependents = recordedDependents()
        steps = drafts.enumerated().map { id, draft in
            let needs = draft.operation == .delete
                ? needsOfDelete(draft.change, dependents) : needsOfCompletion(draft.change, draft.operation)
            return Step(
                id: id, address: draft.change.address, kind: draft.change.kind, operation: draft.operation,
                needs: needs.filter { $0 != id }.sorted())
        }
    }

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

    private func needsOfCompletion(_ change: Change, _ operation: Step.Operation) -> Set<Int> {
        var needs = Set((graph[change.address]?.dependencies ?? []).compactMap { completing[$0] })
        if let delete = deleting[change.address] { needs.insert(delete) }
        return needs
    }

    /// A resource goes after everything that was made with it: what goes too, and, if it does not come back, what is
    /// brought up to date to do without it.
    private func needsOfDelete(_ change: Change, _ dependents: [Address: [Address]]) -> Set<Int> {
        var needs: Set<Int> = []
        for dependent in dependents[change.address] ?? [] {
            if let delete = deleting[dependent] {
                needs.insert(delete)
            } else if change.action == .delete, let update = completing[dependent] {
                needs.insert(update)
            }
        }
        return needs
    }

    /// Who depended on each address when it was last applied, by the address that the plan uses.
    private func recordedDependents() -> [Address: [Address]] {
        let moved = Dictionary(
            plan.changes.compactMap { change in change.movedFrom.map { ($0, change.address) } }) { first, _ in first }
        var result: [Address: [Address]] = [:]
        for (address, record) in recorded.resources {
            for need in record.dependencies { result[moved[need] ?? need, default: []].append(moved[address] ?? address) }
        }
        return result
    }
}
