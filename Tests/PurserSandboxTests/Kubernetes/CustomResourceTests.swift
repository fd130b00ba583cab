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
}
