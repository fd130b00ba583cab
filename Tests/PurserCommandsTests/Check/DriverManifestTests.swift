import PurserCommands
import PurserProof
import PurserSyntax
import Testing

/// What `helm template` says of the driver, beside manifests that are checked with it.
@Suite struct DriverManifestTests {
    private func findings(_ more: String) -> [Finding] {
        let set = ManifestReaderTests.read(FindingCatalogue.manifests + more, path: "all.yaml")
        return Prover.proof(of: ManifestScene.scene(of: set)).findings
    }

    private static func driver(_ name: String, namespace: String, system: String = "linux", interval: String = "2m")
        -> String
    {
        """
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: \(name), namespace: \(namespace)}
        spec:
          template:
            spec:
              nodeSelector: {kubernetes.io/os: \(system)}
              containers:
                - name: secrets-store
                  image: registry.k8s.io/csi-secrets-store/driver:v1.5.6
                  args: ["--enable-secret-rotation=true", "--rotation-poll-interval=\(interval)"]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: secretprovidersyncing-role, namespace: \(namespace)}

        """
    }

    @Test func `the add-on beside a chart is two drivers; a DaemonSet for Windows beside one for Linux is not`() {
        let chart = Self.driver("secrets-store-csi-driver", namespace: "csi")
        let windows = Self.driver("secrets-store-csi-driver-windows", namespace: "csi2", system: "windows")
        #expect(findings(chart + windows).map(\.code) == [])
        let addOn = Self.driver("aks-secrets-store-csi-driver", namespace: "kube-system")
        let found = findings(chart + addOn)
        #expect(found.map(\.code) == [.twoDrivers])
        #expect(found.first?.message.contains("the AKS add-on and a chart") == true)
    }

    @Test func `a vault that only manifests name is asked too often all the same`() {
        let second = Self.driver("secrets-store-csi-driver", namespace: "csi", interval: "1s")
        #expect(findings(second).map(\.code) == [])
        let deployment = """
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: many, namespace: web}
            spec:
              replicas: 300
              template:
                spec:
                  containers: [{name: c, image: "i:1", volumeMounts: [{name: kv, mountPath: /kv}]}]
                  volumes:
                    - name: kv
                      csi:
                        driver: secrets-store.csi.k8s.io
                        readOnly: true
                        volumeAttributes: {secretProviderClass: shop}

            """
        let found = findings(second + deployment)
        #expect(found.map(\.code) == [.requestBudget])
        #expect(found.first?.message.hasPrefix("rotation asks the vault 'shop-kv' about 6020 times") == true)
        #expect(found.first?.range != nil)
    }
}
