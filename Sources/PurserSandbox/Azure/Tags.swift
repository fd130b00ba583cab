/// `Microsoft.Resources/tags/default`: single tags of a resource group or of a resource. Source: Azure REST reference,
/// Tags, "Create Or Update", "Update" and "Delete At Scope", api-version 2021-04-01.
struct Tags: Sendable {
    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        let (collection, key, document) = try tagged(call, in: store)
        var tags = document["tags"]?.objectValue ?? [:]
        switch call.method {
        case "GET": break
        case "PUT": tags = try given(call)
        case "PATCH": tags = try changed(tags, call)
        case "DELETE": tags = [:]
        default: throw call.methodNotAllowed
        }
        if call.method != "GET" {
            var document = document
            document["tags"] = .object(tags)
            try store.put(collection, key, document)
        }
        if call.method == "DELETE" { return SandboxResponse(status: 200) }
        return .json([
            "id": .string("\(call.path.scopeID)/providers/Microsoft.Resources/tags/default"), "name": "default",
            "type": "Microsoft.Resources/tags", "properties": ["tags": .object(tags)],
        ])
    }

    private func given(_ call: ARMCall) throws -> [String: JSON] {
        try call.tags(try call.request.object()["properties"] ?? [:])?.objectValue ?? [:]
    }

    private func changed(_ tags: [String: JSON], _ call: ARMCall) throws -> [String: JSON] {
        let given = try given(call)
        switch try call.request.object()["operation"]?.stringValue?.lowercased() {
        case "merge": return tags.merging(given) { $1 }
        case "replace": return given
        case "delete": return tags.filter { given[$0.key] != $0.value }
        default: throw AzureError(400, "InvalidTagsOperation", "The operation is one of Merge, Replace, Delete.")
        }
    }

    /// Where the document lies whose tags are meant.
    private func tagged(
        _ call: ARMCall, in store: isolated Store
    ) throws -> (collection: String, key: String, document: JSON) {
        let scope = ARMPath(call.path.scope)
        guard let group = scope.group else { throw Subscriptions.unknownPath(call) }
        guard let namespace = scope.namespace else {
            return (ResourceGroups.collection, group.lowercased(), try ResourceGroups.existing(group, in: store))
        }
        let name = scope.names.last ?? ""
        let (collection, key): (String, String)
        switch "\(namespace)/\(scope.type)".lowercased() {
        case "microsoft.keyvault/vaults": (collection, key) = (Vaults.collection, name.lowercased())
        case "microsoft.managedidentity/userassignedidentities":
            (collection, key) = (Identities.collection, Identities.key(group, name))
        case "microsoft.compute/virtualmachinescalesets":
            (collection, key) = (ScaleSets.collection, Identities.key(group, name))
        default: throw Subscriptions.unknownPath(call)
        }
        guard let document = store.get(collection, key),
            document["group"]?.stringValue?.lowercased() == group.lowercased()
        else { throw call.notFound("\(namespace)/\(scope.type)", name) }
        return (collection, key, document)
    }
}
