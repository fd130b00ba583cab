import Foundation

/// VM scale sets as the nodes of an AKS cluster: read, and their identities changed.
/// Source: Azure REST reference, `Microsoft.Compute/virtualMachineScaleSets`, api-version 2025-04-01.
struct ScaleSets: Sendable {
    /// By group and name in lower case, joined by a slash.
    static let collection = "scaleSets"

    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        switch (call.path.type, call.method) {
        case ("virtualmachinescalesets", "GET") where !call.path.isNamed: return try list(call, in: store)
        case ("virtualmachinescalesets", "GET"):
            let scaleSet = try existing(call, in: store)
            return .json(Self.answer(scaleSet), headers: ["ETag": Self.etag(scaleSet)])
        case ("virtualmachinescalesets", "PATCH"): return try patch(call, in: store)
        case ("virtualmachinescalesets/manualupgrade", "POST"):
            return accepted(try begin(call, in: store), 202, call, body: nil)
        case ("virtualmachinescalesets/virtualmachines", "GET"):
            return try call.page([Self.instance(of: existing(call, in: store))])
        case ("locations/operations", "GET"):
            if call.request[query: "monitor"] == "true" {
                return try Operations.locationAnswer(call.path.names[1], call, in: store)
            }
            return try Operations.asyncAnswer(call.path.names[1], call, in: store)
        default: throw call.methodNotAllowed
        }
    }

    private func list(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        if let group = call.path.group { _ = try ResourceGroups.existing(group, in: store) }
        let found = store.list(Self.collection).map(\.value).filter { scaleSet in
            call.path.group.map { $0.lowercased() == scaleSet["group"]?.stringValue?.lowercased() } ?? true
        }
        return try call.page(found.map(Self.answer).filter { call.isInSubscription($0) })
    }

    private func existing(_ call: ARMCall, in store: isolated Store) throws -> JSON {
        let name = call.path.names.first ?? ""
        _ = try ResourceGroups.existing(call.path.group ?? "", in: store)
        guard let scaleSet = store.get(Self.collection, Identities.key(call.path.group ?? "", name)) else {
            throw call.notFound("Microsoft.Compute/virtualMachineScaleSets", name)
        }
        return scaleSet
    }

    // MARK: Changing

    private func patch(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        var scaleSet = try existing(call, in: store)
        let body = try call.request.object()
        let foreign = (body.objectValue ?? [:]).keys.filter { !["identity", "tags", "location"].contains($0) }
        guard foreign.isEmpty else {
            throw AzureError(
                409, "OperationNotAllowed",
                "Of a scale set that AKS manages, only identity and tags may be changed, not \(foreign.sorted()).")
        }
        if let expected = call.request.headers["If-Match"], expected != "*", expected != Self.etag(scaleSet) {
            throw AzureError(
                412, "PreconditionFailed", "The etag in If-Match is not the scale set's present one.")
        }
        guard scaleSet["updatingUntil"] == nil else {
            throw AzureError(
                409, "OperationNotAllowed",
                "Operation 'PATCH' is not allowed on VM scale set '\(call.path.names[0])' since another operation is in "
                    + "progress on it. Please try later.")
        }
        if let identity = body["identity"] {
            scaleSet["identity"] = try ScaleSetIdentity(scaleSet).patched(by: identity, in: store)
        }
        if let tags = try call.tags(body) { scaleSet["tags"] = tags }
        scaleSet["updatingUntil"] = .double(call.timing.seconds(after: call.timing.operationDelay))
        scaleSet["etag"] = .int((scaleSet["etag"]?.intValue ?? 0) + 1)
        try store.put(Self.collection, Identities.key(call.path.group ?? "", call.path.names[0]), scaleSet)
        return accepted(try begin(call, in: store), 200, call, body: Self.answer(scaleSet))
    }

    private func begin(_ call: ARMCall, in store: isolated Store) throws -> String {
        _ = try existing(call, in: store)
        _ = try store.nextNumber("operations")
        let id = UUID().uuidString.lowercased()
        try Operations.begin(id, endingAt: call.timing.seconds(after: call.timing.operationDelay), in: store)
        return id
    }

    private func accepted(_ id: String, _ status: Int, _ call: ARMCall, body: JSON?) -> SandboxResponse {
        let path = "\(call.path.subscriptionID)/providers/Microsoft.Compute/locations/westeurope/operations/\(id)"
        let url = "\(call.root)\(path)?p=\(UUID().uuidString.lowercased())&api-version=\(call.apiVersion)"
        var response = body.map { SandboxResponse.json(status, $0) } ?? SandboxResponse(status: status)
        response.headers["Azure-AsyncOperation"] = url
        if status == 202 { response.headers["Location"] = url + "&monitor=true" }
        response.headers["Retry-After"] = "1"
        return response
    }

    /// Ends the updates that are due: only then do new identities show their principals.
    static func settle(at now: Double, in store: isolated Store) throws {
        for (key, scaleSet) in store.list(collection) {
            guard let end = scaleSet["updatingUntil"]?.numberValue, end <= now else { continue }
            var settled = scaleSet
            settled["updatingUntil"] = nil
            settled["identity"] = ScaleSetIdentity(scaleSet).withPrincipals(in: store)
            try store.put(collection, key, settled)
        }
    }

    // MARK: Answers

    static func etag(_ scaleSet: JSON) -> String { "\"\(scaleSet["etag"]?.intValue ?? 1)\"" }

    static func answer(_ scaleSet: JSON) -> JSON {
        let name = scaleSet["name"]?.stringValue ?? ""
        var answer: JSON = [
            "id": .string(AzureID.scaleSet(name, group: scaleSet["group"]?.stringValue ?? "")), "name": .string(name),
            "type": "Microsoft.Compute/virtualMachineScaleSets", "etag": .string(etag(scaleSet)),
            "sku": ["name": "Standard_D2s_v5", "tier": "Standard", "capacity": 1],
            "properties": [
                "singlePlacementGroup": false, "orchestrationMode": "Uniform", "upgradePolicy": ["mode": "Manual"],
                "provisioningState": scaleSet["updatingUntil"] == nil ? "Succeeded" : "Updating",
                "overprovision": false, "uniqueId": scaleSet["uniqueId"] ?? .null,
            ],
        ]
        for member in ["location", "tags", "identity"] { answer[member] = scaleSet[member] }
        return answer
    }

    private static func instance(of scaleSet: JSON) -> JSON {
        let set = answer(scaleSet)
        let name = scaleSet["name"]?.stringValue ?? ""
        return [
            "id": .string("\(set["id"]?.stringValue ?? "")/virtualMachines/0"), "name": .string("\(name)_0"),
            "instanceId": "0", "location": scaleSet["location"] ?? .null,
            "properties": ["latestModelApplied": true, "provisioningState": "Succeeded"],
        ]
    }
}
