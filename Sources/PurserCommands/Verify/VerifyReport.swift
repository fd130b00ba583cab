package import PurserEngine

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

    /// One pod, or a workload's pods together.
    package struct Subject: Sendable, Hashable {
        package let address: Address
        /// `namespace/name` of the pod.
        package let pod: String
        package var mounts: [Mount]
        /// Why it does not have its files, in the cluster's words where it says so; empty if it has.
        package var problems: [String]

        package init(address: Address, pod: String, mounts: [Mount] = [], problems: [String] = []) {
            self.address = address
            self.pod = pod
            self.mounts = mounts
            self.problems = problems
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
