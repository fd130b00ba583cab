/// As whom the provider reads the vault.
/// Source: Azure Key Vault provider v1.8.2, `pkg/auth`; documentation, "Identity Access Modes".
enum IdentityMode: Equatable {
    /// An identity of the node: the one named by its client id, or the only one there is.
    case virtualMachine(clientId: String?)
    case workload(clientId: String)
    case servicePrincipal
    case podIdentity
    case tokenProxy(clientId: String)

    static let workloadAudience = "api://AzureADTokenExchange"
    static let bindingAudience = "api://AKSIdentityBinding"

    /// The provider's name of the mode, which stands in its errors.
    var word: String {
        switch self {
        case .virtualMachine: "VMManagedIdentity"
        case .workload, .servicePrincipal: "None"
        case .podIdentity: "PodIdentity"
        case .tokenProxy: "AzureTokenProxy"
        }
    }

    /// The identity's client id, where the class names it.
    var clientId: String? {
        switch self {
        case .virtualMachine(let clientId): clientId
        case .workload(let clientId), .tokenProxy(let clientId): clientId
        case .servicePrincipal, .podIdentity: nil
        }
    }

    /// Nil if a flag cannot be read, or if more than one is on.
    init?(_ parameters: ParameterSet) {
        let on = ParameterSet.flags.filter { parameters.flag($0) == .on }
        let areKnown = ParameterSet.flags.allSatisfy { [.on, .off].contains(parameters.flag($0)) }
        guard areKnown, on.count <= 1 else { return nil }
        let clientId = parameters["clientID"]
        switch on.first {
        case "useAzureTokenProxy"?: self = .tokenProxy(clientId: clientId)
        case "useVMManagedIdentity"?:
            let named = parameters["userAssignedIdentityID"]
            self = .virtualMachine(clientId: named.isEmpty ? nil : named)
        case "usePodIdentity"?: self = .podIdentity
        default: self = clientId.isEmpty ? .servicePrincipal : .workload(clientId: clientId)
        }
    }

    /// The audience whose token the provider demands; a client id demands one in every mode.
    func audience(_ parameters: ParameterSet) -> String? {
        if case .tokenProxy = self { return Self.bindingAudience }
        return parameters["clientID"].isEmpty ? nil : Self.workloadAudience
    }

    /// The provider's words if kubelet gives it tokens for these audiences only; nil if it has what it needs.
    func tokenProblem(_ parameters: ParameterSet, audiences: [String]) -> String? {
        guard let audience = audience(parameters), !audiences.contains(audience) else { return nil }
        if case .tokenProxy = self {
            return audiences.isEmpty
                ? "service account tokens are required for identity binding"
                : "failed to parse service account token for identity binding, error: token for audience "
                    + "\(audience) not found"
        }
        let cause = audiences.isEmpty ? "service account tokens not found" : "token for audience \(audience) not found"
        return "failed to parse workload identity tokens, error: \(cause)"
    }

    func wrapped(_ text: String) -> String { "failed to build auth config for mode \(word): \(text)" }
}
