import Foundation
import PurserProof

@testable import PurserSandbox

/// Makes the Azure of a scene, and gives the scene the identifiers that come of it.
struct SceneAzure {
    private(set) var scene: Scene
    private(set) var names: [String: String] = [:]
    private(set) var setting = ClusterMachine.Setting()
    private let machine: SandboxMachine
    private static let firstPool = "aks-nodepool1-12345678-vmss"

    init(_ machine: SandboxMachine, _ scene: Scene) {
        self.machine = machine
        self.scene = scene
    }

    mutating func make() async throws {
        nameTenants()
        await makeIdentities()
        try await makePools()
        try await trustAccounts()
        await makeVaults()
        applyNames()
        install()
    }

    // MARK: Names

    private mutating func nameTenants() {
        let own = scene.vaults.compactMap(\.tenant)
        let ofClasses = scene.classes.compactMap { $0.parameters["tenantID"] ?? $0.parameters["tenantId"] }
        for tenant in own.isEmpty ? ofClasses : own { names[tenant] = WorldFacts.tenant }
        for index in scene.vaults.indices { scene.vaults[index].tenant = WorldFacts.tenant }
    }

    private func named(_ text: String) -> String { names[text] ?? text }

    private mutating func applyNames() {
        for index in scene.classes.indices {
            scene.classes[index].parameters = scene.classes[index].parameters.mapValues(named)
            guard case .entries(let entries) = scene.classes[index].objects else { continue }
            scene.classes[index].objects = .entries(
                entries.map { entry in
                    var entry = entry
                    entry.version = named(entry.version)
                    return entry
                })
        }
    }

    // MARK: Identities

    private mutating func makeIdentities() async {
        for index in scene.identities.indices {
            let drawn = scene.identities[index]
            let made = await machine.makeIdentity(Self.key(drawn.label))
            names[drawn.clientId] = made.clientId
            names[drawn.principalId] = made.principalId
            if let path = drawn.resourceId { names[path] = made.resourceId }
            scene.identities[index].clientId = made.clientId
            scene.identities[index].principalId = made.principalId
            scene.identities[index].resourceId = made.resourceId
        }
        guard scene.identities.isEmpty else { return }
        for definition in scene.classes {
            for key in ["clientID", "userAssignedIdentityID"] {
                guard let text = definition.parameters[key], UUID(uuidString: text) != nil, names[text] == nil else {
                    continue
                }
                names[text] = await machine.makeIdentity("unlisted").clientId
            }
        }
    }

    private static func key(_ label: String) -> String { label.split(separator: "/").last.map(String.init) ?? label }

    private mutating func makePools() async throws {
        if let pools = scene.nodePools {
            for (index, pool) in pools.enumerated() {
                for other in pool.identities ?? [] where names[other] == nil {
                    names[other] = await machine.makeIdentity(other).clientId
                }
                let wanted = (pool.identities ?? []).map(named)
                let carried = machine.identities.filter { wanted.contains($0.clientId) }.map(\.name)
                scene.nodePools?[index].identities = pool.identities == nil ? nil : wanted
                try await machine.makePool(
                    pool.scaleSet, carrying: carried + (pool.identities == nil ? bound(to: pool.scaleSet) : []))
            }
        } else {
            for name in poolNames { try await machine.makePool(name, carrying: bound(to: name)) }
        }
        setting.scaleSets = machine.pools.map(\.scaleSet)
        if scene.pods.contains(where: \.runsOnWindows) { setting.windows = Set(setting.scaleSets) }
        for index in scene.pods.indices where scene.pods[index].runsOnWindows {
            scene.pods[index].nodeSelector["kubernetes.io/os"] = "windows"
        }
    }

    /// The scale sets that identities name, one more, and those that pods ask for by their pool.
    private var poolNames: [String] {
        let listed = scene.identities.flatMap { identity -> [String] in
            if case .scaleSets(let names) = identity.binding { return names }
            return []
        }
        let wanted = scene.pods.compactMap { $0.nodeSelector["agentpool"] }.filter { pool in
            !listed.contains { $0.contains("-\(pool)-") }
        }
        return Array(Set([Self.firstPool] + listed + wanted.map { "aks-\($0)-10000000-vmss" })).sorted()
    }

    /// The names of the identities that a scale set has.
    private func bound(to scaleSet: String) -> [String] {
        if scene.identities.isEmpty { return machine.identities.map(\.name) }
        return scene.identities.filter { identity in
            switch identity.binding {
            case .all: true
            case .none: false
            case .scaleSets(let names): names.contains(scaleSet)
            }
        }.map { Self.key($0.label) }
    }

    /// Federated credentials, with the cluster's own issuer for the one that the scene gives it.
    private mutating func trustAccounts() async throws {
        let issuer = scene.issuer
        scene.issuer = WorldFacts.clusterIssuer
        for index in scene.identities.indices {
            guard let made = machine.identities.first(where: { $0.clientId == scene.identities[index].clientId }) else {
                continue
            }
            for (number, credential) in scene.identities[index].credentials.enumerated() {
                var real = credential
                if credential.issuer == issuer || issuer == nil { real.issuer = WorldFacts.clusterIssuer }
                scene.identities[index].credentials[number] = real
                try await machine.trust(
                    made, issuer: real.issuer ?? "", subject: real.subject ?? "", audience: real.audience ?? "")
            }
        }
        guard scene.identities.isEmpty else { return }
        for made in machine.identities {
            for pod in scene.pods {
                try await machine.trust(
                    made, issuer: WorldFacts.clusterIssuer,
                    subject: "system:serviceaccount:\(pod.namespace ?? ""):\(pod.serviceAccount)",
                    audience: IdentityAudience.workload)
            }
        }
    }

