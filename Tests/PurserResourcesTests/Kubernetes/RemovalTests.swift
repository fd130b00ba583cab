import PurserClients
import PurserEngine
import PurserSyntax
import Testing

@testable import PurserResources

/// Objects that are deleted and do not go.
@Suite struct RemovalTests {
    private let test = TestOperation("pods/shop")

    private func failure(
        _ name: ObjectName, _ object: JSONValue, _ prepare: (FakeCluster) -> Void = { _ in }
    ) async throws -> ResourceFailure? {
        let cluster = FakeCluster(endsLimits: true)
        cluster.put(object, at: name.path.url)
        prepare(cluster)
        let clients = try await cluster.clients()
        let removal = Removal(client: clients.kubernetes, name: name, operation: test.operation)
        return await #expect(throws: ResourceFailure.self) { try await removal.wait(uid: "1") }
    }

    private let pod = ObjectName(kind: .pod, namespace: "web", name: "shop")
    private let lingering = "Pod 'web/shop' was deleted and is still there; it is held by "

    @Test func `finalizers are told at once, and are the reason in the end`() async throws {
        let object: JSONValue = [
            "metadata": ["name": "shop", "uid": "1", "finalizers": ["example.com/guard", "foregroundDeletion"]]
        ]
        let failure = try await failure(pod, object)
        #expect(failure?.diagnosticCode == .applyStuckTerminating)
        #expect(failure?.category == .timedOut)
        let guarded = "finalizer 'example.com/guard', which its controller has not removed"
        #expect(failure?.summary == lingering + guarded + "; objects that belong to it")
        #expect(test.reports == ["Pod 'web/shop' waits for \(guarded), and for objects that belong to it"])
    }

    @Test func `who wants to stop does not wait for what holds it`() async throws {
        let cluster = FakeCluster()
        cluster.put(["metadata": ["name": "shop", "uid": "1", "finalizers": ["example.com/guard"]]], at: pod.path.url)
        let operation = Operation(
            environment: test.operation.environment, address: test.operation.address, secrets: test.operation.secrets,
            isInterrupted: { true })
        let removal = Removal(client: try await cluster.clients().kubernetes, name: pod, operation: operation)
        let error = await #expect(throws: ServiceError.self) { try await removal.wait(uid: "1") }
        #expect(error?.isCancellation == true)
        #expect(error?.message == "stopped waiting until Pod 'web/shop' is gone")
    }

    @Test(arguments: [
        ("True", "node 'n1', which has not confirmed that its containers have ended"),
        ("Unknown", "node 'n1', which is not ready"),
    ])
    func `a pod without finalizers is held by its node`(ready: String, holder: String) async throws {
        let object: JSONValue = ["metadata": ["name": "shop", "uid": "1"], "spec": ["nodeName": "n1"]]
        let failure = try await failure(pod, object) { cluster in
            cluster.put(
                ["metadata": ["name": "n1"], "status": ["conditions": [["type": "Ready", "status": .string(ready)]]]],
                at: "/api/v1/nodes/n1")
        }
        #expect(failure?.summary == lingering + holder)
    }

    @Test func `a node that is gone is told too`() async throws {
        let failure = try await failure(pod, ["metadata": ["name": "shop", "uid": "1"], "spec": ["nodeName": "n1"]])
        #expect(failure?.summary == lingering + "node 'n1', which is gone")
    }

    @Test func `a namespace says itself what is still in it`() async throws {
        let name = ObjectName(kind: .namespace, namespace: nil, name: "web")
        let message = "Some resources are remaining: widgets.example.com has 1 resource instances"
        let failure = try await failure(
            name,
            [
                "metadata": ["name": "web", "uid": "1"],
                "status": [
                    "phase": "Terminating",
                    "conditions": [
                        ["type": "NamespaceDeletionDiscoveryFailure", "status": "False", "message": "All is well"],
                        ["type": "NamespaceContentRemaining", "status": "True", "message": .string(message)],
                    ],
                ],
            ])
        #expect(failure?.summary == "Namespace 'web' was deleted and is still there; it is held by \(message)")
    }
}
