import Foundation

/// Soft-deleted vaults: reading, purging, and the purge's operation.
struct DeletedVaults: Sendable {
    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        switch (call.path.type, call.method) {
        case ("deletedvaults", "GET"):
            return try call.page(
                store.list(Vaults.deletedCollection).filter { !Self.isPurging($0.value) }
                    .map { Vaults.deletedAnswer($0.value) }.filter { call.isInSubscription($0) })
        case ("locations/deletedvaults", "GET") where call.path.isNamed:
            return .json(Vaults.deletedAnswer(try existing(call, in: store)))
        case ("locations/deletedvaults/purge", "POST"): return try purge(call, in: store)
        case ("locations/operationresults", "GET"):
            let now = Date(seconds: call.timing.seconds).azureText
            return try Operations.locationAnswer(
                call.path.names.last ?? "", call,
                finished: ["status": "Succeeded", "createdDateTime": .string(now), "lastActionDateTime": .string(now)],
                running: ["status": "NotStarted", "createdDateTime": .string(now)], in: store)
        default: throw Subscriptions.unknownPath(call)
        }
    }

    private func existing(_ call: ARMCall, in store: isolated Store) throws -> JSON {
        let names = call.path.names
        guard names.count >= 2, let deleted = store.get(Vaults.deletedCollection, names[1].lowercased()),
            deleted[path: "vault", "location"]?.stringValue == names[0].lowercased(), !Self.isPurging(deleted),
            call.isInSubscription(Vaults.deletedAnswer(deleted))
        else { throw AzureError(404, "ResourceNotFound", "The specified resource does not exist.") }
        return deleted
    }

    private static func isPurging(_ deleted: JSON) -> Bool { deleted["purgingUntil"] != nil }

    private func purge(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        var deleted = try existing(call, in: store)
        guard deleted[path: "vault", "properties", "enablePurgeProtection"] != true else {
            throw AzureError(400, "MethodNotAllowed", "Operation 'DeletedVaultPurge' is not allowed.")
        }
        let end = call.timing.seconds(after: call.timing.operationDelay)
        deleted["purgingUntil"] = .double(end)
        try store.put(Vaults.deletedCollection, call.path.names[1].lowercased(), deleted)
        let id = "purge-\(try store.nextNumber("operations"))"
        try Operations.begin(id, endingAt: end, in: store)
        let location = call.path.names[0].lowercased()
        let url = call.operationURL(
            "\(call.path.subscriptionID)/providers/Microsoft.KeyVault/locations/\(location)/operationResults/\(id)")
        return SandboxResponse(status: 202, headers: ["Location": url, "Retry-After": "1"])
    }
}
