/// `Microsoft.Resources/tags/default`: single tags of a resource group. Source: Azure REST reference, Tags, Update At
/// Scope, api-version 2021-04-01.
struct Tags: Sendable {
    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        guard call.path.type == "tags", call.path.names == ["default"], call.path.scope.count == 4,
            let name = call.path.group
        else { throw Subscriptions.unknownPath(call) }
        var group = try ResourceGroups.existing(name, in: store)
        var tags = group["tags"]?.objectValue ?? [:]
        switch call.method {
        case "GET": break
        case "PATCH":
            let body = try call.request.object()
            let given = try call.tags(body["properties"] ?? [:])?.objectValue ?? [:]
            switch body["operation"]?.stringValue?.lowercased() {
            case "merge": tags.merge(given) { $1 }
            case "replace": tags = given
            case "delete": tags = tags.filter { given[$0.key] != $0.value }
            default: throw AzureError(400, "InvalidTagsOperation", "The operation is one of Merge, Replace, Delete.")
            }
            group["tags"] = .object(tags)
            try store.put(ResourceGroups.collection, name.lowercased(), group)
        default: throw call.methodNotAllowed
        }
        return .json([
            "id": .string("\(call.path.scopeID)/providers/Microsoft.Resources/tags/default"), "name": "default",
            "type": "Microsoft.Resources/tags", "properties": ["tags": .object(tags)],
        ])
    }
}
