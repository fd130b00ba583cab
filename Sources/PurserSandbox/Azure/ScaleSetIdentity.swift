import Foundation

/// The identities of a scale set, and how a PATCH changes them: the map is merged, null removes one entry, and the
/// type is taken literally, so that leaving out `UserAssigned` drops every user-assigned identity.
struct ScaleSetIdentity: Sendable {
    private let identity: JSON
    private let scaleSetID: String

    init(_ scaleSet: JSON) {
        identity = scaleSet["identity"] ?? ["type": "None"]
        scaleSetID = AzureID.scaleSet(scaleSet["name"]?.stringValue ?? "", group: scaleSet["group"]?.stringValue ?? "")
    }

    /// The user-assigned identities' ids as the scale set spells them, with their principals.
    var assigned: [String: JSON] { identity["userAssignedIdentities"]?.objectValue ?? [:] }

    /// The client id of the scale set's own identity.
    var systemAssignedPrincipal: String? { identity["principalId"]?.stringValue }

    func patched(by change: JSON, in store: isolated Store) throws -> JSON? {
        let type = try types(change)
        let named = change["userAssignedIdentities"]?.objectValue ?? [:]
        if !type.contains("UserAssigned"), named.values.contains(where: { !$0.isNull }) {
            throw invalid("The identity type does not include 'UserAssigned', but user assigned identities are given.")
        }
        var map = type.contains("UserAssigned") ? assigned : [:]
        for (id, value) in named {
            let former = map.keys.first { $0.lowercased() == id.lowercased() }
            if value.isNull {
                if let former { map[former] = nil }
            } else {
                let known = try existing(id, in: store)
                // An identity that was made again under its name has another principal, which has to be looked up.
                if former.flatMap({ map[$0]?["clientId"] }) != known["clientId"] { map[former ?? id] = [:] }
            }
        }
        if type.contains("UserAssigned"), map.isEmpty {
            throw invalid("The identity type 'UserAssigned' needs at least one user assigned identity.")
        }
        return try result(type, map, in: store)
    }

    private func result(_ type: [String], _ map: [String: JSON], in store: isolated Store) throws -> JSON? {
        guard !type.isEmpty else { return nil }
        var result: JSON = ["type": .string(type.joined(separator: ", "))]
        if type.contains("SystemAssigned") {
            result["principalId"] = .string(try systemPrincipal(in: store))
            result["tenantId"] = .string(WorldFacts.tenant)
        }
        if type.contains("UserAssigned") { result["userAssignedIdentities"] = .object(map) }
        return result
    }

    private func types(_ change: JSON) throws -> [String] {
        guard let text = change["type"]?.stringValue else {
            throw invalid("Required parameter 'identity.type' is missing (null).")
        }
        let words = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
        if words == ["none"] { return [] }
        guard !words.isEmpty, words.allSatisfy({ $0 == "systemassigned" || $0 == "userassigned" }) else {
            throw invalid("The value '\(text)' of parameter 'identity.type' is invalid.")
        }
        return ["SystemAssigned", "UserAssigned"].filter { words.contains($0.lowercased()) }
    }

    private func existing(_ id: String, in store: isolated Store) throws -> JSON {
        if let identity = Identities.identity(id: id, in: store) { return identity }
        throw AzureError(
            400, "FailedIdentityOperation",
            "Identity operation for resource '\(scaleSetID)' failed with error 'Failed to perform resource identity "
                + "operation. Status: 'BadRequest'. Response: '{\"error\":{\"code\":\"BadRequest\",\"message\":\"Resource "
                + "'\(id)' was not found.\"}}'.'.")
    }

    private func systemPrincipal(in store: isolated Store) throws -> String {
        if let known = systemAssignedPrincipal { return known }
        let principal = Principal(
            clientID: UUID().uuidString.lowercased(), objectID: UUID().uuidString.lowercased(),
            displayName: scaleSetID.split(separator: "/").last.map(String.init) ?? "", kind: .managedIdentity,
            secret: nil, visibleFrom: 0)
        try Directory.add(principal, in: store)
        return principal.objectID
    }

    /// The identities with the principals of those that exist.
    func withPrincipals(in store: isolated Store) -> JSON? {
        guard identity["type"]?.stringValue != "None" else { return nil }
        var result = identity
        for (id, value) in assigned where value["clientId"] == nil {
            guard let known = Identities.identity(id: id, in: store) else { continue }
            result[path: "userAssignedIdentities", id] = [
                "principalId": known["principalId"] ?? .null, "clientId": known["clientId"] ?? .null,
            ]
        }
        return result
    }

    // MARK: What AKS itself does

    /// The scale set with an identity beside those that it has.
    static func carrying(_ identity: JSON, _ scaleSet: JSON) -> JSON {
        var changed = scaleSet
        let types =
            ScaleSetIdentity(scaleSet).systemAssignedPrincipal == nil ? "UserAssigned" : "SystemAssigned, UserAssigned"
        changed[path: "identity", "type"] = .string(types)
        changed[path: "identity", "userAssignedIdentities", id(of: identity)] = [
            "principalId": identity["principalId"] ?? .null, "clientId": identity["clientId"] ?? .null,
        ]
        return changed
    }

    /// The scale set without that identity.
    static func without(_ identity: JSON, _ scaleSet: JSON) -> JSON {
        var changed = scaleSet
        let id = id(of: identity).lowercased()
        let left = ScaleSetIdentity(scaleSet).assigned.filter { $0.key.lowercased() != id }
        changed[path: "identity", "userAssignedIdentities"] = .object(left)
        return changed
    }

    /// Compute writes ids with the usual `resourceGroups`, not as the identity service does.
    private static func id(of identity: JSON) -> String {
        (Identities.answer(identity)["id"]?.stringValue ?? "").replacing("/resourcegroups/", with: "/resourceGroups/")
    }

    private func invalid(_ message: String) -> AzureError { AzureError(400, "InvalidParameter", message) }
}
