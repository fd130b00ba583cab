/// A Resource Manager path, taken apart. Everything is compared without case, and kept as it was written.
struct ARMPath: Sendable {
    /// What stands before the last `providers`: a subscription, a group or a whole resource.
    let scope: [String]
    /// The provider's namespace, e.g. `Microsoft.KeyVault`; nil for Resource Manager's own resources.
    let namespace: String?
    /// The part behind the namespace: type, name, child type, child name, …
    let rest: [String]

    init(_ segments: [String]) {
        guard let last = segments.lastIndex(where: { $0.lowercased() == "providers" }) else {
            scope = segments
            namespace = nil
            rest = []
            return
        }
        scope = Array(segments[..<last])
        namespace = segments.dropFirst(last + 1).first
        rest = Array(segments.dropFirst(last + 2))
    }

    var subscription: String? { value(after: "subscriptions") }
    /// The group's name as the path writes it.
    var groupName: String? { value(after: "resourcegroups") }
    /// The key under which the group is kept; see `AzureID.groupKey`.
    var group: String? { groupName.map { AzureID.groupKey($0, subscription: subscription) } }
    /// The id of the subscription that the path lies in.
    var subscriptionID: String { AzureID.subscription(subscription) }

    /// The types in lower case, joined by slashes, e.g. `vaults/accesspolicies`.
    var type: String {
        rest.enumerated().filter { $0.offset.isMultiple(of: 2) }.map { $0.element.lowercased() }
            .joined(separator: "/")
    }

    /// The names, as far as the path gives them.
    var names: [String] { rest.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element) }

    /// Whether the path ends with a name, and so means one resource and not a collection.
    var isNamed: Bool { !rest.isEmpty && rest.count.isMultiple(of: 2) }

    /// The whole path as an id.
    var id: String {
        let provider = namespace.map { ["providers", $0] } ?? []
        return "/" + (scope + provider + rest).joined(separator: "/")
    }

    var scopeID: String { "/" + scope.joined(separator: "/") }

    private func value(after name: String) -> String? {
        guard let index = scope.firstIndex(where: { $0.lowercased() == name }) else { return nil }
        return scope.dropFirst(index + 1).first
    }
}

/// Ids as Azure writes them.
enum AzureID {
    static let subscription = "/subscriptions/\(WorldFacts.subscription)"

    /// nil means the world's first subscription.
    static func subscription(_ id: String?) -> String {
        "/subscriptions/\((id ?? WorldFacts.subscription).lowercased())"
    }

    /// How a group is named within the world: by its name alone in the first subscription, and with the subscription
    /// before it, `ID/NAME`, in any other. Every document that lies in a group holds this key.
    static func groupKey(_ name: String, subscription: String?) -> String {
        guard let id = subscription?.lowercased(), id != WorldFacts.subscription else { return name }
        return "\(id)/\(name)"
    }

    /// A group's key taken apart.
    static func parts(ofGroup key: String) -> (subscription: String, name: String) {
        let parts = key.split(separator: "/", maxSplits: 1).map(String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : (WorldFacts.subscription, key)
    }

    static func group(_ key: String) -> String { segments(ofGroup: key, "resourceGroups") }

    private static func segments(ofGroup key: String, _ word: String) -> String {
        let group = parts(ofGroup: key)
        return "/subscriptions/\(group.subscription)/\(word)/\(group.name)"
    }

    static func vault(_ name: String, group: String) -> String {
        "\(self.group(group))/providers/Microsoft.KeyVault/vaults/\(name)"
    }

    /// The identity service writes `resourcegroups` in lower case.
    static func identity(_ name: String, group: String) -> String {
        "\(segments(ofGroup: group, "resourcegroups"))/providers/Microsoft.ManagedIdentity/userAssignedIdentities/\(name)"
    }

    static func scaleSet(_ name: String, group: String) -> String {
        "\(self.group(group))/providers/Microsoft.Compute/virtualMachineScaleSets/\(name)"
    }
}
