import PurserClients
import Testing

/// The set-up that people make by hand: with `az`, `helm` and `kubectl`, each call as those tools send it.
///
/// Source: the projects' own guides of 2021, whose SecretProviderClass is `v1alpha1`.
struct ManualSetup {
    let sandbox: SandboxWorld

    static let vaultName = "csi-demo-keyvault"
    private static let group = "aks-csi-demo"
    private static let nodeGroup = "aks-nodes-west-dev"
    private static let identityName = "aks-csi-demo-identity"

    func make() async throws {
        let helm = try HelmUser(sandbox: sandbox)
        try await helm.createNamespace()
        let settings = ["syncSecret.enabled", "enableSecretRotation"].map { "secrets-store-csi-driver.\($0)=true" }
        try await helm.run(
            "install", "csi", helm.chart, "--repo", helm.repository, "--version", "1.8.2", "--set",
            settings.joined(separator: ","), "--wait")
        let clientId = try await helm.withClients { try await azure($0) }
        let kubectl = try Kubectl(sandbox: sandbox)
        try await kubectl("create", "namespace", "infra")
        let tenant = sandbox.connectionEnvironment["AZURE_TENANT_ID"] ?? ""
        try await kubectl("apply", "-f", "-", input: Self.secretProviderClass(clientId, tenant))
        try await kubectl("apply", "-f", "-", input: Self.pod)
        try await kubectl("wait", "--for=condition=Ready", "pod/aks-csi-demo", "-n", "infra", "--timeout=60s")
    }

    /// As `az tag update --operation merge`: the mark by which Purser knows what is its own.
    func markIdentity(of environment: String) async throws {
        try await HelmUser(sandbox: sandbox).withClients { clients in
            let subscription = sandbox.connectionEnvironment["AZURE_SUBSCRIPTION_ID"] ?? ""
            _ = try await clients.arm.patch(
                "/subscriptions/\(subscription)/resourceGroups/\(Self.group)/providers/Microsoft.ManagedIdentity/"
                    + "userAssignedIdentities/\(Self.identityName)", apiVersion: "2024-11-30",
                body: ["tags": ["purser-environment": .string(environment)]])
        }
    }

    /// Returns the identity's client id.
    private func azure(_ clients: Clients) async throws -> String {
        let subscription = "/subscriptions/\(sandbox.connectionEnvironment["AZURE_SUBSCRIPTION_ID"] ?? "")"
        let group = "\(subscription)/resourceGroups/\(Self.group)"
        let arm = clients.arm
        _ = try await arm.put(group, apiVersion: "2021-04-01", body: ["location": "westeurope"])
        let identityID = "\(group)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/\(Self.identityName)"
        let identity = try await arm.put(
            identityID, apiVersion: "2024-11-30", body: ["location": "westeurope", "tags": [:]])
        let principal = try #require(identity.at("properties", "principalId")?.string)
        let clientId = try #require(identity.at("properties", "clientId")?.string)
        let vault = try await makeVault(
            "\(group)/providers/Microsoft.KeyVault/vaults/\(Self.vaultName)", principal, clients)
        let url = try #require(vault.at("properties", "vaultUri")?.string)
        try await fill(url, clients)
        let sets =
            "\(subscription)/resourceGroups/\(Self.nodeGroup)/providers/Microsoft.Compute/virtualMachineScaleSets"
        for set in try await arm.list(sets, apiVersion: "2024-11-01") {
            let types = set.at("identity", "type")?.string ?? "None"
            let type = types == "None" ? "UserAssigned" : "\(types), UserAssigned"
            _ = try await arm.patch(
                "\(sets)/\(set["name"]?.string ?? "")", apiVersion: "2024-11-01",
                body: [
                    "identity": ["type": .string(type), "userAssignedIdentities": .object([identityID: [:]])]
                ])
        }
        return clientId
    }

