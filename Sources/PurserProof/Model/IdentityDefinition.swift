/// A managed identity, or an application, that may read vaults. Identifiers may be placeholders.
package struct IdentityDefinition: Sendable {
    package enum Binding: Sendable, Hashable {
        case none
        case all
        /// Names of scale sets.
        case scaleSets([String])
    }

    package var label: String
    package var clientId: String
    package var principalId: String
    package var resourceId: String?
    /// The nodes that have it.
    package var binding: Binding = .none
    /// Whether nobody else can have bound it to other nodes.
    package var hasAllBindings = false
    package var credentials: [FederatedCredential] = []
    /// Whether `credentials` are all there are.
    package var hasAllCredentials = false
    package var places: Places

    package init(
        label: String, clientId: String? = nil, principalId: String? = nil, resourceId: String? = nil,
        places: Places = Places()
    ) {
        self.label = label
        self.clientId = clientId ?? Placeholder.text(label, "clientId")
        self.principalId = principalId ?? Placeholder.text(label, "principalId")
        self.resourceId = resourceId ?? Placeholder.text(label, "id")
        self.places = places
    }
}

/// Whose tokens an identity trusts. All three texts are compared exactly.
package struct FederatedCredential: Sendable, Hashable {
    package var label: String
    /// Nil if not known.
    package var issuer: String?
    package var subject: String?
    package var audience: String?
    package var places: Places

    package init(
        label: String, issuer: String?, subject: String?, audience: String?, places: Places = Places()
    ) {
        self.label = label
        self.issuer = issuer
        self.subject = subject
        self.audience = audience
        self.places = places
    }
}

/// A node pool: one scale set.
package struct NodePool: Sendable, Hashable {
    package var scaleSet: String
    package var labels: [String: String]
    package var isWindows = false
    /// Client ids of the user-assigned identities on it; nil if not known.
    package var identities: [String]?
    package var hasSystemIdentity: Bool?

    package init(scaleSet: String, labels: [String: String] = [:]) {
        self.scaleSet = scaleSet
        self.labels = labels
    }
}
