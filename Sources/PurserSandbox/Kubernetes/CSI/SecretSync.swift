import Foundation

/// Makes Kubernetes Secrets of mounted files, as a class's `secretObjects` say.
/// Source: secrets-store-csi-driver v1.5.6, `controllers/secretproviderclasspodstatus_controller.go`.
struct SecretSync: Sendable {
    static let managedLabel = "secrets-store.csi.k8s.io/managed"

    let objects: ObjectStore
    let files: NodeFiles
    let installation: DriverInstallation

    private var events: EventRecorder { EventRecorder(objects: objects) }

    /// Creates what is missing and owns what is there.
    /// - Returns: whether everything that can be done is done; otherwise it is worth trying again.
    func reconcile(_ mount: SecretsStoreDriver.Mount) async throws -> Bool {
        guard let (entries, place) = await entries(of: mount), !entries.isEmpty else { return true }
        guard await mayWrite() else { return false }
        var isDone = true
        for entry in entries {
            guard !entry.name.isEmpty, !entry.type.isEmpty, !entry.data.isEmpty else { continue }
            if let secret = await secret(entry.name, mount) {
                if secret.objectLabels[Self.managedLabel] == "true" { try await own(secret, for: mount) }
                continue
            }
            switch try await create(entry, mount, place) {
            case .created: break
            case .skipped: isDone = false
            case .refused: return false
            }
        }
        return isDone
    }

    /// Gives existing Secrets the content that the files have now.
    func rotate(_ mount: SecretsStoreDriver.Mount) async throws {
        guard let (entries, place) = await entries(of: mount), await mayWrite() else { return }
        let contents = files.volume(mount.volumeName, of: mount.pod).contents()
        for entry in entries {
            guard let secret = await secret(entry.name, mount), secret.objectLabels[Self.managedLabel] == "true" else {
                continue
            }
            let data: JSON
            do throws(ProviderFailure) {
                data = try entry.secretData(contents, targetPath: mount.targetPath)
            } catch {
                guard case .failed(let text) = error else { continue }
                try await events.record(
                    .warning, "SecretRotationFailed",
                    "failed to get data in spc \(place) for secret \(entry.name), "
                        + "err: \(text)", about: mount.pod, from: "csi-secrets-store-rotation")
                continue
            }
            try await objects.update(BuiltInResources.secrets, like: secret) { $0["data"] = data }
            try await events.record(
                .normal, "SecretRotationComplete", "successfully rotated K8s secret \(entry.name)",
                about: mount.pod, from: "csi-secrets-store-rotation")
        }
    }

    private enum Outcome {
        case created, skipped, refused
    }

    private func create(
        _ entry: SecretEntry, _ mount: SecretsStoreDriver.Mount, _ place: String
    ) async throws -> Outcome {
        let contents = files.volume(mount.volumeName, of: mount.pod).contents()
        let data: JSON
        do throws(ProviderFailure) {
            data = try entry.secretData(contents, targetPath: mount.targetPath)
        } catch {
            guard case .failed(let text) = error else { return .skipped }
            try await failed(mount, "failed to get data in spc \(place) for secret \(entry.name), err: \(text)")
            return .skipped
        }
        var secret: JSON = [
            "metadata": ["name": .string(entry.name), "namespace": .string(mount.namespace)],
            "type": .string(entry.type), "data": data,
        ]
        var labels = entry.labels
        labels[Self.managedLabel] = "true"
        secret[path: "metadata", "labels"] = .object(labels.mapValues { .string($0) })
        if !entry.annotations.isEmpty {
            secret[path: "metadata", "annotations"] = .object(entry.annotations.mapValues { .string($0) })
        }
        secret[path: "metadata", "ownerReferences"] = .array(await owners(of: mount))
        let causes = ObjectValidation(type: BuiltInResources.secrets).causes(secret, replacing: nil)
        guard causes.isEmpty else {
            // The API server's reason is in the driver's log only.
            try await failed(mount, "timed out waiting for the condition")
            return .refused
        }
        try await objects.add(secret, BuiltInResources.secrets)
        return .created
    }

