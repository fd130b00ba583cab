import PurserClients
import PurserEngine
import PurserSyntax

/// The locks that keep a resource from being deleted, which a run would meet in its midst, with much undone already.
///
/// Source: Azure REST reference, Management Locks, api-version 2020-05-01; Azure documentation, "Lock your resources to
/// protect your infrastructure". Values of vaults are no matter of Resource Manager's, and its locks do not cover them.
enum ManagementLocks {
    /// What is in the way of a resource that goes, or that is made anew. Nothing is asked of one that stays; what may not
    /// be seen is met by the run.
    static func obstacles(
        to kind: any ResourceKind.Type, at path: String, _ found: Attributes, wanted: Attributes?,
        _ operation: Operation, _ arm: ARMClient
    ) async -> [Action: Obstacle] {
        guard !operation.isExisting, goes(kind, found, wanted) else { return [:] }
        let locks = try? await arm.list(
            "\(path)/providers/Microsoft.Authorization/locks", apiVersion: "2020-05-01",
            query: ["$filter": "atScope()"])
        guard let id = locks?.compactMap({ $0["id"]?.string }).min() else { return [:] }
        let obstacle = Obstacle(
            "the lock '\(id.split(separator: "/").last ?? "")' forbids to delete it",
            hint: "az lock delete --ids \(id.shellWord)")
        return [.delete: obstacle, .replace: obstacle]
    }

    private static func goes(_ kind: any ResourceKind.Type, _ found: Attributes, _ wanted: Attributes?) -> Bool {
        guard let wanted else { return true }
        return kind.attributes.contains { attribute in
            guard attribute.effect == .replaces, let now = found.values[attribute.name],
                let then = wanted.values[attribute.name]
            else { return false }
            return then != .unknown && then != now
        }
    }
}
