import PurserEngine

/// As whom the driver reads the vault for a pod.
///
/// Source: Azure Key Vault Provider for Secrets Store CSI Driver, "Identity access modes".
enum PodIdentity: Sendable, Hashable {
    /// A managed identity that is assigned to the nodes, by its client identifier.
    case userAssigned(clientId: String)
    /// The nodes' own identity.
    case systemAssigned
    /// The pod's service account, federated with the identity of this client identifier.
    case workload(clientId: String, serviceAccount: String)
    /// The client identifier and secret in a Kubernetes Secret of the pod's namespace.
    case servicePrincipal(secret: String)

    enum Mode: String, Sendable, CaseIterable {
        case userAssigned
        case systemAssigned
        case workload
        case servicePrincipal
        case podIdentity
    }

    static let shape = Shape.either([
        .choice([Mode.systemAssigned.rawValue]),
        .oneOf([
            Field(
                Mode.userAssigned.rawValue, .reference(to: ["identities"], taking: ["clientId"]),
                "A managed identity that is bound to the nodes."),
            Field(Mode.systemAssigned.rawValue, .record([]), "The nodes' own identity: `{}`."),
            Field(
                Mode.workload.rawValue,
                .record([
                    Field(
                        "identity", .reference(to: ["identities"], taking: ["clientId"]), required: true,
                        "The managed identity that trusts the service account."),
                    Field(
                        "serviceAccount", .text(KubernetesName.subdomain), required: true,
                        "The service account that the pods run as."),
                ]), "Workload identity."),
            Field(
                Mode.servicePrincipal.rawValue,
                .record([
                    Field(
                        "secret", .text(KubernetesName.subdomain), required: true,
                        "Kubernetes Secret of the namespace with the keys `clientid` and `clientsecret`.")
                ]), "An application with a client secret."),
            Field(Mode.podIdentity.rawValue, .json, "Refused: AAD pod identity is out of service."),
        ]),
    ])

    /// Which mode the spec asks for, before any reference is resolved.
    static func mode(_ value: Value?) -> Mode? {
        let name = value?.string ?? value?.object?.keys.first
        return name.flatMap { Mode(rawValue: $0) }
    }

    init(_ value: Value) throws(AttributeError) {
        let name = "identity"
        func text(_ found: Value?) throws(AttributeError) -> String {
            guard let text = found?.string else { throw AttributeError(name: name, found: found) }
            return text
        }
        switch Self.mode(value) {
        case .userAssigned?: self = .userAssigned(clientId: try text(value.member("userAssigned", "clientId")))
        case .systemAssigned?: self = .systemAssigned
        case .workload?:
            self = .workload(
                clientId: try text(value.member("workload", "identity", "clientId")),
                serviceAccount: try text(value.member("workload", "serviceAccount")))
        case .servicePrincipal?: self = .servicePrincipal(secret: try text(value.member("servicePrincipal", "secret")))
        case .podIdentity?, nil: throw AttributeError(name: name, found: value)
        }
    }

    /// The provider's parameters for this mode. All values are texts: the CRD takes nothing else.
    ///
    /// `clientID` is set for workload identity alone: in every mode the provider that sees it asks for a service
    /// account token.
    var parameters: [String: String] {
        switch self {
        case .userAssigned(let clientId): ["useVMManagedIdentity": "true", "userAssignedIdentityID": clientId]
        case .systemAssigned: ["useVMManagedIdentity": "true"]
        case .workload(let clientId, _): ["clientID": clientId]
        case .servicePrincipal: [:]
        }
    }
}
