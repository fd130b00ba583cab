import PurserClients
import PurserEngine

/// A managed identity as a scale set may have it.
struct NodeIdentity: Sendable {
    let id: String
    let principal: String?
}

/// A virtual machine scale set as far as identities go.
struct ScaleSet: Sendable {
    let name: String
    let etag: String?
    /// Parts of the identity's type, e.g. `SystemAssigned` and `UserAssigned`; empty for none.
    let types: [String]
    /// Identifiers of the user-assigned identities, as the service spells them.
    let userAssigned: [String]
    /// The principals that stand behind them, as far as the service says; of an identity that is gone, the former one.
    private let principals: [String: String]
    /// The object of its own identity in the directory; nil if it has none.
    let principalId: String?

    init?(_ body: JSONValue) {
        guard let name = body["name"]?.string else { return nil }
        self.name = name
        etag = body["etag"]?.string
        // Order, and the blank after the comma, vary.
        types = (body.at("identity", "type")?.string ?? "")
            .split(separator: ",").map { $0.filter { $0 != " " } }.filter { $0.lowercased() != "none" && !$0.isEmpty }
        let identities = body.at("identity", "userAssignedIdentities")?.object ?? [:]
        userAssigned = identities.keys.sorted()
        principals = identities.compactMapValues { $0["principalId"]?.string }
        principalId = body.at("identity", "principalId")?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether the id stands there, whoever was behind it.
    func names(_ id: String) -> Bool { userAssigned.contains { AzurePaths.areEqual($0, id) } }

    /// Whether the set has this identity, and not one of the same name that was deleted since: the nodes get no token of
    /// the new one then.
    func has(_ identity: NodeIdentity) -> Bool {
        userAssigned.contains { id in
            guard AzurePaths.areEqual(id, identity.id) else { return false }
            guard let present = principals[id], let wanted = identity.principal else { return true }
            return AzurePaths.areEqual(present, wanted)
        }
    }

    /// What a PATCH must say to add an identity: the map is merged, the type is taken literally.
    func bodyAdding(_ id: String) -> JSONValue {
        let others = types.filter { $0.lowercased() != "userassigned" }
        return [
            "identity": [
                "type": .string((others + ["UserAssigned"]).joined(separator: ", ")),
                "userAssignedIdentities": .object([id: [:]]),
            ]
        ]
    }

    /// What a PATCH must say to take an identity away and to leave the others.
    func bodyRemoving(_ id: String) -> JSONValue {
        let remaining = userAssigned.filter { !AzurePaths.areEqual($0, id) }
        guard remaining.isEmpty else {
            let stored = userAssigned.first { AzurePaths.areEqual($0, id) } ?? id
            return [
                "identity": [
                    "type": .string(types.joined(separator: ", ")), "userAssignedIdentities": .object([stored: .null]),
                ]
            ]
        }
        let others = types.filter { $0.lowercased() != "userassigned" }
        return ["identity": ["type": .string(others.isEmpty ? "None" : others.joined(separator: ", "))]]
    }
}

/// Changes identities of scale sets by PATCH alone: a scale set that AKS owns is never written as a whole.
struct ScaleSetClient: Sendable {
    struct Group: Sendable {
        let subscription: String
        let name: String
    }

    let arm: ARMClient
    let polling: Polling

    func list(_ group: Group) async throws(ServiceError) -> [ScaleSet] {
        try await arm.list(path(group), apiVersion: AzureVersion.scaleSets).compactMap(ScaleSet.init)
    }

    /// Nil if there is no such resource group.
    func listIfThere(_ group: Group) async throws(ServiceError) -> [ScaleSet]? {
        do throws(ServiceError) {
            return try await list(group)
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    /// Does nothing if the set has the identity already. One of its name that was deleted since is taken off first: under
    /// an id that it has, a set does not look for another principal.
    func bind(_ identity: NodeIdentity, to name: String, in group: Group) async throws(ServiceError) {
        try await changing {
            () async throws(ServiceError) in
            guard let set = try await get(name, group) else { throw missing(name, group) }
            if set.has(identity) { return }
            guard set.names(identity.id) else { return try await patch(set, set.bodyAdding(identity.id), group) }
            try await patch(set, set.bodyRemoving(identity.id), group)
            guard let cleared = try await get(name, group) else { throw missing(name, group) }
            try await patch(cleared, cleared.bodyAdding(identity.id), group)
        }
    }

    /// Does nothing if the set does not have the identity, or is gone.
    func unbind(_ identity: NodeIdentity, from name: String, in group: Group) async throws(ServiceError) {
        try await changing {
            () async throws(ServiceError) in
            guard let set = try await get(name, group), set.names(identity.id) else { return }
            try await patch(set, set.bodyRemoving(identity.id), group)
        }
    }

    /// Repeats what failed because somebody else changed the set meanwhile (AKS scales), or because the service does
    /// not know the identity yet.
    private func changing(_ change: () async throws(ServiceError) -> Void) async throws(ServiceError) {
        try await polling.retrying(while: Self.isBusy, timeout: .seconds(600)) {
            () async throws(ServiceError) in
            try await polling.retrying(while: Self.isUnknownIdentity, timeout: .seconds(60), change)
        }
    }

    private static func isBusy(_ error: ServiceError) -> Bool { error.status == 412 || error.status == 409 }

    private static func isUnknownIdentity(_ error: ServiceError) -> Bool {
        ["FailedIdentityOperation", "InvalidParameter", "LinkedInvalidPropertyId"].contains(error.code)
    }

    private func get(_ name: String, _ group: Group) async throws(ServiceError) -> ScaleSet? {
        try await arm.get(path(group, name), apiVersion: AzureVersion.scaleSets).flatMap(ScaleSet.init)
    }

    private func patch(_ set: ScaleSet, _ body: JSONValue, _ group: Group) async throws(ServiceError) {
        _ = try await arm.patch(
            path(group, set.name), apiVersion: AzureVersion.scaleSets, body: body, ifMatch: set.etag)
    }

    private func missing(_ name: String, _ group: Group) -> ServiceError {
        ServiceError(
            service: .resourceManager, status: 404, code: "ResourceNotFound",
            message: "the resource group '\(group.name)' has no scale set '\(name)'")
    }

    private func path(_ group: Group) -> String {
        AzurePaths.scaleSets(subscription: group.subscription, group: group.name)
    }

    private func path(_ group: Group, _ name: String) -> String { "\(path(group))/\(name)" }
}
