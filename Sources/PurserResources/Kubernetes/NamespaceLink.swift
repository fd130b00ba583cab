import PurserEngine

/// The namespace that an object stands in: a name listed under `namespaces`, or else the plain name of one, which then
/// is a resource of the environment all the same, visible in the plan.
enum NamespaceLink {
    static let attribute = Attribute<String>.required(
        "namespace", .text(KubernetesName.label), .replaces,
        "Namespace: a name listed under `namespaces`, or a plain name, which is then made if it is not there.")

    /// Makes the object depend on its namespace and puts in the namespace's real name.
    static func resolve(_ resource: inout DeclaredResource, from spec: Declarations) {
        guard let key = resource.known(attribute.name)?.string else { return }
        let address = Address(["namespaces", key])
        resource.dependencies.insert(address)
        resource.references[attribute.name] = address
        guard let declared = spec[address] else { return }
        switch declared.attributes[Namespace.objectName.name] {
        case .literal(let name)?: resource.attributes[attribute.name] = .literal(name)
        case nil: break
        default: resource.attributes[attribute.name] = .output(address, Namespace.objectName.name)
        }
    }

    /// The namespace's real name as far as the spec tells it, before or after `resolve`.
    static func name(of resource: DeclaredResource, from spec: Declarations) -> String? {
        guard let text = resource.known(attribute.name)?.string else { return nil }
        if resource.references[attribute.name] != nil { return text }
        return name(ofKey: text, in: spec)
    }

    /// The real name of the namespace that the spec lists under that name, else the name itself.
    static func name(ofKey key: String, in spec: Declarations) -> String {
        spec[Address(["namespaces", key])]?.known(Namespace.objectName.name)?.string ?? key
    }

    /// The namespace as a resource, if the spec does not list it. Those of the cluster itself are only looked up.
    static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource] {
        guard resource.references[attribute.name] == nil, let name = resource.known(attribute.name)?.string else {
            return []
        }
        let address = Address(["namespaces", name])
        guard spec[address] == nil else { return [] }
        return [
            DeclaredResource(
                address: address, kind: Namespace.name,
                attributes: [Namespace.objectName.name: .literal(.string(name))],
                range: nil, isExisting: systemNamespaces.contains(name))
        ]
    }

    /// Source: Kubernetes documentation, "Namespaces", initial namespaces.
    private static let systemNamespaces: Set<String> = ["default", "kube-system", "kube-public", "kube-node-lease"]
}
