import PurserEngine
import PurserProof

/// Identities with the nodes that have them and the service accounts that they trust.
enum EnvironmentIdentities {
    static func identity(_ resource: DeclaredResource, _ spec: Declarations) -> IdentityDefinition {
        let nodes = spec[resource.address.appending("nodes")]
        var identity = IdentityDefinition(label: resource.label, places: Places(resource.range))
        identity.places.parts[.binding] = nodes?.range
        identity.binding = nodes.map(binding) ?? .none
        identity.hasAllBindings = !resource.isExisting
        identity.credentials = spec.section("\(resource.address)/federatedCredentials").map(credential)
        // Where the spec has none, somebody else may give it those that it needs.
        identity.hasAllCredentials = !resource.isExisting && !identity.credentials.isEmpty
        return identity
    }

    private static func binding(_ nodes: DeclaredResource) -> IdentityDefinition.Binding {
        let names = nodes.known(ScaleSetIdentity.scaleSets.name)?.list?.compactMap(\.string)
        return names.map { .scaleSets($0) } ?? .all
    }

    private static func credential(_ resource: DeclaredResource) -> PurserProof.FederatedCredential {
        let parts = ["issuer", "subject", "audience"]
        let places = resource.places(Dictionary(uniqueKeysWithValues: parts.map { (Part.field($0), $0) }))
        return PurserProof.FederatedCredential(
            label: resource.label, issuer: text(resource.attributes["issuer"]),
            subject: text(resource.attributes["subject"]), audience: text(resource.attributes["audience"]),
            places: places)
    }

    /// The issuer of the cluster's tokens, as the settings say it or as the cluster will tell it.
    static func issuer(of spec: Declarations) -> String? {
        if let written = spec.settings["cluster.oidcIssuer"]?.string { return written }
        let cluster = Address("cluster/aks")
        return spec[cluster].map { Placeholder.text($0.label, "oidcIssuer") }
    }

    /// A text, or the placeholder of the output that it will be; nil where neither is known.
    private static func text(_ expression: Expression?) -> String? {
        switch expression {
        case .literal(let value)?: value.string
        case .output(let address, let name)?: Placeholder.text(address.description, name)
        default: nil
        }
    }
}
