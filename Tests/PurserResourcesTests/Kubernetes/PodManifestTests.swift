import PurserEngine
import PurserTestSupport
import Testing

@testable import PurserResources

@Suite struct PodManifestTests {
    private let owner = Owner(environment: "aks-csi-demo", address: Address("pods/aks-csi-demo"))

    private let demo = Attributes([
        "name": "aks-csi-demo",
        "namespace": "infra",
        "labels": ["environment": "development"],
        "mounts": [
            ["secretProviderClass": ["name": "aks-csi-demo"], "path": "/mnt/csi-demo"],
            ["secret": "aks-csi-demo-cert", "path": "/csi-demo-cert"],
        ],
        "spec": [
            "containers": [
                [
                    "name": "aks-csi-demo", "image": "andriktr/utils:1.0.1",
                    "resources": [
                        "requests": ["cpu": "100m", "memory": "100Mi"], "limits": ["cpu": "200m", "memory": "300Mi"],
                    ],
                ]
            ]
        ],
    ])

    @Test func `the demo's pod has both mounts as volumes of its container`() throws {
        expectGolden(try PodManifest.manifest(of: demo, owner).yaml, "Manifests/pod-demo.yaml")
    }

    @Test func `mounts keep what the pod's own spec mounts, and go where they are told to`() throws {
        var attributes = demo
        attributes.values["mounts"] = [
            ["secretProviderClass": ["name": "web", "credentialsSecret": "kv-credentials"], "path": "/a"],
            ["secretProviderClass": ["name": "web"], "path": "/b", "subPath": "db", "containers": ["main"]],
            ["secret": "web", "path": "/c"],
            ["secret": "data", "path": "/d", "containers": ["init"]],
        ]
        attributes.values["spec"] = [
            "volumes": [["name": "data", "emptyDir": [:]]],
            "initContainers": [["name": "init", "image": "i"]],
            "containers": [
                ["name": "main", "image": "m", "volumeMounts": [["name": "data", "mountPath": "/data"]]],
                ["name": "side", "image": "s"],
            ],
        ]
        expectGolden(try PodManifest.manifest(of: attributes, owner).yaml, "Manifests/pod-mounts.yaml")
    }

    @Test func `amounts are texts, as the oldest API servers want them`() throws {
        var attributes = demo
        attributes.values["spec"] = [
            "overhead": ["cpu": 1],
            "containers": [["name": "main", "image": "m", "resources": ["limits": ["cpu": 2, "memory": "1Gi"]]]],
            "volumes": [["name": "data", "emptyDir": ["sizeLimit": 1024]]],
        ]
        let spec = try PodManifest.manifest(of: attributes, owner)["spec"]
        #expect(spec?["overhead"] == ["cpu": "1"])
        let container = spec?["containers"]?.list?.first
        #expect(container?["resources"] == ["limits": ["cpu": "2", "memory": "1Gi"]])
        #expect(spec?["volumes"]?.list?.first?["emptyDir"] == ["sizeLimit": "1024"])
    }

    @Test func `a volume's name is a valid label however long the secret's is`() throws {
        let name = "a.very-long.name-" + String(repeating: "x", count: 80)
        let mount = try Mount(["secret": .string(name), "path": "/x"])
        let volume = try #require(MountVolumes(for: [mount], taken: []).volumes.first?["name"]?.string)
        #expect(KubernetesName.label.problem(volume) == nil)
        #expect(volume.hasPrefix("a-very-long-name-"))
    }

    @Test func `a volume's name that is taken gets a number`() throws {
        let mounts = [
            try Mount(["secretProviderClass": ["name": "web"], "path": "/a"]),
            try Mount(["secret": "web", "path": "/b"]),
        ]
        let names = MountVolumes(for: mounts, taken: ["web"]).volumes.compactMap { $0["name"]?.string }
        #expect(names == ["web-2", "web-3"])
    }

    @Test func `a mount that is gone from one container is not observed`() throws {
        let manifest = try PodManifest.manifest(of: demo, owner)
        let spec = try #require(demo.values["spec"])
        let mounts = try #require(demo.values["mounts"]?.list)
        #expect(MountObservation.mounts(mounts, podSpec: spec, live: manifest["spec"]) == mounts)
        var live = try #require(manifest["spec"]?.object)
        live["containers"] = spec["containers"]
        #expect(MountObservation.mounts(mounts, podSpec: spec, live: .object(live)).isEmpty)
    }
}

@Suite struct WorkloadManifestTests {
    private func attributes(_ kind: String, _ spec: Value) -> Attributes {
        Attributes([
            "name": "web", "namespace": "shop", "kind": .string(kind),
            "mounts": [["secretProviderClass": ["name": "web", "digest": "0123456789abcdef"], "path": "/mnt/web"]],
            "spec": spec,
        ])
    }

    private let owner = Owner(environment: "shop", address: Address("workloads/web"))
    private let podSpec: Value = ["containers": [["name": "web", "image": "web:1"]]]

    @Test func `a deployment gets a selector and a mark of its classes`() throws {
        let attributes = attributes("Deployment", ["replicas": 2, "template": ["spec": podSpec]])
        expectGolden(try WorkloadManifest.manifest(of: attributes, owner).yaml, "Manifests/deployment.yaml")
    }

