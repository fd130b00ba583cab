import PurserClients
import PurserEngine
import PurserSyntax
import Testing

@testable import PurserResources

/// What a plan says is different, as the API server sees it.
@Suite struct ServerComparisonTests {
    private let path = "/api/v1/namespaces/web/pods/shop"
    private let test = TestOperation("pods/shop")

    private func attributes(_ spec: Value) -> Attributes {
        Attributes([
            "name": "shop", "namespace": "web", "timeout": "30s", "mounts": [], "phase": "Running", "spec": spec,
        ])
    }

    private func pod(_ cluster: FakeCluster) async throws -> Pod {
        let clients = try await cluster.clients()
        return Pod(kubernetes: clients.kubernetes, polling: clients.polling)
    }

    /// A live pod made of `spec` and what the server adds, read for a spec that wants `wanted`.
    private func observation(
        _ spec: Value, live: JSONValue, wanted: Value, _ prepare: (FakeCluster) -> Void = { _ in }
    ) async throws -> Observation {
        let cluster = FakeCluster()
        cluster.put(
            ["metadata": ["name": "shop", "uid": "1"], "spec": live, "status": ["phase": "Running"]], at: path)
        prepare(cluster)
        let found = try await pod(cluster).read(attributes(spec), wanted: attributes(wanted), test.operation)
        #expect(cluster.writes.isEmpty)
        return try #require(found)
    }

    private static let spec: Value = ["containers": [["name": "shop", "image": "shop:1"]]]
    private static let live: JSONValue = [
        "restartPolicy": "Always", "nodeName": "n",
        "containers": [["name": "shop", "image": "shop:1", "imagePullPolicy": "IfNotPresent"]],
    ]

    private static func answer(_ spec: JSONValue) -> HTTPResponse {
        let object: JSONValue = ["spec": spec]
        return HTTPResponse(status: 200, body: object.encoded)
    }

    @Test func `a default that is written out is no difference`() async throws {
        let wanted = Self.spec.replacing(["restartPolicy"]) { _ in "Always" }
        let seen = try await observation(Self.spec, live: Self.live, wanted: wanted) { cluster in
            cluster.answerDryRun(at: path) { _ in Self.answer(Self.live) }
        }
        #expect(seen.compared?[Pod.spec] == wanted)
        #expect(seen.attributes[Pod.spec] == Self.spec, "the record's own form is not touched")
    }

    @Test func `a value that the server writes in another way is no difference`() async throws {
        let wanted: Value = ["containers": [["name": "shop", "image": "shop:1", "command": ["sh"], "tty": "yes"]]]
        let live: JSONValue = ["containers": [["name": "shop", "image": "shop:1", "command": ["sh"], "tty": true]]]
        let seen = try await observation(wanted, live: live, wanted: wanted) { cluster in
            cluster.answerDryRun(at: path) { _ in Self.answer(live) }
        }
        #expect(seen.compared?[Pod.spec] == wanted)
    }

    @Test func `what the server would change, and what it would take away, is a difference`() async throws {
        let known = Self.spec.replacing(["priority"]) { _ in 7 }
        let live: JSONValue = ["priority": 7, "containers": [["name": "shop", "image": "shop:1"]]]
        let would: JSONValue = ["containers": [["name": "shop", "image": "shop:2"]]]
        let wanted: Value = ["containers": [["name": "shop", "image": "shop:2"]]]
        let seen = try await observation(known, live: live, wanted: wanted) { cluster in
            cluster.answerDryRun(at: path) { _ in Self.answer(would) }
        }
        #expect(seen.compared?[Pod.spec] == ["priority": 7, "containers": [["name": "shop", "image": "shop:1"]]])
    }

    @Test func `where a pod cannot change so, the server tells what a new one would be`() async throws {
        let wanted = Self.spec.replacing(["hostNetwork"]) { _ in true }.replacing(["restartPolicy"]) { _ in "Always" }
        let seen = try await observation(Self.spec, live: Self.live, wanted: wanted) { cluster in
            cluster.answerDryRun(at: path) { _ in
                HTTPResponse(status: 422, body: Array(#"{"kind":"Status","reason":"Invalid","code":422}"#.utf8))
            }
            cluster.answerDryRun(at: "/api/v1/namespaces/web/pods/shop-purser-dry-run") { body in
                var spec = Self.live
                spec["hostNetwork"] = body.at("spec", "hostNetwork")
                return Self.answer(spec)
            }
        }
        #expect(seen.compared?[Pod.spec] == Self.spec.replacing(["restartPolicy"]) { _ in "Always" })
    }

    @Test func `a field of another manager is told with its owner, an edit by kubectl is not`() async throws {
        for (manager, expected) in [
            ("autoscaler", [FieldConflict(field: ".spec.priority", owner: "autoscaler")]), ("kubectl-edit", []),
        ] {
            let seen = try await observation(Self.spec, live: Self.live, wanted: Self.spec) { cluster in
                cluster.refuse(field: ".spec.priority", for: manager)
            }
            #expect(seen.conflicts == expected)
            #expect(seen.compared != nil)
        }
    }

    @Test func `where the server does not tell, the record decides`() async throws {
        let seen = try await observation(Self.spec, live: Self.live, wanted: Self.spec) { cluster in
            cluster.answerDryRun(at: path) { _ in HTTPResponse(status: 403) }
        }
        #expect(seen.compared == nil)
        #expect(seen.attributes[Pod.spec] == Self.spec)
    }

    @Test func `what is not known yet is not asked`() async throws {
        let cluster = FakeCluster()
        cluster.put(["metadata": ["name": "shop", "uid": "1"], "spec": Self.live], at: path)
        let wanted = attributes(Self.spec.replacing(["hostname"]) { _ in .unknown })
        let seen = try await pod(cluster).read(attributes(Self.spec), wanted: wanted, test.operation)
        #expect(seen?.compared == nil)
        #expect(cluster.requests.map(\.method) == ["GET"])
    }

    @Test func `conflicts are taken where the user says so`() async throws {
        let cluster = FakeCluster()
        cluster.script([["phase": "Succeeded"]], at: path)
        cluster.put(["metadata": ["name": "shop", "uid": "1"], "spec": Self.live], at: path)
        cluster.refuse(field: ".spec.priority", for: "autoscaler")
        let forcing = TestOperation("pods/shop", forcesConflicts: true)
        _ = try await pod(cluster).update(attributes(Self.spec), to: attributes(Self.spec), forcing.operation)
        #expect(cluster.writes.map { $0.query["force"] } == ["true"])
    }
}
