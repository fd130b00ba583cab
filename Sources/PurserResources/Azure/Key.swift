package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A cryptographic key in a key vault, made by the vault and never leaving it.
///
/// Source: Key Vault REST reference, keys, api-version 7.4.
package struct Key: ResourceKind {
    package static let name: KindName = "azure/key"
    package static let title = "key"
    package static let place = SpecPlace("vaults", "*", "keys")
    package static let identity = VaultObjects.identity
    package static let allowsExisting = true
    package static let volatileOutputs = VaultObjects.volatileOutputs

    static let objectName = VaultObjects.objectName
    static let vault = VaultObjects.vault
    static let keyType = Attribute<String>.optional(
        "keyType", .choice(["RSA", "EC"]), default: "RSA", .updates, "The kind of key. A change makes a new version.")
    static let size = Attribute<Int>.optional(
        "size", .integer(2048...4096), .updates, "Bits of an RSA key: 2048 (the default), 3072 or 4096.")
    static let curve = Attribute<String>.optional(
        "curve", .choice(["P-256", "P-384", "P-521", "P-256K"]), .updates, "The curve of an EC key; by default P-256.")
    static let operations = Attribute<[String]>.optional(
        "operations", .list(.choice(["decrypt", "encrypt", "sign", "unwrapKey", "verify", "wrapKey"])), .updates,
        "What the key may be used for; by default all that its type can do.")
    static let tags = AzureAttributes.tags

    package static let attributes: [any AttributeDeclaration] = [
        objectName, vault, keyType, size, curve, operations, tags, VaultObjects.id, VaultObjects.version,
        AzureAttributes.foreignTags,
    ]

    package static let example = """
        apiVersion: purser/v1
        environment: key
        azure:
          tenant: 8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e
          subscription: 0b1f6471-1bf0-4dda-aec3-cb9272f09590
          location: westeurope
        groups:
          demo: {name: example-group}
        vaults:
          demo:
            name: example-keyvault
            group: demo
            authorization: policies
            keys:
              signing: {keyType: EC, curve: P-384, operations: [sign, verify]}

        """

    let keyVault: KeyVaultClient
    let objects: VaultObjects

    package init(keyVault: KeyVaultClient, polling: Polling) {
        self.keyVault = keyVault
        objects = VaultObjects(section: .keys, keyVault: keyVault, polling: polling)
    }

    // MARK: Spec

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        DeployerAccess.link(&resource, from: spec)
        AzureAttributes.checkTags(resource, .vaultObject, &diagnostics)
        if let listed = resource.known(operations.name)?.list?.compactMap(\.string) {
            resource.attributes[operations.name] = .literal(.list(Set(listed).sorted().map(Value.string)))
        }
        guard !resource.isExisting, let type = resource.known(keyType.name)?.string else { return }
        let other = type == "RSA" ? curve.name : size.name
        if resource.attributes[other] != nil {
            diagnostics.append(
                .specContradiction, "'\(other)' does not go with a key of type \(type)",
                at: resource.range(of: other), hint: "remove it", address: resource.address.description)
        }
        if type == "EC", resource.attributes[curve.name] == nil { resource.attributes[curve.name] = .literal("P-256") }
        guard type == "RSA" else { return }
        if resource.attributes[size.name] == nil { resource.attributes[size.name] = .literal(2048) }
        checkSize(resource.known(size.name), at: resource.range(of: size.name), resource, &diagnostics)
    }

    static func checkSize(
        _ size: Value?, at range: SourceRange?, _ resource: DeclaredResource, _ diagnostics: inout Diagnostics
    ) {
        guard let bits = size?.integer, ![2048, 3072, 4096].contains(bits) else { return }
        diagnostics.append(
            .invalidValue, "an RSA key has 2048, 3072 or 4096 bits, not \(bits)", at: range,
            address: resource.address.description)
    }

    package static func irreversibility(
        of action: Action, recorded: Attributes?, desired: Attributes?
    ) -> String? {
        guard action == .update, let recorded, let desired, !isSameKey(recorded, desired) else { return nil }
        return "a key's former version cannot be made the current one again"
    }

    package static func trace(ofUndoing operation: Step.Operation) -> String? {
        operation == .create ? "the key, soft-deleted until the vault's retention has passed" : nil
    }

    private static func isSameKey(_ left: Attributes, _ right: Attributes) -> Bool {
        left[keyType] == right[keyType] && left[size] == right[size] && left[curve] == right[curve]
    }

    // MARK: Operations

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        let place = try objects.place(of: known)
        if operation.isExisting {
            return try await objects.existing(place).map { Observation(observed($0, place, known, wanted)) }
        }
        switch try await objects.look(place) {
        case .absent: return nil
        case .hidden(let reason, _):
            guard known[VaultObjects.version] != nil else {
                operation.missed(VaultObjects.unseenPresence(reason))
                return nil
            }
            operation.missed(VaultObjects.unseenContent(reason))
            return Observation(known, owner: operation.owner)
        case .present(let body):
            let owner = body["managed"]?.bool == true ? nil : TagSet(body).owner
            return Observation(observed(body, place, known, wanted), owner: owner)
        }
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let place = try objects.place(of: desired)
        if let body = try await objects.ours(place, operation) {
            return try await afterWrite {
                try await update(observed(body, place, desired, desired), to: desired, operation)
            }
        }
        let tags = TagSet.created(desired, owner: operation.owner)
        return observed(try await made(desired, tags, place), place, desired, desired)
    }

    package func readDeleted(_ desired: Attributes, _ operation: Operation) async throws -> Attributes? {
        let place = try objects.place(of: desired)
        return try await objects.deleted(place, operation).map { observed($0, place, desired, desired) }
    }

    package func recover(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let place = try objects.place(of: desired)
        return try await afterWrite {
            try await objects.recover(place, operation)
            return try await update(desired, to: desired, operation)
        }
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        let place = try objects.place(of: desired)
        guard let live = try await objects.get(place) else { return try await create(desired, operation) }
        let tags = TagSet(live).updated(from: current, to: desired, owner: operation.owner)
        let isSame = Self.isSameKey(observed(live, place, desired, desired), desired)
        let body =
            isSame
            ? try await described(live, desired, tags, place) : try await made(desired, tags, place)
        return observed(body, place, desired, desired)
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        try await objects.delete(try objects.place(of: recorded), operation)
    }

    package func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        let place = try objects.place(of: former)
        if try await objects.get(place) == nil {
            guard try await objects.deleted(place, operation) != nil else {
                throw objects.notRestorable(place, "it is neither in the vault nor among the deleted keys")
            }
            try await objects.recover(place, operation)
        }
        guard let live = try await objects.get(place) else { throw objects.notRestorable(place, "it cannot be read") }
        guard former[VaultObjects.version] == nil || former[VaultObjects.version] == VaultObjects.version(in: live)
        else {
            throw objects.notRestorable(place, "a former version of a key cannot be made the current one")
        }
        let others = former[AzureAttributes.foreignTags] ?? [:]
        let tags = TagSet(live).updated(from: former, to: former, owner: operation.owner, others: others)
        return observed(try await described(live, former, tags, place), place, former, former)
    }

    // MARK: Wire

    /// A new version.
    private func made(
        _ desired: Attributes, _ tags: JSONValue, _ place: VaultObjects.Place
    ) async throws -> JSONValue {
        var body: JSONValue = [
            "kty": .string(desired[Self.keyType] ?? "RSA"), "tags": tags, "attributes": ["enabled": true],
        ]
        body["key_size"] = desired[Self.size].map(JSONValue.integer)
        body["crv"] = desired[Self.curve].map(JSONValue.string)
        body["key_ops"] = desired[Self.operations].map { .array($0.map(JSONValue.string)) }
        let request = body
        return try await objects.settling { () async throws(ServiceError) in
            try await keyVault.post(vaultURL: place.vaultURL, path: "\(objects.path(place))/create", body: request)
        }
    }

    /// The current version with other tags and operations.
    private func described(
        _ live: JSONValue, _ desired: Attributes, _ tags: JSONValue, _ place: VaultObjects.Place
    ) async throws -> JSONValue {
        guard let version = VaultObjects.version(in: live) else { return live }
        var body: JSONValue = ["tags": tags]
        body["key_ops"] = desired[Self.operations].map { .array($0.map(JSONValue.string)) }
        return try await objects.patch(place, version: version, body)
    }

    private func observed(
        _ body: JSONValue, _ place: VaultObjects.Place, _ known: Attributes, _ wanted: Attributes?
    ) -> Attributes {
        var found = known
        objects.observe(body, at: place, into: &found, known: known, wanted: wanted)
        let key = body["key"] ?? [:]
        // A key in hardware is of type RSA-HSM or EC-HSM.
        found[Self.keyType] =
            key["kty"]?.string.map { $0.hasSuffix("-HSM") ? String($0.dropLast(4)) : $0 } ?? known[Self.keyType]
        if let modulus = key["n"]?.string { found[Self.size] = Self.bits(ofModulus: modulus) }
        if let curve = key["crv"]?.string { found[Self.curve] = curve }
        let reportsOperations = [known, wanted].contains { $0?[Self.operations] != nil }
        found[Self.operations] = reportsOperations ? key["key_ops"]?.strings.sorted() : nil
        return found
    }

    /// Bits of a modulus in base64url without padding; its first byte is not zero.
    private static func bits(ofModulus text: String) -> Int? { Base64.decoded(text).map { $0.count * 8 } }
}

extension Key: RightsDeclaring {
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        switch use {
        case .read: Right.vault(.keys, ["get"])
        case .create: Right.vault(.keys, ["create", "get", "recover"])
        case .update: Right.vault(.keys, ["create", "update"])
        case .delete: Right.vault(.keys, ["delete", "get"])
        }
    }
}
