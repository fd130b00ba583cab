/// The code and message of a refused call, in any of the forms that Azure's services use.
///
/// The usual form is the OData error envelope `{"error":{"code","message","innererror":{"code"},"details":[…]}}`
/// (Azure REST API guidelines). Deviations: the same without envelope and with capitals (App Service), `odata.error` (old Graph),
/// `{"error":"…","error_description":"…"}` (Microsoft Entra), XML (Blob storage), HTML or nothing (gateways).
struct AzureErrorBody {
    var code: String
    var innerCode: String?
    var message: String

    init(_ response: HTTPResponse) {
        let named = response.header("x-ms-error-code")
        if let body = try? JSONValue(parsing: response.body), let found = Self(json: body) {
            self = found
        } else if let found = Self(xml: response.body) {
            self = found
        } else {
            code = "HTTP\(response.status)"
            message = "no reason given (\(Self.kind(of: response)))"
        }
        if let named { code = named }
    }

    private init(code: String, innerCode: String? = nil, message: String) {
        self.code = code
        self.innerCode = innerCode
        self.message = message
    }

    private init?(json body: JSONValue) {
        if let code = body["error"]?.string {
            self = Self.entra(body, code: code)
        } else if let found = body["error"].flatMap({ Self(envelope: $0) }) {
            self = found
        } else if let found = body["odata.error"].flatMap({ Self(envelope: $0) }) {
            self = found
        } else if let found = Self(envelope: body) {
            self = found
        } else {
            return nil
        }
    }

    private init?(envelope: JSONValue) {
        let message = envelope["message"] ?? envelope["Message"]
        let text = message?.string ?? message?["value"]?.string
        guard let code = Self.text(envelope["code"] ?? envelope["Code"]) ?? text.map({ _ in "Unknown" }) else {
            return nil
        }
        let inner = envelope["innererror"] ?? envelope["innerError"]
        let details = (envelope["details"]?.array ?? []).prefix(3).compactMap(Self.detail)
        self.init(
            code: code,
            innerCode: inner?["code"]?.string,
            message: ([text ?? "no reason given"] + details).joined(separator: "; ")
        )
    }

    private static func detail(_ value: JSONValue) -> String? {
        guard let message = value["message"]?.string else { return nil }
        return value["code"]?.string.map { "\($0): \(message)" } ?? message
    }

    private static func text(_ value: JSONValue?) -> String? { value?.string ?? value?.int.map(String.init) }

    /// Entra's number says what happened (`AADSTS7000215`), its `error` only what kind of thing.
    private static func entra(_ body: JSONValue, code: String) -> AzureErrorBody {
        let number = body["error_codes"]?[0]?.int
        let description = body["error_description"]?.string ?? "no reason given"
        return AzureErrorBody(
            code: number.map { "AADSTS\($0)" } ?? code,
            innerCode: number == nil ? nil : code,
            message: description
        )
    }

    private init?(xml body: [UInt8]) {
        let text = String(decoding: body.prefix(8192), as: UTF8.self)
        guard let code = Self.element("Code", in: text) else { return nil }
        // The request's id and time stand below the message, and in headers of their own.
        let message = Self.element("Message", in: text).map { $0.prefix { $0 != "\n" && $0 != "\r\n" } }
        self.init(code: code, message: message.map(String.init) ?? "no reason given")
    }

    private static func element(_ name: String, in text: String) -> String? {
        guard let start = text.firstRange(of: "<\(name)>"), let end = text.firstRange(of: "</\(name)>"),
            start.upperBound <= end.lowerBound
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }

    private static func kind(of response: HTTPResponse) -> String {
        response.body.isEmpty ? "empty answer" : response.header("Content-Type") ?? "answer of unknown type"
    }
}

extension ServiceError {
    /// A refusal by an Azure service. `secrets` are the secret texts that the request held: a service that repeats them
    /// in its code or message is not repeated.
    init(
        _ exchange: Exchange, service: Service, request: HTTPRequest, secrets: [SecretString] = []
    ) {
        let response = exchange.response
        let body = AzureErrorBody(response)
        let summary = RequestSummary(request)
        self.init(
            service: service,
            status: response.status,
            code: Self.redacted(body.code, secrets),
            innerCode: body.innerCode.map { Self.redacted($0, secrets) },
            message: Self.redacted(body.message, secrets),
            requestID: response.header("x-ms-request-id"),
            correlationID: response.header("x-ms-correlation-request-id")
                ?? request.header("x-ms-correlation-request-id") ?? request.header("client-request-id"),
            outcomeUnknown: summary.isWrite && (response.status >= 500 || exchange.mayHaveRunBefore),
            isRetryable: [408, 429].contains(response.status) || response.status >= 500,
            request: summary
        )
    }

    private static func redacted(_ message: String, _ secrets: [SecretString]) -> String {
        secrets.reduce(message) { message, secret in
            let value = secret.reveal()
            return value.isEmpty ? message : message.replacing(value, with: "\(secret)")
        }
    }
}
