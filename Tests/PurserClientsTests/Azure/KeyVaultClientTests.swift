import PurserTestSupport
import Testing

@testable import PurserClients

struct KeyVaultClientTests {
    static let vault = "https://seal-kv.vault.azure.net/"
    static let tenant = "8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e"
    let clock = ManualClock()

    private func client(_ transport: any HTTPTransport, _ credential: any AzureCredential) -> KeyVaultClient {
        let sender = RequestSender(
            transport: transport, policy: RetryPolicy(attempts: 2), clock: ClientClock(clock), jitter: .none)
        return KeyVaultClient(session: KeyVaultSession(credential: credential, sender: sender))
    }

    private func replaying(_ fixture: String) throws -> (KeyVaultClient, ReplayTransport, FixedCredential) {
        let replay = ReplayTransport(try WireExchange.fixture(fixture))
        let credential = FixedCredential(tenant: Self.tenant)
        return (client(replay, credential), replay, credential)
    }

    @Test func `a vault is asked once whom it trusts, without a body`() async throws {
        let (vault, replay, credential) = try replaying("vault-secrets")
        let written = try await vault.put(
            vaultURL: Self.vault, path: "/secrets/demo", body: ["contentType": "text/plain"],
            secrets: ["value": SecretString("hunter2")])
        #expect(written["id"]?.string == "https://seal-kv.vault.azure.net/secrets/demo/1")
        #expect(written["value"] == nil)
        let secret = try #require(try await vault.secret(vaultURL: Self.vault, name: "demo"))
        #expect(secret.value.reveal() == "hunter2")
        #expect(secret.properties == ["id": "https://seal-kv.vault.azure.net/secrets/demo/1"])
        #expect(try await vault.get(vaultURL: Self.vault, path: "/secrets/demo")?["value"] == nil)
        #expect(try await vault.secret(vaultURL: Self.vault, name: "none") == nil)
        #expect(try await vault.delete(vaultURL: Self.vault, path: "/deletedsecrets/demo") == .null)
        replay.expectFinished()
        #expect(replay.requests[0].body == nil)
        #expect(replay.requests[0].header("Authorization") == nil)
        #expect(Set(credential.requests.map(\.scope)) == ["https://vault.azure.net/.default"])
        #expect(Set(credential.requests.map(\.tenant)) == [Self.tenant])
    }

    @Test func `pages carry the port and may be empty`() async throws {
        let (vault, replay, _) = try replaying("vault-pages")
        let found = try await vault.list(vaultURL: Self.vault, path: "/secrets", query: ["maxresults": "25"])
        #expect(found == [["id": "1"], ["id": "2"]])
        replay.expectFinished()
    }

