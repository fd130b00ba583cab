import Foundation

/// `Microsoft.Authorization`: role assignments at any scope, and the built-in definitions.
/// Source: Azure REST reference, Role Assignments and Role Definitions, api-version 2022-04-01.
struct Authorization: Sendable {
    static func definitionID(_ role: BuiltInRole) -> String {
        "\(AzureID.subscription)/providers/Microsoft.Authorization/roleDefinitions/\(role.rawValue)"
    }

    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        switch (call.path.type, call.path.isNamed, call.method) {
        case ("roleassignments", false, "GET"): return try list(call, in: store)
        case ("roleassignments", true, _): return try assignment(call, in: store)
        case ("roledefinitions", false, "GET"): return try definitions(call)
        case ("roledefinitions", true, "GET"):
            guard let role = BuiltInRole(rawValue: call.path.names[0].lowercased()) else {
                throw unknownRole(call.path.names[0])
            }
            return .json(Self.definition(role))
        case ("permissions", false, "GET"): return try permissions(call, in: store)
        default: throw Subscriptions.unknownPath(call)
        }
    }

    /// What the caller may do at the scope, a role each.
    /// Source: Azure REST reference, Permissions, "List For Resource Group" and "List For Resource".
    private func permissions(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        if let group = ARMPath(call.path.scope).group { _ = try ResourceGroups.existing(group, in: store) }
        let roles = RoleAssignments.roles(of: call.caller.objectID, covering: call.path.scopeID, in: store)
        return try call.page(roles.map(\.permissions.document))
    }

    // MARK: Assignments

    private func assignment(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        let key = call.path.id.lowercased()
        let known = store.get(RoleAssignments.collection, key)
        switch call.method {
        case "GET":
            guard let known else {
                throw AzureError(
                    404, "RoleAssignmentNotFound", "The role assignment '\(call.path.names[0])' is not found.")
            }
            return .json(Self.answer(known))
        case "PUT": return try put(call, key: key, known: known, in: store)
        case "DELETE":
            guard let known else { return SandboxResponse(status: 204) }
            try store.remove(RoleAssignments.collection, key)
            return .json(200, Self.answer(known))
        default: throw call.methodNotAllowed
        }
    }

    private func put(_ call: ARMCall, key: String, known: JSON?, in store: isolated Store) throws -> SandboxResponse {
        let name = call.path.names[0]
        guard UUID(uuidString: name) != nil else {
            throw AzureError(
                400, "InvalidRoleAssignmentId",
                "The role assignment ID '\(name)' is not valid. The role assignment ID must be a GUID.")
        }
        let asked = try call.request.object()["properties"] ?? [:]
        try checkScope(call, in: store)
        let assignment = try checked(asked, name: name, call, in: store)
        let same = ["principalId", "roleDefinitionId", "scope"]
        if let known {
            guard same.allSatisfy({ Self.tail(known[$0]) == Self.tail(assignment[$0]) }) else {
                throw AzureError(
                    400, "RoleAssignmentUpdateNotPermitted",
                    "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.")
            }
            return .json(200, Self.answer(known))
        }
        let isThere = store.list(RoleAssignments.collection).contains { item in
            same.allSatisfy { Self.tail(item.value[$0]) == Self.tail(assignment[$0]) }
        }
        guard !isThere else {
            throw AzureError(409, "RoleAssignmentExists", "The role assignment already exists.")
        }
        try store.put(RoleAssignments.collection, key, assignment)
        return .json(201, Self.answer(assignment))
    }

    /// Ids are compared without case, and definitions by their last segment.
    private static func tail(_ value: JSON?) -> String? {
        let text = value?.stringValue?.lowercased()
        return text?.contains("/roledefinitions/") == true ? text?.split(separator: "/").last.map(String.init) : text
    }

    private func checked(
        _ asked: JSON, name: String, _ call: ARMCall, in store: isolated Store
    ) throws -> JSON {
        guard let definition = asked["roleDefinitionId"]?.stringValue else {
            throw AzureError(400, "InvalidCreateRoleAssignmentRequest", "The roleDefinitionId is missing.")
        }
        let role = definition.split(separator: "/").last.map(String.init) ?? ""
        guard let known = BuiltInRole(rawValue: role.lowercased()) else { throw unknownRole(role) }
        guard let principal = asked["principalId"]?.stringValue, UUID(uuidString: principal) != nil else {
            throw AzureError(400, "InvalidPrincipalId", "A valid principal ID must be provided for role assignment.")
        }
        let type = try principalType(principal, asked: asked["principalType"]?.stringValue, call, in: store)
        let now = call.timing.now().azureText
        var assignment: JSON = [
            "name": .string(name), "scope": .string(call.path.scopeID), "principalId": .string(principal),
            "principalType": .string(type), "roleDefinitionId": .string(Self.definitionID(known)),
            "createdOn": .string(now), "updatedOn": .string(now), "createdBy": .string(call.caller.objectID),
            "effectiveFrom": .double(call.timing.seconds(after: call.timing.propagationDelay)),
        ]
        for member in ["description", "condition", "conditionVersion"] { assignment[member] = asked[member] }
        return assignment
    }

    /// With a type given, the directory is not asked whether the principal has reached it.
    private func principalType(
        _ principal: String, asked: String?, _ call: ARMCall, in store: isolated Store
    ) throws -> String {
        let known = Directory.principal(objectID: principal, in: store)
        if let asked {
            guard ["serviceprincipal", "user", "group", "foreigngroup", "device"].contains(asked.lowercased()) else {
                throw AzureError(400, "InvalidPrincipalType", "The principal type '\(asked)' is not valid.")
            }
            guard known == nil || asked.lowercased() == "serviceprincipal" else {
                throw AzureError(
                    400, "UnmatchedPrincipalType",
                    "The PrincipalId '\(principal)' has type 'ServicePrincipal', which is different from specified "
                        + "PrincipalType '\(asked)'.")
            }
            return asked
        }
        guard let known, known.visibleFrom <= call.timing.seconds else {
            let id = principal.replacing("-", with: "")
            throw AzureError(
                400, "PrincipalNotFound",
                "Principal \(id) does not exist in the directory \(WorldFacts.tenant). Check that you have the correct "
                    + "principal ID. If you are creating this principal and then immediately assigning a role, this "
                    + "error might be related to a replication delay. In this case, set the role assignment "
                    + "principalType property to a value, such as ServicePrincipal, User, or Group.  See "
                    + "https://aka.ms/docs-principaltype")
        }
        return "ServicePrincipal"
    }

    private func checkScope(_ call: ARMCall, in store: isolated Store) throws {
        let scope = ARMPath(call.path.scope)
        guard let group = scope.group else { return }
        _ = try ResourceGroups.existing(group, in: store)
        let isThere: Bool
        switch scope.namespace?.lowercased() {
        case "microsoft.keyvault": isThere = store.get(Vaults.collection, scope.names.first?.lowercased() ?? "") != nil
        case "microsoft.managedidentity": isThere = Identities.identity(id: call.path.scopeID, in: store) != nil
        default: isThere = true
        }
        guard isThere else {
            throw AzureError(
                404, "ResourceNotFound",
                "The Resource '\(scope.namespace ?? "")/\(scope.rest.joined(separator: "/"))' under resource group "
                    + "'\(AzureID.parts(ofGroup: group).name)' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
            )
        }
    }

    private func list(_ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        let filter = call.request[query: "$filter"] ?? ""
        let here = call.path.scopeID
        let principal = filter.firstMatch(of: /(?:principalId\s+eq\s+|assignedTo\()'([^']*)'/)?.1.lowercased()
        guard filter.isEmpty || principal != nil || filter.contains("atScope()") else {
            throw AzureError(400, "UnsupportedQuery", "The filter '\(filter)' is not supported.")
        }
        let found = store.list(RoleAssignments.collection).map(\.value).filter { assignment in
            let scope = assignment["scope"]?.stringValue ?? "?"
            let isNear =
                RoleAssignments.isAt(scope, orAbove: here)
                || (!filter.contains("atScope()") && RoleAssignments.isAt(here, orAbove: scope))
            return isNear && (principal == nil || assignment["principalId"]?.stringValue?.lowercased() == principal)
        }
        return try call.page(found.map(Self.answer))
    }

    private static func answer(_ assignment: JSON) -> JSON {
        let scope = assignment["scope"]?.stringValue ?? ""
        let name = assignment["name"]?.stringValue ?? ""
        var properties = assignment
        properties["name"] = nil
        properties["effectiveFrom"] = nil
        properties["updatedBy"] = assignment["createdBy"]
        return [
            "id": .string("\(scope)/providers/Microsoft.Authorization/roleAssignments/\(name)"), "name": .string(name),
            "type": "Microsoft.Authorization/roleAssignments", "properties": properties,
        ]
    }

    // MARK: Definitions

    private func definitions(_ call: ARMCall) throws -> SandboxResponse {
        let name = call.request[query: "$filter"]?.firstMatch(of: /roleName\s+eq\s+'([^']*)'/)?.1.lowercased()
        let found = BuiltInRole.allCases.filter { name == nil || $0.title.lowercased() == name }
        return try call.page(found.map(Self.definition))
    }

    private static func definition(_ role: BuiltInRole) -> JSON {
        [
            "id": .string(definitionID(role)), "name": .string(role.rawValue),
            "type": "Microsoft.Authorization/roleDefinitions",
            "properties": [
                "roleName": .string(role.title), "type": "BuiltInRole", "description": .string(role.title),
                "assignableScopes": ["/"], "permissions": [role.permissions.document],
            ],
        ]
    }

    private func unknownRole(_ role: String) -> AzureError {
        AzureError(
            400, "RoleDefinitionDoesNotExist",
            "The specified role definition with ID '\(role.replacing("-", with: ""))' does not exist.")
    }
}
