package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A resource group. Source: Azure REST reference, resource groups, api-version 2021-04-01.
package struct ResourceGroup: TaggedResource {
    package static let name: KindName = "azure/resourceGroup"
    package static let apiVersion = AzureVersion.resources
    package static let title = "resource group"
    package static let place = SpecPlace("groups")
    package static let identity = ["subscription", "name"]
    package static let otherIdentity: [String] = [resourceId.name]
    package static let allowsExisting = true
    package static let volatileOutputs: Set<String> = [AzureAttributes.foreignTags.name]

    static let groupName = Attribute<String>(
        "name", .text(AzureNames.resourceGroup), .key, .replaces, "The group's name in Azure; by default its name here."
    )
    static let location = AzureAttributes.location
    static let tags = AzureAttributes.tags
    static let resourceId = Attribute<String>.optional(
        "resourceId", .text(AzureNames.groupID), .replaces,
        "Of an existing one: its identifier, in place of the name, also in another subscription. What is made in the group is then made there."
    )
    static let subscription = AzureAttributes.subscription
    static let id = AzureAttributes.id

    package static let attributes: [any AttributeDeclaration] = [
        groupName, location, tags, resourceId, subscription, id, AzureAttributes.foreignTags,
    ]

    package static let example = AzureExample.spec(
        "resource-group",
        """
        groups:
          demo:
            name: example-group
            tags: {team: payments}

        """)

    package let arm: ARMClient
    let polling: Polling

    package init(arm: ARMClient, polling: Polling) {
        self.arm = arm
        self.polling = polling
    }

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        AzureAttributes.deriveLocation(&resource)
        AzureAttributes.checkTags(resource, .resource, &diagnostics)
        guard resource.attributes[resourceId.name] != nil else { return }
        if !resource.isExisting {
            diagnostics.append(
                .specContradiction, "'resourceId' is of what exists, and \(resource.address) is to be made",
                at: resource.range(of: resourceId.name), hint: "write `existing: true`, or `name`",
                address: resource.address.description)
        }
        guard let place = GroupPlace(of: resource) else { return }
        resource.attributes[groupName.name] = .literal(.string(place.name))
        resource.attributes[subscription.name] = .literal(.string(place.subscription))
    }

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        let path = try path(of: known)
        guard let body = try await arm.get(path, apiVersion: Self.apiVersion), !isBeingDeleted(body) else {
            return nil
        }
        let found = observed(body, known: known, wanted: wanted)
        let obstacles = await ManagementLocks.obstacles(to: Self.self, at: path, found, wanted: wanted, operation, arm)
        return Observation(found, owner: TagSet(body).owner, obstacles: obstacles)
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let path = try path(of: desired)
        if let body = try await arm.get(path, apiVersion: Self.apiVersion), !isBeingDeleted(body) {
            let tags = TagSet(body)
            guard Ownership.isOurs(tags.live, operation) else {
                throw ResourceFailure.alreadyExists(
                    "the resource group '\(try desired.required(Self.groupName))'", owner: tags.owner)
            }
            return try await update(desired, to: desired, operation)
        }
        let body: JSONValue = [
            "location": .string(try desired.required(Self.location)),
            "tags": TagSet.created(desired, owner: operation.owner),
        ]
        // A group of that name may still be on its way out.
        let answer = try await polling.retrying(
            while: { $0.code == "ResourceGroupBeingDeleted" }, timeout: .seconds(600)
        ) { () async throws(ServiceError) in
            try await arm.put(path, apiVersion: Self.apiVersion, body: body)
        }
        return observed(answer, known: desired, wanted: desired)
    }

    /// Refuses while anything is inside, because deleting a group takes everything with it, whoever made it.
    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        let path = try path(of: recorded)
        guard let body = try await arm.get(path, apiVersion: Self.apiVersion) else { return }
        if !isBeingDeleted(body) {
            let contents = try await contents(of: path)
            guard contents.isEmpty else { throw notEmpty(try recorded.required(Self.groupName), contents) }
        }
        operation.report("deleting the resource group; this can take minutes")
        try await arm.delete(path, apiVersion: Self.apiVersion)
    }

    package func path(of attributes: Attributes) throws -> String {
        AzurePaths.group(
            subscription: try attributes.required(Self.subscription), name: try attributes.required(Self.groupName))
    }

    private func isBeingDeleted(_ body: JSONValue) -> Bool {
        body.at("properties", "provisioningState")?.string?.lowercased() == "deleting"
    }

    package func observed(_ body: JSONValue, known: Attributes, wanted: Attributes?) -> Attributes {
        var found = known
        AzureAttributes.observe(body, into: &found, known: known, wanted: wanted)
        found[Self.id] = try? path(of: known)
        return found
    }

    // MARK: What is inside

    /// Identifiers of what the group holds. The service's list lags some seconds behind, so that what it still shows
    /// is looked up where we can.
    private func contents(of path: String) async throws -> [String] {
        let listed = try await arm.list("\(path)/resources", apiVersion: Self.apiVersion)
        var remaining: [String] = []
        for item in listed {
            guard let id = item["id"]?.string else { continue }
            if try await exists(id, type: item["type"]?.string ?? "") { remaining.append(id) }
        }
        return remaining
    }

    private func exists(_ id: String, type: String) async throws -> Bool {
        let versions = [
            "microsoft.keyvault/vaults": AzureVersion.vaults,
            "microsoft.managedidentity/userassignedidentities": AzureVersion.identities,
        ]
        guard let version = versions[type.lowercased()] else { return true }
        return try await arm.get(id, apiVersion: version) != nil
    }

    private func notEmpty(_ name: String, _ contents: [String]) -> ResourceFailure {
        let shown = contents.sorted().prefix(5).joined(separator: ", ")
        let more = contents.count > 5 ? " and \(contents.count - 5) more" : ""
        return ResourceFailure(
            .applyGroupNotEmpty,
            "the resource group '\(name)' holds what this environment does not manage: \(shown)\(more)",
            hint: "nothing in it was deleted; move or delete these first, or write `onDestroy: retain` on the group")
    }
}

extension ResourceGroup: RightsDeclaring {
    package static func resourceID(of attributes: Attributes) throws -> String? {
        AzurePaths.group(
            subscription: try attributes.required(subscription), name: try attributes.required(groupName))
    }

    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        let scope = try resourceID(of: attributes) ?? ""
        let group = "Microsoft.Resources/subscriptions/resourceGroups"
        return switch use {
        case .read: [.action("\(group)/read", at: scope)]
        case .create, .update: [.action("\(group)/write", at: scope)]
        case .delete: [.action("\(group)/delete", at: scope), .action("\(group)/resources/read", at: scope)]
        }
    }
}
