import PurserEngine
import PurserTestSupport
import Testing

@testable import PurserResources

@Suite struct SecretProviderClassManifestTests {
    private let owner = Owner(environment: "aks-csi-demo", address: Address("secretProviderClasses/aks-csi-demo"))

    private var demo: Attributes {
        Attributes([
            "name": "aks-csi-demo",
            "namespace": "infra",
            "vault": ["name": "csi-demo-keyvault", "tenantId": "8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e"],
            "identity": ["userAssigned": ["clientId": "1b2c3d4e-0000-4000-8000-000000000001"]],
            "objects": [
                ["secret": "aks-csi-demo-secret"],
                ["certificate": "aks-csi-demo-cert", "as": "secret"],
            ],
            "secretObjects": [
                "aks-csi-demo-cert": [
                    "type": "kubernetes.io/tls",
                    "data": ["tls.key": "aks-csi-demo-cert", "tls.crt": "aks-csi-demo-cert"],
                ]
            ],
        ])
    }

    private func text(_ attributes: Attributes) throws -> String {
        try SecretProviderClassManifest.manifest(of: attributes, owner).yaml
    }

    @Test func `the demo's class is written as the provider reads it`() throws {
        expectGolden(try text(demo), "Manifests/secret-provider-class-user-assigned.yaml")
    }

    @Test func `every field of an object has its place in the objects text`() throws {
        var attributes = demo
        attributes.values["objects"] = [
            [
                "secret": "api-key", "alias": "keys/api", "version": "00000000000000000000000000000001",
                "encoding": "base64", "filePermission": "0400",
            ],
            ["certificate": "web", "as": "cert", "alias": "web.crt"],
            ["certificate": "web", "alias": "web.pfx", "format": "pfx", "encoding": "base64"],
            ["key": "signing", "versionHistory": 3],
            ["secret": "true", "alias": "123"],
        ]
        attributes.values["secretObjects"] = [
            "b": ["type": "Opaque", "data": ["k": "keys/api"], "labels": ["app": "web"], "annotations": ["n": "1"]],
            "a": ["type": "Opaque", "data": ["z": "web.crt", "a": "keys/api"]],
        ]
        attributes.values["cloud"] = "AzureUSGovernmentCloud"
        expectGolden(try text(attributes), "Manifests/secret-provider-class-objects.yaml")
    }

    private static let modes: [(String, Value)] = [
        ("system-assigned", ["systemAssigned": [:]]),
        ("system-assigned", "systemAssigned"),
        (
            "workload",
            [
                "workload": [
                    "identity": ["clientId": "1b2c3d4e-0000-4000-8000-000000000001"], "serviceAccount": "web",
                ]
            ]
        ),
        ("service-principal", ["servicePrincipal": ["secret": "kv-credentials"]]),
    ]

    @Test(arguments: modes)
    func `each identity mode has its own parameters`(name: String, identity: Value) throws {
        var attributes = demo
        attributes.values["identity"] = identity
        attributes.values["secretObjects"] = nil
        expectGolden(try text(attributes), "Manifests/secret-provider-class-\(name).yaml")
    }

    @Test func `what is not known yet is an error and never an empty parameter`() {
        var attributes = demo
        attributes.values["identity"] = ["userAssigned": ["clientId": .unknown]]
        #expect(throws: AttributeError.self) { try text(attributes) }
    }

    @Test func `a class that is read back has the attributes that it was made from`() throws {
        let manifest = try SecretProviderClassManifest.manifest(of: demo, owner)
        #expect(SecretProviderClassObservation(manifest).attributes(over: demo) == demo)
    }

    @Test func `a class that was changed in the cluster tells the change in the spec's words`() throws {
        var changed = demo
        changed.values["objects"] = [
            ["secret": "aks-csi-demo-secret"], ["certificate": "other", "as": "cert", "alias": "tls/other"],
        ]
        changed.values["identity"] = ["systemAssigned": [:]]
        changed.values["vault"] = ["name": "another", "tenantId": "8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e"]
        changed.values["secretObjects"] = nil
        let manifest = try SecretProviderClassManifest.manifest(of: changed, owner)
        #expect(SecretProviderClassObservation(manifest).attributes(over: demo) == changed)
    }

    @Test func `an objects text that nobody can read is shown as it is`() throws {
        let live: Value = ["spec": ["parameters": ["objects": "- broken: ["]]]
        let observed = SecretProviderClassObservation(live).attributes(over: demo)
        #expect(observed.values["objects"] == ["- broken: ["])
    }
}
