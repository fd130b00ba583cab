import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import PurserSandbox

/// A pod's way to its files: class, volume, identity, vault.
@Suite struct MountTests {
    private static let classes = "/apis/secrets-store.csi.x-k8s.io/v1/namespaces/infra/secretproviderclasses"
    private static let pods = "/api/v1/namespaces/infra/pods"

    private static func parameters(_ objects: String) -> JSON {
        [
            "useVMManagedIdentity": "true", "userAssignedIdentityID": "client-1", "keyvaultName": "csi-demo-keyvault",
            "tenantID": "tenant", "objects": .string(objects),
        ]
    }

    private static let secretItem = "array:\n  - |\n    objectName: db\n    objectType: secret\n"

    private static let pod: JSON = [
        "metadata": ["name": "app"],
        "spec": [
            "containers": [
                [
                    "name": "main", "image": "image:1",
                    "volumeMounts": [["name": "kv", "mountPath": "/mnt/kv", "readOnly": true]],
                ]
            ],
            "volumes": [
                [
                    "name": "kv",
                    "csi": [
                        "driver": "secrets-store.csi.k8s.io", "readOnly": true,
                        "volumeAttributes": ["secretProviderClass": "demo"],
                    ],
                ]
            ],
        ],
    ]

    private func prepare(_ cluster: ClusterFixture, rotates: Bool = false, syncs: Bool = true) async throws {
        try await cluster.installDriver(rotates: rotates, syncs: syncs)
        await cluster.send("POST", "/api/v1/namespaces", ["metadata": ["name": "infra"]])
        cluster.azure.put(secret: "db", "swordfish")
    }

    private func addClass(
        _ cluster: ClusterFixture, objects: String = secretItem, secretObjects: JSON = []
    ) async {
        let made = await cluster.send(
            "POST", Self.classes,
            [
                "apiVersion": "secrets-store.csi.x-k8s.io/v1", "kind": "SecretProviderClass",
                "metadata": ["name": "demo"],
                "spec": [
                    "provider": "azure", "parameters": Self.parameters(objects), "secretObjects": secretObjects,
                ],
            ])
        #expect(made.status == 201, "\(made.body)")
    }

    private func addPod(_ cluster: ClusterFixture, _ pod: JSON = pod) async throws {
        let made = await cluster.send("POST", Self.pods, pod)
        #expect(made.status == 201, "\(made.body)")
        try await cluster.world.reconcile()
    }

    private func text(_ cluster: ClusterFixture, _ path: String) -> String? {
        try? String(contentsOfFile: cluster.directory.string + "/" + path, encoding: .utf8)
    }

