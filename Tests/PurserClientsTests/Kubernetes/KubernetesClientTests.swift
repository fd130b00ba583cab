import PurserTestSupport
import Testing

@testable import PurserClients

struct KubernetesClientTests {
    static let pod = ResourcePath(version: "v1", resource: "pods", namespace: "infra", name: "demo")
    static let secret = ResourcePath(version: "v1", resource: "secrets", namespace: "infra", name: "demo")

    static func client(
        _ transport: any HTTPTransport, clock: ManualClock = ManualClock(),
        authentication: KubernetesConnection.Authentication = .token(SecretString("t"))
    ) -> KubernetesClient {
        let sender = RequestSender(
            transport: transport, policy: RetryPolicy(attempts: 2), clock: ClientClock(clock), jitter: .none)
        let connection = KubernetesConnection(
            context: "x", server: "https://k.test", tls: TLSOptions(serverName: "k"), authentication: authentication,
            namespace: "default", impersonation: [])
        return KubernetesClient(
            session: KubernetesSession(
                connection: Once { () async throws(ServiceError) in connection }, sender: sender,
                readFile: { $0 == "/token" ? Array("rotated\n".utf8) : nil },
                credentials: ExecCredentials(
                    process: ExecProcess(environment: [:], clock: ClientClock(clock)))))
    }

    private func replaying(_ fixture: String) throws -> (KubernetesClient, ReplayTransport) {
        let replay = ReplayTransport(try WireExchange.fixture(fixture))
        return (Self.client(replay), replay)
    }

    @Test(arguments: [
        (ResourcePath(version: "v1", resource: "namespaces", name: "infra"), "/api/v1/namespaces/infra"),
        (ResourcePath(version: "v1", resource: "pods"), "/api/v1/pods"),
        (
            ResourcePath(
                group: "apps", version: "v1", resource: "deployments", namespace: "a", name: "b", subresource: "status"),
            "/apis/apps/v1/namespaces/a/deployments/b/status"
        ),
        (
            ResourcePath(
                group: "rbac.authorization.k8s.io", version: "v1", resource: "roles", namespace: "a", name: "x:y/z"),
            "/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles/x%3Ay%2Fz"
        ),
    ])
    func `an object's path is written by the API's rules`(path: ResourcePath, url: String) {
        #expect(path.url == url)
    }

    @Test func `an object is read, an absent one is nil, a refusal is told`() async throws {
        let (client, replay) = try replaying("kubernetes-get")
        #expect(try await client.get(Self.pod)?.at("metadata", "name") == "demo")
        #expect(try await client.get(Self.pod) == nil)
        #expect(try await client.get(Self.pod) == nil)
        let error = await #expect(throws: ServiceError.self) { try await client.get(Self.pod) }
        #expect(error?.code == "Forbidden")
        #expect(error?.message == "pods \"demo\" is forbidden: User \"eve\" cannot get resource \"pods\"")
        #expect(error?.isDenied == true)
        replay.expectFinished()
        #expect(replay.requests.allSatisfy { $0.tls?.serverName == "k" })
    }

    @Test func `a server without a free seat is asked again when it says, and not for ever`() async throws {
        let replay = ReplayTransport(try WireExchange.fixture("kubernetes-fairness"))
        let clock = ManualClock()
        let client = Self.client(replay, clock: clock)
        let applied = try await client.apply(["apiVersion": "v1", "kind": "Pod"], at: Self.pod)
        #expect(applied.at("metadata", "name") == "demo")
        #expect(clock.pauses == [.seconds(7)])
        let error = await #expect(throws: ServiceError.self) { try await client.get(Self.pod) }
        #expect(error?.status == 429)
        #expect(error?.isRetryable == true)
        replay.expectFinished()
    }

    @Test func `a list is read page by page, and anew when the server has forgotten it`() async throws {
        let (client, replay) = try replaying("kubernetes-list")
        let found = try await client.list(Self.pod.collection, labelSelector: "app=demo", fieldSelector: "x=1")
        #expect(found.map { $0["n"] } == [1, 2])
        replay.expectFinished()
    }

