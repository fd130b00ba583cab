/// Carries out what has come to its end since the last call.
struct Settlement: Sendable {
    let timing: Timing

    func settle(in store: isolated Store) throws {
        let now = timing.seconds
        for (key, group) in store.list(ResourceGroups.collection) {
            guard let end = group["deletedAt"]?.numberValue, end <= now else { continue }
            try deleteContents(of: group["name"]?.stringValue ?? key, in: store)
            try store.remove(ResourceGroups.collection, key)
        }
        try Vaults.settle(at: now, in: store)
        try ScaleSets.settle(at: now, in: store)
    }

    /// Everything in the group goes, whoever made it; vaults stay as soft-deleted ones.
    private func deleteContents(of group: String, in store: isolated Store) throws {
        for (key, vault) in store.list(Vaults.collection) where Self.isIn(group, vault) {
            try Vaults.softDelete(key, timing: timing, in: store)
        }
        for (key, identity) in store.list(Identities.collection) where Self.isIn(group, identity) {
            try Identities.delete(key, in: store)
        }
        for (key, scaleSet) in store.list(ScaleSets.collection) where Self.isIn(group, scaleSet) {
            try store.remove(ScaleSets.collection, key)
        }
        try RoleAssignments.removeAll(within: AzureID.group(group), in: store)
    }

    private static func isIn(_ group: String, _ resource: JSON) -> Bool {
        resource["group"]?.stringValue?.lowercased() == group.lowercased()
    }
}
