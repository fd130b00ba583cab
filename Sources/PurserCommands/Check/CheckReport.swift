package import PurserEngine
package import PurserProof
package import PurserSyntax

/// What `check` found of one environment, or of a set of manifests.
package struct CheckReport: Sendable {
    /// The environment's name, or nil for manifests.
    package let environment: String?
    package let proof: SceneProof
    package let allowed: AllowedFindings
    /// What could not be read, or is better written otherwise.
    package let problems: Diagnostics
    package let sources: [SourceFile]
    /// Where values stand that must not be shown.
    package let sensitive: [SourceRange]

    package init(
        environment: String? = nil, proof: SceneProof, allowed: AllowedFindings = AllowedFindings(),
        problems: Diagnostics = Diagnostics(), sources: [SourceFile] = [], sensitive: [SourceRange] = []
    ) {
        self.environment = environment
        self.proof = proof
        self.allowed = allowed
        self.problems = problems
        self.sources = sources
        self.sensitive = sensitive
    }

    /// A pod by what is proved of it, with what was allowed taken as a warning.
    package func verdict(of pod: PodProof) -> PodProof.Verdict {
        if pod.findings.contains(where: { severity(of: $0) == .error }) { return .failed }
        return pod.undecided.isEmpty ? .proved : .undecided
    }

    package func severity(of finding: Finding) -> Diagnostic.Severity {
        finding.severity == .error && allowed.contains(finding.code) ? .warning : finding.severity
    }

    package var hasErrors: Bool { proof.findings.contains { severity(of: $0) == .error } }

    package func count(_ verdict: PodProof.Verdict) -> Int { proof.pods.count { self.verdict(of: $0) == verdict } }

    /// `3 pods: 1 proven, 1 with findings, 1 undecided`.
    package var summary: String {
        let pods = proof.pods.count
        guard pods > 0 else { return "No pods." }
        return "\(pods) \(pods == 1 ? "pod" : "pods"): \(count(.proved)) proven, \(count(.failed)) with findings, "
            + "\(count(.undecided)) undecided"
    }

    /// What cannot be decided: each reason once, with the pods that it is about.
    package var doubts: [SharedDoubt] {
        var order: [SharedDoubt.Key] = []
        var found: [SharedDoubt.Key: SharedDoubt] = [:]
        for pod in proof.pods + proof.unusedClasses {
            for doubt in pod.undecided {
                let key = SharedDoubt.Key(link: doubt.link, reason: doubt.reason)
                if found[key] == nil {
                    order.append(key)
                    found[key] = SharedDoubt(first: doubt, subjects: [])
                }
                if found[key]?.subjects.last != pod.subject { found[key]?.subjects.append(pod.subject) }
            }
        }
        return order.compactMap { found[$0] }
    }

    /// One reason why something is undecided.
    package struct SharedDoubt: Sendable {
        fileprivate struct Key: Hashable {
            let link: ChainLink.Name
            let reason: String
        }

        package let first: Doubt
        package fileprivate(set) var subjects: [String]

        package var diagnostic: Diagnostic {
            let more = subjects.count - 1
            let whose = (subjects.first ?? first.subject) + (more > 0 ? " and \(more) more" : "")
            return Diagnostic(
                .undecided, "\(first.link.title): \(first.reason)", at: first.range, address: whose, severity: .note)
        }
    }
}

extension DiagnosticCode {
    package static let undecided = DiagnosticCode(rawValue: "proof/undecided")
}
