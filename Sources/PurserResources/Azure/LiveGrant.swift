/// What a principal has in a vault now.
struct LiveGrant: Sendable {
    /// All of it, whoever granted it.
    var permissions = PermissionSet()
    /// What is known to be of others. An access policy does not tell: there it is everything.
    var others = PermissionSet()
    private var entry: PolicyEntry?

    init() {}

    init(_ entry: PolicyEntry) {
        permissions = entry.permissions
        others = entry.permissions
        self.entry = entry
    }

    /// Roles, with whether their assignment is ours.
    init(roles: [KeyVaultRole: Bool]) {
        permissions = PermissionSet(roles: roles.keys)
        others = PermissionSet(roles: roles.filter { !$0.value }.keys)
    }

    /// What of these permissions can be taken away, in the words by which the service stores them.
    func removable(_ permissions: PermissionSet) -> [String: [String]] {
        if let entry { return entry.storedWords(of: permissions) }
        return permissions.covered(by: self.permissions).subtracting(others).map
    }
}