    @Test func `a selector of the spec's own stays`() throws {
        let spec: Value = [
            "selector": ["matchLabels": ["app": "web"]],
            "template": ["metadata": ["labels": ["app": "web"], "annotations": ["a": "b"]], "spec": podSpec],
        ]
        let manifest = try WorkloadManifest.manifest(of: attributes("StatefulSet", spec), owner)
        expectGolden(try manifest.yaml, "Manifests/stateful-set.yaml")
    }

    @Test func `a cron job's pods are deep inside it`() throws {
        let spec: Value = [
            "schedule": "0 3 * * *",
            "jobTemplate": ["spec": ["template": ["spec": podSpec.replacing(["restartPolicy"]) { _ in "Never" }]]],
        ]
        expectGolden(
            try WorkloadManifest.manifest(of: attributes("CronJob", spec), owner).yaml, "Manifests/cron-job.yaml")
    }

    @Test func `pods roll when a class changes and only then`() throws {
        func digest(_ digest: Value) throws -> String? {
            WorkloadManifest.classesDigest(
                of: [try Mount(["secretProviderClass": ["name": "web", "digest": digest], "path": "/a"])])
        }
        #expect(try digest("a") == digest("a"))
        #expect(try digest("a") != digest("b"))
        #expect(WorkloadManifest.classesDigest(of: [try Mount(["secret": "s", "path": "/a"])]) == nil)
    }

    @Test(arguments: [
        ("Deployment", "spec.template.spec.containers[0].env", ChangeEffect.updates),
        ("Deployment", "spec.selector.matchLabels.app", .replaces),
        ("Job", "spec.template.spec.containers[0].image", .replaces),
        ("Job", "spec.parallelism", .updates),
        ("Job", "spec.selector", .replaces),
        ("Job", "mounts[0].path", .replaces),
        ("Job", "mounts[0].secretProviderClass.digest", .updates),
        ("StatefulSet", "spec.serviceName", .replaces),
        ("StatefulSet", "spec.replicas", .updates),
        ("CronJob", "spec.schedule", .updates),
        ("DaemonSet", "mounts", .updates),
    ])
    func `what can change in place depends on the kind`(kind: String, path: String, effect: ChangeEffect) throws {
        let attributes = attributes(kind, [:])
        let attribute = try #require(Workload.attribute(String(path.prefix { $0 != "." && $0 != "[" })))
        #expect(Workload.effect(of: path, attribute, from: attributes, to: attributes) == effect)
    }

    @Test(
        arguments: [
            ("spec.completions", [:], ["completions": 2, "parallelism": 2], .replaces),
            (
                "spec.completions", ["completionMode": "Indexed", "completions": 1, "parallelism": 1],
                ["completionMode": "Indexed", "completions": 2, "parallelism": 2], .updates
            ),
            ("spec.completions", [:], ["completionMode": "Indexed", "completions": 2, "parallelism": 1], .replaces),
            ("spec.template.spec.nodeSelector", ["suspend": true], [:], .updates),
            ("spec.template.spec.nodeSelector.pool", [:], [:], .replaces),
            ("spec.template.metadata.labels", ["suspend": true], [:], .updates),
            ("spec.template.spec.containers[0].image", ["suspend": true], [:], .replaces),
            ("spec.template.spec.affinity.podAffinity", ["suspend": true], [:], .replaces),
            ("spec.backoffLimit", [:], [:], .updates),
            ("spec.podFailurePolicy", [:], [:], .replaces),
            ("spec.suspend", ["suspend": true], [:], .updates),
        ] as [(String, Value, Value, ChangeEffect)])
    func `some of a job can change while it is suspended, or together`(
        path: String, former: Value, wanted: Value, effect: ChangeEffect
    ) throws {
        let attribute = try #require(Workload.attribute("spec"))
        let attributes = [former, wanted].map { Attributes(["kind": "Job", "spec": $0]) }
        #expect(Workload.effect(of: path, attribute, from: attributes[0], to: attributes[1]) == effect)
    }

    @Test(
        arguments: [
            ("Deployment", [:], "its pods are replaced"),
            ("DaemonSet", [:], "its pods are replaced"),
            ("StatefulSet", ["updateStrategy": ["type": "OnDelete"]], "deletes its former one (OnDelete)"),
            ("CronJob", [:], "its next run has it"),
            ("Job", [:], "does not run again"),
        ] as [(String, Value, String)])
    func `what a changed class does to the pods is said in the plan`(
        kind: String, spec: Value, said: String
    ) throws {
        func attributes(_ digest: Value) -> Attributes {
            Attributes([
                "kind": .string(kind), "spec": spec,
                "mounts": [["secretProviderClass": ["name": "web", "digest": digest], "path": "/a"]],
            ])
        }
        let cautions = Workload.cautions(on: .update, recorded: attributes("a"), desired: attributes("b"))
        #expect(cautions.count == 1)
        #expect(cautions.first?.contains(said) == true, "\(cautions)")
        #expect(Workload.cautions(on: .update, recorded: attributes("a"), desired: attributes("a")).isEmpty)
    }
}