    /// As `az keyvault create`, which gives the caller every right, and three `az keyvault set-policy`.
    private func makeVault(_ path: String, _ principal: String, _ clients: Clients) async throws -> JSONValue {
        let tenant = JSONValue.string(sandbox.connectionEnvironment["AZURE_TENANT_ID"] ?? "")
        let caller = try await clients.caller().objectID
        func entry(_ id: String, _ words: JSONValue) -> JSONValue {
            [
                "tenantId": tenant, "objectId": .string(id),
                "permissions": ["secrets": words, "keys": words, "certificates": words],
            ]
        }
        return try await clients.arm.put(
            path, apiVersion: "2026-02-01",
            body: [
                "location": "westeurope",
                "properties": [
                    "tenantId": tenant, "sku": ["family": "A", "name": "standard"], "enableRbacAuthorization": false,
                    "accessPolicies": [entry(caller, ["all"]), entry(principal, ["get"])],
                ],
            ])
    }

    private func fill(_ url: String, _ clients: Clients) async throws {
        // A new policy takes its time.
        try await clients.polling.retrying(while: { $0.status == 403 }, timeout: .seconds(60)) {
            () async throws(ServiceError) in
            _ = try await clients.keyVault.put(
                vaultURL: url, path: "/secrets/aks-csi-demo-secret", body: [:],
                secrets: ["value": SecretString(SandboxWorld.secretValue)])
        }
        _ = try await clients.keyVault.createCertificate(
            vaultURL: url, name: "aks-csi-demo-cert",
            body: [
                "policy": [
                    "issuer": ["name": "Self"], "x509_props": ["subject": "CN=aks-csi-demo", "validity_months": 12],
                    "key_props": ["exportable": true, "kty": "RSA", "key_size": 2048, "reuse_key": false],
                    "secret_props": ["contentType": "application/x-pkcs12"],
                ]
            ])
    }

    private static func secretProviderClass(_ clientId: String, _ tenant: String) -> String {
        """
        apiVersion: secrets-store.csi.x-k8s.io/v1alpha1
        kind: SecretProviderClass
        metadata:
          name: aks-csi-demo
          namespace: infra
        spec:
          provider: azure
          parameters:
            usePodIdentity: "false"
            useVMManagedIdentity: "true"
            userAssignedIdentityID: \(clientId)
            keyvaultName: \(vaultName)
            objects: |
              array:
                - |
                  objectType: secret
                  objectName: aks-csi-demo-secret
                - |
                  objectType: secret
                  objectName: aks-csi-demo-cert
            tenantId: \(tenant)
          secretObjects:
          - secretName: aks-csi-demo-cert
            type: kubernetes.io/tls
            data:
            - objectName: aks-csi-demo-cert
              key: tls.key
            - objectName: aks-csi-demo-cert
              key: tls.crt

        """
    }

    /// Another workload that mounts the class, under a volume name of its own.
    static let deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: shop, namespace: infra}
        spec:
          replicas: 2
          selector: {matchLabels: {app: shop}}
          template:
            metadata: {labels: {app: shop}}
            spec:
              containers:
                - name: shop
                  image: shop:1
                  args: [run, "${MODE} $${MODE} $(MODE)"]
                  env: [{name: DB_PASSWORD, value: hunter2}]
                  volumeMounts: [{name: files, mountPath: /mnt/files, readOnly: true}]
              volumes:
                - name: files
                  csi:
                    driver: secrets-store.csi.k8s.io
                    readOnly: true
                    volumeAttributes: {secretProviderClass: aks-csi-demo}

        """

    private static let pod = """
        kind: Pod
        apiVersion: v1
        metadata:
          name: aks-csi-demo
          namespace: infra
          labels:
            name: aks-csi-demo
            environment: development
        spec:
          volumes:
            - name: aks-csi-demo
              csi:
                driver: secrets-store.csi.k8s.io
                readOnly: true
                volumeAttributes:
                  secretProviderClass: aks-csi-demo
            - name: aks-csi-demo-cert
              secret:
                secretName: aks-csi-demo-cert
          containers:
            - name: aks-csi-demo
              image: andriktr/utils:1.0.1
              volumeMounts:
              - name: aks-csi-demo
                mountPath: "/mnt/csi-demo"
                readOnly: true
              - name: aks-csi-demo-cert
                mountPath: "/csi-demo-cert/"
                readOnly: true
              resources:
                requests:
                  cpu: 100m
                  memory: 100Mi
                limits:
                  cpu: 200m
                  memory: 300Mi

        """
}