    @Test func `an inner code is kept`() async throws {
        let (vault, replay, _) = try replaying("vault-forbidden")
        let error = await #expect(throws: ServiceError.self) {
            try await vault.get(vaultURL: Self.vault, path: "/secrets/demo")
        }
        #expect(error?.code == "Forbidden")
        #expect(error?.innerCode == "ForbiddenByPolicy")
        #expect(error?.requestID == "r-1")
        replay.expectFinished()
    }

    @Test func `a certificate is followed until it is complete`() async throws {
        let (vault, replay, _) = try replaying("vault-certificate")
        let made = try await vault.createCertificate(
            vaultURL: Self.vault, name: "demo", body: ["policy": ["issuer": ["name": "Self"]]])
        #expect(made.bundle["x5t"] == "t")
        #expect(!made.isOfEarlierRequest)
        replay.expectFinished()
        #expect(clock.pauses == [.seconds(1)])
    }

    @Test func `a request that is under way is followed in place of another, with word of the time left`() async throws
    {
        let (vault, replay, _) = try replaying("vault-certificate-followed")
        var told: [Duration] = []
        let made = try await vault.createCertificate(
            vaultURL: Self.vault, name: "demo", body: ["policy": ["issuer": ["name": "Unknown"]]],
            timeout: .seconds(60), waiting: { told.append($0) })
        #expect(made.isOfEarlierRequest)
        #expect(made.bundle["x5t"] == "t")
        #expect(told == [.seconds(60)])
        replay.expectFinished()
    }

    @Test func `whoever stops waits no longer for a certificate`() async throws {
        let (vault, _, _) = try replaying("vault-certificate-followed")
        let error = await #expect(throws: ServiceError.self) {
            try await vault.createCertificate(
                vaultURL: Self.vault, name: "demo", body: ["policy": ["issuer": ["name": "Unknown"]]],
                isStopped: { true })
        }
        #expect(error?.code == ServiceError.Code.cancelled)
        #expect(clock.pauses == [])
    }

    @Test func `a failed certificate tells why`() async throws {
        let (vault, _, _) = try replaying("vault-certificate-failed")
        let error = await #expect(throws: ServiceError.self) {
            try await vault.createCertificate(vaultURL: Self.vault, name: "demo", body: [:])
        }
        #expect(error?.code == "BadCSR")
        #expect(error?.message == "the issuer refused")
    }

    @Test func `a refused token is replaced by what the new challenge asks for`() async throws {
        let (vault, replay, credential) = try replaying("vault-token-refused")
        #expect(try await vault.get(vaultURL: Self.vault, path: "/keys/demo")?["key"] != nil)
        replay.expectFinished()
        #expect(credential.requests[1].rejected?.value.reveal() == "token-1")
        #expect(credential.requests[1].claims == #"{"access_token":{}}"#)
    }

    @Test func `a value that the service repeats is not repeated`() async throws {
        let (vault, _, _) = try replaying("vault-repeats-value")
        let error = await #expect(throws: ServiceError.self) {
            try await vault.put(
                vaultURL: Self.vault, path: "/secrets/demo", body: [:], secrets: ["value": SecretString("hunter2")])
        }
        var text = error.map { "\($0)" } ?? ""
        dump(error, to: &text)
        #expect(!text.contains("hunter2"))
        #expect(error?.code == "BadParameter")
    }

    @Test func `only an https vault is spoken to`() async throws {
        let vault = client(RefusingTransport(), FixedCredential())
        let error = await #expect(throws: ServiceError.self) {
            try await vault.get(vaultURL: "http://seal-kv.vault.azure.net", path: "/secrets/x")
        }
        #expect(error?.code == "Configuration")
    }

    @Test(arguments: [
        (#"Bearer authorization="https://l.test/\#(tenant)", resource="https://vault.azure.net""#, true),
        (#"Bearer authorization_uri="https://l.test/\#(tenant)/", scope="https://vault.azure.net/.default""#, true),
        ("Bearer authorization=https://l.test/\(tenant), resource=https://vault.azure.net", true),
        ("bearer authorization=https://l.test/\(tenant) resource=https://vault.azure.net", true),
        (#"Bearer authorization="https://elsewhere.test/\#(tenant)", resource="https://azure.net""#, true),
        (#"Bearer authorization="https://l.test/common", resource="https://vault.azure.net""#, true),
        (#"Bearer authorization="https://l.test/\#(tenant)", resource="https://vault.azure.net:8443""#, false),
        (#"Bearer authorization="https://l.test/\#(tenant)", resource="https://seal-kv.vault.azure.net""#, false),
        (#"Bearer authorization="https://l.test/\#(tenant)", resource="https://vault.purser.test""#, false),
        (#"Bearer authorization="https://l.test/\#(tenant)", resource="https://ult.azure.net""#, false),
        (#"Bearer authorization="https://l.test/\#(tenant)", resource="http://vault.azure.net""#, false),
        (#"Bearer authorization="https://l.test/\#(tenant)", resource="https://management.azure.com""#, false),
        (
            #"Bearer authorization="https://l.test/00000000-0000-0000-0000-000000000000", resource="https://vault.azure.net""#,
            false
        ),
        (#"Bearer authorization="https://l.test/\#(tenant)""#, false),
        (#"Bearer resource="https://vault.azure.net""#, false), ("Basic realm=x", false), ("", false),
        ("Bearer", false),
    ])
    func `a challenge is followed only where it is safe`(challenge: String, isFollowed: Bool) async throws {
        let transport = FaultyTransport(RefusingTransport()) { index, _ in
            index == 0
                ? .answer(HTTPResponse(status: 401, headers: [HTTPHeader("WWW-Authenticate", challenge)]))
                : .answer(HTTPResponse(status: 200, body: Array("{}".utf8)))
        }
        let credential = FixedCredential(tenant: Self.tenant)
        let vault = client(transport, credential)
        if isFollowed {
            _ = try await vault.get(vaultURL: Self.vault, path: "/secrets/x")
            #expect(credential.requests.map(\.tenant) == [Self.tenant])
        } else {
            let error = await #expect(throws: ServiceError.self) {
                try await vault.get(vaultURL: Self.vault, path: "/secrets/x")
            }
            #expect(error?.code == "ChallengeRefused")
            #expect(credential.requests.isEmpty)
        }
    }

    @Test func `a vault that asks for no token is not trusted`() async throws {
        let open = FaultyTransport(RefusingTransport()) { _, _ in .answer(HTTPResponse(status: 200)) }
        let vault = client(open, FixedCredential())
        let error = await #expect(throws: ServiceError.self) {
            try await vault.get(vaultURL: Self.vault, path: "/secrets/x")
        }
        #expect(error?.code == "UnexpectedAnswer")
    }

    @Test(arguments: [
        (FaultyTransport.Fault.before(.connect), false), (.before(.tls), false),
        (.answer(HTTPResponse(status: 401)), true), (.answer(HTTPResponse(status: 404)), false),
    ])
    func `a vault is reachable when it asks for a token`(fault: FaultyTransport.Fault, isReachable: Bool) async throws {
        let vault = client(FaultyTransport(RefusingTransport()) { _, _ in fault }, FixedCredential())
        #expect(try await vault.isReachable(vaultURL: Self.vault) == isReachable)
    }

    @Test func `creating is not repeated after it may have been carried out`() async throws {
        let (vault, replay, _) = try replaying("vault-create-lost")
        let error = await #expect(throws: ServiceError.self) {
            try await vault.post(vaultURL: Self.vault, path: "/keys/demo/create", body: ["kty": "RSA"])
        }
        #expect(error?.outcomeUnknown == true)
        replay.expectFinished()
    }
}
