import Foundation

/// The identities of a node of the first pool, as programs on it get them: from the instance metadata service, and, for
/// tests of programs that run in App Service, in its form as well.
///
/// Sources: "How to use managed identities on an Azure VM to acquire an access token", api-version 2018-02-01; App
/// Service, "REST endpoint reference" of managed identities, api-version 2019-08-01.
struct ManagedIdentityEndpoint: SandboxService {
    let nodes: NodeAccess
    let identityHeader: String

    func respond(to request: SandboxRequest) async -> SandboxResponse {
        guard request.method == "GET" else { return SandboxResponse(status: 405) }
        return request.segments.first?.lowercased() == "metadata" ? await metadata(request) : await appService(request)
    }

    private func metadata(_ request: SandboxRequest) async -> SandboxResponse {
        guard request.headers["Metadata"]?.lowercased() == "true" else {
            return Self.refusal("Required metadata header not specified")
        }
        guard request[query: "api-version"] != nil else { return Self.refusal("Required api-version not specified") }
        guard let resource = request[query: "resource"], !resource.isEmpty else {
            return Self.refusal("Required query variable 'resource' is missing")
        }
        let answer = await token(request, resource)
        return .json(answer.status, answer.body)
    }

    private static func refusal(_ message: String) -> SandboxResponse {
        .json(400, ["error": "invalid_request", "error_description": .string(message)])
    }

    private func appService(_ request: SandboxRequest) async -> SandboxResponse {
        guard request.headers["X-IDENTITY-HEADER"] == identityHeader else {
            return .json(401, ["statusCode": 401, "message": "The X-IDENTITY-HEADER is missing or not this site's."])
        }
        let answer = await token(request, request[query: "resource"] ?? "")
        guard answer.status == 200 else {
            let message =
                "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
            return .json(400, ["statusCode": 400, "message": .string(message)])
        }
        var body = answer.body
        for member in ["expires_in", "ext_expires_in", "not_before"] { body[member] = nil }
        return .json(200, body)
    }

    private func token(_ request: SandboxRequest, _ resource: String) async -> (status: Int, body: JSON) {
        await nodes.instanceToken(
            nodeResourceGroup: InitialWorld.nodeGroup, scaleSet: InitialWorld.scaleSet,
            clientID: await clientID(request), resource: resource)
    }

    /// An identity that is named and unknown gets a client id that nobody has.
    private func clientID(_ request: SandboxRequest) async -> String? {
        if let id = request[query: "client_id"] { return id }
        let object = request[query: "object_id"] ?? request[query: "principal_id"]
        let resource = request[query: "mi_res_id"] ?? request[query: "msi_res_id"]
        guard object != nil || resource != nil else { return nil }
        return await nodes.store.transaction { store in
            let named = object.flatMap { Directory.principal(objectID: $0, in: store)?.clientID }
            return named ?? resource.flatMap { Identities.identity(id: $0, in: store)?["clientId"]?.stringValue } ?? "-"
        }
    }
}
