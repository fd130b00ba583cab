import PurserCommands
import PurserProof
import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct ManifestReaderTests {
    static func read(_ text: String, path: String = "all.yaml") -> ManifestSet {
        var reader = ManifestReader()
        reader.read(SourceFile(path: path, text: text))
        return reader.set
    }

    private func codes(_ set: ManifestSet) -> [String] {
        set.problems.map { "\($0.range?.start.line ?? 0) \($0.code)" }
    }

    static let release = """
        ---
        # Source: shop/templates/class.yaml
        apiVersion: secrets-store.csi.x-k8s.io/v1
        kind: SecretProviderClass
        metadata: {name: shop, namespace: infra}
        spec:
          provider: azure
          parameters:
            keyvaultName: shop-vault
            tenantID: 11111111-1111-1111-1111-111111111111
            useVMManagedIdentity: "true"
            objects: |
              array:
                - |
                  objectName: password
                  objectType: secret
                - |
                  objectName: web-tls
                  objectType: secret
                  objectAlias: tls.pem
          secretObjects:
            - secretName: web-tls
              type: kubernetes.io/tls
              data:
                - {objectName: tls.pem, key: tls.key}
                - {objectName: tls.pem, key: tls.crt}
        ---
        # Source: shop/templates/deployment.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: shop
          namespace: infra
        spec:
          replicas: 3
          template:
            metadata: {labels: {app: shop}}
            spec:
              serviceAccountName: shop
              nodeSelector: {pool: web}
              initContainers:
                - name: first
                  envFrom: [{secretRef: {name: settings, optional: true}}]
              containers:
                - name: web
                  args: ["--password=args-canary"]
                  env:
                    - {name: PLAIN, value: env-canary}
                    - name: KEY
                      valueFrom: {secretKeyRef: {name: web-tls, key: tls.key}}
                  volumeMounts:
                    - {name: files, mountPath: /mnt/files}
                    - {name: tls, mountPath: /tls, subPath: tls.crt}
              volumes:
                - name: files
                  csi:
                    driver: secrets-store.csi.k8s.io
                    readOnly: true
                    volumeAttributes: {secretProviderClass: shop, keyvaultName: other-vault}
                    nodePublishSecretRef: {name: credentials}
                - name: tls
                  secret: {secretName: web-tls, items: [{key: tls.crt, path: tls.crt}]}
        ---
        # Source: shop/templates/secret.yaml
        apiVersion: v1
        kind: Secret
        metadata: {name: credentials, namespace: infra, labels: {secrets-store.csi.k8s.io/used: "true"}}
        stringData: {clientid: id-canary, clientsecret: secret-canary}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: other}

        """

    @Test func `the objects that count are taken, and the others counted`() throws {
        let set = Self.read(Self.release)
        #expect(set.problems.isEmpty, "\(set.problems)")
        #expect(set.objects.map(\.kind) == ["SecretProviderClass", "Deployment"])
        #expect(set.objects.map(\.template) == ["shop/templates/class.yaml", "shop/templates/deployment.yaml"])
        #expect(set.ignored == 1)
        let secret = try #require(set.secrets.first)
        #expect(secret.name == "credentials")
        #expect(secret.keys == ["clientid", "clientsecret"])
        #expect(secret.labels == ["secrets-store.csi.k8s.io/used": "true"])
    }

    @Test func `a class becomes what the proof looks at, with places inside its objects`() throws {
        let scene = ManifestScene.scene(of: Self.read(Self.release))
        let shop = try #require(scene.classes.first)
        #expect(shop.label == "SecretProviderClass infra/shop")
        #expect(shop.parameters["keyvaultName"] == "shop-vault")
        #expect(shop.parameters["objects"] == nil)
        guard case .text(let objects) = shop.objects else { return #expect(Bool(false)) }
        #expect(objects.hasPrefix("array:\n"))
        #expect(shop.secretObjects.first?.data.map(\.key) == ["tls.key", "tls.crt"])
        #expect(shop.places.parts[.object(0)]?.start.description == "all.yaml:15:23")
        #expect(shop.places.parts[.objectField(1, "objectAlias")]?.start.description == "all.yaml:20:24")
        #expect(shop.places.parts[.secretItem(0, 1)]?.start.line == 26)
        #expect(shop.places.parts[.parameter("keyvaultName")]?.start.description == "all.yaml:9:19")
    }

    @Test func `a workload becomes its pods`() throws {
        let pod = try #require(ManifestScene.scene(of: Self.read(Self.release)).pods.first)
        #expect(pod.label == "Deployment infra/shop")
        #expect(pod.replicas == 3)
        #expect(pod.serviceAccount == "shop")
        #expect(pod.nodeSelector == ["pool": "web"])
        #expect(pod.labels == ["app": "shop"])
        #expect(pod.containers.map(\.name) == ["first", "web"])
        #expect(pod.containers[0].variables == [.init(secret: "settings", key: nil, isOptional: true)])
        #expect(pod.containers[1].variables == [.init(secret: "web-tls", key: "tls.key")])
        #expect(pod.containers[1].mounts.last?.subPath == "tls.crt")
        var volume = ClassVolume(className: "shop")
        volume.attributes = ["keyvaultName": "other-vault"]
        volume.credentialsSecret = "credentials"
        #expect(pod.volumes.first?.source == .files(volume))
        #expect(pod.volumes.last?.source == .secret(name: "web-tls", keys: ["tls.crt"], isOptional: false))
        #expect(pod.places.parts[.volumeField("files", "readOnly")]?.start.line == 58)
    }

    @Test(arguments: [
        ("Pod", "v1", "spec"), ("DaemonSet", "apps/v1", "t"), ("StatefulSet", "apps/v1", "t"),
        ("ReplicaSet", "apps/v1", "t"), ("Job", "batch/v1", "t"), ("CronJob", "batch/v1", "j"),
    ])
    func `every kind that makes pods is read`(_ kind: String, _ version: String, _ form: String) throws {
        let pod = "spec: {containers: [{name: c}], serviceAccountName: sa}"
        let specs = [
            "spec": pod, "t": "spec: {template: {\(pod)}}", "j": "spec: {jobTemplate: {spec: {template: {\(pod)}}}}",
        ]
        let set = Self.read("apiVersion: \(version)\nkind: \(kind)\nmetadata: {name: a}\n\(specs[form] ?? "")\n")
        let read = try #require(ManifestScene.scene(of: set).pods.first)
        #expect(read.serviceAccount == "sa")
        #expect(read.namespace == nil)
        #expect(read.replicas == (["DaemonSet", "CronJob"].contains(kind) ? nil : 1))
    }

    @Test func `lists are opened, also as JSON and within each other`() {
        let pod = #"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "NAME"}, "spec": {}}"#
        let inner = #"{"apiVersion": "v1", "kind": "PodList", "items": [\#(pod.replacing("NAME", with: "b"))]}"#
        let set = Self.read(
            #"{"apiVersion": "v1", "kind": "List", "items": [\#(pod.replacing("NAME", with: "a")), \#(inner)]}"#)
        #expect(set.objects.map(\.name) == ["a", "b"])
        #expect(set.problems.isEmpty)
    }

    @Test func `what is no object, has no name or stands twice is told at its place`() {
        let set = Self.read(
            """
            replicaCount: 3
            ---
            - 1
            ---
            apiVersion: v1
            kind: Pod
            metadata: {}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {}}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {}}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: b}, spec: {}}
            """)
        #expect(
            codes(set) == [
                "1 manifest/not-an-object", "3 manifest/not-an-object", "5 manifest/no-name", "11 manifest/duplicate",
            ])
        #expect(set.objects.map(\.namespace) == [nil, "b"])
    }

    @Test func `an old version of the class is read too`() {
        let set = Self.read(
            Self.release.replacing("secrets-store.csi.x-k8s.io/v1\n", with: "secrets-store.csi.x-k8s.io/v1alpha1\n"))
        #expect(set.problems.isEmpty)
        #expect(ManifestScene.scene(of: set).classes.first?.version == "v1alpha1")
    }

    @Test func `a kind of the same name in another group is not taken`() {
        let set = Self.read("apiVersion: example.org/v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: b}\n")
        #expect(set.secrets.isEmpty)
        #expect(set.ignored == 1)
    }

    @Test func `the driver's own manifests tell how it is installed`() throws {
        let set = Self.read(
            """
            apiVersion: storage.k8s.io/v1
            kind: CSIDriver
            metadata: {name: secrets-store.csi.k8s.io}
            spec: {tokenRequests: [{audience: api://AzureADTokenExchange}]}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: secretprovidersyncing-role}
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: csi-secrets-store-csi-driver, namespace: csi}
            spec:
              template:
                spec:
                  nodeSelector: {kubernetes.io/os: linux}
                  containers:
                    - name: secrets-store
                      image: registry.k8s.io/csi-secrets-store/driver:v1.5.6
                      args: [--enable-secret-rotation=true, --rotation-poll-interval=1m30s]
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: csi-provider, namespace: csi}
            spec:
              template:
                spec:
                  containers:
                    - {name: provider, image: "mcr.microsoft.com/oss/v2/azure/secrets-store/provider-azure:v1.8.2"}
            """)
        let installation = try #require(ManifestScene.scene(of: set).installations.first)
        #expect(installation.driver == ComponentVersion(1, 5, 6))
        #expect(installation.provider == ComponentVersion(1, 8, 2))
        #expect(installation.rotates == true)
        #expect(installation.pollIntervalSeconds == 90)
        #expect(installation.syncsSecrets == true)
        #expect(installation.audiences == ["api://AzureADTokenExchange"])
        #expect(installation.runsOnWindows == false)
        #expect(ManifestScene.scene(of: Self.read(Self.release)).installations.isEmpty)
    }

    @Test func `every line with a value is marked as one that must not be shown`() {
        let set = Self.read(Self.release)
        let lines = Self.release.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where line.contains("canary") {
            let isHidden = set.sensitive.contains { $0.start.line <= index + 1 && index + 1 <= $0.end.line }
            #expect(isHidden, "\(line)")
        }
    }

    @Test func `no problem's message repeats a value that YAML takes for something else`() {
        let set = Self.read(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  a: !tag-canary x\n  b: *alias-canary\n"
                + "  c: !!int int-canary\n")
        #expect(codes(set).count == 3)
        for problem in set.problems {
            #expect(!"\(problem.message) \(problem.hint ?? "")".contains("canary"), "\(problem)")
        }
    }

    @Test(arguments: 0..<300)
    func `mutated manifests are read to their end, with a place for each problem`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes = Array(Self.release.utf8)
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0...3, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 32...126, using: &random)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(contentsOf: Array("\n---\n".utf8), at: place)
            default:
                let other = Int.random(in: place..<min(bytes.count, place + 60), using: &random)
                bytes.append(contentsOf: bytes[place..<other])
            }
        }
        let set = Self.read(String(decoding: bytes, as: UTF8.self))
        let scene = ManifestScene.scene(of: set)
        #expect(scene.classes.count + scene.pods.count <= set.objects.count, "seed \(seed)")
        for problem in set.problems { #expect(problem.range != nil, "seed \(seed): \(problem)") }
        let text = DiagnosticRenderer(sources: set.sources, sensitive: set.sensitive).text(of: set.problems)
        if set.problems.allSatisfy({ $0.code.area == "syntax" }) {
            #expect(!text.contains("canary"), "seed \(seed)\n\(text)")
        }
    }
}
