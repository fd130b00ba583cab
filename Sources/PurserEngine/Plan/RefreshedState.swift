extension StateSnapshot {
    /// The state with what others have changed in resources that the plan leaves as they are: the world is as the spec
    /// says, only the record is old. What the plan changes is recorded when that is done.
    package func refreshed(by plan: Plan) -> StateSnapshot {
        let effective = Set(plan.changes.lazy.filter(\.isEffective).map(\.address))
        var state = self
        for change in plan.drift where !effective.contains(change.address) {
            for difference in change.differences {
                // Only these: the record also holds what is remembered of the world before, which nobody can observe.
                let name = String(difference.path.prefix { $0 != "." && $0 != "[" })
                state.resources[change.address]?.attributes.values[name] = change.after?.values[name]
            }
        }
        return state
    }
}
