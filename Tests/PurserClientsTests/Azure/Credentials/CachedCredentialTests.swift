import PurserTestSupport
import Synchronization
import Testing

@testable import PurserClients

struct CachedCredentialTests {
    let clock = ManualClock(automatic: false)
    let service = TokenService()

    private func credential(_ transport: (any HTTPTransport)? = nil, tenant: String = "t-1") -> CachedCredential {
        let sender = RequestSender(
            transport: transport ?? service, policy: RetryPolicy(attempts: 1), clock: ClientClock(clock), jitter: .none)
        let endpoint = TokenEndpoint(
            authority: { () async throws(ServiceError) in "https://login.test" }, sender: sender,
            correlationID: "run-1")
        return CachedCredential(
            ClientSecretCredential(
                tenant: tenant, clientID: "app", secret: SecretString("hunter2&="), endpoint: endpoint),
            clock: sender.clock)
    }

    @Test func `a token is asked for by client secret and kept`() async throws {
        let credential = credential()
        let first = try await credential.token(scope: "https://vault.test/.default")
        let second = try await credential.token(scope: "https://vault.test/.default")
        #expect(first == second)
        #expect(first.value.reveal() == "token-1")
        let request = try #require(service.requests.first)
        #expect(service.requests.count == 1)
        #expect(request.url == "https://login.test/t-1/oauth2/v2.0/token")
        #expect(request.header("Content-Type") == "application/x-www-form-urlencoded")
        #expect(
            request.body.map { String(decoding: $0, as: UTF8.self) }
                == "grant_type=client_credentials&client_id=app&client_secret=hunter2%26%3D"
                + "&scope=https%3A%2F%2Fvault.test%2F.default")
    }

    @Test func `scope, tenant and claims each have their own token`() async throws {
        let credential = credential()
        let requests = [
            TokenRequest(scope: "a"), TokenRequest(scope: "b"), TokenRequest(scope: "a", tenant: "t-2"),
            TokenRequest(scope: "a", claims: "{}"),
        ]
        var values: Set<String> = []
        for request in requests + requests { values.insert(try await credential.token(request).value.reveal()) }
        #expect(values.count == 4)
        #expect(service.requests.count == 4)
        #expect(service.requests[2].url == "https://login.test/t-2/oauth2/v2.0/token")
    }

    @Test func `many at once wait for one request`() async throws {
        let credential = credential()
        let tokens = try await withThrowingTaskGroup(of: AccessToken.self) { group in
            for _ in 0..<50 { group.addTask { try await credential.token(scope: "a") } }
            return try await group.reduce(into: Set<AccessToken>()) { $0.insert($1) }
        }
        #expect(tokens.count == 1)
        #expect(service.requests.count == 1)
    }

    @Test func `a token is renewed five minutes before its end`() async throws {
        let credential = credential()
        _ = try await credential.token(scope: "a")
        clock.advance(by: .seconds(3599 - 300 - 1))
        #expect(try await credential.token(scope: "a").value.reveal() == "token-1")
        clock.advance(by: .seconds(1))
        #expect(try await credential.token(scope: "a").value.reveal() == "token-2")
    }

    @Test func `a failed renewal leaves the old token while it lasts`() async throws {
        let failing = Mutex(false)
        let transport = FaultyTransport(service) { _, _ in
            failing.withLock { $0 } ? .answer(HTTPResponse(status: 503)) : nil
        }
        let credential = credential(transport)
        _ = try await credential.token(scope: "a")
        failing.withLock { $0 = true }
        clock.advance(by: .seconds(3400))
        #expect(try await credential.token(scope: "a").value.reveal() == "token-1")
        clock.advance(by: .seconds(150))
        let error = await #expect(throws: ServiceError.self) { try await credential.token(scope: "a") }
        #expect(error?.status == 503)
        #expect(error?.service == .entra)
    }

    @Test func `a refused token is not handed out again`() async throws {
        let credential = credential()
        let refused = try await credential.token(scope: "a")
        let next = try await credential.token(TokenRequest(scope: "a", rejected: refused))
        #expect(next.value.reveal() == "token-2")
        #expect(try await credential.token(TokenRequest(scope: "a", rejected: refused)) == next)
        #expect(service.requests.count == 2)
    }

    @Test func `a refusal tells Entra's number and keeps the secret`() async throws {
        let body = """
            {"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret hunter2&= provided.",
             "error_codes":[7000215],"correlation_id":"c"}
            """
        let transport = FaultyTransport(RefusingTransport()) { _, _ in
            .answer(HTTPResponse(status: 401, body: Array(body.utf8)))
        }
        let credential = credential(transport)
        let error = await #expect(throws: ServiceError.self) { try await credential.token(scope: "a") }
        #expect(error?.code == "AADSTS7000215")
        #expect(error?.innerCode == "invalid_client")
        #expect(error?.isDenied == true)
        #expect(error?.outcomeUnknown == false)
        #expect(error.map { "\($0)" }?.contains("hunter2") == false)
    }

    @Test func `an answer without a token is told`() async throws {
        let transport = FaultyTransport(RefusingTransport()) { _, _ in
            .answer(HTTPResponse(status: 200, body: Array(#"{"token_type":"Bearer"}"#.utf8)))
        }
        let credential = credential(transport)
        let error = await #expect(throws: ServiceError.self) { try await credential.token(scope: "a") }
        #expect(error?.code == "UnexpectedAnswer")
    }

    @Test func `the claims of a token tell who is calling`() throws {
        let payload = Base64.encoded(Array(#"{"oid":"o","tid":"t","appid":"a","x":"??>"}"#.utf8))
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        func caller(_ token: String) -> CallerIdentity? {
            CallerIdentity(AccessToken(value: SecretString(token), lifetime: .seconds(1)))
        }
        #expect(caller("e30.\(payload).sig") == CallerIdentity(objectID: "o", tenantID: "t", applicationID: "a"))
        #expect(caller("opaque") == nil)
        #expect(caller("e30.e30.sig") == nil)
        #expect(caller("e30.***.sig") == nil)
    }
}

/// Issues `token-1`, `token-2`… for an hour less a second.
final class TokenService: HTTPTransport {
    private let received = Mutex<[HTTPRequest]>([])

    var requests: [HTTPRequest] { received.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let number = received.withLock { requests in
            requests.append(request)
            return requests.count
        }
        await Task.yield()
        let body: JSONValue = [
            "token_type": "Bearer", "expires_in": 3599, "access_token": .string("token-\(number)"),
        ]
        return HTTPResponse(status: 200, body: body.encoded)
    }

    func lines(_ request: HTTPRequest) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { $0.finish() }
    }

    func shutdown() async {}
}
