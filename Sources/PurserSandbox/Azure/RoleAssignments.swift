/// Who holds which role where.
enum RoleAssignments {
    /// By the assignment's id in lower case.
    static let collection = "roleAssignments"

    /// The roles that the principal holds at that resource or above it, as far as they have taken effect by `now`.
    static func roles(
        of objectID: String, covering id: String, at now: Double = .infinity, in store: isolated Store
    ) -> [BuiltInRole] {
        store.list(collection).map(\.value).filter { assignment in
            assignment["principalId"]?.stringValue?.lowercased() == objectID.lowercased()
                && isAt(assignment["scope"]?.stringValue ?? "?", orAbove: id)
                && (assignment["effectiveFrom"]?.numberValue ?? 0) <= now
        }
        .compactMap(role)
    }

    static func role(_ assignment: JSON) -> BuiltInRole? {
        assignment["roleDefinitionId"]?.stringValue?.split(separator: "/").last.flatMap {
            BuiltInRole(rawValue: $0.lowercased())
        }
    }

    /// Whether `scope` is `id` or contains it.
    static func isAt(_ scope: String, orAbove id: String) -> Bool {
        let scope = scope.lowercased()
        let id = id.lowercased()
        return scope == "/" || scope == id || id.hasPrefix(scope + "/")
    }

    static func removeAll(within id: String, in store: isolated Store) throws {
        for (key, assignment) in store.list(collection)
        where isAt(id, orAbove: assignment["scope"]?.stringValue ?? "?") {
            try store.remove(collection, key)
        }
    }

    static func put(
        _ name: String, scope: String, role: BuiltInRole, principal: String, in store: isolated Store
    ) throws {
        let id = "\(scope)/providers/Microsoft.Authorization/roleAssignments/\(name)"
        try store.put(
            collection, id.lowercased(),
            [
                "name": .string(name), "scope": .string(scope), "principalId": .string(principal),
                "principalType": "ServicePrincipal", "roleDefinitionId": .string(Authorization.definitionID(role)),
            ])
    }
}
