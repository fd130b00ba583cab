import PurserClients
import PurserTestSupport
import Testing

struct ClientsTests {
    private static let environment = [
        "ARM_CLOUD_METADATA_URL": "https://localhost:8443/clouds", "AZURE_TENANT_ID": "t",
        "AZURE_CLIENT_ID": "app", "AZURE_CLIENT_SECRET": "hunter2", "AZURE_SUBSCRIPTION_ID": "s", "HOME": "/home/me",
    ]

    private func settings(_ transport: any HTTPTransport, _ environment: [String: String]) -> ClientSettings {
        ClientSettings(
            environment: environment, parseYAML: { try JSONValue(parsing: $0) }, clock: ManualClock(),
            jitter: .none, transport: transport, readFile: { _ in nil })
    }

    @Test func `making the clients contacts nothing and reads nothing`() async throws {
        let settings = ClientSettings(
            environment: Self.environment,
            parseYAML: { _ in
                Issue.record("parsed")
                return nil
            }, transport: RefusingTransport(),
            readFile: { _ in
                Issue.record("read")
                return nil
            })
        let clients = try await Clients.make(settings: settings)
        #expect(settings.subscriptionInUse == "s")
        await clients.shutdown()
    }

    @Test func `cloud and token are found once, at the first call`() async throws {
        let replay = ReplayTransport(try WireExchange.fixture("first-call"))
        let clients = try await Clients.make(settings: settings(replay, Self.environment))
        #expect(try await clients.arm.get("/subscriptions/s", apiVersion: "2022-12-01")?["state"] == "Enabled")
        #expect(try await clients.arm.get("/subscriptions/s", apiVersion: "2022-12-01") == nil)
        #expect(try await clients.cloud().keyVaultDNSSuffix == ".vault.purser.test:8443")
        #expect(try await clients.caller() == CallerIdentity(objectID: "o", tenantID: "t", applicationID: "app"))
        replay.expectFinished()
    }

    @Test func `what is missing is told by the first call that needs it`() async throws {
        let clients = try await Clients.make(
            settings: settings(RefusingTransport(), ["AZURE_TENANT_ID": "t", "HOME": "/h", "ARM_USE_MSI": "false"]))
        let azure = await #expect(throws: ServiceError.self) { try await clients.arm.get("/x", apiVersion: "1") }
        #expect(azure?.code == "NotSignedIn")
        #expect(azure?.message == "not signed in to Azure: no credential serves")
        #expect(azure?.details.first == "client-secret: AZURE_CLIENT_ID, AZURE_CLIENT_SECRET are not set")
        let kubernetes = await #expect(throws: ServiceError.self) { try await clients.kubernetes.version() }
        #expect(kubernetes?.code == "Kubeconfig")
        let helm = await #expect(throws: ServiceError.self) { try await clients.helm.version() }
        #expect(helm?.code == "HelmNotFound")
        #expect(try await clients.cloud() == .public)
    }

    @Test func `attempts and their time can be set from outside`() async throws {
        let transport = FaultyTransport(RefusingTransport()) { _, request in
            #expect(request.timeout == .seconds(7))
            return .answer(HTTPResponse(status: 500))
        }
        let observer = RecordingObserver()
        var settings = settings(transport, Self.environment)
        settings.environment["PURSER_HTTP_ATTEMPTS"] = "2"
        settings.environment["PURSER_HTTP_TIMEOUT"] = "7"
        settings.observer = observer
        let clients = try await Clients.make(settings: settings)
        await #expect(throws: ServiceError.self) { try await clients.cloud() }
        #expect(observer.seen.count == 2)
        settings.environment["PURSER_HTTP_ATTEMPTS"] = "many"
        let invalid = settings
        let error = await #expect(throws: ServiceError.self) { try await Clients.make(settings: invalid) }
        #expect(error?.message == "PURSER_HTTP_ATTEMPTS must be a whole number above zero, not 'many'")
    }

    @Test func `settings do not show the environment`() {
        var text = "\(settings(RefusingTransport(), Self.environment))"
        dump(settings(RefusingTransport(), Self.environment), to: &text)
        #expect(!text.contains("hunter2"))
    }
}
