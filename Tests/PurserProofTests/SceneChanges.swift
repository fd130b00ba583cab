import PurserProof
import PurserSyntax

/// What goes wrong, one change a code.
enum SceneChanges {
    typealias Change = FindingTests.Change

    static let all = classes + identities + vaults + files + pods

    // MARK: Classes

    private static let classes = [
        Change(.wrongProvider) { $0.classes[0].provider = "Azure" },
        Change(.deprecatedVersion, .warning) { $0.classes[0].version = "v1alpha1" },
        Change(.missingParameter) { $0.classes[0].parameters["keyvaultName"] = " " },
        Change(.parameterNotText) { $0.classes[0].untypedParameters = ["useVMManagedIdentity": "a boolean"] },
        Change(.badFlag) { $0.classes[0].parameters["useVMManagedIdentity"] = "yes" },
        Change(.severalModes) { $0.classes[0].parameters["useAzureTokenProxy"] = "1" },
        Change(.deprecatedParameter, .warning) { scene in
            scene.classes[0].parameters["tenantId"] = scene.classes[0].parameters.removeValue(forKey: "tenantID")
        },
        Change(.unknownParameter, .warning) { $0.classes[0].parameters["cloudname"] = "AzurePublicCloud" },
        Change(.unknownCloud) { $0.classes[0].parameters["cloudName"] = "AzureCloud1" },
        Change(.vaultNameForm) { $0.classes[0].parameters["keyvaultName"] = "shop_kv" },
        Change(.versionLacks) { scene in
            scene.installations[0].provider = ComponentVersion(1, 8, 0)
            scene.identities[0].binding = .none
            scene.classes[0].parameters["userAssignedIdentityID"] = nil
        },
    ]

    // MARK: Identities

    private static let identities = [
        Change(.noIdentityMode) { scene in
            scene.classes[0].parameters["useVMManagedIdentity"] = nil
            scene.classes[0].parameters["userAssignedIdentityID"] = nil
        },
        Change(.identityWithoutFlag, .warning) { scene in
            scene.classes[0].parameters["useVMManagedIdentity"] = nil
            scene.classes[0].parameters["clientID"] = SoundScene.clientId
            scene.issuer = "https://issuer/"
        },
        Change(.noToken) { scene in
            scene.useWorkloadIdentity()
            scene.installations[0].audiences = []
        },
        Change(.unusedClientId, .warning) { $0.classes[0].parameters["clientID"] = SoundScene.clientId },
        Change(.notAClientId) { $0.classes[0].parameters["userAssignedIdentityID"] = "/subscriptions/s/shop" },
        Change(.unknownIdentity) { scene in
            scene.hasAllIdentities = true
            scene.classes[0].parameters["userAssignedIdentityID"] = "99999999-2222-4333-8444-555555555555"
        },
        Change(.identityNotBound) { $0.identities[0].binding = .none },
        Change(.nodeWithoutIdentity, .warning) { scene in
            scene.identities[0].binding = .scaleSets(["aks-a-1-vmss"])
            scene.nodePools = [NodePool(scaleSet: "aks-a-1-vmss"), NodePool(scaleSet: "aks-b-2-vmss")]
        },
        Change(.nodeWithoutIdentity) { scene in
            scene.identities[0].binding = .scaleSets(["aks-a-1-vmss"])
            scene.pods[0].nodeSelector = ["agentpool": "b"]
        },
        Change(.identityAmbiguous) { scene in
            scene.classes[0].parameters["userAssignedIdentityID"] = nil
            var pool = NodePool(scaleSet: "aks-a-1-vmss")
            pool.identities = [SoundScene.clientId, "kubelet"]
            pool.hasSystemIdentity = false
            scene.nodePools = [pool]
        },
        Change(.identityAmbiguous, .warning) { scene in
            scene.classes[0].parameters["userAssignedIdentityID"] = nil
        },
        Change(.otherServiceAccount) { scene in
            scene.useWorkloadIdentity()
            scene.classes[0].serviceAccount = "shop"
        },
        Change(.noFederation) { scene in
            scene.useWorkloadIdentity()
            scene.identities[0].credentials = []
        },
        Change(.federationMismatch) { scene in
            scene.useWorkloadIdentity()
            scene.pods[0].serviceAccount = "other"
        },
        Change(.federationMismatch) { scene in
            scene.useWorkloadIdentity()
            scene.issuer = "https://issuer"
        },
        Change(.noCredentials) { scene in
            scene.useServicePrincipal()
            scene.secrets = [
                SecretDefinition(
                    label: "Secret web/signin", name: "signin", namespace: "web", keys: ["client_id", "clientsecret"])
            ]
        },
        Change(.noCredentials) { scene in
            scene.useServicePrincipal()
            scene.hasAllSecrets = true
        },
        Change(.credentialsLabel, .warning) { scene in
            scene.useServicePrincipal()
            scene.installations[0].rotates = true
            scene.secrets = [
                SecretDefinition(
                    label: "Secret web/signin", name: "signin", namespace: "web", keys: ["ClientID", "clientsecret"])
            ]
        },
        Change(.podIdentity, .warning) { scene in
            scene.usePodIdentity()
            scene.pods[0].labels["aadpodidbinding"] = "shop"
        },
    ]

