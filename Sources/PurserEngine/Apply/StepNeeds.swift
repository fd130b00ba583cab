/// What a step waits for. Edges of `must` form no circle: what is wanted depends on what is wanted, what goes on what
/// goes, and what is wanted on what goes, never the other way round. Edges of `may` only spare a resource a moment
/// without what it used, and give way where they would close a circle.
struct StepNeeds: Sendable {
    var must: Set<Int>
    var may: Set<Int> = []

    func without(_ id: Int) -> StepNeeds {
        StepNeeds(must: must.subtracting([id]), may: may.subtracting([id]))
    }

    /// The needs of each step, in order. Takes time in proportion to steps and edges.
    static func withoutCircles(_ needs: [StepNeeds]) -> [[Int]] {
        let circular = stuck(needs.map { $0.must.union($0.may) })
        return needs.enumerated().map { id, needs in
            let may = circular.contains(id) ? needs.may.subtracting(circular) : needs.may
            return needs.must.union(may).sorted()
        }
    }

    /// The steps on a circle, or behind one.
    private static func stuck(_ needs: [Set<Int>]) -> Set<Int> {
        var waiting = needs.map(\.count)
        var dependents = [[Int]](repeating: [], count: needs.count)
        for (id, itsNeeds) in needs.enumerated() {
            for need in itsNeeds { dependents[need].append(id) }
        }
        var ready = waiting.indices.filter { waiting[$0] == 0 }
        while let id = ready.popLast() {
            for dependent in dependents[id] {
                waiting[dependent] -= 1
                if waiting[dependent] == 0 { ready.append(dependent) }
            }
        }
        return Set(waiting.indices.filter { waiting[$0] > 0 })
    }
}
