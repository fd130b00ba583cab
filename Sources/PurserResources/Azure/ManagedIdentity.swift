package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A user-assigned managed identity.
///
/// Source: Azure REST reference, `Microsoft.ManagedIdentity/userAssignedIdentities`, api-version 2024-11-30.
package struct ManagedIdentity: TaggedResource {
    package static let name: KindName = "azure/managedIdentity"
    package static let apiVersion = AzureVersion.identities
    package static let title = "managed identity"
    package static let place = SpecPlace("identities")
    package static let identity = ["subscription", "group.name", "name"]
    package static let otherIdentity: [String] = [AzureAttributes.resourceId.name]
    package static let allowsExisting = true
    package static let volatileOutputs: Set<String> = [AzureAttributes.foreignTags.name]

    static let identityName = Attribute<String>(
        "name", .text(AzureNames.identity), .key, .replaces, "The identity's name in Azure; by default its name here.")
    static let group = AzureAttributes.group
    static let location = AzureAttributes.location
    static let tags = AzureAttributes.tags
    static let resourceId = AzureAttributes.resourceId
    static let subscription = AzureAttributes.subscription
    static let id = AzureAttributes.id
    static let principalId = Attribute<String>.computed(
        "principalId", "The object id of its service principal: what access policies and role assignments name.")
    static let clientId = Attribute<String>.computed(
        "clientId", "The application id: what pods and manifests name.")
    static let tenantId = Attribute<String>.computed("tenantId", "The tenant of its service principal.")

    package static let attributes: [any AttributeDeclaration] = [
        identityName, group, location, tags, resourceId, subscription, id, principalId, clientId, tenantId,
        AzureAttributes.foreignTags,
    ]

    package static let example = AzureExample.spec(
        "managed-identity",
        """
        groups:
          demo: {name: example-group}
        identities:
          demo:
            name: example-identity
            group: demo

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
        AzureAttributes.followGroup(&resource, from: spec)
        AzureAttributes.checkTags(resource, .resource, &diagnostics)
        AzureAttributes.checkResourceID(resource, "Microsoft.ManagedIdentity/userAssignedIdentities", &diagnostics)
    }

    /// An identity may be one that the cluster itself has: `${cluster/aks.kubeletIdentityId}`.
    package static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource] {
        let isOfCluster = resource.attributes[resourceId.name]?.addresses.contains(ManagedCluster.address) ?? false
        return isOfCluster ? ManagedCluster.implied(in: spec) : []
    }

    package static func irreversibility(
        of action: Action, recorded: Attributes?, desired: Attributes?
    ) -> String? {
        guard action == .delete || action == .replace else { return nil }
        return "an identity made again under the same name has another principal and another client id"
    }

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        let path = try path(of: known)
        guard let body = try await arm.get(path, apiVersion: Self.apiVersion) else { return nil }
        let found = observed(body, known: known, wanted: wanted)
        let obstacles = await ManagementLocks.obstacles(to: Self.self, at: path, found, wanted: wanted, operation, arm)
        return Observation(found, owner: TagSet(body).owner, obstacles: obstacles)
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let path = try path(of: desired)
        if let body = try await arm.get(path, apiVersion: Self.apiVersion) {
            let tags = TagSet(body)
            guard Ownership.isOurs(tags.live, operation) else {
                throw ResourceFailure.alreadyExists(
                    "the managed identity '\(try desired.required(Self.identityName))'", owner: tags.owner)
            }
            return try await update(desired, to: desired, operation)
        }
        let body: JSONValue = [
            "location": .string(try desired.required(Self.location)),
            "tags": TagSet.created(desired, owner: operation.owner),
        ]
        _ = try await arm.put(path, apiVersion: Self.apiVersion, body: body)
        return try await afterWrite { observed(try await settled(path, operation), known: desired, wanted: desired) }
    }

    /// The identity once reads show it with its principal. A read right after the write may come from a replica that
    /// does not know it yet.
    private func settled(_ path: String, _ operation: Operation) async throws -> JSONValue {
        try await polling.until(
            "the identity", first: .milliseconds(500), timeout: .seconds(120),
            waiting: { operation.waiting("waiting until the identity is visible", $0) }
        ) { () async throws(ServiceError) -> JSONValue? in
            guard let body = try await arm.get(path, apiVersion: Self.apiVersion) else { return nil }
            return body.at("properties", "principalId")?.string == nil ? nil : body
        }
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        try await arm.delete(try path(of: recorded), apiVersion: Self.apiVersion)
    }

    package func path(of attributes: Attributes) throws -> String {
        try Self.resourceID(of: attributes) ?? ""
    }

    package func observed(_ body: JSONValue, known: Attributes, wanted: Attributes?) -> Attributes {
        var found = known
        AzureAttributes.observe(body, into: &found, known: known, wanted: wanted)
        found[Self.id] = try? path(of: known)
        found[Self.principalId] = body.at("properties", "principalId")?.string
        found[Self.clientId] = body.at("properties", "clientId")?.string
        found[Self.tenantId] = body.at("properties", "tenantId")?.string
        return found
    }
}

extension ManagedIdentity: RightsDeclaring {
    package static func resourceID(of attributes: Attributes) throws -> String? {
        if let written = attributes[resourceId] { return written }
        return AzurePaths.identity(group: try attributes.groupID(), name: try attributes.required(identityName))
    }

    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        let scope = try resourceID(of: attributes) ?? ""
        let identity = "Microsoft.ManagedIdentity/userAssignedIdentities"
        return switch use {
        case .read: [.action("\(identity)/read", at: scope)]
        case .create, .update: [.action("\(identity)/write", at: scope)]
        case .delete: [.action("\(identity)/delete", at: scope)]
        }
    }
}
