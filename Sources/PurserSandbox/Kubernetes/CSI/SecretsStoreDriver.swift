import Foundation

/// The Secrets Store CSI driver on one node: mounts volumes through a provider and notes what it mounted.
/// Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6, `NodePublishVolume`.
struct SecretsStoreDriver: Sendable {
    /// Why a mount failed, as kubelet words it.
    struct Failure: Error, Equatable {
        var text: String
    }

    /// One volume of one pod.
    struct Mount: Sendable {
        var pod: JSON
        var volume: JSON
        var scaleSet: String

        var volumeName: String { volume["name"]?.stringValue ?? "" }
        var attributes: [String: String] { volume[path: "csi", "volumeAttributes"]?.stringMap ?? [:] }
        var className: String { attributes["secretProviderClass"] ?? "" }
        var namespace: String { pod.objectNamespace ?? "" }

        /// Where the files would lie on a real node.
        var targetPath: String {
            "/var/lib/kubelet/pods/\(pod.objectUID)/volumes/kubernetes.io~csi/\(volumeName)/mount"
        }
    }

    static let group = "secrets-store.csi.x-k8s.io"

    let objects: ObjectStore
    let files: NodeFiles
    let azure: any AzureForNodes
    let vaultSuffix: String
    let nodeResourceGroup: String
    let installation: DriverInstallation

    /// Mounts a volume, all of it or nothing. `podInfo` is what kubelet tells of the pod, if the CSIDriver object asks for
    /// it, with its tokens; `secrets` is the data of the Secret that the volume names.
    func publish(
        _ mount: Mount, podInfo: [String: String], secrets: [String: String]
    ) async throws(Failure) {
        if mount.className.isEmpty { throw Self.failure("secretProviderClass is not set") }
        let parameters = try await parameters(mount)
        guard mount.volume[path: "csi", "readOnly"] == true else {
            throw Failure(text: "rpc error: code = InvalidArgument desc = Readonly is not true in request")
        }
        let merged = parameters.values.merging(mount.attributes) { $1 }.merging(podInfo) { $1 }
        let response: AzureProvider.Response
        do throws(MountProblem) {
            response = try await mounted(mount, parameters.provider, merged, secrets)
        } catch {
            switch error {
            case .text(let text):
                throw Self.failure(
                    "failed to mount secrets store objects for pod \(mount.namespace)/\(mount.pod.objectName), err: "
                        + text)
            case .deadlineExceeded:
                throw Failure(text: "rpc error: code = DeadlineExceeded desc = context deadline exceeded")
            }
        }
        do {
            try await PodStatusRecord(objects: objects).note(mount, versions: response.versions)
        } catch {
            throw Self.failure(
                "failed to create secret provider class pod status for pod \(mount.namespace)/"
                    + "\(mount.pod.objectName), err: \(error)")
        }
    }

    /// Reads a class's parameters as they are now.
    func parameters(
        _ mount: Mount
    ) async throws(Failure) -> (provider: String, values: [String: String]) {
        let place = "\(mount.namespace)/\(mount.className)"
        guard let type = await objects.customType(group: Self.group, plural: "secretproviderclasses") else {
            throw Self.failure(
                "failed to get secretproviderclass \(place), error: no matches for kind \"SecretProviderClass\" in "
                    + "version \"\(Self.group)/v1\"")
        }
        guard let object = await objects.get(type, mount.namespace, mount.className) else {
            throw Self.failure(
                "failed to get secretproviderclass \(place), error: \(type.qualifiedName) \"\(mount.className)\" "
                    + "not found")
        }
        guard let provider = object[path: "spec", "provider"]?.stringValue, !provider.isEmpty else {
            throw Self.failure("provider not set in \(place)")
        }
        let values = object[path: "spec", "parameters"]?.stringMap ?? [:]
        if values.isEmpty { throw Self.failure("parameters not set in \(place)") }
        return (provider, values)
    }

    enum MountProblem: Error {
        case text(String)
        case deadlineExceeded
    }

