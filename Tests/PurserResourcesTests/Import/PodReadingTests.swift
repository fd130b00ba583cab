import PurserEngine
import PurserSyntax
import Testing

@testable import PurserResources

/// What pods and workloads of a cluster become in the spec.
@Suite struct PodReadingTests {
    private static let classes = PodReading.Classes(keys: ["shop": "web-shop"], credentials: [:], secrets: ["tls"])

    private static let volumes: Value = [
        [
            "name": "shop",
            "csi": [
                "driver": "secrets-store.csi.k8s.io", "readOnly": true,
                "volumeAttributes": ["secretProviderClass": "shop"],
            ],
        ],
        ["name": "tls", "secret": ["secretName": "tls", "defaultMode": 420]],
        ["name": "scratch", "emptyDir": [:]],
        ["name": "kube-api-access-x7", "projected": ["sources": []]],
    ]

    private static func container(_ name: String, _ mounts: Value, _ more: [String: Value] = [:]) -> Value {
        var members: [String: Value] = [
            "name": .string(name), "image": "shop:1", "imagePullPolicy": "IfNotPresent", "resources": [:],
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            "volumeMounts": mounts,
        ]
        members.merge(more) { _, new in new }
        return .object(members)
    }

    private static func mount(_ volume: String, _ path: String, readOnly: Bool = true) -> Value {
        var members: [String: Value] = ["name": .string(volume), "mountPath": .string(path)]
        if readOnly { members["readOnly"] = true }
        return .object(members)
    }

    private static func spec(_ containers: [Value], volumes: Value = volumes) -> Value {
        [
            "containers": .list(containers), "volumes": volumes, "dnsPolicy": "ClusterFirst", "restartPolicy": "Always",
            "schedulerName": "default-scheduler", "securityContext": [:], "terminationGracePeriodSeconds": 30,
            "enableServiceLinks": true, "preemptionPolicy": "PreemptLowerPriority", "priority": 0,
            "serviceAccount": "default", "serviceAccountName": "default", "nodeName": "node-1",
            "tolerations": [
                [
                    "key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute",
                    "tolerationSeconds": 300,
                ]
            ],
        ]
    }

    private static func pod(_ spec: Value) -> Value {
        [
            "kind": "Pod",
            "metadata": [
                "name": "shop", "namespace": "web", "labels": ["app": "shop", "app.kubernetes.io/managed-by": "x"],
            ],
            "spec": spec,
        ]
    }

    private func text(_ object: Value, key: String = "shop") throws -> (String, Diagnostics) {
        var remarks = Diagnostics()
        let fields = try #require(PodReading(object)).fields(Self.classes, key: key, &remarks)
        return (try YAMLEmitter.text(of: .object(fields.compactMap(\.self))), remarks)
    }

    @Test func `a pod is written as its author wrote it, with its mounts in a line each`() throws {
        let mounts: Value = [
            Self.mount("shop", "/mnt/shop"), Self.mount("tls", "/tls"),
            Self.mount("scratch", "/tmp", readOnly: false), Self.mount("kube-api-access-x7", "/var/run/secrets"),
        ]
        let (text, remarks) = try text(Self.pod(Self.spec([Self.container("main", mounts)])))
        #expect(remarks.isEmpty)
        #expect(
            text == """
                namespace: web
                labels:
                  app: shop
                mounts:
                - secretProviderClass: web-shop
                  path: /mnt/shop
                - secret: tls
                  path: /tls
                spec:
                  containers:
                  - name: main
                    image: shop:1
                    volumeMounts:
                    - name: scratch
                      mountPath: /tmp
                  volumes:
                  - name: scratch
                    emptyDir: {}

                """)
    }

    @Test func `a volume of another name is a mount that tells its name`() throws {
        let own: Value = [
            "name": "secrets-store01-inline",
            "csi": [
                "driver": "secrets-store.csi.k8s.io", "readOnly": true,
                "volumeAttributes": ["secretProviderClass": "shop"],
            ],
        ]
        let mounts: Value = [Self.mount("secrets-store01-inline", "/a"), Self.mount("secrets-store01-inline", "/b")]
        let (text, _) = try text(Self.pod(Self.spec([Self.container("main", mounts)], volumes: [own])))
        #expect(
            text.contains(
                """
                mounts:
                - secretProviderClass: web-shop
                  path: /a
                  volume: secrets-store01-inline
                - secretProviderClass: web-shop
                  path: /b
                """), "\(text)")
        #expect(!text.contains("csi"), "\(text)")
    }

    @Test func `a volume that mounts could not say stays in Kubernetes' words`() throws {
        let own: Value = [
            "name": "files",
            "csi": [
                "driver": "secrets-store.csi.k8s.io", "readOnly": true,
                "volumeAttributes": ["secretProviderClass": "shop", "keyvaultName": "other"],
            ],
        ]
        let (text, _) = try text(
            Self.pod(Self.spec([Self.container("main", [Self.mount("files", "/x")])], volumes: [own])))
        #expect(!text.contains("mounts:\n- secret") && text.contains("keyvaultName: other"), "\(text)")
    }

    @Test func `a mount of some containers names them, and one that may be written stays`() throws {
        let containers = [
            Self.container("main", [Self.mount("shop", "/a"), Self.mount("tls", "/tls", readOnly: false)]),
            Self.container("side", []),
        ]
        let (text, _) = try text(Self.pod(Self.spec(containers)))
        #expect(text.contains("  path: /a\n  containers:\n  - main\n"), "\(text)")
        #expect(text.contains("secretName: tls") && !text.contains("- secret: tls"), "\(text)")
    }

    @Test func `a value that looks like a secret is left out and told`() throws {
        let variables: Value = [["name": "DB_PASSWORD", "value": "hunter2"], ["name": "MODE", "value": "fast"]]
        let container = Self.container("main", [Self.mount("shop", "/a")], ["env": variables])
        let (text, remarks) = try text(Self.pod(Self.spec([container])))
        #expect(!text.contains("hunter2") && text.contains("name: DB_PASSWORD") && text.contains("value: fast"))
        #expect(remarks.map(\.code) == [.importSecretLeftOut])
        #expect(remarks.map(\.message).first?.contains("spec.containers[0].env[0].value") == true)
    }

    @Test func `a Deployment keeps its template, without what the cluster added`() throws {
        let object: Value = [
            "kind": "Deployment", "metadata": ["name": "shop", "namespace": "web"],
            "spec": [
                "replicas": 2, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
                "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": "25%"]],
                "selector": ["matchLabels": ["app": "shop"]],
                "template": [
                    "metadata": ["creationTimestamp": nil, "labels": ["app": "shop"]],
                    "spec": Self.spec(
                        [Self.container("main", [Self.mount("shop", "/a")])], volumes: [Self.volumes.list?[0] ?? nil]),
                ],
            ],
        ]
        let (text, _) = try text(object, key: "web-shop")
        #expect(
            text == """
                name: shop
                kind: Deployment
                namespace: web
                mounts:
                - secretProviderClass: web-shop
                  path: /a
                spec:
                  replicas: 2
                  selector:
                    matchLabels:
                      app: shop
                  template:
                    metadata:
                      labels:
                        app: shop
                    spec:
                      containers:
                      - name: main
                        image: shop:1

                """)
    }

    @Test func `a ReplicaSet has no word in the spec`() {
        #expect(PodReading(["kind": "ReplicaSet", "metadata": ["name": "a"]]) == nil)
    }
}