    @Test func `apply names purser as manager and tells conflicts by field and manager`() async throws {
        let (client, replay) = try replaying("kubernetes-apply")
        let object: JSONValue = ["apiVersion": "v1", "kind": "Pod"]
        #expect(try await client.apply(object, at: Self.pod, dryRun: true)["kind"] == "Pod")
        let error = await #expect(throws: ServiceError.self) { try await client.apply(object, at: Self.pod) }
        #expect(error?.status == 409)
        #expect(error?.code == "Conflict")
        #expect(
            error?.conflicts == [
                .init(field: ".spec.replicas", manager: "kubectl"),
                .init(field: ".metadata.labels.app", manager: "helm"),
            ])
        #expect(try await client.apply(object, at: Self.pod, force: true)["kind"] == "Pod")
        replay.expectFinished()
    }

    @Test func `a Secret's values go in beside the object and never come back in it`() async throws {
        let (client, replay) = try replaying("kubernetes-secret")
        let shown = try await client.apply(
            ["kind": "Secret", "data": ["plain": "eA=="]], at: Self.secret,
            secretData: ["clientsecret": SecretBytes(Array("hunter2".utf8))])
        #expect(shown["data"] == ["plain": nil, "clientsecret": nil])
        #expect(
            shown.at("metadata", "annotations")
                == ["kubectl.kubernetes.io/last-applied-configuration": nil, "other": "kept"])
        let listed = try await client.list(Self.secret.collection)
        #expect(listed == [["data": ["clientsecret": nil]]])
        let values = try #require(try await client.secretData(namespace: "infra", name: "demo"))
        #expect(values.mapValues { String(decoding: $0.reveal(), as: UTF8.self) } == ["clientsecret": "hunter2"])
        #expect(try await client.secretData(namespace: "infra", name: "demo") == nil)
        let error = await #expect(throws: ServiceError.self) {
            try await client.create(
                [:], in: Self.secret.collection, secretData: ["p": SecretBytes(Array("hunter2".utf8))])
        }
        #expect(error?.message == "invalid: <sensitive> or <sensitive>")
        replay.expectFinished()
    }

    @Test func `a deletion names the identity, and finds nothing the second time`() async throws {
        let (client, replay) = try replaying("kubernetes-delete")
        #expect(try await client.delete(Self.pod, uid: "u-1"))
        #expect(try await client.delete(Self.pod, propagation: .background) == false)
        let error = await #expect(throws: ServiceError.self) { try await client.delete(Self.pod, uid: "u-0") }
        #expect(error?.code == "Conflict")
        replay.expectFinished()
    }

    @Test func `a token file is read for each request`() async throws {
        let replay = try ReplayTransport(
            "GET https://k.test/version\nAuthorization: Bearer rotated\n<<<\n200\n\n{\"gitVersion\":\"v1.33.1\"}")
        let client = Self.client(replay, authentication: .tokenFile("/token", otherwise: nil))
        #expect(try await client.version() == "v1.33.1")
        let missing = Self.client(RefusingTransport(), authentication: .tokenFile("/none", otherwise: nil))
        let error = await #expect(throws: ServiceError.self) { try await missing.version() }
        #expect(error?.code == "Kubeconfig")
    }

    @Test func `events come oldest first`() async throws {
        let replay = try ReplayTransport(
            """
            GET https://k.test/api/v1/namespaces/infra/events?fieldSelector=involvedObject.kind%3DPod%2C\
            involvedObject.name%3Ddemo%2CinvolvedObject.uid%3Du&limit=500
            <<<
            200

            {"items":[{"reason":"B","lastTimestamp":"2026-01-01T00:00:02Z"},\
            {"reason":"A","lastTimestamp":null,"eventTime":"2026-01-01T00:00:01.000000Z"},\
            {"reason":"D","lastTimestamp":"2026-01-01T00:00:03Z","metadata":{"resourceVersion":"10"}},\
            {"reason":"C","lastTimestamp":"2026-01-01T00:00:03Z","metadata":{"resourceVersion":"9"}}]}
            """)
        let events = try await Self.client(replay).events(namespace: "infra", kind: "Pod", name: "demo", uid: "u")
        #expect(events.map { $0["reason"] } == ["A", "B", "C", "D"])
    }

    @Test func `creating is not repeated after it may have been carried out`() async throws {
        let replay = try ReplayTransport(
            "POST https://k.test/api/v1/namespaces/infra/pods?fieldManager=purser&fieldValidation=Strict\n<<<\nreset")
        let error = await #expect(throws: ServiceError.self) {
            try await Self.client(replay).create([:], in: Self.pod.collection)
        }
        #expect(error?.outcomeUnknown == true)
        #expect(replay.requests.count == 1)
    }

    @Test func `an answer that is no Status is told by its number`() async throws {
        let replay = try ReplayTransport("GET https://k.test/version\n<<<\n403\n\n<html>")
        let error = await #expect(throws: ServiceError.self) { try await Self.client(replay).version() }
        #expect(error?.code == "HTTP403")
        #expect(error?.message == "no reason given (answer without a Status)")
    }
}