    // MARK: Vaults

    private static let vaults = [
        Change(.unknownVault) { scene in
            scene.hasAllVaults = true
            scene.classes[0].parameters["keyvaultName"] = "shop-kw"
        },
        Change(.otherTenant, .warning) { $0.classes[0].parameters["tenantID"] = "other" },
        Change(.otherTenant) { scene in
            scene.useWorkloadIdentity()
            scene.classes[0].parameters["tenantID"] = "other"
        },
        Change(.unknownVaultObject) { $0.vaults[0].objects.removeFirst() },
        Change(.wrongKind) { $0.vaults[0].objects[0].sort = .key },
        Change(.objectDisabled) {
            $0.vaults[0].objects[0].versions = [.init(id: "v2", isEnabled: false), .init(id: "v1")]
        },
        Change(.objectExpired, .warning) { $0.vaults[0].objects[0].isExpired = true },
        Change(.latestVersion) { $0.changeFirst { $0.version = "latest" } },
        Change(.unknownVersion) { $0.changeFirst { $0.version = "v9" } },
        Change(.noVersions) { scene in
            scene.classes[0].secretObjects = []
            scene.vaults[0].grants[0].permissions?[.secret] = ["get", "list"]
            scene.vaults[0].objects[0].versions = []
            scene.vaults[0].objects[0].hasAllVersions = true
            scene.changeFirst(alone: true) { $0.history = 2 }
        },
        Change(.pinnedVersion, .warning) { scene in
            scene.installations[0].rotates = true
            scene.changeFirst { $0.version = "v1" }
        },
        Change(.historyLength, .note) { scene in
            scene.vaults[0].grants[0].permissions?[.secret] = ["get", "list"]
            scene.changeFirst { $0.history = 2 }
        },
        Change(.unusableContent) { $0.vaults[0].objects[1].form = .other("text/plain") },
        Change(.noAccess) { $0.vaults[0].grants = [] },
        Change(.missingPermission) { $0.vaults[0].grants[0].permissions?[.secret] = ["list"] },
        Change(.missingPermission) { scene in
            scene.vaults[0].authorization = .rbac
            scene.vaults[0].grants = [
                Grant(label: "role", principal: "principal", model: .rbac, roles: ["Key Vault Reader"])
            ]
        },
        Change(.otherModel) { $0.vaults[0].authorization = .rbac },
        Change(.requestBudget, .warning) { scene in
            scene.installations[0].rotates = true
            scene.installations[0].pollIntervalSeconds = 1
            scene.pods[0].replicas = 500
        },
    ]

    // MARK: Files and Secrets

    private static let files = [
        Change(.objectsForm) { $0.classes[0].objects = .text("array:\n  - objectName: a") },
        Change(.noVaultObjects) { scene in
            scene.classes[0].secretObjects = []
            scene.classes[0].objects = .text("array:\n  -")
        },
        Change(.vaultObjectForm) { $0.changeFirst { $0.encoding = "utf-16" } },
        Change(.objectType) { $0.changeFirst { $0.type = "Secret" } },
        Change(.unknownObjectField, .warning) { scene in
            scene.classes[0].objects = .text(SoundScene.objects + "\n    objectalias: x")
        },
        Change(.fileName) { $0.changeFirst { $0.alias = "/etc/password" } },
        Change(.fileName) { $0.changeFirst { $0.alias = "./password" } },
        Change(.fileMode, .warning) { $0.changeFirst { $0.permission = "0o600" } },
        Change(.duplicateFile, .warning) { $0.changeFirst { $0.alias = "shop-tls" } },
        Change(.fileConflict) { $0.changeFirst { $0.alias = "shop-tls/password" } },
        Change(.syncDisabled) { $0.installations[0].syncsSecrets = false },
        Change(.unknownMountedFile) { $0.classes[0].secretObjects[0].data[0].file = "shop" },
        Change(.secretWithoutData) { scene in
            scene.classes[0].secretObjects[0].type = "Opaque"
            scene.classes[0].secretObjects[0].data = []
        },
        Change(.tlsKeys) { $0.classes[0].secretObjects[0].data[0].key = "ca.crt" },
        Change(.tlsPartMissing) { $0.vaults[0].objects[1].isExportable = false },
        Change(.tlsPartMissing) { scene in
            scene.vaults[0].objects[1].sort = .secret
            scene.vaults[0].objects[1].content = .encryptedKey
            scene.classes[0].secretObjects[0].data.removeFirst()
            scene.classes[0].secretObjects[0].data.append(.init(file: "shop-tls", key: "tls.crt"))
        },
        Change(.secretForm) { $0.classes[0].secretObjects[0].name = "Shop_TLS" },
        Change(.secretTypeConflict) { scene in
            var other = scene.classes[0]
            other.name = "other"
            other.label = "SecretProviderClass web/other"
            other.secretObjects[0].type = "Opaque"
            scene.classes.append(other)
        },
        Change(.secretTaken, .warning) { scene in
            scene.secrets = [
                SecretDefinition(label: "Secret web/shop-tls", name: "shop-tls", namespace: "web", keys: [])
            ]
        },
    ]

