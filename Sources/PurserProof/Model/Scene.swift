/// All that a proof looks at: what a spec declares, what manifests say, or what is live.
package struct Scene: Sendable {
    package var classes: [ClassDefinition] = []
    package var pods: [PodDefinition] = []
    package var vaults: [VaultDefinition] = []
    package var identities: [IdentityDefinition] = []
    package var installations: [Installation] = []
    package var secrets: [SecretDefinition] = []
    /// Nil if not known.
    package var nodePools: [NodePool]?
    /// The issuer of the cluster's service account tokens, if known.
    package var issuer: String?
    /// Whether no other classes, Secrets, vaults, identities exist than those listed.
    package var hasAllClasses = false
    package var hasAllSecrets = false
    package var hasAllVaults = false
    package var hasAllIdentities = false

    /// What messages call it: `this spec`, `these manifests`.
    package var title = "these manifests"
    /// Whether it is one environment's whole spec, which is expected to make what its pods read.
    package var isWholeEnvironment = false

    package init() {}
}

/// A Kubernetes Secret that somebody else makes.
package struct SecretDefinition: Sendable, Hashable {
    package var label: String
    package var name: String
    package var namespace: String?
    /// Nil if not known.
    package var keys: Set<String>?
    package var labels: [String: String] = [:]
    package var places: Places

    package init(
        label: String, name: String, namespace: String?, keys: Set<String>? = nil, places: Places = Places()
    ) {
        self.label = label
        self.name = name
        self.namespace = namespace
        self.keys = keys
        self.places = places
    }
}
