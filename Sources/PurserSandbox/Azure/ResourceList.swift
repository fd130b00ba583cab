import Foundation

/// The generic list of resources, of a subscription or of one group.
struct ResourceList: Sendable {
    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        var resources: [JSON] = []
        resources += store.list(Vaults.collection).map { Vaults.answer($0.value, at: call.timing.seconds) }
        resources += store.list(Identities.collection).map { Identities.answer($0.value) }
        resources += store.list(ScaleSets.collection).map { ScaleSets.answer($0.value) }
        resources += store.list(ManagedClusters.collection).map(\.value)
        if let group = call.path.group { _ = try ResourceGroups.existing(group, in: store) }
        let wanted = try Filter(call.request[query: "$filter"])
        let group = call.path.group.map { AzureID.group($0).lowercased() + "/" }
        let found = resources.filter { resource in
            let isInGroup = group.map { resource["id"]?.stringValue?.lowercased().hasPrefix($0) ?? false } ?? true
            return isInGroup && call.isInSubscription(resource) && wanted.matches(resource)
        }
        return try call.page(found.map(Self.generic))
    }

    private static func generic(_ resource: JSON) -> JSON {
        let kept = ["id", "name", "type", "location", "tags", "identity", "sku"]
        return .object((resource.objectValue ?? [:]).filter { kept.contains($0.key) })
    }

    /// `field eq 'value' and …`, as the clients send it.
    private struct Filter {
        let clauses: [(field: String, value: String)]

        init(_ text: String?) throws {
            let parts = (text ?? "").split(separator: " and ").map { $0.trimmingCharacters(in: .whitespaces) }
            clauses = try parts.map { part in
                guard let match = part.wholeMatch(of: /(\w+)\s+eq\s+'([^']*)'/) else {
                    throw AzureError(400, "InvalidFilterInQueryString", "Invalid $filter '\(text ?? "")' specified.")
                }
                return (match.1.lowercased(), match.2.lowercased())
            }
        }

        func matches(_ resource: JSON) -> Bool {
            clauses.allSatisfy { field, value in
                let tags = (resource["tags"]?.objectValue ?? [:])
                switch field {
                case "resourcetype": return resource["type"]?.stringValue?.lowercased() == value
                case "name": return resource["name"]?.stringValue?.lowercased() == value
                case "location": return resource["location"]?.stringValue?.lowercased() == value
                case "resourcegroup":
                    return resource["id"]?.stringValue?.lowercased().contains("/resourcegroups/\(value)/") ?? false
                case "tagname": return tags.keys.contains { $0.lowercased() == value }
                case "tagvalue": return tags.values.contains { $0.stringValue?.lowercased() == value }
                default: return false
                }
            }
        }
    }
}