    // MARK: Pods

    private static let pods = [
        Change(.noClassName) { $0.changeVolume { $0.className = nil } },
        Change(.unknownClass) { scene in
            scene.hasAllClasses = true
            scene.changeVolume { $0.className = "other" }
        },
        Change(.unknownClass, .warning) { $0.changeVolume { $0.className = "shpo" } },
        Change(.otherNamespace) { $0.pods[0].namespace = "other" },
        Change(.notReadOnly) { $0.changeVolume { $0.isReadOnly = false } },
        Change(.volumeNotMounted, .warning) { $0.pods[0].containers[0].mounts = [] },
        Change(.volumeNotMounted) { scene in
            scene.pods[0].containers[0].mounts = []
            scene.pods[0].containers[0].variables = [.init(secret: "shop-tls", key: "tls.crt")]
        },
        Change(.classMountedTwice, .warning) { scene in
            scene.pods[0].volumes.append(
                VolumeDefinition(name: "again", source: .files(ClassVolume(className: "shop"))))
            scene.pods[0].containers[0].mounts.append(.init(volume: "again", path: "/again"))
        },
        Change(.overriddenParameter, .warning) { scene in
            scene.changeVolume { $0.attributes = ["keyvaultName": "other-kv"] }
        },
        Change(.noWindowsDriver) { $0.pods[0].runsOnWindows = true },
        Change(.unknownSecretKey) { $0.pods[0].containers[0].variables = [.init(secret: "shop-tls", key: "tls.pem")] },
        Change(.unknownSecret) { scene in
            scene.hasAllSecrets = true
            scene.pods[0].containers[0].variables = [.init(secret: "nowhere", key: nil)]
        },
        Change(.unknownSubPath, .warning) { $0.pods[0].containers[0].mounts[0].subPath = "db-pasword" },
        Change(.subPathStaysOld, .warning) { scene in
            scene.installations[0].rotates = true
            scene.pods[0].containers[0].mounts[0].subPath = "db-password"
        },
        Change(.variableStaysOld, .warning) { scene in
            scene.installations[0].rotates = true
            scene.pods[0].containers[0].variables = [.init(secret: "shop-tls", key: "tls.crt")]
        },
        Change(.twoDrivers) { scene in
            scene.installations.append(Installation(label: "the add-on", origin: .addOn))
            scene.classes[0].installation = "releases/csi"
        },
    ]
}

extension Scene {
    fileprivate mutating func useWorkloadIdentity() {
        classes[0].parameters["useVMManagedIdentity"] = nil
        classes[0].parameters["userAssignedIdentityID"] = nil
        classes[0].parameters["clientID"] = SoundScene.clientId
        issuer = "https://issuer/"
    }

    fileprivate mutating func usePodIdentity() {
        classes[0].parameters["useVMManagedIdentity"] = nil
        classes[0].parameters["userAssignedIdentityID"] = nil
        classes[0].parameters["usePodIdentity"] = "true"
    }

    fileprivate mutating func useServicePrincipal() {
        classes[0].parameters["useVMManagedIdentity"] = nil
        classes[0].parameters["userAssignedIdentityID"] = nil
        changeVolume { $0.credentialsSecret = "signin" }
    }

    fileprivate mutating func changeVolume(_ change: (inout ClassVolume) -> Void) {
        guard case .files(var volume) = pods[0].volumes[0].source else { return }
        change(&volume)
        pods[0].volumes[0].source = .files(volume)
    }

    /// Changes the first of the two objects.
    fileprivate mutating func changeFirst(alone: Bool = false, _ change: (inout RequestedObject) -> Void) {
        var first = RequestedObject(name: "db-password", type: "secret")
        var second = RequestedObject(name: "shop-tls", type: "secret")
        second.index = 1
        change(&first)
        classes[0].objects = .entries(alone ? [first] : [first, second])
    }
}
