/// The ordered faults and how often each was met. Kept in memory only: a restarted sandbox has none.
actor Faults {
    private struct Ordered {
        let rule: FaultRule
        let document: JSON
        /// Calls that matched, those let through included.
        var matched = 0
        var hits = 0
    }

    private var ordered: [Ordered] = []
    private var count = 0

    /// Adds a rule, or replaces the one of the same id.
    /// - Returns: the rule's id.
    func order(_ document: JSON) throws -> String {
        count += 1
        let rule = try FaultRule(document, number: count)
        ordered.removeAll { $0.rule.id == rule.id }
        ordered.append(Ordered(rule: rule, document: document))
        return rule.id
    }

    func clear(_ id: String? = nil) {
        ordered.removeAll { id == nil || $0.rule.id == id }
    }

    func listing() -> JSON {
        .array(
            ordered.map { item in
                var document = item.document
                document["id"] = .string(item.rule.id)
                document["matched"] = .int(item.matched)
                document["hits"] = .int(item.hits)
                return document
            })
    }

    /// The faults that this call meets, in the order of their rules, up to the first that ends the call; only rules up
    /// to that one count it.
    func meet(_ request: SandboxRequest, on plane: FaultRule.Plane) -> [FaultRule.Fault] {
        var met: [FaultRule.Fault] = []
        for index in ordered.indices where ordered[index].rule.match.covers(request, on: plane) {
            ordered[index].matched += 1
            let rule = ordered[index].rule
            guard ordered[index].matched > rule.skip, ordered[index].hits < rule.times ?? .max else { continue }
            ordered[index].hits += 1
            met.append(rule.fault)
            if rule.fault.endsCall { break }
        }
        return met
    }
}
