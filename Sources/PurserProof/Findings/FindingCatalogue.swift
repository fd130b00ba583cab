package import PurserSyntax

/// What there is to say of one code: shown by `purser explain`, listed in `docs/findings.md`.
package struct FindingPage: Sendable {
    /// What produces the finding.
    package enum Example: Sendable {
        /// The text of an environment's spec.
        case spec(String)
        /// Manifests.
        case manifests(String)
        /// In words: it takes more than files to know.
        case words(String)

        static func spec(changing changes: [(String, String)]) -> Example {
            .spec(changed(FindingCatalogue.spec, changes))
        }

        static func manifests(changing changes: [(String, String)]) -> Example {
            .manifests(changed(FindingCatalogue.manifests, changes))
        }

        private static func changed(_ text: String, _ changes: [(String, String)]) -> String {
            changes.reduce(text) { $0.replacing($1.0, with: $1.1) }
        }
    }

    package let code: DiagnosticCode
    package let severity: Diagnostic.Severity
    /// What is wrong, as a sentence without an end.
    package let title: String
    /// One paragraph, in Markdown.
    package let explanation: String
    /// The telling part of what the user would otherwise meet in events or logs.
    package let providerMessage: String?
    /// What to do, in Markdown.
    package let fix: String
    package let example: Example

    init(
        _ code: DiagnosticCode, _ severity: Diagnostic.Severity, _ title: String, explanation: String,
        says providerMessage: String?, fix: String, example: Example
    ) {
        self.code = code
        self.severity = severity
        self.title = title
        self.explanation = explanation
        self.providerMessage = providerMessage
        self.fix = fix
        self.example = example
    }
}

/// All findings of the proof.
package enum FindingCatalogue {
    package static let all = ClassPages.all + IdentityPages.all + VaultPages.all + FilePages.all + PodPages.all

    package static func page(of code: DiagnosticCode) -> FindingPage? { all.first { $0.code == code } }

    /// The environment that the examples change. Nothing is found in it.
    package static let spec = """
        apiVersion: purser/v1
        environment: aks-csi-demo
        azure: {tenant: 8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e, subscription: 0a0b0c0d-1111-4222-8333-444455556666, location: westeurope}
        cluster: {nodeResourceGroup: aks-nodes-west-dev}
        groups:
          demo: {name: aks-csi-demo}
        identities:
          demo:
            group: demo
            nodes: all
        vaults:
          demo:
            name: csi-demo-keyvault
            group: demo
            authorization: policies
            access:
              demo: {identity: demo, secrets: [get], keys: [get], certificates: [get]}
            secrets:
              app-secret: {value: {env: SECRET_VALUE}}
            certificates:
              app-cert: {selfSigned: {subject: CN=app, validity: 365d, keySize: 2048}}
        releases:
          csi:
            chart: csi-secrets-store-provider-azure
            repository: https://azure.github.io/secrets-store-csi-driver-provider-azure/charts
            version: 1.8.2
            namespace: csi
            values:
              secrets-store-csi-driver: {syncSecret: {enabled: true}, enableSecretRotation: true}
        namespaces:
          infra: {}
        secretProviderClasses:
          app:
            namespace: infra
            release: csi
            vault: demo
            identity: {userAssigned: demo}
            objects:
              - secret: app-secret
              - certificate: app-cert
                as: secret
            secretObjects:
              app-cert:
                type: kubernetes.io/tls
                data: {tls.key: app-cert, tls.crt: app-cert}
        pods:
          app:
            namespace: infra
            mounts:
              - {secretProviderClass: app, path: /mnt/app}
              - {secret: app-cert, path: /tls}
            spec:
              containers:
                - name: app
                  image: app:1

        """

    /// The manifests that the examples change. Nothing is found in them.
    package static let manifests = """
        apiVersion: secrets-store.csi.x-k8s.io/v1
        kind: SecretProviderClass
        metadata: {name: shop, namespace: web}
        spec:
          provider: azure
          parameters:
            keyvaultName: shop-kv
            tenantID: 8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e
            useVMManagedIdentity: "true"
            userAssignedIdentityID: 11111111-2222-4333-8444-555555555555
            objects: |
              array:
                - |
                  objectName: db-password
                  objectType: secret
                - |
                  objectName: shop-tls
                  objectType: secret
          secretObjects:
            - secretName: shop-tls
              type: kubernetes.io/tls
              data:
                - {objectName: shop-tls, key: tls.crt}
                - {objectName: shop-tls, key: tls.key}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: shop, namespace: web}
        spec:
          containers:
            - name: shop
              image: registry.k8s.io/pause:3.10
              volumeMounts:
                - {name: kv, mountPath: /mnt/kv}
          volumes:
            - name: kv
              csi:
                driver: secrets-store.csi.k8s.io
                readOnly: true
                volumeAttributes: {secretProviderClass: shop}

        """
}
