import Testing

@testable import PurserSandbox

@Suite struct ServerSideApplyTests {
    private static let map = "/api/v1/namespaces/default/configmaps/m"

    private func object(_ data: JSON) -> JSON {
        ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "m"], "data": data]
    }

    @Test func `an apply makes the object, and the same apply again changes nothing`() async throws {
        try await ClusterFixture.with { cluster in
            let first = await cluster.apply(Self.map, object(["a": "1"]))
            #expect(first.status == 201)
            let entry = first.body[path: "metadata", "managedFields"]?.arrayValue?.first
            #expect(entry?["manager"] == "purser")
            #expect(entry?["operation"] == "Apply")
            #expect(entry?["fieldsV1"] == ["f:data": ["f:a": [:]]])
            cluster.clock.advance(by: 60)
            let again = await cluster.apply(Self.map, object(["a": "1"]))
            #expect(again.status == 200)
            #expect(again.body == first.body)
        }
    }

    @Test func `what a manager no longer sends is taken away, what others own stays`() async throws {
        try await ClusterFixture.with { cluster in
            await cluster.apply(Self.map, object(["a": "1", "b": "2"]))
            await cluster.apply(Self.map, object(["c": "3"]), manager: "other")
            let answer = await cluster.apply(Self.map, object(["a": "1"]))
            #expect(answer.body["data"] == ["a": "1", "c": "3"])
        }
    }

    @Test func `a value that another manager owns is a conflict unless forced`() async throws {
        try await ClusterFixture.with { cluster in
            await cluster.apply(Self.map, object(["a": "1"]))
            let refused = await cluster.apply(Self.map, object(["a": "2"]), manager: "other")
            #expect(refused.status == 409)
            #expect(refused.body["message"] == "Apply failed with 1 conflict: conflict with \"purser\": .data.a")
            #expect(
                refused.body[path: "details", "causes"] == [
                    [
                        "reason": "FieldManagerConflict", "message": "conflict with \"purser\"", "field": ".data.a",
                    ]
                ])
            let forced = await cluster.apply(Self.map, object(["a": "2"]), manager: "other", force: true)
            #expect(forced.body["data"] == ["a": "2"])
            let managers = forced.body[path: "metadata", "managedFields"]?.arrayValue?.map { $0["manager"] }
            #expect(managers == ["other"])
        }
    }

    @Test func `equal values are shared without a conflict`() async throws {
        try await ClusterFixture.with { cluster in
            await cluster.apply(Self.map, object(["a": "1"]))
            #expect(await cluster.apply(Self.map, object(["a": "1"]), manager: "other").status == 200)
            // One of the two letting go does not remove what the other still wants.
            let left = await cluster.apply(Self.map, object(["b": "2"]), manager: "other")
            #expect(left.body["data"] == ["a": "1", "b": "2"])
        }
    }

    @Test func `an ordinary update takes over what it changes`() async throws {
        try await ClusterFixture.with { cluster in
            await cluster.apply(Self.map, object(["a": "1", "b": "2"]))
            await cluster.send(
                "PATCH", "\(Self.map)?fieldManager=editor", ["data": ["a": "9"]], type: "application/merge-patch+json")
            let refused = await cluster.apply(Self.map, object(["a": "1", "b": "2"]))
            #expect(
                refused.body["message"] == "Apply failed with 1 conflict: conflict with \"editor\" using v1: .data.a")
        }
    }

    @Test func `elements of named lists are owned one by one`() async throws {
        try await ClusterFixture.with { cluster in
            let path = "/apis/apps/v1/namespaces/default/deployments/d"
            let deployment = { (containers: JSON) -> JSON in
                [
                    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d"],
                    "spec": [
                        "selector": ["matchLabels": ["app": "d"]],
                        "template": ["metadata": ["labels": ["app": "d"]], "spec": ["containers": containers]],
                    ],
                ]
            }
            let made = await cluster.apply(path, deployment([["name": "a", "image": "i:1"]]))
            #expect(made.status == 201, "\(made.body)")
            let side: JSON = [
                "apiVersion": "apps/v1", "kind": "Deployment",
                "spec": ["template": ["spec": ["containers": [["name": "side", "image": "s:1"]]]]],
            ]
            await cluster.apply(path, side, manager: "injector")
            let answer = await cluster.apply(path, deployment([["name": "a", "image": "i:2"]]))
            let containers = answer.body[path: "spec", "template", "spec", "containers"]?.arrayValue ?? []
            #expect(containers.map { $0["image"]?.stringValue } == ["i:2", "s:1"])
        }
    }

    @Test func `of an element that two apply, only the fields are in conflict`() async throws {
        try await ClusterFixture.with { cluster in
            func deployment(_ image: String) -> JSON {
                [
                    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web"],
                    "spec": [
                        "selector": ["matchLabels": ["app": "web"]],
                        "template": [
                            "metadata": ["labels": ["app": "web"]],
                            "spec": ["containers": [["name": "main", "image": .string(image)]]],
                        ],
                    ],
                ]
            }
            let path = "/apis/apps/v1/namespaces/default/deployments/web"
            await cluster.apply(path, deployment("a:1"))
            let refused = await cluster.apply(path, deployment("a:2"), manager: "other")
            let fields = refused.body[path: "details", "causes"]?.arrayValue?.map { $0["field"]?.stringValue }
            #expect(fields == [#".spec.template.spec.containers[name="main"].image"#])
        }
    }

    @Test func `who scales a deployment owns its replicas, and keeps them when they are no longer applied`()
        async throws
    {
        try await ClusterFixture.with { cluster in
            func deployment(_ replicas: JSON?) -> JSON {
                var object: JSON = [
                    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web"],
                    "spec": [
                        "selector": ["matchLabels": ["app": "web"]],
                        "template": [
                            "metadata": ["labels": ["app": "web"]],
                            "spec": ["containers": [["name": "main", "image": "a:1"]]],
                        ],
                    ],
                ]
                object[path: "spec", "replicas"] = replicas
                return object
            }
            let path = "/apis/apps/v1/namespaces/default/deployments/web"
            await cluster.apply(path, deployment(2))
            let scale = await cluster.send(
                "PATCH", "\(path)/scale?fieldManager=autoscaler", ["spec": ["replicas": 3]],
                type: "application/merge-patch+json")
            #expect(scale.status == 200)
            let refused = await cluster.apply(path, deployment(2))
            #expect(
                refused.body["message"]
                    == "Apply failed with 1 conflict: conflict with \"autoscaler\" with subresource \"scale\" using apps/v1: .spec.replicas"
            )
            let left = await cluster.apply(path, deployment(nil))
            #expect(left.body[path: "spec", "replicas"] == 3)
        }
    }

    @Test func `a pod keeps the tolerations that it was given when others are applied`() async throws {
        try await ClusterFixture.with { cluster in
            func pod(_ tolerations: JSON) -> JSON {
                [
                    "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "app"],
                    "spec": ["containers": [["name": "main", "image": "a:1"]], "tolerations": tolerations],
                ]
            }
            let path = "/api/v1/namespaces/default/pods/app"
            let made = await cluster.apply(path, pod([["key": "x", "operator": "Exists"]]))
            #expect(made.status == 201, "\(made.body)")
            let added = await cluster.apply(
                path, pod([["key": "x", "operator": "Exists"], ["key": "y", "operator": "Exists"]]))
            #expect(added.status == 200, "\(added.body)")
            #expect(added.body[path: "spec", "tolerations"]?.arrayValue?.count == 4)
            let removed = await cluster.apply(path, pod([["key": "y", "operator": "Exists"]]))
            #expect(removed.status == 422)
        }
    }

    @Test func `an apply without a manager is refused`() async throws {
        try await ClusterFixture.with { cluster in
            let answer = await cluster.send("PATCH", Self.map, object([:]), type: "application/apply-patch+yaml")
            #expect(answer.status == 422)
        }
    }
}
