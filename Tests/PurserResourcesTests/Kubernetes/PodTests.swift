import PurserClients
import PurserEngine
import PurserSyntax
import Testing

@testable import PurserResources

@Suite struct PodTests {
    private let path = "/api/v1/namespaces/web/pods/shop"
    private let ready: JSONValue = ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]]
    private let desired = Attributes([
        "name": "shop", "namespace": "web", "labels": ["app": "shop"], "timeout": "30s",
        "mounts": [["secret": "shop-tls", "path": "/tls"]], "phase": "Running",
        "spec": ["containers": [["name": "shop", "image": "shop:1"]]],
    ])

    private func pod(_ cluster: FakeCluster) async throws -> Pod {
        let clients = try await cluster.clients()
        return Pod(kubernetes: clients.kubernetes, polling: clients.polling)
    }

    @Test func `a pod is applied as ours, and waited for until it is ready`() async throws {
        let cluster = FakeCluster()
        cluster.script([["phase": "Pending"], ["phase": "Pending"], ready], at: path)
        let test = TestOperation("pods/shop")
        let made = try await pod(cluster).create(desired, test.operation)
        #expect(made[Pod.uid] == "uid-1")
        let applied = try #require(cluster.writes.first)
        #expect(applied.method == "PATCH")
        #expect(applied.query["fieldManager"] == "purser")
        #expect(applied.query["force"] == "false")
        #expect(applied.body?.at("metadata", "labels", "app.kubernetes.io/managed-by") == "purser")
        #expect(applied.body?.at("metadata", "annotations", "purser/address") == "pods/shop")
        #expect(cluster.writes.count == 1)
    }

    @Test func `what is made reads back as what was wanted`() async throws {
        let cluster = FakeCluster()
        cluster.script([ready], at: path)
        let test = TestOperation("pods/shop")
        let pod = try await pod(cluster)
        let made = try await pod.create(desired, test.operation)
        let observation = try #require(try await pod.read(made, wanted: desired, test.operation))
        #expect(observation.attributes == made)
        #expect(observation.owner == test.operation.owner)
    }

    @Test func `a mount that fails is told while waiting, once, and is the reason in the end`() async throws {
        let cluster = FakeCluster()
        cluster.script([["phase": "Pending"]], at: path)
        let message = "MountVolume.SetUp failed for volume \"shop\" : rpc error: secret not found"
        cluster.add(event: [
            "type": "Warning", "reason": "FailedMount", "message": .string(message),
            "involvedObject": ["kind": "Pod", "name": "shop", "uid": "uid-1"],
        ])
        let test = TestOperation("pods/shop")
        let failure = await #expect(throws: ResourceFailure.self) {
            try await self.pod(cluster).create(self.desired, test.operation)
        }
        #expect(failure?.diagnosticCode == .applyNotReady)
        #expect(failure?.category == .timedOut)
        #expect(failure?.outcomeUnknown == true, "the pod is there and has to be undone")
        #expect(failure?.summary == "Pod 'web/shop' was not ready after 30s: FailedMount: \(message)")
        #expect(test.reports == ["FailedMount: \(message)"])
        #expect(test.waits.first == "FailedMount: \(message), 30 s left")
        #expect(test.waits.count > 3 && Set(test.waits).count > 3, "it counts down")
    }

    @Test func `a pod of somebody else keeps its name`() async throws {
        let cluster = FakeCluster()
        cluster.put(["metadata": ["name": "shop", "uid": "theirs"]], at: path)
        let failure = await #expect(throws: ResourceFailure.self) {
            try await self.pod(cluster).create(self.desired, TestOperation("pods/shop").operation)
        }
        #expect(failure?.diagnosticCode == .applyAlreadyExists)
        #expect(failure?.outcomeUnknown == false)
        #expect(cluster.writes.isEmpty)
    }

    @Test func `a create that was cut short is completed`() async throws {
        let cluster = FakeCluster()
        cluster.script([ready], at: path)
        let test = TestOperation("pods/shop")
        let pod = try await pod(cluster)
        let first = try await pod.create(desired, test.operation)
        #expect(try await pod.create(desired, test.operation) == first)
    }

    @Test func `a field of another manager is named`() async throws {
        let cluster = FakeCluster()
        cluster.refuse(field: ".metadata.labels.app", for: "kubectl")
        let failure = await #expect(throws: ResourceFailure.self) {
            try await self.pod(cluster).create(self.desired, TestOperation("pods/shop").operation)
        }
        #expect(failure?.diagnosticCode == .applyFieldConflict)
        #expect(failure?.summary.contains(".metadata.labels.app (owned by kubectl") == true)
    }

    @Test func `an edit by kubectl is taken back by an update`() async throws {
        let cluster = FakeCluster()
        cluster.script([ready], at: path)
        let test = TestOperation("pods/shop")
        let pod = try await pod(cluster)
        let made = try await pod.create(desired, test.operation)
        cluster.refuse(field: ".metadata.labels.app", for: "kubectl-label")
        _ = try await pod.update(made, to: desired, test.operation)
        #expect(cluster.writes.map { $0.query["force"] } == ["false", "false", "true"])
    }

    @Test(arguments: ["kube-controller-manager", "kubectl-client-side-apply", "argocd-controller"])
    func `what a controller or another declaration keeps up is not`(manager: String) async throws {
        let cluster = FakeCluster()
        cluster.script([ready], at: path)
        let test = TestOperation("pods/shop")
        let pod = try await pod(cluster)
        let made = try await pod.create(desired, test.operation)
        cluster.refuse(field: ".metadata.labels.app", for: manager)
        let failure = await #expect(throws: ResourceFailure.self) {
            try await pod.update(made, to: self.desired, test.operation)
        }
        #expect(failure?.diagnosticCode == .applyFieldConflict)
    }

    @Test func `deleting leaves a pod that took the name since`() async throws {
        let cluster = FakeCluster()
        cluster.put(["metadata": ["name": "shop", "uid": "theirs"]], at: path)
        var recorded = desired
        recorded[Pod.uid] = "ours"
        try await pod(cluster).delete(recorded, TestOperation("pods/shop").operation)
        #expect(cluster.object(at: path) != nil)
    }

    @Test func `deleting is done when the pod is gone, and again when it is`() async throws {
        let cluster = FakeCluster()
        cluster.script([ready], at: path)
        let test = TestOperation("pods/shop")
        let pod = try await pod(cluster)
        let made = try await pod.create(desired, test.operation)
        try await pod.delete(made, test.operation)
        #expect(cluster.object(at: path) == nil)
        try await pod.delete(made, test.operation)
    }

    @Test func `a failed pod is to be replaced`() async throws {
        let cluster = FakeCluster()
        cluster.script([ready, ["phase": "Failed"]], at: path)
        let test = TestOperation("pods/shop")
        let pod = try await pod(cluster)
        let made = try await pod.create(desired, test.operation)
        let observed = try #require(try await pod.read(made, wanted: desired, test.operation))
        #expect(observed.attributes[Pod.phase] == "Failed")
    }

    @Test(
        arguments: [
            ("spec.containers[0].image", [:], [:], .updates),
            ("spec.initContainers[1].image", [:], [:], .updates),
            ("spec.containers[0].env", [:], [:], .replaces),
            ("spec.containers[0].env[0].image", [:], [:], .replaces),
            ("spec.containers", [:], [:], .replaces),
            ("spec", [:], [:], .replaces),
            ("spec.activeDeadlineSeconds", [:], ["activeDeadlineSeconds": 60], .updates),
            ("spec.activeDeadlineSeconds", ["activeDeadlineSeconds": 90], ["activeDeadlineSeconds": 60], .updates),
            ("spec.activeDeadlineSeconds", ["activeDeadlineSeconds": 60], ["activeDeadlineSeconds": 90], .replaces),
            ("spec.activeDeadlineSeconds", ["activeDeadlineSeconds": 60], [:], .replaces),
            ("spec.tolerations", [:], ["tolerations": [["key": "a"]]], .updates),
            (
                "spec.tolerations[1]", ["tolerations": [["key": "a"]]], ["tolerations": [["key": "a"], ["key": "b"]]],
                .updates
            ),
            (
                "spec.tolerations[0].key", ["tolerations": [["key": "node.kubernetes.io/not-ready"]]],
                ["tolerations": [["key": "b"]]], .updates
            ),
            ("spec.tolerations[0].key", ["tolerations": [["key": "a"]]], ["tolerations": [["key": "b"]]], .replaces),
            ("spec.terminationGracePeriodSeconds", [:], ["terminationGracePeriodSeconds": 1], .replaces),
        ] as [(String, Value, Value, ChangeEffect)])
    func `what the API server lets change is changed in place, and nothing else`(
        _ path: String, _ former: Value, _ wanted: Value, _ effect: ChangeEffect
    ) throws {
        let attribute = try #require(Pod.attribute("spec"))
        let attributes = [former, wanted].map { Attributes(["spec": $0]) }
        #expect(Pod.effect(of: path, attribute, from: attributes[0], to: attributes[1]) == effect)
    }
}

