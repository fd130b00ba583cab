package import PurserEngine
package import PurserProof

/// What `verify` found of the pods of an environment.
package struct VerifyReport: Sendable, Hashable {
    /// The files of one volume, or the keys of one Secret, as the cluster tells them.
    package struct Mount: Sendable, Hashable {
        package let source: String
        /// Where the containers see it, if that is known.
        package let path: String?
        package let files: [String]

        package init(source: String, path: String?, files: [String]) {
            self.source = source
            self.path = path
            self.files = files
        }
    }

    /// Why something is not as it should be.
    package struct Problem: Sendable, Hashable {
        /// The first link of the way that does not hold.
        package let link: ChainLink.Name
        /// In the cluster's words where it says so.
        package let text: String

        package init(_ link: ChainLink.Name, _ text: String) {
            self.link = link
            self.text = text
        }
    }

    /// One pod, or a workload's pods together.
    package struct Subject: Sendable, Hashable {
        package let address: Address
        /// `namespace/name` of the pod.
        package let pod: String
        package var mounts: [Mount]
        /// Why it does not have its files; empty if each is confirmed.
        package var problems: [Problem]

        package init(address: Address, pod: String, mounts: [Mount] = [], problems: [Problem] = []) {
            self.address = address
            self.pod = pod
            self.mounts = mounts
            self.problems = problems
        }

        /// The first link that does not hold, nearest to the pod.
        package var brokenLink: ChainLink.Name? {
            ChainLink.Name.allCases.first { link in problems.contains { $0.link == link } }
        }
    }

    package let environment: String
    package var subjects: [Subject]

    package init(environment: String, subjects: [Subject]) {
        self.environment = environment
        self.subjects = subjects
    }

    package var isGood: Bool { subjects.allSatisfy(\.problems.isEmpty) }
    package var problemCount: Int { subjects.reduce(0) { $0 + $1.problems.count } }
}
