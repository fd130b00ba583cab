/// Binds claims of volumes as soon as they exist; the volumes are empty directories on the node.
/// Source: Kubernetes API reference v1.33, `PersistentVolumeClaim`.
struct VolumeClaimController: Sendable {
    let objects: ObjectStore

    func reconcile() async throws {
        for claim in await objects.list(BuiltInResources.volumeClaims) where claim[path: "status", "phase"] != "Bound" {
            try await objects.update(BuiltInResources.volumeClaims, like: claim) { claim in
                claim[path: "spec", "volumeName"] = .string("pvc-\(claim.objectUID)")
                claim["status"] = [
                    "phase": "Bound", "accessModes": claim[path: "spec", "accessModes"] ?? [],
                    "capacity": claim[path: "spec", "resources", "requests"] ?? [:],
                ]
            }
        }
    }
}