@Suite struct NamespaceTests {
    private let path = "/api/v1/namespaces/web"
    private let test = TestOperation("namespaces/web")
    private let desired = Attributes(["name": "web", "labels": ["team": "a"]])

    private func namespace(_ cluster: FakeCluster) async throws -> Namespace {
        let clients = try await cluster.clients()
        return Namespace(kubernetes: clients.kubernetes, polling: clients.polling)
    }

    @Test func `a namespace with nothing of others in it is deleted`() async throws {
        let cluster = FakeCluster()
        let namespace = try await namespace(cluster)
        _ = try await namespace.create(desired, test.operation)
        cluster.put(["metadata": ["name": "default"]], at: "\(path)/serviceaccounts/default")
        for name in ["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"] {
            cluster.put(["metadata": ["name": .string(name)]], at: "\(path)/configmaps/\(name)")
        }
        cluster.put(["metadata": ["name": "builder"]], at: "\(path)/serviceaccounts/builder")
        try await namespace.delete(desired, test.operation)
        #expect(cluster.object(at: path) == nil)
    }

    @Test func `a namespace that others use is left, with what they have in it`() async throws {
        let cluster = FakeCluster()
        let namespace = try await namespace(cluster)
        _ = try await namespace.create(desired, test.operation)
        cluster.put(["metadata": ["name": "theirs"]], at: "\(path)/configmaps/theirs")
        cluster.put(["metadata": ["name": "db"], "type": "Opaque"], at: "\(path)/secrets/db")
        let failure = await #expect(throws: ResourceFailure.self) {
            try await namespace.delete(self.desired, self.test.operation)
        }
        #expect(failure?.diagnosticCode == .applyNamespaceInUse)
        #expect(failure?.summary.hasSuffix("ConfigMap/theirs, Secret/db") == true)
        #expect(cluster.object(at: path) != nil)
    }

    @Test func `labels of others are neither seen nor touched`() async throws {
        let cluster = FakeCluster()
        let namespace = try await namespace(cluster)
        _ = try await namespace.create(desired, test.operation)
        var object = try #require(cluster.object(at: path))
        object["metadata"] = ["name": "web", "labels": ["team": "a", "theirs": "x"]]
        cluster.put(object, at: path)
        let observed = try #require(try await namespace.read(desired, wanted: desired, test.operation))
        #expect(observed.attributes == desired)
        #expect(observed.owner == nil)
    }
}
