import Foundation

/// Resource groups. Source: Azure REST reference, Resource Management, api-version 2021-04-01 and later.
struct ResourceGroups: Sendable {
    static let collection = "groups"

    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        let scope = call.path.scope
        guard let name = call.path.group else {
            if scope.count == 4 { return try Operations.locationAnswer(scope[3], call, in: store) }
            let all = store.list(Self.collection).map { Self.answer($0.value) }
            return try call.page(all.filter { call.isInSubscription($0) })
        }
        switch call.method {
        case "PUT": return try put(name, call, in: store)
        case "PATCH": return try patch(name, call, in: store)
        case "GET": return .json(Self.answer(try Self.existing(name, in: store)))
        case "HEAD": return SandboxResponse(status: store.get(Self.collection, name.lowercased()) == nil ? 404 : 204)
        case "DELETE": return try delete(name, call, in: store)
        default: throw call.methodNotAllowed
        }
    }

    private func put(_ name: String, _ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        try Self.checkName(call.path.groupName ?? "")
        let body = try call.request.object()
        let location = try call.location(body)
        let tags = try call.tags(body)
        if var known = store.get(Self.collection, name.lowercased()) {
            try Self.checkAlive(known)
            guard known["location"]?.stringValue == location else {
                throw AzureError(
                    409, "InvalidResourceGroupLocation",
                    "Invalid resource group location '\(location)'. The Resource group already exists in location "
                        + "'\(known["location"]?.stringValue ?? "")'.")
            }
            known["tags"] = tags
            try store.put(Self.collection, name.lowercased(), known)
            return .json(200, Self.answer(known))
        }
        var group: JSON = ["name": .string(name), "location": .string(location)]
        group["tags"] = tags
        group["managedBy"] = body["managedBy"]
        try store.put(Self.collection, name.lowercased(), group)
        return .json(201, Self.answer(group))
    }

    private func patch(_ name: String, _ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        let body = try call.request.object()
        var group = try Self.existing(name, in: store)
        try Self.checkAlive(group)
        if let tags = try call.tags(body) { group["tags"] = tags }
        try store.put(Self.collection, name.lowercased(), group)
        return .json(Self.answer(group))
    }

    /// Answers at once; the group and all in it go when the operation ends.
    private func delete(_ name: String, _ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        var group = try Self.existing(name, in: store)
        let id = "group-\(try store.nextNumber("operations"))"
        let end = group["deletedAt"]?.numberValue ?? call.timing.seconds(after: call.timing.operationDelay)
        group["deletedAt"] = .double(end)
        try store.put(Self.collection, name.lowercased(), group)
        try Operations.begin(id, endingAt: end, in: store)
        let url = call.operationURL("\(call.path.subscriptionID)/operationresults/\(id)")
        return SandboxResponse(status: 202, headers: ["Location": url, "Retry-After": "1"])
    }

    // MARK: What other resources ask

    /// The group, which may be in deletion.
    static func existing(_ name: String, in store: isolated Store) throws -> JSON {
        guard let group = store.get(collection, name.lowercased()) else {
            throw AzureError(
                404, "ResourceGroupNotFound",
                "Resource group '\(AzureID.parts(ofGroup: name).name)' could not be found.")
        }
        return group
    }

    /// The group's name as it was created, for a resource that is to be made or changed in it.
    static func nameForWriting(_ name: String, in store: isolated Store) throws -> String {
        let group = try existing(name, in: store)
        try checkAlive(group)
        return group["name"]?.stringValue ?? name
    }

    static func answer(_ group: JSON) -> JSON {
        let key = group["name"]?.stringValue ?? ""
        var answer: JSON = [
            "id": .string(AzureID.group(key)), "name": .string(AzureID.parts(ofGroup: key).name),
            "type": "Microsoft.Resources/resourceGroups",
            "properties": ["provisioningState": group["deletedAt"] == nil ? "Succeeded" : "Deleting"],
        ]
        answer["location"] = group["location"]
        answer["tags"] = group["tags"]
        answer["managedBy"] = group["managedBy"]
        return answer
    }

    private static func checkAlive(_ group: JSON) throws {
        guard group["deletedAt"] != nil else { return }
        throw AzureError(
            409, "ResourceGroupBeingDeleted",
            "The resource group '\(AzureID.parts(ofGroup: group["name"]?.stringValue ?? "").name)' is in deprovisioning state and cannot perform "
                + "this operation.")
    }

    private static func checkName(_ name: String) throws {
        let isPlain = name.unicodeScalars.allSatisfy {
            CharacterSet.alphanumerics.contains($0) || "_-.()".unicodeScalars.contains($0)
        }
        guard isPlain, (1...90).contains(name.count), !name.hasSuffix(".") else {
            throw AzureError(
                400, "InvalidResourceGroup",
                "The provided resource group name '\(name)' has these invalid characters or length; it may hold letters, "
                    + "digits, '_', '-', '.', '(' and ')', at most 90, and not end with a period.")
        }
    }
}
