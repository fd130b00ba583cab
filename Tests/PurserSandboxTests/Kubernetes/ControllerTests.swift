import Testing

@testable import PurserSandbox

@Suite struct ControllerTests {
    @Test(
        arguments: [
            ("statefulsets", "StatefulSet", ["type": "OnDelete"], ["a:1", "a:1"]),
            ("statefulsets", "StatefulSet", ["rollingUpdate": ["partition": 1]], ["a:1", "a:2"]),
            ("statefulsets", "StatefulSet", [:], ["a:2", "a:2"]),
            ("daemonsets", "DaemonSet", ["type": "OnDelete"], ["a:1"]),
            ("daemonsets", "DaemonSet", [:], ["a:2"]),
        ] as [(String, String, JSON, [String])])
    func `former pods stay where the strategy says so`(
        _ plural: String, _ kind: String, _ strategy: JSON, _ images: [String]
    ) async throws {
        try await ClusterFixture.with { cluster in
            func apply(_ image: String) async throws -> JSON {
                var spec: JSON = [
                    "selector": ["matchLabels": ["app": "web"]],
                    "template": [
                        "metadata": ["labels": ["app": "web"]],
                        "spec": ["containers": [["name": "main", "image": .string(image)]]],
                    ],
                    "updateStrategy": strategy,
                ]
                if kind == "StatefulSet" {
                    spec["replicas"] = 2
                    spec["serviceName"] = "web"
                }
                let path = "/apis/apps/v1/namespaces/default/\(plural)/web"
                let object: JSON = [
                    "apiVersion": "apps/v1", "kind": .string(kind), "metadata": ["name": "web"], "spec": spec,
                ]
                let applied = await cluster.apply(path, object)
                #expect(applied.status < 300, "\(applied.body)")
                try await cluster.world.reconcile()
                return await cluster.get(path)
            }
            _ = try await apply("a:1")
            let live = try await apply("a:2")
            let pods = await cluster.get("/api/v1/namespaces/default/pods")["items"]?.arrayValue ?? []
            #expect(
                pods.sorted { $0.objectName < $1.objectName }.map {
                    $0[path: "spec", "containers"]?.arrayValue?.first?["image"]?.stringValue
                } == images)
            let updated = kind == "DaemonSet" ? "updatedNumberScheduled" : "updatedReplicas"
            let ready = kind == "DaemonSet" ? "numberReady" : "readyReplicas"
            #expect(live[path: "status", updated]?.intValue == images.count { $0 == "a:2" })
            #expect(live[path: "status", ready]?.intValue == images.count)
        }
    }

    @Test(arguments: ["Foreground", "Background"])
    func `a pod that is on no node goes at once, and after its finalizers`(_ propagation: String) async throws {
        try await ClusterFixture.with { cluster in
            let pods = "/api/v1/namespaces/default/pods"
            let spec: JSON = [
                "nodeSelector": ["no": "such"], "containers": [["name": "main", "image": "a:1"]],
            ]
            for (name, finalizers) in [("free", []), ("held", ["example.com/hold"])] as [(String, JSON)] {
                let made = await cluster.send(
                    "POST", pods, ["metadata": ["name": .string(name), "finalizers": finalizers], "spec": spec])
                #expect(made.status == 201, "\(made.body)")
                try await cluster.world.reconcile()
                await cluster.send("DELETE", "\(pods)/\(name)?propagationPolicy=\(propagation)")
                try await cluster.world.reconcile()
            }
            #expect(await cluster.send("GET", "\(pods)/free").status == 404)
            #expect(await cluster.send("GET", "\(pods)/held").status == 200)
            await cluster.send(
                "PATCH", "\(pods)/held", ["metadata": ["finalizers": .null]], type: "application/merge-patch+json")
            #expect(await cluster.send("GET", "\(pods)/held").status == 404)
        }
    }

    private static let template: JSON = [
        "metadata": ["labels": ["app": "x"]], "spec": ["containers": [["name": "c", "image": "i:1"]]],
    ]

    private func add(_ cluster: ClusterFixture, _ plural: String, _ spec: JSON) async throws {
        let group = plural == "jobs" ? "batch" : "apps"
        let made = await cluster.send(
            "POST", "/apis/\(group)/v1/namespaces/default/\(plural)", ["metadata": ["name": "x"], "spec": spec])
        #expect(made.status == 201, "\(made.body)")
        try await cluster.world.reconcile()
    }

    private func workload(replicas: Int? = nil) -> JSON {
        var spec: JSON = ["selector": ["matchLabels": ["app": "x"]], "template": Self.template]
        spec["replicas"] = replicas.map { .int($0) }
        return spec
    }

    private func pods(_ cluster: ClusterFixture) async -> [JSON] {
        await cluster.get("/api/v1/namespaces/default/pods")["items"]?.arrayValue ?? []
    }

    @Test func `a namespace has its default account, and its end takes all that is in it`() async throws {
        try await ClusterFixture.with { cluster in
            await cluster.send("POST", "/api/v1/namespaces", ["metadata": ["name": "infra"]])
            try await cluster.world.reconcile()
            #expect(await cluster.send("GET", "/api/v1/namespaces/infra/serviceaccounts/default").status == 200)
            await cluster.send(
                "POST", "/api/v1/namespaces/infra/pods",
                ["metadata": ["name": "p"], "spec": ["containers": [["name": "c", "image": "i"]]]])
            try await cluster.world.reconcile()
            let answer = await cluster.send("DELETE", "/api/v1/namespaces/infra")
            #expect(answer.body[path: "status", "phase"] == "Terminating")
            let late = await cluster.send("POST", "/api/v1/namespaces/infra/configmaps", ["metadata": ["name": "m"]])
            #expect(late.status == 403)
            try await cluster.world.reconcile()
            #expect(await cluster.send("GET", "/api/v1/namespaces/infra").status == 404)
            #expect(await cluster.get("/api/v1/pods")["items"] == [])
        }
    }

    @Test func `a deployment rolls out, scales and takes its pods with it`() async throws {
        try await ClusterFixture.with { cluster in
            try await add(cluster, "deployments", workload(replicas: 2))
            let path = "/apis/apps/v1/namespaces/default/deployments/x"
            #expect(await cluster.get(path)[path: "status", "availableReplicas"] == 2)
            #expect(await pods(cluster).count == 2)
            let patch: JSON = [
                "spec": ["replicas": 1, "template": ["spec": ["containers": [["name": "c", "image": "i:2"]]]]]
            ]
            await cluster.send("PATCH", path, patch, type: "application/strategic-merge-patch+json")
            try await cluster.world.reconcile()
            let images = await pods(cluster).map { $0[path: "spec", "containers"]?.arrayValue?.first?["image"] }
            #expect(images == ["i:2"])
            let deployment = await cluster.get(path)
            #expect(deployment[path: "status", "observedGeneration"] == 2)
            #expect(deployment.condition("Progressing")?["reason"] == "NewReplicaSetAvailable")
            await cluster.send("DELETE", path, ["propagationPolicy": "Background"])
            try await cluster.world.reconcile()
            #expect(await pods(cluster) == [])
        }
    }

    @Test func `an owner deleted in the foreground goes after its dependents`() async throws {
        try await ClusterFixture.with { cluster in
            try await add(cluster, "deployments", workload(replicas: 1))
            let path = "/apis/apps/v1/namespaces/default/deployments/x"
            await cluster.send("DELETE", path, ["propagationPolicy": "Foreground"])
            #expect(await cluster.get(path).finalizers == ["foregroundDeletion"])
            try await cluster.world.reconcile()
            #expect(await cluster.send("GET", path).status == 404)
            #expect(await pods(cluster) == [])
        }
    }

    @Test func `an orphaning deletion leaves the dependents`() async throws {
        try await ClusterFixture.with { cluster in
            try await add(cluster, "daemonsets", workload())
            await cluster.send(
                "DELETE", "/apis/apps/v1/namespaces/default/daemonsets/x", ["propagationPolicy": "Orphan"])
            try await cluster.world.reconcile()
            let left = await pods(cluster)
            #expect(left.count == 1)
            #expect(left.first?.ownerReferences == [])
        }
    }

    @Test func `a daemon set reports the counters that installers wait for`() async throws {
        try await ClusterFixture.with { cluster in
            try await add(cluster, "daemonsets", workload())
            let status = await cluster.get("/apis/apps/v1/namespaces/default/daemonsets/x")["status"] ?? [:]
            for counter in ["desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady"] {
                #expect(status[counter] == 1, "\(counter)")
            }
            #expect(status["observedGeneration"] == 1)
        }
    }

    @Test func `a stateful set's pods have their numbers`() async throws {
        try await ClusterFixture.with { cluster in
            try await add(cluster, "statefulsets", workload(replicas: 2))
            #expect(await pods(cluster).map(\.objectName) == ["x-0", "x-1"])
        }
    }

    @Test func `a job completes with its pod`() async throws {
        try await ClusterFixture.with { cluster in
            var template = Self.template
            template[path: "spec", "restartPolicy"] = "Never"
            try await add(cluster, "jobs", ["template": template])
            let job = await cluster.get("/apis/batch/v1/namespaces/default/jobs/x")
            #expect(job.hasCondition("Complete"))
            #expect(job[path: "status", "succeeded"] == 1)
            #expect(await pods(cluster).first?[path: "status", "phase"] == "Succeeded")
        }
    }

    @Test func `a stateful set's pods have claims of their own, which stay`() async throws {
        try await ClusterFixture.with { cluster in
            var spec = workload(replicas: 1)
            spec["volumeClaimTemplates"] = [
                [
                    "metadata": ["name": "data"],
                    "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
                ]
            ]
            spec.update("template") { template in
                template.update("spec") { pod in
                    pod.updateEach("containers") { $0["volumeMounts"] = [["name": "data", "mountPath": "/data"]] }
                }
            }
            try await add(cluster, "statefulsets", spec)
            #expect(await pods(cluster).first?.isReadyPod == true)
            let claims = "/api/v1/namespaces/default/persistentvolumeclaims"
            #expect(await cluster.get("\(claims)/data-x-0")[path: "status", "phase"] == "Bound")
            await cluster.send("DELETE", "/apis/apps/v1/namespaces/default/statefulsets/x")
            try await cluster.world.reconcile()
            #expect(await pods(cluster) == [])
            #expect(await cluster.send("GET", "\(claims)/data-x-0").status == 200)
        }
    }

    @Test func `a cron job makes its jobs when it is time`() async throws {
        try await ClusterFixture.with { cluster in
            var template = Self.template
            template[path: "spec", "restartPolicy"] = "Never"
            let made = await cluster.send(
                "POST", "/apis/batch/v1/namespaces/default/cronjobs",
                [
                    "metadata": ["name": "x"],
                    "spec": ["schedule": "*/5 * * * *", "jobTemplate": ["spec": ["template": template]]],
                ])
            #expect(made.status == 201, "\(made.body)")
            let jobs = { await cluster.get("/apis/batch/v1/namespaces/default/jobs")["items"]?.arrayValue ?? [] }
            try await cluster.world.reconcile()
            #expect(await jobs() == [])
            for _ in 0..<4 {
                cluster.clock.advance(by: 300)
                try await cluster.world.reconcile()
            }
            let names = await jobs().map(\.objectName)
            #expect(names == ["x-30000010", "x-30000015", "x-30000020"])
            #expect(await jobs().allSatisfy { $0.hasCondition("Complete") })
        }
    }

    @Test(arguments: [
        ("* * * *", false), ("60 * * * *", false), ("*/0 * * * *", false), ("a * * * *", false),
        ("0 0 1,15 * 1-5", true), ("@daily", true), ("5/10 * * * *", true),
    ])
    func `a schedule has five fields within their limits`(text: String, isValid: Bool) {
        #expect((CronSchedule(text) != nil) == isValid)
    }

    @Test func `a pod that no node fits waits and says why`() async throws {
        try await ClusterFixture.with { cluster in
            await cluster.send(
                "POST", "/api/v1/namespaces/default/pods",
                [
                    "metadata": ["name": "p"],
                    "spec": ["nodeSelector": ["agentpool": "gpu"], "containers": [["name": "c", "image": "i"]]],
                ])
            try await cluster.world.reconcile()
            let pod = await pods(cluster).first ?? [:]
            #expect(pod.condition("PodScheduled")?["reason"] == "Unschedulable")
            #expect(pod[path: "status", "phase"] == "Pending")
        }
    }
}
