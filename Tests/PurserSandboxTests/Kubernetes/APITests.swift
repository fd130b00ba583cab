import Foundation
import Testing

@testable import PurserSandbox

/// What clients may expect of the API server.
@Suite struct APITests {
    private static let maps = "/api/v1/namespaces/default/configmaps"

    private func version(_ object: JSON) -> String { object[path: "metadata", "resourceVersion"]?.stringValue ?? "" }

    @Test func `a request without the token is refused with a Status`() async throws {
        try await ClusterFixture.with { cluster in
            let response = await cluster.world.api.respond(to: SandboxRequest("GET", "/api/v1/namespaces"))
            #expect(response.status == 401)
            guard case .bytes(let bytes) = response.body else { return }
            let status = try JSON(parsing: bytes)
            #expect(status["reason"] == "Unauthorized")
        }
    }

    @Test func `an object needs its namespace, and its name only once`() async throws {
        try await ClusterFixture.with { cluster in
            let object: JSON = ["metadata": ["name": "m"], "data": ["a": "1"]]
            let absent = await cluster.send("POST", "/api/v1/namespaces/none/configmaps", object)
            #expect(absent.status == 404)
            #expect(absent.body["message"] == "namespaces \"none\" not found")
            #expect(await cluster.send("POST", Self.maps, object).status == 201)
            let twice = await cluster.send("POST", Self.maps, object)
            #expect(twice.status == 409)
            #expect(twice.body["reason"] == "AlreadyExists")
            #expect(twice.body["message"] == "configmaps \"m\" already exists")
        }
    }

    @Test func `a write that changes nothing leaves the resource version`() async throws {
        try await ClusterFixture.with { cluster in
            let made = await cluster.send("POST", Self.maps, ["metadata": ["name": "m"], "data": ["a": "1"]]).body
            let same = await cluster.send("PUT", "\(Self.maps)/m", made).body
            #expect(version(same) == version(made))
            let patch: JSON = ["data": ["a": "1"]]
            let patched = await cluster.send("PATCH", "\(Self.maps)/m", patch, type: "application/merge-patch+json")
                .body
            #expect(version(patched) == version(made))
        }
    }

    @Test func `an update over an older version is a conflict`() async throws {
        try await ClusterFixture.with { cluster in
            var made = await cluster.send("POST", Self.maps, ["metadata": ["name": "m"], "data": ["a": "1"]]).body
            var other = made
            other["data"] = ["a": "2"]
            await cluster.send("PUT", "\(Self.maps)/m", other)
            made["data"] = ["a": "3"]
            let late = await cluster.send("PUT", "\(Self.maps)/m", made)
            #expect(late.status == 409)
            #expect(late.body["reason"] == "Conflict")
        }
    }

    @Test func `a dry run answers as the write would and keeps nothing`() async throws {
        try await ClusterFixture.with { cluster in
            let answer = await cluster.send("POST", "\(Self.maps)?dryRun=All", ["metadata": ["name": "m"]])
            #expect(answer.status == 201)
            #expect(await cluster.send("GET", "\(Self.maps)/m").status == 404)
        }
    }

