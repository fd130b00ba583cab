package import PurserEngine

/// What an environment is asked about.
package struct DoctorScope: Sendable {
    package let graph: ResourceGraph
    package let recorded: StateSnapshot
    package let catalog: ResourceCatalog
    /// `azure.tenant` and `azure.subscription` of the spec.
    package let tenant: String?
    package let subscription: String?

    package init(
        graph: ResourceGraph, recorded: StateSnapshot, catalog: ResourceCatalog, tenant: String?, subscription: String?
    ) {
        self.graph = graph
        self.recorded = recorded
        self.catalog = catalog
        self.tenant = tenant
        self.subscription = subscription
    }
}

/// Whether one may do what an environment needs, and what is missing for it.
package struct DoctorReport: Sendable, Hashable {
    package enum Subject: String, Sendable, Hashable {
        case credential
        case signIn = "sign-in"
        case tenant
        case subscription
        case provider
        case cluster
        case helm
        case resource

        package var title: String {
            switch self {
            case .credential: "credential"
            case .signIn: "signed in to Azure"
            case .tenant: "tenant"
            case .subscription: "subscription"
            case .provider: "provider"
            case .cluster: "cluster"
            case .helm: "helm"
            case .resource: ""
            }
        }
    }

    package enum Verdict: String, Sendable, Hashable {
        case ok
        case missing
        /// It could not be found out, or it is not needed to go on.
        case unknown
        case notNeeded = "not-needed"
    }

    /// One row of the table.
    package struct Row: Sendable, Hashable {
        package let subject: Subject
        /// A credential's or a provider's name, a resource's address; empty where the subject says it all.
        package let name: String
        package let verdict: Verdict
        /// What was found, as a sentence without a full stop.
        package let text: String

        package init(_ subject: Subject, _ name: String = "", _ verdict: Verdict, _ text: String) {
            self.subject = subject
            self.name = name
            self.verdict = verdict
            self.text = text
        }
    }

    /// What has to be granted, installed or put right.
    package struct Remedy: Sendable, Hashable {
        /// What is missing: actions of Azure, verbs on objects of the cluster; or a sentence.
        package var missing: [String]
        /// Where: a scope of Azure, a namespace, the name of a vault.
        package var scope: String?
        /// A built-in role that has it.
        package var role: String?
        /// What to do about it, where no command does it; a clause.
        package var advice: String?
        /// What somebody who may grant it runs.
        package var commands: [String]
        /// Who needs it: addresses of resources.
        package var needed: [String]

        package init(
            missing: [String], scope: String? = nil, role: String? = nil, advice: String? = nil,
            commands: [String] = [], needed: [String] = []
        ) {
            self.missing = missing
            self.scope = scope
            self.role = role
            self.advice = advice
            self.commands = commands
            self.needed = needed
        }
    }

    package let environment: String
    package var rows: [Row]
    package var remedies: [Remedy]

    package init(environment: String, rows: [Row] = [], remedies: [Remedy] = []) {
        self.environment = environment
        self.rows = rows
        self.remedies = remedies
    }

    package var isGood: Bool { !rows.contains { $0.verdict == .missing } }
}