    @Test func `a pod runs once its files lie in the world's directory`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster)
            await addClass(cluster)
            try await addPod(cluster)
            let pod = await cluster.get("\(Self.pods)/app")
            #expect(pod[path: "status", "phase"] == "Running")
            #expect(pod.hasCondition("Ready"))
            #expect(text(cluster, "pods/infra/app/main/mnt/kv/db") == "swordfish")
            let node = "nodes/\(ClusterFixture.node)/pods/infra_app/volumes/kv"
            #expect(text(cluster, "\(node)/..data/db") == "swordfish")
            let status = await cluster.get(
                "/apis/secrets-store.csi.x-k8s.io/v1/namespaces/infra/secretproviderclasspodstatuses/app-infra-demo")
            #expect(status[path: "status", "objects"] == [["id": "secret/db", "version": "v1"]])
            #expect(status.ownerReferences.first?["kind"] == "Pod")
        }
    }

    @Test func `a missing class is told in the event and the pod waits`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster)
            try await addPod(cluster)
            let pod = await cluster.get("\(Self.pods)/app")
            #expect(pod[path: "status", "phase"] == "Pending")
            let message = await cluster.eventMessages("infra", reason: "FailedMount")
            #expect(
                message == [
                    "MountVolume.SetUp failed for volume \"kv\" : rpc error: code = Unknown desc = failed to get "
                        + "secretproviderclass infra/demo, error: secretproviderclasses.secrets-store.csi.x-k8s.io "
                        + "\"demo\" not found"
                ])
            await addClass(cluster)
            cluster.clock.advance(by: 1)
            try await cluster.world.reconcile()
            #expect(await cluster.get("\(Self.pods)/app")[path: "status", "phase"] == "Running")
        }
    }

    @Test func `an identity that is not on the scale set is told as Azure tells it`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster)
            cluster.azure.state.withLock { $0.assigned = [] }
            await addClass(cluster)
            try await addPod(cluster)
            let message = await cluster.eventMessages("infra", reason: "FailedMount").first ?? ""
            #expect(
                message.hasPrefix(
                    "MountVolume.SetUp failed for volume \"kv\" : rpc error: code = Unknown desc = failed to mount "
                        + "secrets store objects for pod infra/app, err: rpc error: code = Unknown desc = failed to "
                        + "mount objects, error: failed to get objectType:secret, objectName:db, objectVersion:: "
                        + "ManagedIdentityCredential authentication failed. the requested identity isn't assigned"))
            #expect(message.contains("Identity not found"))
        }
    }

    @Test func `without a driver on the node nothing is mounted`() async throws {
        try await ClusterFixture.with { cluster in
            await cluster.send("POST", "/api/v1/namespaces", ["metadata": ["name": "infra"]])
            try await addPod(cluster)
            let message = await cluster.eventMessages("infra", reason: "FailedMount")
            #expect(
                message == [
                    "MountVolume.NewMounter initialization failed for volume \"kv\" : driver name "
                        + "secrets-store.csi.k8s.io not found in the list of registered CSI drivers"
                ])
        }
    }

    @Test func `a synced Secret appears with the mount and goes with the pod`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster)
            await addClass(
                cluster,
                secretObjects: [
                    ["secretName": "synced", "type": "Opaque", "data": [["objectName": "db", "key": "password"]]]
                ])
            try await addPod(cluster)
            let secret = await cluster.get("/api/v1/namespaces/infra/secrets/synced")
            #expect(secret[path: "data", "password"]?.stringValue == Data("swordfish".utf8).base64EncodedString())
            #expect(secret.ownerReferences.first?["kind"] == "SecretProviderClassPodStatus")
            await cluster.send("DELETE", "\(Self.pods)/app")
            try await cluster.world.reconcile()
            #expect(await cluster.send("GET", "\(Self.pods)/app").status == 404)
            #expect(await cluster.send("GET", "/api/v1/namespaces/infra/secrets/synced").status == 404)
            #expect(text(cluster, "pods/infra/app/main/mnt/kv/db") == nil)
        }
    }

    @Test func `without the chart's sync role no Secret appears`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster, syncs: false)
            await addClass(
                cluster,
                secretObjects: [
                    ["secretName": "synced", "type": "Opaque", "data": [["objectName": "db", "key": "password"]]]
                ])
            try await addPod(cluster)
            #expect(await cluster.send("GET", "/api/v1/namespaces/infra/secrets/synced").status == 404)
            #expect(await cluster.get("\(Self.pods)/app")[path: "status", "phase"] == "Running")
        }
    }

    @Test func `rotation at the poll interval replaces files and the synced Secret`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster, rotates: true)
            await addClass(
                cluster,
                secretObjects: [
                    ["secretName": "synced", "type": "Opaque", "data": [["objectName": "db", "key": "password"]]]
                ])
            try await addPod(cluster)
            cluster.azure.put(secret: "db", "marlin", version: "v2")
            cluster.clock.advance(by: 30)
            try await cluster.world.reconcile()
            #expect(text(cluster, "pods/infra/app/main/mnt/kv/db") == "swordfish")
            cluster.clock.advance(by: 31)
            try await cluster.world.reconcile()
            #expect(text(cluster, "pods/infra/app/main/mnt/kv/db") == "marlin")
            let secret = await cluster.get("/api/v1/namespaces/infra/secrets/synced")
            #expect(secret[path: "data", "password"]?.stringValue == Data("marlin".utf8).base64EncodedString())
            #expect(
                await cluster.eventMessages("infra", reason: "MountRotationComplete") == [
                    "successfully rotated mounted contents for spc infra/demo"
                ])
        }
    }

    @Test func `a rotation that fails keeps the files and says why`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster, rotates: true)
            await addClass(cluster)
            try await addPod(cluster)
            cluster.azure.state.withLock { $0.assigned = [] }
            cluster.clock.advance(by: 61)
            try await cluster.world.reconcile()
            #expect(text(cluster, "pods/infra/app/main/mnt/kv/db") == "swordfish")
            let message = await cluster.eventMessages("infra", reason: "MountRotationFailed").first
            #expect(message?.hasPrefix("provider mount err: ") == true)
            #expect(await cluster.get("\(Self.pods)/app")[path: "status", "phase"] == "Running")
        }
    }

    @Test func `what a pod's volume sets wins over the class at the mount alone`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster, rotates: true)
            await addClass(cluster)
            var pod = Self.pod
            pod.update("spec") { spec in
                spec.updateEach("volumes") { $0[path: "csi", "volumeAttributes", "keyvaultName"] = "other-vault" }
            }
            try await addPod(cluster, pod)
            cluster.clock.advance(by: 61)
            try await cluster.world.reconcile()
            let hosts = cluster.azure.state.withLock { $0.calls.map { $0.split(separator: "/")[1] } }
            #expect(hosts == ["other-vault.vault.purser.test", "csi-demo-keyvault.vault.purser.test"])
        }
    }

    @Test func `two workloads share a synced Secret until both are gone`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster)
            await addClass(
                cluster,
                secretObjects: [
                    ["secretName": "synced", "type": "Opaque", "data": [["objectName": "db", "key": "password"]]]
                ])
            for name in ["one", "two"] {
                var template: JSON = ["metadata": ["labels": ["app": .string(name)]]]
                template["spec"] = Self.pod["spec"]
                let made = await cluster.send(
                    "POST", "/apis/apps/v1/namespaces/infra/deployments",
                    [
                        "metadata": ["name": .string(name)],
                        "spec": ["selector": ["matchLabels": ["app": .string(name)]], "template": template],
                    ])
                #expect(made.status == 201, "\(made.body)")
                try await cluster.world.reconcile()
            }
            let path = "/api/v1/namespaces/infra/secrets/synced"
            cluster.clock.advance(by: 301)
            try await cluster.world.reconcile()
            #expect(await cluster.get(path).ownerReferences.map { $0["kind"] } == ["ReplicaSet", "ReplicaSet"])
            await cluster.send("DELETE", "/apis/apps/v1/namespaces/infra/deployments/one")
            try await cluster.world.reconcile()
            #expect(await cluster.get(path).ownerReferences.count == 1)
            await cluster.send("DELETE", "/apis/apps/v1/namespaces/infra/deployments/two")
            try await cluster.world.reconcile()
            #expect(await cluster.send("GET", path).status == 404)
        }
    }

    @Test func `a sub-path is a copy from the container's start`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster, rotates: true)
            await addClass(cluster)
            var pod = Self.pod
            pod.update("spec") { spec in
                spec.updateEach("containers") {
                    $0["volumeMounts"] = [["name": "kv", "mountPath": "/etc/db", "subPath": "db"]]
                }
            }
            try await addPod(cluster, pod)
            #expect(text(cluster, "pods/infra/app/main/etc/db") == "swordfish")
            cluster.azure.put(secret: "db", "marlin", version: "v2")
            cluster.clock.advance(by: 61)
            try await cluster.world.reconcile()
            #expect(text(cluster, "pods/infra/app/main/etc/db") == "swordfish")
            #expect(text(cluster, "nodes/\(ClusterFixture.node)/pods/infra_app/volumes/kv/db") == "marlin")
        }
    }

    @Test func `files and Secrets are for their owner alone outside of the pod`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster)
            await addClass(cluster)
            try await addPod(cluster)
            for path in ["nodes", "pods", "store"] {
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: cluster.directory.appending(path).string)
                #expect(attributes[.posixPermissions] as? Int == 0o700, "\(path)")
            }
        }
    }

    @Test func `a volume of a Secret waits for it`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster)
            var pod = Self.pod
            pod[path: "spec", "volumes"] = [["name": "tls", "secret": ["secretName": "later"]]]
            pod[path: "spec", "containers"] = [
                ["name": "main", "image": "i:1", "volumeMounts": [["name": "tls", "mountPath": "/tls/"]]]
            ]
            try await addPod(cluster, pod)
            #expect(
                await cluster.eventMessages("infra", reason: "FailedMount") == [
                    "MountVolume.SetUp failed for volume \"tls\" : secret \"later\" not found"
                ])
            await cluster.send(
                "POST", "/api/v1/namespaces/infra/secrets",
                ["metadata": ["name": "later"], "stringData": ["tls.key": "k"]])
            cluster.clock.advance(by: 1)
            try await cluster.world.reconcile()
            #expect(await cluster.get("\(Self.pods)/app")[path: "status", "phase"] == "Running")
            #expect(text(cluster, "pods/infra/app/main/tls/tls.key") == "k")
        }
    }

    @Test func `an environment variable of a missing Secret keeps the container from starting`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster)
            let variable: JSON = ["name": "P", "valueFrom": ["secretKeyRef": ["name": "none", "key": "k"]]]
            let pod: JSON = [
                "metadata": ["name": "app"],
                "spec": ["containers": [["name": "main", "image": "i:1", "env": [variable]]]],
            ]
            try await addPod(cluster, pod)
            let status = await cluster.get("\(Self.pods)/app")[path: "status", "containerStatuses"]?.arrayValue?.first
            #expect(status?[path: "state", "waiting", "reason"] == "CreateContainerConfigError")
            #expect(status?[path: "state", "waiting", "message"] == "secret \"none\" not found")
        }
    }

    @Test func `what was mounted before a restart of the sandbox stays mounted`() async throws {
        try await ClusterFixture.with { cluster in
            try await prepare(cluster)
            await addClass(cluster)
            try await addPod(cluster)
            let calls = cluster.azure.state.withLock { $0.calls.count }
            let again = try cluster.restarted()
            try await again.world.reconcile()
            #expect(await again.get("\(Self.pods)/app")[path: "status", "phase"] == "Running")
            #expect(cluster.azure.state.withLock { $0.calls.count } == calls)
        }
    }
}
