import Foundation
import PurserProof
import Synchronization
import SystemPackage

@testable import PurserSandbox

/// The sandbox's Azure and CSI driver in this process, without sockets, and the same world as a scene of the proof.
/// Nothing is shared: the scene is written down from what the services answer.
final class SandboxMachine: Sendable {
    struct Identity: Sendable {
        let name: String
        let clientId: String
        let principalId: String
        let resourceId: String
    }

    struct Pool: Sendable {
        let scaleSet: String
        let name: String
        let clientIds: [String]
    }

    static let group = "proof-rg"
    static let suffix = "vault.purser.test"
    static let vaultNames = ["proof-policies", "proof-roles"]

    let directory: FilePath
    let store: Store
    let facts: WorldFacts
    let azure: AzureServices
    let nodes: NodeAccess
    let time = MachineTime()
    private let timing: Timing
    private let made = Mutex(Made())

    struct Made: Sendable {
        var identities: [Identity] = []
        var pools: [Pool] = []
        var vaults: [VaultDefinition] = []
    }

    var identities: [Identity] { made.withLock(\.identities) }
    var pools: [Pool] { made.withLock(\.pools) }
    var vaults: [VaultDefinition] { made.withLock(\.vaults) }

    /// A bare one has neither identities nor vaults.
    init(isBare: Bool = false) async throws {
        directory = FilePath(NSTemporaryDirectory()).appending("purser-proof-\(UUID().uuidString)")
        store = try Store(directory: directory)
        let timing = Timing(now: { [time] in time.now }, propagationDelay: .zero, operationDelay: .zero)
        self.timing = timing
        facts = try await store.transaction { store in
            let facts = try WorldFacts.loaded(from: store)
            try InitialWorld.make(facts, timing: timing, in: store)
            return facts
        }
        azure = AzureServices(
            store: store, facts: facts, timing: timing,
            addresses: Addresses(.init(azure: 8443, kubernetes: 6443, proxy: 3128)), charts: CloudMetadata())
        nodes = NodeAccess(store: store, azure: azure, timing: timing)
        _ = await arm("PUT", "\(AzureID.subscription)/resourceGroups/\(Self.group)", ["location": "westeurope"])
        if isBare { return }
        try await makeIdentities()
        await makeVaults()
    }

    deinit { try? FileManager.default.removeItem(atPath: directory.string) }

    // MARK: Identities and nodes

    private func makeIdentities() async throws {
        for name in ["full", "reader", "certs", "none"] {
            let identity = await makeIdentity(name)
            if name == "full" || name == "reader" { await trust(identity.resourceId) }
        }
        let all = identities.map(\.name)
        try await makePool("aks-many-11111111-vmss", carrying: all)
        try await makePool("aks-one-22222222-vmss", carrying: [all[0]])
        try await makePool("aks-bare-33333333-vmss", carrying: [])
    }

    @discardableResult
    func makeIdentity(_ name: String) async -> Identity {
        let path =
            "\(AzureID.subscription)/resourceGroups/\(Self.group)/providers/Microsoft.ManagedIdentity/"
            + "userAssignedIdentities/\(name)"
        let answer = await arm("PUT", path, ["location": "westeurope"])
        let identity = Identity(
            name: name, clientId: answer[path: "properties", "clientId"]?.stringValue ?? "",
            principalId: answer[path: "properties", "principalId"]?.stringValue ?? "", resourceId: path)
        made.withLock { $0.identities.append(identity) }
        return identity
    }

    /// Makes a node pool's scale set, `aks-POOL-NUMBER-vmss`, with identities by their names.
    func makePool(_ scaleSet: String, carrying names: [String]) async throws {
        let parts = scaleSet.split(separator: "-").map(String.init)
        let pool = parts.count > 1 ? parts[1] : scaleSet
        try await store.transaction { store in
            let known = names.compactMap { store.get(Identities.collection, Identities.key(Self.group, $0)) }
            try InitialWorld.addScaleSet(scaleSet, pool: pool, carrying: known, in: store)
        }
        let clientIds = identities.filter { names.contains($0.name) }.map(\.clientId)
        made.withLock { $0.pools.append(Pool(scaleSet: scaleSet, name: pool, clientIds: clientIds)) }
    }

    /// Adds a vault to those that are listed; it has to be made apart.
    func note(_ vault: VaultDefinition) { made.withLock { $0.vaults.append(vault) } }

    static let subject = "system:serviceaccount:shop:payments"

    /// Lets an identity trust the service account `payments` of one more namespace.
    func trust(_ identity: Identity, namespace: String) async throws {
        try await trust(
            identity, issuer: WorldFacts.clusterIssuer, subject: "system:serviceaccount:\(namespace):payments",
            audience: "api://AzureADTokenExchange")
    }

    /// Lets an identity trust such tokens.
    func trust(_ identity: Identity, issuer: String, subject: String, audience: String) async throws {
        let name = "\(identity.clientId)/\(subject.split(separator: ":").joined(separator: "-"))"
        try await store.transaction { store in
            try store.put(
                FederatedCredentials.collection, name,
                ["issuer": .string(issuer), "subject": .string(subject), "audiences": [.string(audience)]])
        }
    }