    // MARK: Vaults

    private mutating func makeVaults() async {
        for index in scene.vaults.indices {
            let drawn = scene.vaults[index]
            await make(drawn)
            for (number, object) in drawn.objects.enumerated() {
                let made = await make(object, in: drawn.name)
                for (old, new) in zip(object.versions, made.versions) where !old.id.isEmpty { names[old.id] = new.id }
                if !object.versions.isEmpty { scene.vaults[index].objects[number].versions = made.versions }
                namePinned(object.name, made, isKnown: object.hasAllVersions)
            }
            for number in drawn.grants.indices {
                scene.vaults[index].grants[number].principal = named(drawn.grants[number].principal)
            }
            machine.note(scene.vaults[index])
        }
        if scene.vaults.isEmpty { await makeUnlisted() }
    }

    /// A version that is pinned where nobody knows the versions is the one that there is.
    private mutating func namePinned(_ name: String, _ made: StoredObject, isKnown: Bool) {
        guard !isKnown, let newest = made.versions.first?.id else { return }
        for definition in scene.classes {
            guard case .entries(let entries) = definition.objects else { continue }
            for entry in entries where entry.name == name && !["", "latest"].contains(entry.version) {
                names[entry.version] = newest
            }
        }
    }

    private func make(_ vault: VaultDefinition) async {
        var policies: [(String, [String: [String]])] = []
        var roles: [(String, BuiltInRole)] = []
        for grant in vault.grants {
            let permissions =
                grant.permissions
                ?? Dictionary(uniqueKeysWithValues: ObjectType.allCases.map { ($0, ["get", "list"]) })
            let principal = named(grant.principal)
            if grant.model == .policies {
                let lists = permissions.map { ($0.key.permissionList, $0.value.sorted()) }
                policies.append((principal, Dictionary(uniqueKeysWithValues: lists)))
            } else {
                roles += Self.roles(of: grant, permissions).map { (principal, $0) }
            }
        }
        await machine.makeVault(vault.name, isRBAC: vault.authorization == .rbac, policies: policies, roles: roles)
    }

    private static func roles(of grant: Grant, _ permissions: [ObjectType: Set<String>]) -> [BuiltInRole] {
        let named = BuiltInRole.allCases.filter { grant.roles.contains($0.title) }
        guard named.isEmpty else { return named }
        let byType: [ObjectType: BuiltInRole] = [
            .secret: .keyVaultSecretsUser, .key: .keyVaultCryptoUser, .cert: .keyVaultReader,
        ]
        return permissions.filter { !$0.value.isEmpty }.compactMap { byType[$0.key] }
    }

    private func make(_ object: StoredObject, in vault: String) async -> StoredObject {
        switch object.sort {
        case .secret:
            let versions = Array((object.versions.isEmpty ? [.init(id: "")] : object.versions).reversed())
            let isGone = object.versions.isEmpty && object.hasAllVersions
            let disabled = versions.indices.filter { isGone || !versions[$0].isEnabled }
            var attributes: JSON = [:]
            if object.isExpired { attributes["exp"] = 1_700_000_000 }
            let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
            let value = object.content == .encryptedKey ? encrypted : "value of \(object.name) in \(vault)"
            return await machine.secret(
                object.name, versions.indices.map { $0 == versions.count - 1 ? value : "\(value), \($0)" },
                disabling: Set(disabled), attributes: attributes, in: vault)
        case .certificate:
            return await machine.certificate(
                object.name, object.form == .pem ? "application/x-pem-file" : "application/x-pkcs12",
                isExportable: object.isExportable ?? true, in: vault)
        case .key: return await machine.key(object.name, in: vault)
        }
    }

    /// Of vaults that nobody has listed there is all that classes and pods ask for, and everybody may read it.
    private mutating func makeUnlisted() async {
        for definition in scene.classes {
            let attributes = scene.pods.flatMap { pod in
                pod.volumes.compactMap { volume in
                    if case .files(let source) = volume.source { source.attributes["keyvaultName"] } else { nil }
                }
            }
            for name in Set([definition.parameters["keyvaultName"]].compactMap(\.self) + attributes) {
                var vault = VaultDefinition(label: "vaults/\(name)", name: name, authorization: .policies)
                vault.grants = machine.identities.map {
                    Grant(label: $0.name, principal: $0.principalId, model: .policies, permissions: nil)
                }
                await make(vault)
                vault.objects = objects(of: definition)
                for object in vault.objects { _ = await make(object, in: name) }
                machine.note(vault)
            }
        }
    }

    private func objects(of definition: ClassDefinition) -> [StoredObject] {
        guard case .text(let text) = definition.objects else { return [] }
        let tls = definition.secretObjects.filter { $0.type == "kubernetes.io/tls" }.flatMap(\.data).map(\.file)
        return ObjectsText(text).objects.map { object in
            let sort: StoredObject.Sort =
                object.type == "key"
                ? .key : object.type == "cert" || tls.contains(object.fileName) ? .certificate : .secret
            return StoredObject(label: object.name, name: object.name, sort: sort)
        }
    }

    // MARK: The driver

    private mutating func install() {
        setting.rotates = true
        guard let installation = scene.installations.first else { return }
        setting.syncs = installation.syncsSecrets ?? true
        setting.rotates = installation.rotates ?? true
        setting.audiences = installation.audiences ?? [IdentityAudience.workload]
        setting.separatesFiles = installation.separatesFiles ?? false
    }
}