    /// Asks the provider and writes what it answers. The former content stays if anything fails.
    func mounted(
        _ mount: Mount, _ name: String, _ parameters: [String: String], _ secrets: [String: String]
    ) async throws(MountProblem) -> AzureProvider.Response {
        guard name.count <= 30, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
        else { throw .text("error connecting to provider \"\(name)\": invalid provider: provider \"\(name)\"") }
        guard
            let provider = installation.provider(
                name, azure: azure, vaultSuffix: vaultSuffix, nodeResourceGroup: nodeResourceGroup)
        else {
            throw .text("error connecting to provider \"\(name)\": provider not found: provider \"\(name)\"")
        }
        let response: AzureProvider.Response
        do throws(ProviderFailure) {
            response = try await provider.mount(
                AzureProvider.Request(parameters: parameters, secrets: secrets, scaleSet: mount.scaleSet))
        } catch {
            guard case .failed(let text) = error else { throw .deadlineExceeded }
            throw .text("rpc error: code = Unknown desc = failed to mount objects, error: \(text)")
        }
        if response.versions.isEmpty { throw .text("missing object versions") }
        try write(response.files, mount)
        return response
    }

    private func write(_ files: [AzureProvider.File], _ mount: Mount) throws(MountProblem) {
        var payload: [String: VolumeDirectory.File] = [:]
        for file in files {
            if let problem = Self.pathProblem(file.path) { throw .text(problem) }
            payload[file.path] = VolumeDirectory.File(mode: file.mode, bytes: file.bytes)
        }
        do throws(VolumeDirectory.Problem) {
            try self.files.volume(mount.volumeName, of: mount.pod).write(payload, at: objects.now())
        } catch {
            guard case .cannot(let text) = error else { return }
            throw .text(text)
        }
    }

    /// The driver's own rules for the names of files.
    private static func pathProblem(_ path: String) -> String? {
        if path.utf8.count > 4_096 { return "invalid path: must be less than or equal to 4096 characters" }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        if path != ".", parts.contains(where: { $0.isEmpty || $0 == "." }) { return "invalid filepath: \"\(path)\"" }
        if parts.contains("..") { return "invalid path: must not contain '..': \(path)" }
        if path.hasPrefix("..") { return "invalid path: must not start with '..': \(path)" }
        if parts.contains(where: { $0.utf8.count > 255 }) {
            return "invalid path: filenames must be less than or equal to 255 characters"
        }
        return nil
    }

    private static func failure(_ text: String) -> Failure {
        Failure(text: "rpc error: code = Unknown desc = \(text)")
    }
}

/// The SecretProviderClassPodStatus of a mount: which versions of which objects a pod has.
/// Source: secrets-store.csi.x-k8s.io/v1.
struct PodStatusRecord: Sendable {
    enum Problem: Error, CustomStringConvertible {
        case noDefinition

        var description: String { "no matches for kind \"SecretProviderClassPodStatus\"" }
    }

    let objects: ObjectStore

    static func name(_ mount: SecretsStoreDriver.Mount) -> String {
        "\(mount.pod.objectName)-\(mount.namespace)-\(mount.className)"
    }

    private func type() async throws -> ResourceType {
        guard
            let type = await objects.customType(
                group: SecretsStoreDriver.group, plural: "secretproviderclasspodstatuses")
        else { throw Problem.noDefinition }
        return type
    }

    func status(of mount: SecretsStoreDriver.Mount) async throws -> JSON? {
        await objects.get(try await type(), mount.namespace, Self.name(mount))
    }

    /// Writes the status; each object is listed once, by id, in their order.
    func note(
        _ mount: SecretsStoreDriver.Mount, versions: [(id: String, version: String)]
    ) async throws {
        let type = try await type()
        let unique = Dictionary(versions.map { ($0.id, $0.version) }) { $1 }.sorted { $0.key < $1.key }
        let listed = unique.map { item -> JSON in ["id": .string(item.key), "version": .string(item.value)] }
        let status: JSON = [
            "podName": .string(mount.pod.objectName), "secretProviderClassName": .string(mount.className),
            "mounted": true, "targetPath": .string(mount.targetPath), "objects": .array(listed),
        ]
        let record: JSON = [
            "metadata": [
                "name": .string(Self.name(mount)), "namespace": .string(mount.namespace),
                "labels": [
                    "internal.secrets-store.csi.k8s.io/node-name": mount.pod[path: "spec", "nodeName"] ?? ""
                ], "ownerReferences": [mount.pod.ownerReference(controller: false)],
            ], "status": status,
        ]
        if try await objects.add(record, type) { return }
        try await objects.update(
            type, like: await objects.get(type, mount.namespace, Self.name(mount)) ?? record
        ) { $0["status"] = status }
    }
}
