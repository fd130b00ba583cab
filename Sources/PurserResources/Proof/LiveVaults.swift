package import PurserClients
package import PurserEngine
import PurserProof
import PurserSyntax

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What vaults that Purser has not made hold, as far as the caller may list it: names, times and whether they are enabled. No
/// value is read.
package struct LiveVaults: Sendable {
    struct Contents: Sendable {
        var objects: [StoredObject] = []
        /// The types of which all are listed.
        var listed: Set<ObjectType> = []
        /// Why the others are not.
        var refusals: [ObjectType: String] = [:]
    }

    /// By the vault's address.
    var contents: [PurserEngine.Address: Contents] = [:]

    package init() {}

    package var isEmpty: Bool { contents.isEmpty }

    /// What could not be listed: the vault, and why.
    package var refusals: [(vault: PurserEngine.Address, reason: String)] {
        contents.sorted { $0.key < $1.key }.flatMap { vault, found in
            found.refusals.sorted { $0.key.rawValue < $1.key.rawValue }.map { (vault, $0.value) }
        }
    }
}

/// Lists what is in vaults that exist already.
///
/// Source: Key Vault REST reference 7.4, "Get Secrets", "Get Certificates", "Get Keys": the newest version of each, without
/// values; `managed` tells what belongs to a certificate.
package struct LiveVaultReader: Sendable {
    private let keyVault: KeyVaultClient
    private let now: Int

    package init(keyVault: KeyVaultClient, now: Int = EnvironmentScene.now) {
        self.keyVault = keyVault
        self.now = now
    }

    package func contents(of spec: Spec, _ observations: Observations) async -> LiveVaults {
        let vaults = spec.resources.values.filter { $0.isExisting && $0.kind == KeyVault.name }
        guard !vaults.isEmpty else { return LiveVaults() }
        var live = LiveVaults()
        let wanted = wanted(in: spec)
        for vault in vaults {
            guard case .present(let observation) = observations[vault.address],
                let address = observation.attributes[KeyVault.vaultURI], let types = wanted[vault.address]
            else { continue }
            live.contents[vault.address] = await contents(vault.label, address, types)
        }
        return live
    }

    /// The types that classes mount, by vault.
    private func wanted(in spec: Spec) -> [PurserEngine.Address: Set<ObjectType>] {
        let declarations = Declarations(
            environment: spec.environment, settings: spec.settings, resources: spec.resources.values)
        var types: [PurserEngine.Address: Set<ObjectType>] = [:]
        for resource in declarations.section("secretProviderClasses") {
            let path = AccessPath(of: resource, in: declarations)
            guard let vault = path.vault else { continue }
            types[vault.address, default: []].formUnion(
                path.objects.compactMap { ObjectType(rawValue: $0.object.face.rawValue) })
        }
        return types.filter { !$0.value.isEmpty }
    }

    private func contents(_ vault: String, _ address: String, _ wanted: Set<ObjectType>) async -> LiveVaults.Contents {
        var contents = LiveVaults.Contents()
        var listed: [ObjectType: [JSONValue]] = [:]
        for type in ObjectType.allCases {
            do throws(ServiceError) {
                listed[type] = try await keyVault.list(vaultURL: address, path: "/\(type.permissionList)")
                contents.listed.insert(type)
            } catch {
                guard wanted.contains(type) else { continue }
                let why = error.status == 403 ? "the caller may not list them" : error.message
                contents.refusals[type] = "\(type.permissionList) of \(vault) are not known: \(why)"
            }
        }
        contents.objects = objects(listed, vault)
        return contents
    }

    /// A certificate is one object, whatever of it was listed.
    private func objects(_ listed: [ObjectType: [JSONValue]], _ vault: String) -> [StoredObject] {
        var found: [String: StoredObject] = [:]
        let sorts: [(ObjectType, StoredObject.Sort)] = [(.cert, .certificate), (.secret, .secret), (.key, .key)]
        for (type, sort) in sorts {
            for body in listed[type] ?? [] {
                guard let name = (body["id"] ?? body["kid"])?.string?.split(separator: "/").last.map(String.init) else {
                    continue
                }
                let isOfCertificate = body["managed"]?.bool == true
                var object =
                    found[name]
                    ?? StoredObject(
                        label: "\(vault)/\(type.permissionList)/\(name)", name: name,
                        sort: isOfCertificate ? .certificate : sort)
                read(body, type, into: &object)
                found[name] = object
            }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    private func read(_ body: JSONValue, _ type: ObjectType, into object: inout StoredObject) {
        if body.at("attributes", "enabled")?.bool == false {
            object.versions = [StoredObject.Version(id: "", isEnabled: false)]
        }
        if let time = body.at("attributes", "exp")?.int { object.isExpired = time <= now }
        if let time = body.at("attributes", "nbf")?.int { object.isNotYetValid = time > now }
        if object.sort == .certificate, type == .secret, let form = body["contentType"]?.string {
            object.form = StoredObject.Form(contentType: form)
        }
    }
}
