import PurserClients
import PurserEngine
import PurserSyntax
import Testing

@testable import PurserResources

/// What a class waits for, and what it takes with it.
@Suite struct SecretProviderClassTests {
    private let test = TestOperation("secretProviderClasses/shop")
    private static let definition =
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/secretproviderclasses.secrets-store.csi.x-k8s.io"
    private static let established: JSONValue = [
        "status": [
            "conditions": [["type": "NamesAccepted", "status": "True"], ["type": "Established", "status": "True"]]
        ]
    ]
    private let path = "/apis/secrets-store.csi.x-k8s.io/v1/namespaces/web/secretproviderclasses/shop"
    private let desired = Attributes([
        "name": "shop", "namespace": "web", "vault": ["name": "v", "tenantId": "t"],
        "identity": ["systemAssigned": [:]], "objects": [["secret": "a"]],
        "secretObjects": ["shop-tls": ["type": "Opaque", "data": ["a": "a"]]],
    ])

    private func kind(_ cluster: FakeCluster) async throws -> SecretProviderClass {
        let clients = try await cluster.clients()
        return SecretProviderClass(kubernetes: clients.kubernetes, polling: clients.polling)
    }

    @Test func `a class is applied once its definition is established`() async throws {
        let cluster = FakeCluster()
        cluster.put(["status": ["conditions": []]], at: Self.definition)
        cluster.script(
            [["conditions": [["type": "Established", "status": "False"]]], Self.established["status"] ?? .null],
            at: Self.definition)
        _ = try await kind(cluster).create(desired, test.operation)
        #expect(cluster.writes.map(\.path) == [path])
        #expect(test.reports == ["waiting until the cluster knows SecretProviderClass"])
    }

    @Test func `without a definition nothing is applied`() async throws {
        let cluster = FakeCluster()
        let failure = await #expect(throws: ResourceFailure.self) {
            try await self.kind(cluster).create(self.desired, self.test.operation)
        }
        #expect(failure?.diagnosticCode == .applyNoDefinition)
        #expect(failure?.outcomeUnknown == false)
        #expect(cluster.writes.isEmpty)
    }

    @Test(arguments: [
        ("kubernetes.io/tls", true, true), ("Opaque", true, false), ("kubernetes.io/tls", false, false),
    ])
    func `the driver's Secret of another type is removed, others stay`(
        type: String, isManaged: Bool, goes: Bool
    ) async throws {
        let cluster = FakeCluster()
        cluster.put(Self.established, at: Self.definition)
        let labels: JSONValue = isManaged ? ["secrets-store.csi.k8s.io/managed": "true"] : [:]
        let secret = "/api/v1/namespaces/web/secrets/shop-tls"
        cluster.put(
            ["type": .string(type), "metadata": ["name": "shop-tls", "uid": "1", "labels": labels]], at: secret)
        _ = try await kind(cluster).create(desired, test.operation)
        #expect((cluster.object(at: secret) == nil) == goes)
    }

    @Test func `the type of a Secret cannot change in place, its keys can`() throws {
        let attribute = try #require(SecretProviderClass.attribute("secretObjects"))
        #expect(SecretProviderClass.effect(of: "secretObjects.shop-tls.type", attribute) == .replaces)
        #expect(SecretProviderClass.effect(of: "secretObjects.shop-tls.data.a", attribute) == .updates)
    }
}

@Suite struct MountConfirmationTests {
    private let test = TestOperation("pods/shop")
    private let record = "/apis/secrets-store.csi.x-k8s.io/v1/namespaces/web/secretproviderclasspodstatuses/p-web-shop"
    private let pod: Value = ["metadata": ["name": "p", "namespace": "web"], "status": ["phase": "Running"]]

    private func confirm(_ cluster: FakeCluster, _ pod: Value) async throws {
        let clients = try await cluster.clients()
        let mounts = try [
            Mount(["secretProviderClass": ["name": "shop"], "path": "/a"]), Mount(["secret": "other", "path": "/b"]),
        ]
        try await MountConfirmation(
            cluster: Cluster(client: clients.kubernetes, polling: clients.polling), operation: test.operation
        ).wait(for: [pod], mounts: mounts)
    }

    @Test func `the driver's record of the mount is waited for`() async throws {
        let cluster = FakeCluster()
        cluster.put(["metadata": ["name": "p-web-shop"]], at: record)
        cluster.script([["mounted": false], ["mounted": true]], at: record)
        try await confirm(cluster, pod)
        #expect(cluster.requests.map(\.path) == [record, record])
        #expect(test.reports == [])
    }

    @Test func `a record that does not come is told, and stops nothing`() async throws {
        try await confirm(FakeCluster(), pod)
        #expect(test.reports == ["the driver has no record of 'shop' in pod 'p'"])
    }

    @Test func `a pod that has ended has no mounts any more`() async throws {
        let cluster = FakeCluster()
        try await confirm(cluster, pod.replacing(["status", "phase"]) { _ in "Succeeded" })
        #expect(cluster.requests.isEmpty)
    }
}

@Suite struct WorkloadCautionTests {
    private func attributes(_ digest: String, _ kind: String) -> Attributes {
        Attributes([
            "kind": .string(kind),
            "mounts": [["secretProviderClass": ["name": "shop", "digest": .string(digest)], "path": "/a"]],
        ])
    }

    @Test func `a restart because of another class is said in the plan`() {
        func cautions(_ former: String, _ wanted: String, _ kind: String) -> [String] {
            Workload.cautions(on: .update, recorded: attributes(former, kind), desired: attributes(wanted, kind))
        }
        let restarts = "its pods are replaced, because the SecretProviderClasses that they mount change"
        #expect(cautions("a", "b", "Deployment") == [restarts])
        #expect(cautions("a", "a", "Deployment") == [])
        #expect(cautions("a", "b", "Job") == ["what it mounts changes, and a job that has run does not run again"])
    }
}
