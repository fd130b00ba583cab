import PurserTestSupport
import Testing

@testable import PurserClients

struct ServiceErrorTests {
    @Test(
        arguments: [
            (#"{"error":{"code":"Conflict","message":"m"}}"#, "Conflict", nil, "m"),
            (
                #"{"error":{"code":"Forbidden","message":"m","innererror":{"code":"ForbiddenByPolicy"}}}"#, "Forbidden",
                "ForbiddenByPolicy", "m"
            ),
            (
                #"{"error":{"code":"A","message":"m","details":[{"code":"B","message":"n"},{"message":"o"}]}}"#, "A",
                nil,
                "m; B: n; o"
            ),
            (#"{"Code":"429","Message":"slow down"}"#, "429", nil, "slow down"),
            (#"{"code":"X","message":"y"}"#, "X", nil, "y"),
            (#"{"odata.error":{"code":"Request_Bad","message":{"lang":"en","value":"no"}}}"#, "Request_Bad", nil, "no"),
            (
                #"{"error":"invalid_client","error_description":"AADSTS7000215: no","error_codes":[7000215]}"#,
                "AADSTS7000215", "invalid_client", "AADSTS7000215: no"
            ),
            (
                #"{"error":"invalid_request","error_description":"Identity not found"}"#, "invalid_request", nil,
                "Identity not found"
            ),
            (
                "\u{FEFF}<?xml?><Error><Code>BlobNotFound</Code><Message>gone</Message></Error>", "BlobNotFound", nil,
                "gone"
            ),
            ("<html>Bad gateway</html>", "HTTP502", nil, "no reason given (text/html)"),
            ("", "HTTP502", nil, "no reason given (empty answer)"),
            (#"{"unexpected":1}"#, "HTTP502", nil, "no reason given (text/html)"),
            ("[]", "HTTP502", nil, "no reason given (text/html)"),
        ] as [(String, String, String?, String)])
    func `every form of error body is understood`(body: String, code: String, inner: String?, message: String) {
        let error = Self.error(body: body)
        #expect(error.code == code)
        #expect(error.innerCode == inner)
        #expect(error.message == message)
        #expect(error.requestID == "r-1")
    }

    @Test func `the code in the header decides`() {
        let response = HTTPResponse(status: 409, headers: [HTTPHeader("x-ms-error-code", "LeaseAlreadyPresent")])
        let error = ServiceError(
            Exchange(response: response, mayHaveRunBefore: false), service: .resourceManager,
            request: HTTPRequest(method: "HEAD", url: "https://a.test/"))
        #expect(error.code == "LeaseAlreadyPresent")
    }

    @Test func `a message cannot drive the terminal and is bounded`() {
        let error = ServiceError(
            service: .keyVault, code: "x",
            message: "a\u{1B}[31mb\r\nc\u{202E}d\u{85}e " + String(repeating: "x", count: 100_000))
        #expect(error.message.hasPrefix("a [31mb cd e xxx"))
        #expect(error.message.count == 2000)
        #expect(error.message.hasSuffix("…"))
    }

    @Test func `a secret that the service repeats is not repeated`() {
        let request = HTTPRequest(method: "PUT", url: "https://v.test/secrets/a")
        let body = #"{"error":{"code":"BadParameter","message":"the value hunter2 is too long"}}"#
        let exchange = Exchange(response: HTTPResponse(status: 400, body: Array(body.utf8)), mayHaveRunBefore: false)
        let error = ServiceError(
            exchange, service: .keyVault, request: request, secrets: [SecretString("hunter2"), SecretString("")])
        #expect(error.message == "the value <sensitive> is too long")
    }

    @Test(arguments: [
        ("GET", 500, false, false), ("PUT", 500, false, true), ("PUT", 409, false, false), ("PUT", 409, true, true),
        ("DELETE", 503, false, true), ("POST", 429, false, false),
    ])
    func `it is told whether the request may have been carried out`(
        method: String, status: Int, before: Bool, unknown: Bool
    ) {
        let error = ServiceError(
            Exchange(response: HTTPResponse(status: status), mayHaveRunBefore: before), service: .resourceManager,
            request: HTTPRequest(method: method, url: "https://a.test/"))
        #expect(error.outcomeUnknown == unknown)
    }

    @Test func `secrets do not show themselves`() {
        let secret = SecretString("hunter2")
        var dumped = "\(secret) \(String(reflecting: secret)) \(Optional(secret) as Any)"
        dump(secret, to: &dumped)
        dump(SecretBytes(Array("hunter2".utf8)), to: &dumped)
        dump(AccessToken(value: secret, lifetime: .seconds(1)), to: &dumped)
        dump(KeyVaultSecret(value: secret, properties: [:]), to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(!dumped.contains("104"))
        #expect(secret.reveal() == "hunter2")
    }

    private static func error(body: String) -> ServiceError {
        let response = HTTPResponse(
            status: 502, headers: [HTTPHeader("Content-Type", "text/html"), HTTPHeader("x-ms-request-id", "r-1")],
            body: Array(body.utf8))
        return ServiceError(
            Exchange(response: response, mayHaveRunBefore: false), service: .resourceManager,
            request: HTTPRequest(method: "GET", url: "https://a.test/"))
    }
}
