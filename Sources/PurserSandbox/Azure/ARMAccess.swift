/// Whether the caller's roles allow a call to Resource Manager; data-plane roles count where the vaults are.
enum ARMAccess {
    static func check(_ call: ARMCall, in store: isolated Store) throws {
        let path = call.path
        // Every signed-in caller may ask what there is; the lists show only what the caller may read.
        if path.namespace == nil, path.group == nil, call.method == "GET" || call.method == "HEAD" { return }
        // So may everybody ask what they may.
        if path.type == "permissions", call.method == "GET" { return }
        let held = RoleAssignments.roles(of: call.caller.objectID, covering: path.id, in: store)
        guard held.contains(where: { $0.permissions.allows(action(call)) }) else {
            throw denied(call)
        }
    }

    private static func denied(_ call: ARMCall) -> AzureError {
        AzureError(
            403, "AuthorizationFailed",
            "The client '\(call.caller.clientID)' with object id '\(call.caller.objectID)' does not have authorization "
                + "to perform action '\(action(call))' over scope '\(call.path.id)' or the scope is invalid. If access "
                + "was recently granted, please refresh your credentials.")
    }

    private static func action(_ call: ARMCall) -> String {
        let verb =
            switch call.method {
            case "GET", "HEAD": "read"
            case "DELETE": "delete"
            case "POST": "action"
            default: "write"
            }
        guard let namespace = call.path.namespace else {
            return "Microsoft.Resources/subscriptions/resourceGroups/\(verb)"
        }
        let types = call.path.rest.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
        // An action that only looks, although it is a POST.
        let isQuestion = types.last?.lowercased() == "checknameavailability"
        return "\(namespace)/\(types.joined(separator: "/"))/\(isQuestion ? "read" : verb)"
    }
}
