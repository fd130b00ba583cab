import PurserProof

/// A scene in which all is well.
enum SoundScene {
    static let clientId = "11111111-2222-4333-8444-555555555555"
    static let objects = """
        array:
          - |
            objectName: db-password
            objectType: secret
          - |
            objectName: shop-tls
            objectType: secret
        """

    static func scene() -> Scene {
        var scene = Scene()
        scene.vaults = [vault()]
        scene.identities = [identity()]
        scene.installations = [installation()]
        scene.classes = [definition()]
        scene.pods = [pod()]
        return scene
    }

    static func vault() -> VaultDefinition {
        var vault = VaultDefinition(label: "vaults/shop", name: "shop-kv", authorization: .policies)
        vault.tenant = "tenant"
        vault.hasAllObjects = true
        vault.hasAllGrants = true
        vault.objects = [secret("db-password"), certificate("shop-tls")]
        vault.grants = [
            Grant(
                label: "vaults/shop/access/shop", principal: "principal", model: .policies,
                permissions: [.secret: ["get"], .cert: ["get"], .key: ["get"]])
        ]
        return vault
    }

    static func secret(_ name: String) -> StoredObject {
        var object = StoredObject(label: "vaults/shop/secrets/\(name)", name: name, sort: .secret)
        object.versions = [.init(id: "v1")]
        object.hasAllVersions = true
        return object
    }

    static func certificate(_ name: String) -> StoredObject {
        var object = StoredObject(label: "vaults/shop/certificates/\(name)", name: name, sort: .certificate)
        object.versions = [.init(id: "v1")]
        object.hasAllVersions = true
        object.form = .pfx
        object.isExportable = true
        object.keyType = "RSA"
        return object
    }

    static func identity() -> IdentityDefinition {
        var identity = IdentityDefinition(
            label: "identities/shop", clientId: clientId, principalId: "principal", resourceId: "/subscriptions/s/shop")
        identity.binding = .all
        identity.hasAllBindings = true
        identity.hasAllCredentials = true
        identity.credentials = [
            FederatedCredential(
                label: "aks", issuer: "https://issuer/", subject: "system:serviceaccount:web:default",
                audience: "api://AzureADTokenExchange")
        ]
        return identity
    }

    static func installation() -> Installation {
        var installation = Installation(label: "releases/csi", origin: .chart)
        installation.provider = ComponentVersion(1, 8, 2)
        installation.driver = ComponentVersion(1, 5, 6)
        installation.rotates = false
        installation.pollIntervalSeconds = 120
        installation.syncsSecrets = true
        installation.audiences = ["api://AzureADTokenExchange"]
        installation.runsOnWindows = false
        installation.separatesFiles = false
        return installation
    }

    static func definition() -> ClassDefinition {
        var definition = ClassDefinition(
            label: "SecretProviderClass web/shop", name: "shop", namespace: "web",
            parameters: [
                "keyvaultName": "shop-kv", "tenantID": "tenant", "useVMManagedIdentity": "true",
                "userAssignedIdentityID": clientId,
            ], objects: .text(objects))
        definition.secretObjects = [
            SecretObjectDefinition(
                name: "shop-tls", type: "kubernetes.io/tls",
                data: [.init(file: "shop-tls", key: "tls.crt"), .init(file: "shop-tls", key: "tls.key")])
        ]
        return definition
    }

    static func pod() -> PodDefinition {
        var pod = PodDefinition(label: "Pod web/shop", name: "shop", namespace: "web")
        pod.volumes = [VolumeDefinition(name: "kv", source: .files(ClassVolume(className: "shop")))]
        pod.containers = [ContainerDefinition(name: "shop", mounts: [.init(volume: "kv", path: "/mnt/kv")])]
        return pod
    }

    /// Classes of their own for the pods, with objects of their own.
    static func large(pods: Int, objectsPerClass: Int) -> Scene {
        var scene = scene()
        scene.classes = []
        scene.pods = []
        for number in 0..<pods {
            let names = (0..<objectsPerClass).map { "secret-\(number)-\($0)" }
            scene.vaults[0].objects += names.map { secret($0) }
            var definition = definition()
            definition.name = "class-\(number)"
            definition.label = "SecretProviderClass web/class-\(number)"
            definition.objects = .entries(
                names.enumerated().map { index, name in
                    var object = RequestedObject(name: name, type: "secret")
                    object.index = index
                    return object
                })
            definition.secretObjects = []
            var pod = pod()
            pod.label = "Pod web/pod-\(number)"
            pod.volumes = [VolumeDefinition(name: "kv", source: .files(ClassVolume(className: definition.name)))]
            scene.classes.append(definition)
            scene.pods.append(pod)
        }
        return scene
    }
}