    private func trust(_ identity: String) async {
        _ = await arm(
            "PUT", "\(identity)/federatedIdentityCredentials/aks",
            [
                "properties": [
                    "issuer": .string(WorldFacts.clusterIssuer), "subject": .string(Self.subject),
                    "audiences": ["api://AzureADTokenExchange"],
                ]
            ])
    }

    // MARK: Vaults

    private func makeVaults() async {
        for name in Self.vaultNames {
            let isRBAC = name == "proof-roles"
            await makeVault(name, isRBAC: isRBAC)
            var vault = VaultDefinition(label: "vaults/\(name)", name: name, authorization: isRBAC ? .rbac : .policies)
            vault.tenant = WorldFacts.tenant
            vault.hasAllObjects = true
            vault.hasAllGrants = true
            vault.grants = await grants(of: name, isRBAC: isRBAC)
            vault.objects = await objects(in: name)
            made.withLock { $0.vaults.append(vault) }
        }
    }

    private func vaultPath(_ name: String) -> String {
        "\(AzureID.subscription)/resourceGroups/\(Self.group)/providers/Microsoft.KeyVault/vaults/\(name)"
    }

    private static let everything: JSON = [
        "secrets": ["all", "purge"], "certificates": ["all", "purge"], "keys": ["all", "purge"],
    ]

    private func makeVault(_ name: String, isRBAC: Bool) async {
        let policies = isRBAC ? [] : Self.policies.map { (principal($0.0), $0.1) }
        let roles = isRBAC ? Self.roles.map { (principal($0.0), $0.1) } : []
        await makeVault(name, isRBAC: isRBAC, policies: policies, roles: roles)
    }

    /// Makes a vault, with access policies and role assignments by principals. The policies are written whatever the vault
    /// goes by, as Azure lets one.
    func makeVault(
        _ name: String, isRBAC: Bool, policies: [(String, [String: [String]])], roles: [(String, BuiltInRole)]
    ) async {
        let own: JSON = [
            "tenantId": .string(WorldFacts.tenant), "objectId": .string(WorldFacts.deployerObjectID),
            "permissions": Self.everything,
        ]
        let others = policies.map(policy)
        let properties: JSON = [
            "tenantId": .string(WorldFacts.tenant), "sku": ["family": "A", "name": "standard"],
            "enableRbacAuthorization": .bool(isRBAC), "softDeleteRetentionInDays": 7,
            "accessPolicies": .array([own] + others),
        ]
        _ = await arm("PUT", vaultPath(name), ["location": "westeurope", "properties": properties])
        if isRBAC { await assign(.keyVaultAdministrator, WorldFacts.deployerObjectID, name) }
        for (principal, role) in roles { await assign(role, principal, name) }
    }

    private static let policies: [(String, [String: [String]])] = [
        ("full", ["secrets": ["get", "list"], "keys": ["all"], "certificates": ["get", "list"]]),
        ("reader", ["secrets": ["get"]]), ("certs", ["certificates": ["get"], "keys": ["get"]]),
    ]
    private static let roles: [(String, BuiltInRole, String)] = [
        ("full", .keyVaultAdministrator, "Key Vault Administrator"),
        ("reader", .keyVaultSecretsUser, "Key Vault Secrets User"), ("certs", .keyVaultReader, "Key Vault Reader"),
    ]

    private func principal(_ name: String) -> String { identities.first { $0.name == name }?.principalId ?? "" }

    private func policy(_ principal: String, _ permissions: [String: [String]]) -> JSON {
        [
            "tenantId": .string(WorldFacts.tenant), "objectId": .string(principal),
            "permissions": .object(permissions.mapValues { .array($0.map { .string($0) }) }),
        ]
    }

    private func assign(_ role: BuiltInRole, _ principal: String, _ vault: String) async {
        _ = await arm(
            "PUT",
            "\(vaultPath(vault))/providers/Microsoft.Authorization/roleAssignments/\(UUID().uuidString.lowercased())",
            [
                "properties": [
                    "roleDefinitionId": .string(Authorization.definitionID(role)), "principalId": .string(principal),
                    "principalType": "ServicePrincipal",
                ]
            ])
    }

    private func grants(of name: String, isRBAC: Bool) async -> [Grant] {
        if isRBAC {
            return Self.roles.map { identity, _, role in
                Grant(
                    label: "role of \(identity)", principal: principal(identity), model: .rbac, roles: [role])
            }
        }
        return Self.policies.map { identity, permissions in
            let lists = ObjectType.allCases.map { ($0, Set(permissions[$0.permissionList] ?? [])) }
            return Grant(
                label: "policy of \(identity)", principal: principal(identity), model: .policies,
                permissions: Dictionary(uniqueKeysWithValues: lists))
        }
    }

    // MARK: Objects

