/// Microsoft Entra's token endpoint, for clients that prove who they are.
///
/// Source: Microsoft identity platform, "OAuth 2.0 client credentials flow".
struct TokenEndpoint: Sendable {
    /// `client_assertion_type` of a signed token in place of a secret (RFC 7523).
    static let assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    /// The root of the token service, without a trailing slash.
    let authority: @Sendable () async throws(ServiceError) -> String
    let sender: RequestSender
    /// Entra takes it for its correlation id, and repeats it in its errors.
    let correlationID: String

    /// What proves who the client is: the fields of the form, and the secret texts among them.
    struct Proof {
        var fields: [(key: String, value: String)]
        var secret: SecretString

        static func secret(_ secret: SecretString) -> Proof {
            Proof(fields: [(key: "client_secret", value: secret.reveal())], secret: secret)
        }

        /// A token that the client has signed, or that an issuer which Entra trusts has signed for it.
        static func assertion(_ assertion: SecretString) -> Proof {
            Proof(
                fields: [
                    (key: "client_assertion_type", value: TokenEndpoint.assertionType),
                    (key: "client_assertion", value: assertion.reveal()),
                ], secret: assertion)
        }
    }

    /// Where tokens of the tenant are asked for: also the audience of a client's own assertion.
    func address(tenant: String) async throws(ServiceError) -> String {
        try await authority() + "/\(PercentEncoding.component(tenant))/oauth2/v2.0/token"
    }

    func token(
        _ request: TokenRequest, tenant: String, clientID: String, proof: Proof
    ) async throws(ServiceError) -> AccessToken {
        var form = [(key: "grant_type", value: "client_credentials"), (key: "client_id", value: clientID)]
        form += proof.fields + [(key: "scope", value: request.scope)]
        if let claims = request.claims { form.append((key: "claims", value: claims)) }
        let call = HTTPRequest(
            method: "POST",
            url: try await address(tenant: tenant),
            headers: [
                HTTPHeader("Content-Type", "application/x-www-form-urlencoded"),
                HTTPHeader("Accept", "application/json"),
                HTTPHeader("User-Agent", UserAgent.text),
                HTTPHeader("client-request-id", correlationID),
            ],
            body: Array(PercentEncoding.query(form).utf8),
            timeout: .seconds(30)
        )
        let exchange = try await sender.exchange(call, service: .entra, repeatable: true)
        return try TokenAnswer.token(in: exchange, of: call, service: .entra, secrets: [proof.secret])
    }
}

/// What services answer that hand out tokens.
enum TokenAnswer {
    /// Reads `access_token`, `expires_in` and `refresh_in`. Numbers come as JSON numbers from Entra's second endpoint
    /// and as strings from its first and from managed identities, where `expires_in` may be missing beside
    /// `expires_on`, in seconds since 1970.
    static func token(
        in exchange: Exchange, of request: HTTPRequest, service: ServiceError.Service, secrets: [SecretString] = [],
        now: Int? = nil
    ) throws(ServiceError) -> AccessToken {
        guard exchange.response.status == 200 else {
            var error = ServiceError(exchange, service: service, request: request, secrets: secrets)
            error.outcomeUnknown = false
            throw error
        }
        let body = try exchange.response.json(of: request, service: service)
        let end = now.flatMap { now in seconds(body["expires_on"]).map { $0 - .seconds(now) } }
        guard let value = body["access_token"]?.string, !value.isEmpty,
            let lifetime = seconds(body["expires_in"]) ?? end
        else {
            throw .unexpectedAnswer(
                "the answer holds no token", service: service, response: exchange.response, request: request)
        }
        return AccessToken(
            value: SecretString(value), lifetime: lifetime, refreshAfter: seconds(body["refresh_in"]))
    }

    private static func seconds(_ value: JSONValue?) -> Duration? {
        (value?.int ?? value?.string.flatMap { Int($0) }).map { .seconds(max($0, 0)) }
    }
}

/// How purser introduces itself.
enum UserAgent {
    static let text = "purser swift (\(system))"

    private static var system: String {
        #if os(Linux)
            "linux"
        #elseif os(macOS)
            "macos"
        #else
            "other"
        #endif
    }
}
