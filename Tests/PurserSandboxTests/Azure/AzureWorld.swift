import Foundation
import Synchronization
import SystemPackage

@testable import PurserSandbox

/// Time that stands still until a test moves it.
final class ManualTime: Sendable {
    private let seconds = Mutex(1_780_000_000.0)

    var now: Date { Date(timeIntervalSince1970: seconds.withLock { $0 }) }

    func advance(by amount: Double) { seconds.withLock { $0 += amount } }
}

/// One answer, taken apart.
struct Answer: Sendable {
    let status: Int
    let headers: Headers
    let body: JSON

    init(_ response: SandboxResponse) {
        status = response.status
        headers = response.headers
        body =
            if case .bytes(let bytes) = response.body { (try? JSON(parsing: bytes)) ?? .null } else { .null }
    }

    var code: String? { body[path: "error", "code"]?.stringValue }
    var innerCode: String? { body[path: "error", "innererror", "code"]?.stringValue }

    subscript(path: String...) -> JSON? { body[path: path] }
}

/// Azure without sockets: requests go straight to the services, in a world of its own that the test's end removes.
final class AzureWorld: Sendable {
    let time = ManualTime()
    let directory: FilePath
    let store: Store
    let facts: WorldFacts
    let azure: AzureServices
    let nodes: NodeAccess
    let throttle = Throttle()

    static let group = "\(AzureID.subscription)/resourceGroups/seal-rg"
    static let vault = "\(group)/providers/Microsoft.KeyVault/vaults/seal-kv"
    static let identity = "\(group)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/seal-id"
    static let scaleSet = AzureID.scaleSet(InitialWorld.scaleSet, group: InitialWorld.nodeGroup)
    static let agentPool =
        "\(AzureID.group(InitialWorld.clusterGroup))/providers/Microsoft.ManagedIdentity/userAssignedIdentities/"
        + InitialWorld.agentPoolIdentity
    static let everything: JSON = [
        "secrets": ["all", "purge"], "certificates": ["all", "purge"], "keys": ["all", "purge"],
    ]

    init(propagationDelay: Duration = .zero, operationDelay: Duration = .zero) async throws {
        directory = FilePath(NSTemporaryDirectory()).appending("purser-sandbox-\(UUID().uuidString)")
        store = try Store(directory: directory)
        let time = time
        let timing = Timing(
            now: { time.now }, propagationDelay: propagationDelay, operationDelay: operationDelay)
        facts = try await store.transaction { store in
            let facts = try WorldFacts.loaded(from: store)
            try InitialWorld.make(facts, timing: timing, in: store)
            return facts
        }
        azure = AzureServices(
            store: store, facts: facts, timing: timing,
            addresses: Addresses(.init(azure: 8443, kubernetes: 6443, proxy: 3128)), charts: CloudMetadata(),
            throttle: throttle)
        nodes = NodeAccess(store: store, azure: azure, timing: timing)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory.string) }

    // MARK: Calling

    func send(_ request: SandboxRequest) async -> Answer {
        guard let (_, service) = azure.route(request) else { return Answer(.text(404, "")) }
        return Answer(await service.respond(to: request))
    }

    func token(
        _ audience: String = "https://management.azure.com", client: String = WorldFacts.deployerClientID,
        secret: String? = nil
    ) async -> String {
        let answer = await signIn([
            "grant_type": "client_credentials", "client_id": client, "client_secret": secret ?? facts.deployerSecret,
            "scope": "\(audience)/.default",
        ])
        return answer["access_token"]?.stringValue ?? ""
    }

    func signIn(_ form: [String: String], tenant: String = WorldFacts.tenant, path: String = "oauth2/v2.0/token") async
        -> Answer
    {
        let body = form.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        }
        return await send(
            SandboxRequest(
                "POST", "/\(tenant)/\(path)", authority: "localhost:8443",
                body: Array(body.joined(separator: "&").utf8)))
    }

    /// A call to Resource Manager. The path may carry a query; api-version is added, the newest of the path's type.
    @discardableResult
    func arm(
        _ method: String, _ path: String, _ body: JSON? = nil, version: String? = nil, token: String? = nil,
        headers: Headers = [:]
    ) async -> Answer {
        let segments = SandboxRequest(method, path).segments
        let version = version ?? ARMRoute.rows(for: segments).first?.service.versions.last ?? "2025-04-01"
        var headers = headers
        let bearer = if let token { token } else { await self.token() }
        headers["Authorization"] = "Bearer \(bearer)"
        let target = path + (path.contains("?") ? "&" : "?") + "api-version=\(version)"
        return await send(
            SandboxRequest(method, target, authority: "localhost:8443", headers: headers, body: body?.bytes() ?? []))
    }

    /// A call to the data plane of `seal-kv`, or of another vault.
    @discardableResult
    func vault(
        _ method: String, _ path: String, _ body: JSON? = nil, vault: String = "seal-kv", token: String? = nil
    ) async -> Answer {
        let bearer = if let token { token } else { await self.token("https://vault.purser.test") }
        let target = path + (path.contains("?") ? "&" : "?") + "api-version=7.4"
        return await send(
            SandboxRequest(
                method, target, authority: "\(vault).vault.purser.test",
                headers: ["Authorization": "Bearer \(bearer)"], body: body?.bytes() ?? []))
    }

    // MARK: Making

    /// The properties of a vault whose policies give the deployer everything.
    func vaultProperties(_ changes: [String: JSON] = [:]) -> JSON {
        var properties: JSON = [
            "tenantId": .string(WorldFacts.tenant), "sku": ["family": "A", "name": "standard"],
            "enableRbacAuthorization": false, "softDeleteRetentionInDays": 7,
            "accessPolicies": [Self.policy(WorldFacts.deployerObjectID, Self.everything)],
        ]
        for (name, value) in changes { properties[name] = value.isNull ? nil : value }
        return properties
    }

    static func policy(_ object: String, _ permissions: JSON) -> JSON {
        ["tenantId": .string(WorldFacts.tenant), "objectId": .string(object), "permissions": permissions]
    }

    @discardableResult
    func makeGroup() async -> Answer { await arm("PUT", Self.group, ["location": "westeurope"]) }

    @discardableResult
    func makeVault(_ changes: [String: JSON] = [:], version: String = "2026-02-01") async -> Answer {
        await makeGroup()
        return await arm(
            "PUT", Self.vault, ["location": "westeurope", "properties": vaultProperties(changes)], version: version)
    }

    @discardableResult
    func makeIdentity() async -> Answer {
        await makeGroup()
        return await arm("PUT", Self.identity, ["location": "westeurope"])
    }

    /// A vault token of the managed identity, as a node gets it.
    func identityToken(_ identity: Answer) async -> String {
        let client = identity["properties", "clientId"]?.stringValue ?? ""
        guard let principal = await store.transaction({ Directory.principal(clientID: client, in: $0) }) else {
            return ""
        }
        return azure.entra.issue(to: principal, audience: "https://vault.purser.test")
    }
}
