import PurserEngine

/// What one may do with one resource, in a sentence.
struct ResourceVerdict: Sendable {
    let address: PurserEngine.Address
    let uses: [ResourceUse]
    let demands: [Demands.Demand]

    var row: DoctorReport.Row {
        let denied = uses.filter { use in needed(use).contains { if case .denied = $0.answer { true } else { false } } }
        let unknown = uses.filter { use in
            !denied.contains(use) && needed(use).contains { if case .unknown = $0.answer { true } else { false } }
        }
        let allowed = uses.filter { !denied.contains($0) && !unknown.contains($0) && isAllowed($0) }
        var parts: [String] = []
        if !allowed.isEmpty { parts.append("may \(Self.list(allowed, "and"))") }
        if !denied.isEmpty { parts.append("may not \(Self.list(denied, "nor"))") }
        if !unknown.isEmpty { parts.append("not known whether it may \(Self.list(unknown, "or")): \(doubt(unknown))") }
        let verdict: DoctorReport.Verdict = !denied.isEmpty ? .missing : unknown.isEmpty ? .ok : .unknown
        return .init(
            .resource, "\(address)", verdict, (parts + grants + losses(besides: denied)).joined(separator: "; "))
    }

    /// Where everything is only of use, and nothing needed, all of it must be allowed.
    private func isAllowed(_ use: ResourceUse) -> Bool {
        !needed(use).isEmpty
            || demands.allSatisfy { demand in
                switch demand.answer {
                case .allowed, .granted: true
                case .denied, .unknown: demand.use != use
                }
            }
    }

    private func needed(_ use: ResourceUse) -> [Demands.Demand] {
        demands.filter { $0.use == use && $0.right.otherwise == nil }
    }

    private func doubt(_ uses: [ResourceUse]) -> String {
        let reasons = uses.flatMap(needed).compactMap { demand -> String? in
            if case .unknown(let reason) = demand.answer { reason } else { nil }
        }
        return Set(reasons).sorted().joined(separator: "; ")
    }

    private var grants: [String] {
        let grantors = Set(
            demands.compactMap { demand -> PurserEngine.Address? in
                if case .granted(let address) = demand.answer { address } else { nil }
            })
        return grantors.sorted().map { "the run grants itself what it needs in the vault, by \($0)" }
    }

    /// What goes on without a right, but not as well.
    private func losses(besides denied: [ResourceUse]) -> [String] {
        let lost = demands.compactMap { demand -> String? in
            guard case .denied = demand.answer, !denied.contains(demand.use) else { return nil }
            return demand.right.otherwise
        }
        return Set(lost).sorted()
    }

    private static func list(_ uses: [ResourceUse], _ word: String) -> String {
        let words = uses.map(\.rawValue)
        guard let last = words.last, words.count > 1 else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " \(word) \(last)"
    }
}
