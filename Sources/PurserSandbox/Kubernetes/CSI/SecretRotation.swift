import Foundation

/// Fetches mounted objects anew at the driver's poll interval.
/// Source: secrets-store-csi-driver v1.5.6, `pkg/rotation/reconciler.go`.
struct SecretRotation: Sendable {
    let driver: SecretsStoreDriver
    let sync: SecretSync

    private var objects: ObjectStore { driver.objects }

    /// Takes over what the vault holds now; on failure everything stays as it is. Unlike the first mount it knows the
    /// class's parameters alone, not what the pod's volume sets beside them.
    func rotate(
        _ mount: SecretsStoreDriver.Mount, podInfo: [String: String], secrets: [String: String]
    ) async throws {
        let records = PodStatusRecord(objects: objects)
        guard let former = try await records.status(of: mount) else { return }
        guard former[path: "status", "targetPath"]?.stringValue == mount.targetPath else {
            return try await failed(
                mount,
                "secret provider class pod status volume name did not match pod Volume for pod "
                    + "\(mount.namespace)/\(mount.pod.objectName)")
        }
        let response: AzureProvider.Response
        do {
            let parameters = try await driver.parameters(mount)
            let merged = parameters.values.merging(podInfo) { $1 }
            response = try await driver.mounted(mount, parameters.provider, merged, secrets)
        } catch let problem as SecretsStoreDriver.MountProblem {
            let text = if case .text(let text) = problem { text } else { "context deadline exceeded" }
            return try await failed(mount, "provider mount err: \(text)")
        } catch let failure as SecretsStoreDriver.Failure {
            return try await failed(mount, failure.text)
        }
        try await records.note(mount, versions: response.versions)
        let present = try await records.status(of: mount)
        if present?[path: "status", "objects"] != former[path: "status", "objects"] {
            try await EventRecorder(objects: objects).record(
                .normal, "MountRotationComplete",
                "successfully rotated mounted contents for spc \(mount.namespace)/\(mount.className)",
                about: mount.pod, from: "csi-secrets-store-rotation")
        }
        try await sync.rotate(mount)
    }

    /// Reports that the volume's own Secret is not there, or lacks the driver's label.
    func missSecret(of mount: SecretsStoreDriver.Mount) async throws {
        let name = mount.volume[path: "csi", "nodePublishSecretRef", "name"]?.stringValue ?? ""
        try await failed(
            mount,
            "failed to get node publish secret \(mount.namespace)/\(name), err: secrets \"\(name)\" not found")
    }

    private func failed(_ mount: SecretsStoreDriver.Mount, _ message: String) async throws {
        try await EventRecorder(objects: objects).record(
            .warning, "MountRotationFailed", message, about: mount.pod, from: "csi-secrets-store-rotation")
    }
}
