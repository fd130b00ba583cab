import Testing

@testable import PurserSandbox

/// SecretProviderClasses as the API server checks them.
@Suite struct CustomResourceTests {
    private static let classes = "/apis/secrets-store.csi.x-k8s.io/v1/namespaces/default/secretproviderclasses"

    private func object(_ spec: JSON, version: String = "v1") -> JSON {
        [
            "apiVersion": .string("secrets-store.csi.x-k8s.io/\(version)"), "kind": "SecretProviderClass",
            "metadata": ["name": "demo"], "spec": spec,
        ]
    }

    @Test func `a parameter without quotes is refused in the server's words`() async throws {
        try await ClusterFixture.with { cluster in
            try await cluster.installDefinitions()
            let answer = await cluster.send(
                "POST", Self.classes, object(["parameters": ["useVMManagedIdentity": true]]))
            #expect(answer.status == 422)
            #expect(
                answer.body["message"]
                    == "SecretProviderClass.secrets-store.csi.x-k8s.io \"demo\" is invalid: spec.parameters.useVMManagedIdentity: Invalid value: \"boolean\": spec.parameters.useVMManagedIdentity in body must be of type string: \"boolean\""
            )
        }
    }

    @Test func `an unknown field is refused, warned of or dropped, as the client asks`() async throws {
        try await ClusterFixture.with { cluster in
            try await cluster.installDefinitions()
            let wrong = object(["provider": "azure", "tenantId": "t"])
            let strict = await cluster.send("POST", "\(Self.classes)?fieldValidation=Strict", wrong)
            #expect(strict.status == 400)
            #expect(
                strict.body["message"]?.stringValue?.hasSuffix("strict decoding error: unknown field \"spec.tenantId\"")
                    == true)
            let ignored = await cluster.send("POST", "\(Self.classes)?fieldValidation=Ignore", wrong)
            #expect(ignored.status == 201)
            #expect(ignored.headers["Warning"] == nil)
            #expect(ignored.body[path: "spec", "tenantId"] == nil)
        }
    }

    @Test func `both versions are one object, and the old one warns`() async throws {
        try await ClusterFixture.with { cluster in
            try await cluster.installDefinitions()
            let old = Self.classes.replacing("/v1/", with: "/v1alpha1/")
            let made = await cluster.send("POST", old, object(["provider": "azure"], version: "v1alpha1"))
            #expect(made.status == 201)
            #expect(
                made.headers["Warning"]
                    == "299 - \"secrets-store.csi.x-k8s.io/v1alpha1 is deprecated. Use secrets-store.csi.x-k8s.io/v1 instead.\""
            )
            #expect(await cluster.get("\(Self.classes)/demo")["apiVersion"] == "secrets-store.csi.x-k8s.io/v1")
        }
    }

    @Test func `a definition that goes takes its objects with it`() async throws {
        try await ClusterFixture.with { cluster in
            try await cluster.installDefinitions()
            await cluster.send("POST", Self.classes, object(["provider": "azure"]))
            let name = "secretproviderclasses.secrets-store.csi.x-k8s.io"
            await cluster.send("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/\(name)")
            #expect(await cluster.send("GET", Self.classes).status == 404)
            await cluster.send(
                "DELETE",
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/secretproviderclasspodstatuses.\(SecretsStoreDriver.group)"
            )
            try await cluster.installDefinitions()
            #expect(await cluster.get(Self.classes)["items"] == [])
        }
    }

    @Test func `an apply of an unknown field is refused even where it would only be warned of`() async throws {
        try await ClusterFixture.with { cluster in
            try await cluster.installDefinitions()
            let answer = await cluster.apply("\(Self.classes)/demo", object(["provider": "azure", "tenantId": "t"]))
            #expect(answer.status == 500)
            #expect(
                answer.body["message"]?.stringValue?.hasSuffix(".spec.tenantId: field not declared in schema") == true)
        }
    }

    @Test func `strategic patches are for built-in resources only`() async throws {
        try await ClusterFixture.with { cluster in
            try await cluster.installDefinitions()
            await cluster.send("POST", Self.classes, object(["provider": "azure"]))
            let answer = await cluster.send(
                "PATCH", "\(Self.classes)/demo", ["spec": ["provider": "other"]],
                type: "application/strategic-merge-patch+json")
            #expect(answer.status == 415)
        }
    }

    @Test func `a schema's defaults are filled in, and its limits hold`() async throws {
        try await ClusterFixture.with { cluster in
            let size: JSON = ["type": "integer", "minimum": 1, "maximum": 9]
            let names: JSON = [
                "type": "array", "maxItems": 2, "items": ["type": "string", "minLength": 2],
            ]
            let mode: JSON = ["type": "string", "default": "plain", "enum": ["plain", "fancy"]]
            let spec: JSON = [
                "type": "object", "properties": ["size": size, "names": names, "mode": mode],
                "oneOf": [["required": ["size"]], ["required": ["names"]]],
            ]
            let version: JSON = [
                "name": "v1", "served": true, "storage": true,
                "schema": ["openAPIV3Schema": ["type": "object", "properties": ["spec": spec]]],
            ]
            await cluster.send(
                "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                [
                    "metadata": ["name": "gadgets.x.test"],
                    "spec": [
                        "group": "x.test", "scope": "Namespaced", "versions": [version],
                        "names": ["plural": "gadgets", "kind": "Gadget"],
                    ],
                ])
            try await cluster.world.reconcile()
            let gadgets = "/apis/x.test/v1/namespaces/default/gadgets"
            let send = { (spec: JSON) in
                await cluster.send(
                    "POST", gadgets,
                    ["apiVersion": "x.test/v1", "kind": "Gadget", "metadata": ["generateName": "g-"], "spec": spec])
            }
            let made = await send(["size": 3])
            #expect(made.status == 201, "\(made.body)")
            #expect(made.body["spec"] == ["size": 3, "mode": "plain"])
            let wrong: [(JSON, String)] = [
                (["size": 99], "spec.size in body should be less than or equal to 9"),
                (["size": 0], "spec.size in body should be greater than or equal to 1"),
                (["names": ["ab", "cd", "ef"]], "spec.names in body should have at most 2 items"),
                (["names": ["a"]], "spec.names[0] in body should be at least 2 chars long"),
                (["size": 1, "names": ["ab"]], "must validate one and only one schema (oneOf)"),
                (["size": 1, "mode": "x"], "supported values: \"plain\", \"fancy\""),
            ]
            for (spec, complaint) in wrong {
                let answer = await send(spec)
                #expect(answer.status == 422)
                #expect(answer.body["message"]?.stringValue?.contains(complaint) == true, "\(answer.body)")
            }
        }
    }
}
