import Foundation

/// Sets up one volume of a pod on its node.
struct VolumeMounter: Sendable {
    /// The message of the `FailedMount` event.
    struct Failure: Error, Equatable {
        var text: String
    }

    let objects: ObjectStore
    let files: NodeFiles
    let azure: any AzureForNodes
    let vaultSuffix: String
    let nodeResourceGroup: String
    /// `iss` of the service accounts' tokens.
    let issuer: String

    func setUp(_ volume: JSON, of pod: JSON, on node: NodeSnapshot) async throws(Failure) {
        let name = volume["name"]?.stringValue ?? ""
        if let csi = volume["csi"] {
            try await publish(csi, volume, pod, node)
        } else if let secret = volume["secret"] {
            let object = secret["secretName"]?.stringValue ?? ""
            try await write(name, pod, ObjectVolume(secret, BuiltInResources.secrets, object))
        } else if let map = volume["configMap"] {
            try await write(name, pod, ObjectVolume(map, BuiltInResources.configMaps, map["name"]?.stringValue ?? ""))
        } else if let claim = volume[path: "persistentVolumeClaim", "claimName"]?.stringValue {
            guard await objects.get(BuiltInResources.volumeClaims, pod.objectNamespace, claim) != nil else {
                throw Self.failure(name, "persistentvolumeclaim \"\(claim)\" not found")
            }
            try makeEmpty(name, pod)
        } else if volume["emptyDir"] != nil {
            try makeEmpty(name, pod)
        }
    }

    private func makeEmpty(_ volume: String, _ pod: JSON) throws(Failure) {
        do {
            try PrivateFiles.makeDirectory(files.volume(volume, of: pod).path)
        } catch {
            throw Self.failure(volume, "\(error)")
        }
    }

    private static func failure(_ volume: String, _ text: String) -> Failure {
        Failure(text: "MountVolume.SetUp failed for volume \"\(volume)\" : \(text)")
    }

    // MARK: - Secrets and ConfigMaps

    private func write(_ name: String, _ pod: JSON, _ source: ObjectVolume) async throws(Failure) {
        let object = await objects.get(source.type, pod.objectNamespace, source.name)
        guard object != nil || source.isOptional else {
            let word = source.type == BuiltInResources.secrets ? "secret" : "configmap"
            throw Self.failure(name, "\(word) \"\(source.name)\" not found")
        }
        do throws(VolumeDirectory.Problem) {
            let payload = try source.files(of: object ?? [:])
            try files.volume(name, of: pod).write(payload, at: objects.now())
        } catch {
            guard case .cannot(let text) = error else { return }
            throw Self.failure(name, text)
        }
    }

    // MARK: - CSI

    /// nil if the volume is not one of the secrets store's.
    func mount(_ volume: JSON, of pod: JSON, on node: NodeSnapshot) -> SecretsStoreDriver.Mount? {
        guard volume[path: "csi", "driver"]?.stringValue == DriverInstallation.driverName else { return nil }
        return SecretsStoreDriver.Mount(pod: pod, volume: volume, scaleSet: node.scaleSet)
    }

    private func publish(_ csi: JSON, _ volume: JSON, _ pod: JSON, _ node: NodeSnapshot) async throws(Failure) {
        let name = volume["name"]?.stringValue ?? ""
        let driverName = csi["driver"]?.stringValue ?? ""
        guard let mount = mount(volume, of: pod, on: node), let installation = node.installation else {
            throw Failure(
                text: "MountVolume.NewMounter initialization failed for volume \"\(name)\" : driver name \(driverName) "
                    + "not found in the list of registered CSI drivers")
        }
        guard let object = await objects.get(BuiltInResources.csiDrivers, nil, driverName) else {
            throw Self.failure(name, Self.unsupported(driverName, "no CSIDriver object"))
        }
        guard object[path: "spec", "volumeLifecycleModes"]?.arrayValue?.contains("Ephemeral") == true else {
            let modes = object[path: "spec", "volumeLifecycleModes"]?.arrayValue?.compactMap(\.stringValue) ?? []
            throw Self.failure(name, Self.unsupported(driverName, "only supports \(modes)"))
        }
        let secrets = try await publishSecret(csi, name, pod)
        do throws(SecretsStoreDriver.Failure) {
            try await driver(installation).publish(
                mount, podInfo: await podInfo(object, pod), secrets: secrets)
        } catch {
            throw Self.failure(name, error.text)
        }
    }

    /// Fetches a mounted volume anew.
    func rotate(_ volume: JSON, of pod: JSON, on node: NodeSnapshot) async throws {
        guard let mount = mount(volume, of: pod, on: node), let installation = node.installation,
            let object = await objects.get(BuiltInResources.csiDrivers, nil, DriverInstallation.driverName)
        else { return }
        let rotation = SecretRotation(
            driver: driver(installation),
            sync: SecretSync(objects: objects, files: files, installation: installation))
        guard let secrets = await rotationSecret(volume, pod) else { return try await rotation.missSecret(of: mount) }
        try await rotation.rotate(mount, podInfo: await podInfo(object, pod), secrets: secrets)
    }

