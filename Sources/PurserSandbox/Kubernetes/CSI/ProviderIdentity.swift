/// Who the provider is towards the vault.
/// Source: Azure Key Vault provider documentation v1.8, "Identity Access Modes".
enum ProviderIdentity {
    /// nil for the machine's system-assigned identity.
    case virtualMachine(clientID: String?)
    case workload(tenant: String, clientID: String, token: String)
    case servicePrincipal(tenant: String, clientID: String, secret: String)
    case pod
    case tokenProxy

    static let workloadAudience = "api://AzureADTokenExchange"
    static let bindingAudience = "api://AKSIdentityBinding"

    init(
        _ mode: ProviderParameters.IdentityMode, _ parameters: ProviderParameters, secrets: [String: String]
    ) throws(ProviderFailure) {
        do throws(ProviderFailure) {
            self = try Self.chosen(mode, parameters, secrets)
        } catch {
            guard case .failed(let text) = error else { throw error }
            throw .failed("failed to build auth config for mode \(mode.rawValue): \(text)")
        }
    }

    private static func chosen(
        _ mode: ProviderParameters.IdentityMode, _ parameters: ProviderParameters, _ secrets: [String: String]
    ) throws(ProviderFailure) -> ProviderIdentity {
        if mode == .tokenProxy { return try tokenProxy(parameters) }
        // A client id demands a token in every other mode, even where it is then not used.
        let token = parameters.clientID.isEmpty ? nil : try workloadToken(parameters)
        switch mode {
        case .virtualMachine:
            let clientID = parameters.userAssignedIdentityID
            return .virtualMachine(clientID: clientID.isEmpty ? nil : clientID)
        case .pod: return .pod
        default:
            if let token { return .workload(tenant: parameters.tenant, clientID: parameters.clientID, token: token) }
            return try servicePrincipal(parameters, secrets)
        }
    }

    private static func workloadToken(_ parameters: ProviderParameters) throws(ProviderFailure) -> String {
        let prefix = "failed to parse workload identity tokens, error: "
        let text = parameters.value("csi.storage.k8s.io/serviceAccount.tokens")
        if text.isEmpty { throw .failed(prefix + "service account tokens not found") }
        guard let token = token(for: workloadAudience, in: text) else {
            throw .failed(prefix + "token for audience \(workloadAudience) not found")
        }
        return token
    }

    private static func token(for audience: String, in text: String) -> String? {
        (try? JSON(parsing: Array(text.utf8)))?[path: audience, "token"]?.stringValue
    }

    private static func tokenProxy(_ parameters: ProviderParameters) throws(ProviderFailure) -> ProviderIdentity {
        if parameters.clientID.isEmpty { throw .failed("clientID is required for identity binding") }
        let text = parameters.value("csi.storage.k8s.io/serviceAccount.tokens")
        if text.isEmpty { throw .failed("service account tokens are required for identity binding") }
        guard token(for: bindingAudience, in: text) != nil else {
            throw .failed(
                "failed to parse service account token for identity binding, error: token for audience "
                    + "\(bindingAudience) not found")
        }
        return .tokenProxy
    }

    private static func servicePrincipal(
        _ parameters: ProviderParameters, _ secrets: [String: String]
    ) throws(ProviderFailure) -> ProviderIdentity {
        if secrets.isEmpty { throw .failed("failed to get credentials, nodePublishSecretRef secret is not set") }
        let values = Dictionary(secrets.map { ($0.key.lowercased(), $0.value.trimmingBlanks()) }) { first, _ in first }
        guard let clientID = values["clientid"], !clientID.isEmpty else {
            throw .failed("could not find clientid in secrets")
        }
        guard let secret = values["clientsecret"], !secret.isEmpty else {
            throw .failed("could not find clientsecret in secrets")
        }
        return .servicePrincipal(tenant: parameters.tenant, clientID: clientID, secret: secret)
    }
}

/// Gets tokens as the provider's pod gets them: from the machine's metadata service or from Entra.
struct ProviderSignIn {
    let azure: any AzureForNodes
    let nodeResourceGroup: String
    let scaleSet: String
    /// The audience: the vaults' domain.
    let resource: String

    /// - Throws: the text of azidentity's error, without the object's name.
    func token(_ identity: ProviderIdentity) async throws(ProviderFailure) -> String {
        switch identity {
        case .virtualMachine(let clientID): return try await machineToken(clientID)
        case .workload(let tenant, let clientID, let token):
            return try await entraToken(
                "ClientAssertionCredential", tenant,
                [
                    "client_id": clientID, "client_assertion": token,
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ])
        case .servicePrincipal(let tenant, let clientID, let secret):
            return try await entraToken(
                "ClientSecretCredential", tenant, ["client_id": clientID, "client_secret": secret])
        case .pod:
            throw .failed(
                "nmi response failed with error: Get \"http://localhost:2579/host/token/\": dial tcp 127.0.0.1:2579: "
                    + "connect: connection refused")
        case .tokenProxy:
            throw .failed(
                "failed to acquire token from the identity binding proxy: no identity binding exists for the client id")
        }
    }

    private func machineToken(_ clientID: String?) async throws(ProviderFailure) -> String {
        let answer = await azure.instanceToken(
            nodeResourceGroup: nodeResourceGroup, scaleSet: scaleSet, clientID: clientID, resource: resource)
        if answer.status == 200, let token = answer.body["access_token"]?.stringValue { return token }
        let response = HTTPProblemText(
            call: "GET http://169.254.169.254/metadata/identity/oauth2/token", status: answer.status, body: answer.body)
        let advice = "To troubleshoot, visit https://aka.ms/azsdk/go/identity/troubleshoot#managed-id"
        guard clientID != nil else {
            throw .failed(
                "ManagedIdentityCredential: failed to authenticate a system assigned identity. The endpoint responded "
                    + "with \(String(decoding: answer.body.bytes(), as: UTF8.self))")
        }
        let notAssigned = answer.status == 400 ? "the requested identity isn't assigned to this resource" : ""
        throw .failed(
            "ManagedIdentityCredential authentication failed. \(notAssigned)\n\(response.text)\n\(advice)")
    }

    private func entraToken(
        _ credential: String, _ tenant: String, _ fields: [String: String]
    ) async throws(ProviderFailure) -> String {
        var form = fields
        form["grant_type"] = "client_credentials"
        form["scope"] = "\(resource)/.default"
        let answer = await azure.token(tenant: tenant, form: form)
        if answer.status == 200, let token = answer.body["access_token"]?.stringValue { return token }
        let response = HTTPProblemText(
            call: "POST https://login.microsoftonline.com/\(tenant)/oauth2/v2.0/token", status: answer.status,
            body: answer.body)
        throw .failed("\(credential) authentication failed. \n\(response.text)")
    }
}

/// A failed call as the Azure SDK for Go prints it. Source: azure-sdk-for-go, `azcore.ResponseError`.
struct HTTPProblemText {
    let call: String
    let status: Int
    let body: JSON

    var text: String {
        let line = String(repeating: "-", count: 80)
        let code = body[path: "error", "code"]?.stringValue
        let phrase = "\(status) \(Self.phrase(status))"
        var lines = [call, line, "RESPONSE \(status): \(phrase)"]
        lines.append(code.map { "ERROR CODE: \($0)" } ?? "ERROR CODE UNAVAILABLE")
        lines += [line, String(decoding: body.bytes(pretty: true), as: UTF8.self), line]
        return lines.joined(separator: "\n")
    }

    private static func phrase(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        default: "Error"
        }
    }
}
