/// The identity of the machine or of the service that purser runs in.
///
/// Sources: Microsoft Entra documentation, "How to use managed identities on an Azure VM to acquire an access token"
/// (the instance metadata service, IMDS); App Service documentation, "REST endpoint reference" of managed identities.
struct ManagedIdentityCredential: TokenSource {
    /// Where tokens come from.
    enum Endpoint: Sendable {
        /// The instance metadata service of virtual machines; the root is `http://169.254.169.254` unless set otherwise.
        case instanceMetadata(root: String)
        /// App Service, Functions, Container Apps.
        case appService(url: String, header: SecretString)
    }

    static let metadataRoot = "http://169.254.169.254"

    let name = CredentialName.managedIdentity
    let tenant: String?
    private let endpoint: Endpoint
    private let clientID: String?
    /// Whether to ask first, for a second at most, if there is a metadata service at all.
    private let probes: Bool
    private let now: @Sendable () -> Int
    private let sender: RequestSender

    /// `clientID` chooses among several user-assigned identities.
    init(
        _ endpoint: Endpoint, tenant: String?, clientID: String?, probes: Bool, now: @escaping @Sendable () -> Int,
        sender: RequestSender
    ) {
        self.endpoint = endpoint
        self.tenant = tenant
        self.clientID = clientID
        self.probes = probes
        self.now = now
        self.sender = sender
    }

    func issue(_ request: TokenRequest) async throws(ServiceError) -> AccessToken {
        switch endpoint {
        case .appService(let url, let header):
            let call = call(
                url, "2019-08-01", request, HTTPHeader("X-IDENTITY-HEADER", header.reveal()))
            let exchange = try await sender.exchange(call, service: .managedIdentity, repeatable: true)
            return try token(in: exchange, of: call, secrets: [header])
        case .instanceMetadata(let root):
            return try await metadataToken(root, request)
        }
    }

    /// Addresses of the machine itself: no proxy knows them.
    private func call(
        _ url: String, _ apiVersion: String, _ request: TokenRequest, _ header: HTTPHeader
    ) -> HTTPRequest {
        var query = [(key: "api-version", value: apiVersion), (key: "resource", value: request.resource)]
        if let clientID { query.append((key: "client_id", value: clientID)) }
        return HTTPRequest(
            method: "GET", url: "\(url)?\(PercentEncoding.query(query))",
            headers: [header, HTTPHeader("Accept", "application/json"), HTTPHeader("User-Agent", UserAgent.text)],
            timeout: .seconds(30), isDirect: true)
    }

    private func token(
        in exchange: Exchange, of call: HTTPRequest, secrets: [SecretString] = []
    ) throws(ServiceError) -> AccessToken {
        try TokenAnswer.token(in: exchange, of: call, service: .managedIdentity, secrets: secrets, now: now())
    }
}

// MARK: - Instance metadata service

extension ManagedIdentityCredential {
    /// For how long the service may be busy or restarting. Source: "How to use managed identities …", "Retry guidance".
    private static let patience: Duration = .seconds(70)

    private func metadataToken(_ root: String, _ request: TokenRequest) async throws(ServiceError) -> AccessToken {
        let address = "\(root)/metadata/identity/oauth2/token"
        if probes { try await probe(address) }
        let call = call(address, "2018-02-01", request, HTTPHeader("Metadata", "true"))
        let start = sender.clock.now()
        var pause: Duration = .milliseconds(800)
        while true {
            let exchange = try await sender.exchange(call, service: .managedIdentity, repeatable: true)
            let isStarting = [404, 410].contains(exchange.response.status)
            guard isStarting, sender.clock.now() - start + pause < Self.patience else {
                try checkIdentity(exchange)
                return try token(in: exchange, of: call)
            }
            try await sender.clock.pause(pause, for: .managedIdentity)
            pause *= 2
        }
    }

    /// The service answers at once, wherever it is. Without the header `Metadata` it gives no token.
    private func probe(_ address: String) async throws(ServiceError) {
        var once = sender
        once.policy.attempts = 1
        let request = HTTPRequest(method: "GET", url: address, timeout: .seconds(1), isDirect: true)
        do throws(ServiceError) {
            _ = try await once.exchange(request, service: .managedIdentity, repeatable: true)
        } catch {
            if error.isCancellation { throw error }
            throw .unavailable("there is no managed identity endpoint at \(Address(address)?.origin ?? address)")
        }
    }

    /// A machine without the identity has nothing to sign in with; nor has a container whose host forbids the address.
    private func checkIdentity(_ exchange: Exchange) throws(ServiceError) {
        let reason = AzureErrorBody(exchange.response).message
        switch exchange.response.status {
        case 400 where probes: throw .unavailable("the managed identity endpoint refuses: \(reason)")
        case 403 where probes && reason.contains("unreachable"):
            throw .unavailable("the managed identity endpoint cannot be reached from here")
        default: break
        }
    }
}
