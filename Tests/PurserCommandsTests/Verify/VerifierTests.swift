import PurserClients
import PurserCommands
import PurserEngine
import PurserProof
import PurserTestSupport
import Testing

@Suite struct VerifierTests {
    private let cluster = ScriptedCluster()
    private let pods = ResourcePath(version: "v1", resource: "pods", namespace: "infra")
    private let statuses = ResourcePath(
        group: "secrets-store.csi.x-k8s.io", version: "v1", resource: "secretproviderclasspodstatuses",
        namespace: "infra")

    private func report(
        _ kind: KindName = "kubernetes/pod", _ attributes: [String: Value] = [:], isApplied: Bool = true
    ) async throws -> VerifyReport {
        let address = PurserEngine.Address(kind == "kubernetes/pod" ? "pods/web" : "workloads/web")
        let graph = try ResourceGraph(
            environment: "test",
            resources: [address: DeclaredResource(address: address, kind: kind, range: nil)])
        let recorded = RecordedResource(
            kind: kind,
            attributes: Attributes(["name": "web", "namespace": "infra"].merging(attributes) { $1 }))
        let state = StateSnapshot(
            environment: "test", lineage: "l", resources: isApplied ? [address: recorded] : [:])
        return try await Verifier(cluster: cluster, environment: "test", graph: graph, recorded: state).report()
    }

    private func pod(_ name: String = "web", ready: Bool = true, labels: JSONValue = [:]) -> JSONValue {
        [
            "metadata": ["name": .string(name), "namespace": "infra", "uid": "u", "labels": labels],
            "spec": [
                "volumes": [
                    [
                        "name": "files",
                        "csi": [
                            "driver": "secrets-store.csi.k8s.io",
                            "volumeAttributes": ["secretProviderClass": "vault-files"],
                        ],
                    ],
                    ["name": "tls", "secret": ["secretName": "web-tls"]],
                ],
                "containers": [
                    [
                        "volumeMounts": [
                            ["name": "files", "mountPath": "/mnt/files"], ["name": "tls", "mountPath": "/tls"],
                        ]
                    ]
                ],
            ],
            "status": [
                "phase": "Running", "conditions": [["type": "Ready", "status": ready ? "True" : "False"]],
            ],
        ]
    }

    private func mounted(_ name: String = "web") async {
        await cluster.put(
            statuses.named("\(name)-infra-vault-files"),
            [
                "status": [
                    "mounted": true,
                    "objects": [["id": "secret/password", "version": "1f"], ["id": "cert/tls", "version": "2a"]],
                ]
            ])
        await cluster.put(
            ResourcePath(version: "v1", resource: "secrets", namespace: "infra", name: "web-tls"),
            ["data": ["tls.key": nil, "tls.crt": nil]])
    }

    @Test func `a pod with its files is good, and they are listed`() async throws {
        await cluster.put(pods.named("web"), pod())
        await mounted()
        let report = try await report()
        #expect(report.isGood)
        expectGolden(VerifyRenderer(style: .plain).text(of: report), "Commands/verify-good.txt")
    }

    @Test func `a pod whose mount fails tells the driver's own complaint`() async throws {
        await cluster.put(pods.named("web"), pod(ready: false))
        await cluster.putEvents(
            of: "web",
            [["type": "Warning", "reason": "FailedMount", "message": "keyvault: \u{1B}[31mSecretNotFound"]])
        let report = try await report()
        #expect(!report.isGood)
        expectGolden(VerifyRenderer(style: .plain).text(of: report), "Commands/verify-bad.txt")
    }

    @Test func `a pod that is gone or was never applied is a problem`() async throws {
        #expect(try await report().subjects.map(\.problems) == [[.init(.pod, "the pod does not exist")]])
        #expect(
            try await report(isApplied: false).subjects.map(\.problems)
                == [[.init(.pod, "it is in the spec, but not applied yet")]])
    }

    @Test func `each pod of a workload is looked at`() async throws {
        await cluster.put(
            ResourcePath(group: "apps", version: "v1", resource: "deployments", namespace: "infra", name: "web"),
            ["spec": ["selector": ["matchLabels": ["app": "web"]]]])
        let none = try await report("kubernetes/workload", ["kind": "Deployment"])
        #expect(none.subjects.map(\.problems) == [[.init(.pod, "it has no pods")]])
        for name in ["web-1", "web-2", "other"] {
            await cluster.put(
                pods.named(name), pod(name, labels: name == "other" ? ["app": "other"] : ["app": "web"]))
            await mounted(name)
        }
        let report = try await report("kubernetes/workload", ["kind": "Deployment"])
        #expect(report.isGood)
        #expect(report.subjects.map(\.pod) == ["infra/web-1", "infra/web-2"])
    }
}
