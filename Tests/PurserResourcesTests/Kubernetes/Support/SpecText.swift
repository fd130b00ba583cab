import PurserClients
import PurserEngine
import PurserResources
import PurserSyntax
import Testing

/// The demo environment, to be changed by tests line by line.
enum SpecText {
    static let demo = """
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

    /// Loads a spec text. Throws its problems.
    static func load(_ text: String) async throws -> Spec {
        let clients = try await FakeCluster().clients()
        return try SpecLoader.load(
            sources: [SourceFile(path: "demo.yaml", text: text)], catalog: StandardCatalog.make(clients: clients),
            inputs: SpecInputs())
    }

    /// The problems of the demo with some of its text replaced, one a line: place, severity, code, message, hint.
    static func problems(_ changes: (String, String)...) async throws -> [String] {
        var text = demo
        for (old, new) in changes {
            try #require(text.contains(old), "the demo has no '\(old)'")
            text = text.replacing(old, with: new)
        }
        do {
            return try await load(text).remarks.map(line)
        } catch let problems as Diagnostics {
            return problems.map(line)
        }
    }

    private static func line(_ item: Diagnostic) -> String {
        let place = item.range.map { "\($0.start.line):\($0.start.column) " } ?? ""
        let hint = item.hint.map { " -> \($0)" } ?? ""
        return "\(place)\(item.severity.rawValue) \(item.code): \(item.message)\(hint)"
    }
}