    private func objects(in vault: String) async -> [StoredObject] {
        var found = [
            await secret("plain", ["value of plain"], in: vault),
            await secret("base", ["aGVsbG8="], in: vault),
            await secret("many", ["one", "two", "three", "four"], disabling: [1], in: vault),
            await secret("off", ["one", "two"], disabling: [1], in: vault),
            await secret("gone", ["one", "two"], disabling: [0, 1], in: vault),
        ]
        for (name, type, isExportable) in [
            ("cert-pfx", "application/x-pkcs12", true), ("cert-pem", "application/x-pem-file", true),
        ] {
            found.append(await certificate(name, type, isExportable: isExportable, in: vault))
        }
        found.append(await key("key-ec", in: vault))
        return found
    }

    private func version(_ answer: JSON) -> String {
        let id = answer["id"]?.stringValue ?? answer[path: "key", "kid"]?.stringValue ?? ""
        return id.split(separator: "/").last.map(String.init) ?? ""
    }

    /// Gives a secret these values, one version each, the oldest first.
    func secret(
        _ name: String, _ values: [String], disabling: Set<Int> = [], attributes: JSON = [:], in vault: String
    ) async -> StoredObject {
        var object = StoredObject(label: "\(vault)/\(name)", name: name, sort: .secret)
        for (index, value) in values.enumerated() {
            time.advance(by: 10)
            let version = version(
                await call(
                    "PUT", "secrets/\(name)", ["value": .string(value), "attributes": attributes], vault))
            if disabling.contains(index) {
                _ = await call(
                    "PATCH", "secrets/\(name)/\(version)", ["attributes": ["enabled": false]], vault)
            }
            object.versions.insert(.init(id: version, isEnabled: !disabling.contains(index)), at: 0)
        }
        object.hasAllVersions = true
        return object
    }

    func certificate(
        _ name: String, _ contentType: String, isExportable: Bool, in vault: String
    ) async -> StoredObject {
        time.advance(by: 10)
        let policy: JSON = [
            "key_props": ["exportable": .bool(isExportable), "kty": "EC", "crv": "P-256", "reuse_key": false],
            "secret_props": ["contentType": .string(contentType)],
            "x509_props": ["subject": "CN=\(name).example.com", "validity_months": 12], "issuer": ["name": "Self"],
        ]
        _ = await call("POST", "certificates/\(name)/create", ["policy": policy], vault)
        _ = await call("GET", "certificates/\(name)/pending", nil, vault)
        var object = StoredObject(label: "\(vault)/\(name)", name: name, sort: .certificate)
        object.versions = [.init(id: version(await call("GET", "certificates/\(name)", nil, vault)))]
        object.hasAllVersions = true
        object.form = StoredObject.Form(contentType: contentType)
        object.isExportable = isExportable
        object.keyType = "EC"
        object.curve = "P-256"
        return object
    }

    func key(_ name: String, in vault: String) async -> StoredObject {
        time.advance(by: 10)
        let curve = "P-256"
        let answer = await call("POST", "keys/\(name)/create", ["kty": "EC", "crv": .string(curve)], vault)
        var object = StoredObject(label: "\(vault)/\(name)", name: name, sort: .key)
        object.versions = [.init(id: version(answer))]
        object.hasAllVersions = true
        object.keyType = "EC"
        object.curve = curve
        return object
    }

    // MARK: Calling

    private func token(_ audience: String) async -> String {
        let form = [
            "grant_type": "client_credentials", "client_id": WorldFacts.deployerClientID,
            "client_secret": facts.deployerSecret, "scope": "\(audience)/.default",
        ]
        return await azure.entra.token(tenant: WorldFacts.tenant, form: form).body["access_token"]?.stringValue ?? ""
    }

    private func send(_ method: String, _ target: String, _ host: String, _ audience: String, _ body: JSON?) async
        -> JSON
    {
        let request = SandboxRequest(
            method, target, authority: host, headers: ["Authorization": "Bearer \(await token(audience))"],
            body: body?.bytes() ?? [])
        guard let (_, service) = azure.route(request), case .bytes(let bytes) = await service.respond(to: request).body
        else { return .null }
        return (try? JSON(parsing: bytes)) ?? .null
    }

    private func arm(_ method: String, _ path: String, _ body: JSON?) async -> JSON {
        let versions = [
            ("roleAssignments", "2022-04-01"), ("Microsoft.KeyVault/vaults/", "2026-02-01"),
            ("ManagedIdentity", "2024-11-30"),
        ]
        let version = versions.first { path.contains($0.0) }?.1 ?? "2025-04-01"
        return await send(
            method, "\(path)?api-version=\(version)", "localhost:8443", "https://management.azure.com", body)
    }

    private func call(_ method: String, _ path: String, _ body: JSON?, _ vault: String) async -> JSON {
        await send(method, "/\(path)?api-version=7.4", "\(vault).\(Self.suffix)", "https://\(Self.suffix)", body)
    }
}

/// Time that moves when it is told to.
final class MachineTime: Sendable {
    private let seconds = Mutex(1_780_000_000.0)

    var now: Date { Date(timeIntervalSince1970: seconds.withLock { $0 }) }

    func advance(by amount: Double) { seconds.withLock { $0 += amount } }
}