    /// The data of the Secret that a volume names; nil if the driver does not see it. Unlike kubelet it watches only
    /// those with its label.
    private func rotationSecret(_ volume: JSON, _ pod: JSON) async -> [String: String]? {
        guard let name = volume[path: "csi", "nodePublishSecretRef", "name"]?.stringValue else { return [:] }
        let secret = await objects.get(BuiltInResources.secrets, pod.objectNamespace, name)
        guard let secret, secret.objectLabels["secrets-store.csi.k8s.io/used"] == "true" else { return nil }
        return Self.texts(of: secret)
    }

    private func driver(_ installation: DriverInstallation) -> SecretsStoreDriver {
        SecretsStoreDriver(
            objects: objects, files: files, azure: azure, vaultSuffix: vaultSuffix,
            nodeResourceGroup: nodeResourceGroup, installation: installation)
    }

    private static func unsupported(_ driver: String, _ why: String) -> String {
        "kubernetes.io/csi: mounter.SetupAt failed to check volume lifecycle mode: volume mode \"Ephemeral\" not "
            + "supported by driver \(driver) (\(why))"
    }

    private func publishSecret(_ csi: JSON, _ volume: String, _ pod: JSON) async throws(Failure) -> [String: String] {
        guard let name = csi[path: "nodePublishSecretRef", "name"]?.stringValue else { return [:] }
        let namespace = pod.objectNamespace ?? ""
        guard let secret = await objects.get(BuiltInResources.secrets, namespace, name) else {
            throw Self.failure(
                volume,
                "fetching NodePublishSecretRef \(namespace)/\(name) failed: kubernetes.io/csi: failed to find the secret "
                    + "\(name) in the namespace \(namespace) with error: secrets \"\(name)\" not found")
        }
        return Self.texts(of: secret)
    }

    private static func texts(of secret: JSON) -> [String: String] {
        (secret["data"]?.stringMap ?? [:]).mapValues { text in
            Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }

    /// What kubelet adds to a volume's attributes, as the CSIDriver object asks.
    /// Source: Kubernetes CSI documentation, "Pod Info on Mount", "CSIDriver Object".
    private func podInfo(_ driver: JSON, _ pod: JSON) async -> [String: String] {
        var info: [String: String] = [:]
        let account = pod[path: "spec", "serviceAccountName"]?.stringValue ?? "default"
        if driver[path: "spec", "podInfoOnMount"] == true {
            info["csi.storage.k8s.io/pod.name"] = pod.objectName
            info["csi.storage.k8s.io/pod.namespace"] = pod.objectNamespace ?? ""
            info["csi.storage.k8s.io/pod.uid"] = pod.objectUID
            info["csi.storage.k8s.io/serviceAccount.name"] = account
            info["csi.storage.k8s.io/ephemeral"] = "true"
        }
        let requests = driver[path: "spec", "tokenRequests"]?.arrayValue ?? []
        guard !requests.isEmpty, let key = try? await objects.store.transaction({ try IssuerKey.loaded(from: $0) }),
            let object = await objects.get(BuiltInResources.serviceAccounts, pod.objectNamespace, account)
        else { return info }
        let issued = ServiceAccountToken(issuer: issuer, account: object, key: key, now: objects.now())
        var tokens: JSON = [:]
        for request in requests {
            let audience = request["audience"]?.stringValue ?? ""
            let seconds = request["expirationSeconds"]?.intValue ?? 3_600
            guard let token = try? issued.token(audiences: [audience], seconds: seconds) else { continue }
            tokens[audience] = ["token": .string(token.text), "expirationTimestamp": .string(token.expiration)]
        }
        info["csi.storage.k8s.io/serviceAccount.tokens"] = String(decoding: tokens.bytes(), as: UTF8.self)
        return info
    }
}

/// A volume that shows a Secret's or a ConfigMap's data.
private struct ObjectVolume {
    let type: ResourceType
    let name: String
    let isOptional: Bool
    private let items: [JSON]?
    private let mode: UInt32

    init(_ source: JSON, _ type: ResourceType, _ name: String) {
        self.type = type
        self.name = name
        isOptional = source["optional"] == true
        items = source["items"]?.arrayValue
        mode = UInt32(source["defaultMode"]?.intValue ?? 0o644) & 0o777
    }

    /// All keys, or the named ones under the paths given for them.
    func files(of object: JSON) throws(VolumeDirectory.Problem) -> [String: VolumeDirectory.File] {
        let data = Self.data(of: object, type)
        guard let items else { return data.mapValues { VolumeDirectory.File(mode: mode, bytes: $0) } }
        var files: [String: VolumeDirectory.File] = [:]
        for item in items {
            let key = item["key"]?.stringValue ?? ""
            guard let bytes = data[key] else {
                if isOptional { continue }
                throw .cannot("references non-existent \(type.kind.lowercased()) key: \(key)")
            }
            let mode = item["mode"]?.intValue.map { UInt32($0) & 0o777 } ?? mode
            files[item["path"]?.stringValue ?? key] = VolumeDirectory.File(mode: mode, bytes: bytes)
        }
        return files
    }

    private static func data(of object: JSON, _ type: ResourceType) -> [String: [UInt8]] {
        let decoded = { (field: String) in
            (object[field]?.stringMap ?? [:]).compactMapValues { Data(base64Encoded: $0).map { [UInt8]($0) } }
        }
        if type == BuiltInResources.secrets { return decoded("data") }
        return (object["data"]?.stringMap ?? [:]).mapValues { Array($0.utf8) }.merging(decoded("binaryData")) { $1 }
    }
}