    @Test func `names and labels are checked`() async throws {
        try await ClusterFixture.with { cluster in
            let upper = await cluster.send("POST", "/api/v1/namespaces", ["metadata": ["name": "Infra"]])
            #expect(upper.status == 422)
            #expect(
                upper.body["message"]?.stringValue?.hasPrefix(
                    "Namespace \"Infra\" is invalid: metadata.name: Invalid value: \"Infra\": a lowercase RFC 1123 label"
                )
                    == true)
            let label = await cluster.send(
                "POST", Self.maps, ["metadata": ["name": "m", "labels": ["a": "no blanks"]]])
            #expect(label.status == 422)
        }
    }

    @Test func `a pod's image can change and nothing else of it`() async throws {
        try await ClusterFixture.with { cluster in
            let pods = "/api/v1/namespaces/default/pods"
            await cluster.send(
                "POST", pods,
                ["metadata": ["name": "p"], "spec": ["containers": [["name": "c", "image": "i:1"]]]])
            let image: JSON = ["spec": ["containers": [["name": "c", "image": "i:2"]]]]
            let changed = await cluster.send(
                "PATCH", "\(pods)/p", image, type: "application/strategic-merge-patch+json")
            #expect(changed.status == 200)
            let command: JSON = ["spec": ["containers": [["name": "c", "command": ["sh"]]]]]
            let refused = await cluster.send(
                "PATCH", "\(pods)/p", command, type: "application/strategic-merge-patch+json")
            #expect(refused.status == 422)
            #expect(refused.body["message"]?.stringValue?.contains("pod updates may not change fields") == true)
        }
    }

    @Test func `a field that a pod does not have is refused when the client is strict`() async throws {
        try await ClusterFixture.with { cluster in
            let pod: JSON = [
                "metadata": ["name": "p"],
                "spec": ["containers": [["name": "c", "image": "i:1", "imagePolicy": "Always"]]],
            ]
            let pods = "/api/v1/namespaces/default/pods"
            let strict = await cluster.send("POST", "\(pods)?fieldValidation=Strict", pod)
            #expect(strict.status == 400)
            #expect(
                strict.body["message"]
                    == "Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field \"spec.containers[0].imagePolicy\""
            )
            let warned = await cluster.send("POST", "\(pods)?fieldValidation=Warn", pod)
            #expect(warned.status == 201)
            #expect(
                warned.headers["Warning"] == "299 - \"unknown field \\\"spec.containers[0].imagePolicy\\\"\"")
        }
    }

    @Test func `a number where a string belongs is refused`() async throws {
        try await ClusterFixture.with { cluster in
            let answer = await cluster.send("POST", Self.maps, ["metadata": ["name": "m"], "data": ["port": 80]])
            #expect(answer.status == 400)
            #expect(answer.body["message"]?.stringValue?.contains("cannot unmarshal number") == true)
        }
    }

    @Test func `strategic patches merge named elements and can delete one`() async throws {
        try await ClusterFixture.with { cluster in
            let deployments = "/apis/apps/v1/namespaces/default/deployments"
            let labels: JSON = ["app": "d"]
            await cluster.send(
                "POST", deployments,
                [
                    "metadata": ["name": "d"],
                    "spec": [
                        "selector": ["matchLabels": labels],
                        "template": [
                            "metadata": ["labels": labels],
                            "spec": ["containers": [["name": "a", "image": "i:1"], ["name": "b", "image": "i:1"]]],
                        ],
                    ],
                ])
            let patch: JSON = [
                "spec": [
                    "template": [
                        "spec": ["containers": [["name": "a", "image": "i:2"], ["name": "b", "$patch": "delete"]]]
                    ]
                ]
            ]
            let patched = await cluster.send(
                "PATCH", "\(deployments)/d", patch, type: "application/strategic-merge-patch+json"
            ).body
            let containers = patched[path: "spec", "template", "spec", "containers"]?.arrayValue ?? []
            #expect(containers.map { $0["image"]?.stringValue } == ["i:2"])
            #expect(patched[path: "metadata", "generation"] == 2)
        }
    }

    @Test(arguments: ["merge-patch", "strategic-merge-patch"])
    func `null in a patch takes a field away`(kind: String) async throws {
        try await ClusterFixture.with { cluster in
            await cluster.send("POST", Self.maps, ["metadata": ["name": "m"], "data": ["a": "1", "b": "2"]])
            let patch: JSON = ["data": ["b": nil]]
            let patched = await cluster.send("PATCH", "\(Self.maps)/m", patch, type: "application/\(kind)+json").body
            #expect(patched["data"] == ["a": "1"])
        }
    }

    @Test func `an object holds no null that nobody sent`() async throws {
        try await ClusterFixture.with { cluster in
            let made = await cluster.send("POST", "/api/v1/namespaces", ["metadata": ["name": "infra"]]).body
            #expect(made[path: "metadata", "namespace"] == nil)
            #expect(made[path: "metadata", "generation"] == nil)
        }
    }

    @Test func `a JSON patch whose test fails changes nothing`() async throws {
        try await ClusterFixture.with { cluster in
            await cluster.send("POST", Self.maps, ["metadata": ["name": "m"], "data": ["a": "1"]])
            let patch: JSON = [
                ["op": "test", "path": "/data/a", "value": "2"], ["op": "remove", "path": "/data/a"],
            ]
            let answer = await cluster.send("PATCH", "\(Self.maps)/m", patch, type: "application/json-patch+json")
            #expect(answer.status == 422)
            #expect(await cluster.get("\(Self.maps)/m")[path: "data", "a"] == "1")
        }
    }

    @Test func `lists are selected by labels and fields and come in pages`() async throws {
        try await ClusterFixture.with { cluster in
            for (name, tier) in [("a", "web"), ("b", "db"), ("c", "web")] {
                await cluster.send(
                    "POST", Self.maps, ["metadata": ["name": .string(name), "labels": ["tier": .string(tier)]]])
            }
            let names = { (list: JSON) in (list["items"]?.arrayValue ?? []).map(\.objectName) }
            #expect(names(await cluster.get("\(Self.maps)?labelSelector=tier%3Dweb")) == ["a", "c"])
            #expect(names(await cluster.get("\(Self.maps)?labelSelector=tier+in+(db,x)")) == ["b"])
            #expect(names(await cluster.get("\(Self.maps)?fieldSelector=metadata.name%3Dc")) == ["c"])
            let first = await cluster.get("\(Self.maps)?labelSelector=tier&limit=2")
            #expect(names(first) == ["a", "b"])
            let next = first[path: "metadata", "continue"]?.stringValue ?? ""
            #expect(names(await cluster.get("\(Self.maps)?labelSelector=tier&limit=2&continue=\(next)")) == ["c"])
        }
    }

    @Test func `deleting a pod answers with the pod and a map with a Status`() async throws {
        try await ClusterFixture.with { cluster in
            let pods = "/api/v1/namespaces/default/pods"
            await cluster.send(
                "POST", pods, ["metadata": ["name": "p"], "spec": ["containers": [["name": "c", "image": "i"]]]])
            await cluster.send("POST", Self.maps, ["metadata": ["name": "m"]])
            #expect(await cluster.send("DELETE", "\(pods)/p").body["kind"] == "Pod")
            #expect(await cluster.send("DELETE", "\(Self.maps)/m").body["status"] == "Success")
        }
    }

    @Test func `a deletion for another uid is refused`() async throws {
        try await ClusterFixture.with { cluster in
            await cluster.send("POST", Self.maps, ["metadata": ["name": "m"]])
            let answer = await cluster.send("DELETE", "\(Self.maps)/m", ["preconditions": ["uid": "other"]])
            #expect(answer.status == 409)
        }
    }

    @Test func `a finalizer holds an object until it is taken away`() async throws {
        try await ClusterFixture.with { cluster in
            await cluster.send("POST", Self.maps, ["metadata": ["name": "m", "finalizers": ["x.test/hold"]]])
            let marked = await cluster.send("DELETE", "\(Self.maps)/m").body
            #expect(marked.isBeingDeleted)
            let patch: JSON = ["metadata": ["finalizers": nil]]
            await cluster.send("PATCH", "\(Self.maps)/m", patch, type: "application/merge-patch+json")
            #expect(await cluster.send("GET", "\(Self.maps)/m").status == 404)
        }
    }

    @Test func `typed clients may send protocol buffers`() async throws {
        try await ClusterFixture.with { cluster in
            // Namespace{metadata{name: "infra"}} as kubectl create namespace sends it.
            let meta: [UInt8] = [0x0A, 5] + Array("infra".utf8) + [0x12, 0]
            let raw: [UInt8] = [0x0A, UInt8(meta.count)] + meta
            let type: [UInt8] = [0x0A, 2] + Array("v1".utf8) + [0x12, 9] + Array("Namespace".utf8)
            let body: [UInt8] =
                [0x6B, 0x38, 0x73, 0] + [0x0A, UInt8(type.count)] + type + [0x12, UInt8(raw.count)] + raw
            let response = await cluster.world.api.respond(
                to: SandboxRequest(
                    "POST", "/api/v1/namespaces",
                    headers: [
                        "Authorization": "Bearer \(ClusterFixture.token)", "Content-Type": Protobuf.mediaType,
                    ], body: body))
            #expect(response.status == 201)
            #expect(await cluster.get("/api/v1/namespaces/infra")[path: "status", "phase"] == "Active")
            #expect(await cluster.get("/api/v1/namespaces/infra")[path: "metadata", "generateName"] == nil)
        }
    }

    @Test func `discovery and OpenAPI follow the definitions`() async throws {
        try await ClusterFixture.with { cluster in
            let path = "/apis/secrets-store.csi.x-k8s.io/v1"
            #expect(await cluster.send("GET", path).status == 404)
            try await cluster.installDefinitions()
            let names = (await cluster.get(path)["resources"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
            #expect(names.contains("secretproviderclasses"))
            let index = await cluster.get("/openapi/v3")
            #expect(index[path: "paths", "apis/secrets-store.csi.x-k8s.io/v1"] != nil)
            let aggregated = await cluster.send(
                "GET", "/apis",
                accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json")
            #expect(aggregated.body["kind"] == "APIGroupDiscoveryList")
        }
    }

    @Test func `the OpenAPI documents describe every kind, and all that they refer to`() async throws {
        try await ClusterFixture.with { cluster in
            try await cluster.installDefinitions()
            let index = await cluster.get("/openapi/v3")["paths"]?.objectValue ?? [:]
            for groupVersion in index.keys.sorted() {
                let document = await cluster.get("/openapi/v3/\(groupVersion)")
                let schemas = document[path: "components", "schemas"]?.objectValue ?? [:]
                let kinds = (await cluster.get("/\(groupVersion)")["resources"]?.arrayValue ?? []).filter {
                    $0["name"]?.stringValue?.contains("/") == false
                }.compactMap { $0["kind"]?.stringValue }
                for kind in kinds {
                    let described = schemas.values.contains { schema in
                        (schema["x-kubernetes-group-version-kind"]?.arrayValue ?? []).contains {
                            $0["kind"]?.stringValue == kind
                        }
                    }
                    #expect(described, "\(groupVersion) \(kind)")
                }
                let missing = Self.references(in: .object(schemas), "#/components/schemas/").subtracting(schemas.keys)
                #expect(missing.isEmpty, "\(groupVersion)")
            }
            let definitions = await cluster.get("/openapi/v2")["definitions"]?.objectValue ?? [:]
            #expect(definitions["io.x-k8s.csi.secrets-store.v1.SecretProviderClass"] != nil)
            #expect(
                definitions["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]
                    == ["type": "string", "format": "int-or-string"])
            #expect(Self.references(in: .object(definitions), "#/definitions/").subtracting(definitions.keys).isEmpty)
        }
    }

    private static func references(in document: JSON, _ prefix: String) -> Set<String> {
        switch document {
        case .array(let elements): elements.reduce(into: []) { $0.formUnion(references(in: $1, prefix)) }
        case .object(let members):
            members.reduce(into: []) { found, member in
                if member.key == "$ref", let reference = member.value.stringValue {
                    found.insert(String(reference.dropFirst(prefix.count)))
                } else {
                    found.formUnion(references(in: member.value, prefix))
                }
            }
        default: []
        }
    }
}
