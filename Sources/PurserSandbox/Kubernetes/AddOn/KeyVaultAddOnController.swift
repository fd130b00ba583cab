import Foundation

/// Brings the add-on for key vaults into the cluster and takes it out again, as AKS's own add-on manager does: what the
/// cluster's profile says is applied by way of the API, as manager `aks-addons`.
struct KeyVaultAddOnController: Sendable {
    let store: Store
    let api: KubernetesAPI
    /// A token that may do everything.
    let token: String

    private static let installed = "keyVaultAddOn"

    /// Makes the cluster as the profile says, if it is not what was made last.
    func synchronize() async throws {
        let (wanted, present) = await store.transaction { store in
            let cluster = store.list(ManagedClusters.collection).map(\.value).first(where: KeyVaultAddOn.isEnabled)
            return (
                cluster.flatMap { KeyVaultAddOn.profile(of: $0)?["config"] } ?? .null,
                store.get("world", Self.installed) ?? .null
            )
        }
        guard wanted != present else { return }
        let objects = KeyVaultAddOnObjects(config: wanted)
        if wanted.isNull {
            // Classes stay what they are: AKS leaves the definitions, and what people made of them.
            for object in objects.all.reversed() { try await send("DELETE", object) }
        } else {
            for definition in try Self.definitions() { try await apply(definition.path, definition.yaml) }
            for object in objects.all { try await apply(object.path, object.document.bytes()) }
        }
        try await store.transaction { store in
            if wanted.isNull {
                try store.remove("world", Self.installed)
            } else {
                try store.put("world", Self.installed, wanted)
            }
        }
    }

    private func apply(_ path: String, _ body: [UInt8]) async throws {
        let answer = await api.respond(
            to: request("PATCH", path + "?fieldManager=aks-addons&force=true", body, "application/apply-patch+yaml"))
        guard answer.status < 300 else { throw KeyVaultAddOnError(path: path, status: answer.status) }
    }

    private func send(_ method: String, _ object: KeyVaultAddOnObjects.Object) async throws {
        let answer = await api.respond(to: request(method, object.path, [], "application/json"))
        guard answer.status < 300 || answer.status == 404 else {
            throw KeyVaultAddOnError(path: object.path, status: answer.status)
        }
    }

    private func request(_ method: String, _ target: String, _ body: [UInt8], _ type: String) -> SandboxRequest {
        SandboxRequest(
            method, target, headers: ["Authorization": "Bearer \(token)", "Content-Type": type], body: body)
    }

    /// The driver's own definitions, from the chart of the same version.
    private static func definitions() throws -> [(path: String, yaml: [UInt8])] {
        let directory = try BundledCharts.directory().appendingPathComponent(
            "csi-secrets-store-provider-azure/charts/secrets-store-csi-driver/crds")
        return try ["secretproviderclasses", "secretproviderclasspodstatuses"].map { plural in
            let text = try Data(contentsOf: directory.appendingPathComponent("\(plural).yaml"))
            return (
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/\(plural).secrets-store.csi.x-k8s.io",
                [UInt8](text)
            )
        }
    }
}

struct KeyVaultAddOnError: Error, CustomStringConvertible {
    let path: String
    let status: Int

    var description: String { "the add-on for key vaults: \(path) was answered with \(status)" }
}
