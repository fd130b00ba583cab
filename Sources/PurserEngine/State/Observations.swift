/// What was found of the resources of an environment.
package struct Observations: Sendable {
    package enum Finding: Sendable {
        case present(Observation)
        case absent
        /// Absent, but its soft-deleted twin is there and would be brought back.
        case softDeleted(Attributes)
        /// Not looked for: what identifies it is not known yet, or nobody asked.
        case unknown
        /// The service did not let us see it.
        case unreadable(Failure)
    }

    package var findings: [Address: Finding]
    /// What was found out beforehand of changes, where a kind can tell.
    package var prospects: [Address: Prospect] = [:]
    /// What of resources could not be seen although something was found of them, each a sentence without a full stop.
    package var missed: [Address: [String]] = [:]

    package init(_ findings: [Address: Finding] = [:]) { self.findings = findings }

    /// The failure because of which no service could be asked anything, if there is one.
    package var signInFailure: Failure? {
        for case .unreadable(let failure) in findings.values where failure.category == .notSignedIn { return failure }
        return nil
    }

    package subscript(_ address: Address) -> Finding { findings[address] ?? .unknown }
}