    private func failed(_ mount: SecretsStoreDriver.Mount, _ message: String) async throws {
        try await events.record(
            .warning, "FailedToCreateSecret", message, about: mount.pod, from: "csi-secrets-store-controller")
    }

    // MARK: - Owners

    private func own(_ secret: JSON, for mount: SecretsStoreDriver.Mount) async throws {
        let owners = await owners(of: mount)
        try await objects.update(BuiltInResources.secrets, like: secret) { secret in
            let present = secret.ownerReferences
            let missing = owners.filter { owner in !present.contains { $0["name"] == owner["name"] } }
            if !missing.isEmpty { secret[path: "metadata", "ownerReferences"] = .array(present + missing) }
        }
    }

    /// The pod's own owners; for a bare pod its status record, which goes with the pod.
    private func owners(of mount: SecretsStoreDriver.Mount) async -> [JSON] {
        let owners = mount.pod.ownerReferences.map { reference -> JSON in
            var plain = reference
            plain["controller"] = nil
            plain["blockOwnerDeletion"] = nil
            return plain
        }
        if !owners.isEmpty { return owners }
        let record = try? await PodStatusRecord(objects: objects).status(of: mount)
        return record.flatMap { $0 }.map { [$0.ownerReference(controller: false)] } ?? []
    }

    // MARK: - Reading

    private func secret(_ name: String, _ mount: SecretsStoreDriver.Mount) async -> JSON? {
        await objects.get(BuiltInResources.secrets, mount.namespace, name)
    }

    /// The chart gives this right only with `syncSecret.enabled`.
    private func mayWrite() async -> Bool {
        await ClusterAccess(objects: objects).allows(
            .serviceAccount(namespace: installation.namespace, name: installation.serviceAccount),
            APIAction(verb: "create", resource: "secrets"))
    }

    private func entries(
        of mount: SecretsStoreDriver.Mount
    ) async -> (entries: [SecretEntry], place: String)? {
        guard
            let type = await objects.customType(group: SecretsStoreDriver.group, plural: "secretproviderclasses"),
            let object = await objects.get(type, mount.namespace, mount.className)
        else { return nil }
        let entries = object[path: "spec", "secretObjects"]?.arrayValue ?? []
        return (entries.map(SecretEntry.init), "\(mount.namespace)/\(mount.className)")
    }
}

/// One entry of `secretObjects`.
struct SecretEntry: Sendable {
    struct Item: Sendable {
        var file: String
        var key: String
    }

    let name: String
    let type: String
    let labels: [String: String]
    let annotations: [String: String]
    let data: [Item]

    init(_ entry: JSON) {
        name = (entry["secretName"]?.stringValue ?? "").trimmingBlanks()
        type = (entry["type"]?.stringValue ?? "").trimmingBlanks()
        labels = entry["labels"]?.stringMap ?? [:]
        annotations = entry["annotations"]?.stringMap ?? [:]
        data = (entry["data"]?.arrayValue ?? []).map { item in
            Item(
                file: (item["objectName"]?.stringValue ?? "").trimmingBlanks(),
                key: (item["key"]?.stringValue ?? "").trimmingBlanks())
        }
    }

    /// The Secret's `data`. - Throws: the driver's words for a file that is missing or cannot be split.
    func secretData(_ contents: [String: [UInt8]], targetPath: String) throws(ProviderFailure) -> JSON {
        var result: JSON = [:]
        for item in data {
            if item.file.isEmpty { throw .failed("object name in secretObjects.data") }
            if item.key.isEmpty { throw .failed("key in secretObjects.data is empty") }
            guard let bytes = contents[item.file] else {
                throw .failed("file matching objectName \(item.file) not found in the pod")
            }
            var value = bytes
            if type == "kubernetes.io/tls" {
                do throws(ProviderFailure) {
                    value = try TLSSecretData.part(item.key, of: bytes)
                } catch {
                    guard case .failed(let text) = error else { throw error }
                    throw .failed("failed to get cert data from file \(targetPath)/\(item.file), err: \(text)")
                }
            }
            result[item.key] = .string(Data(value).base64EncodedString())
        }
        return result
    }
}
