package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A cryptographic key in a key vault, made by the vault and never leaving it.
///
/// Source: Key Vault REST reference, keys, api-version 7.4.
package struct Key: VaultObjectKind {
    package static let name: KindName = "azure/key"
    package static let title = "key"
    package static let place = SpecPlace("vaults", "*", "keys")
    package static let volatileOutputs = VaultObjects.volatileOutputs.union([ObjectLifetime.times.name])

    static let objectName = VaultObjects.objectName
    static let vault = VaultObjects.vault
    static let keyType = Attribute<String>.optional(
        "keyType", .choice(KeyType.allCases.map(\.rawValue)), default: "RSA", .updates,
        "The kind of key. `RSA-HSM` and `EC-HSM` are kept in hardware, by vaults of the price tier `premium`. A change makes a new version."
    )
    static let size = Attribute<Int>.optional(
        "size", .integer(2048...4096), .updates, "Bits of an RSA key: 2048 (the default), 3072 or 4096.")
    static let curve = Attribute<String>.optional(
        "curve", .choice(["P-256", "P-384", "P-521", "P-256K"]), .updates, "The curve of an EC key; by default P-256.")
    static let operations = Attribute<[String]>.optional(
        "operations", .list(.choice(["decrypt", "encrypt", "sign", "unwrapKey", "verify", "wrapKey"])), .updates,
        "What the key may be used for; by default all that its type can do.")
    static let tags = AzureAttributes.tags

    package static let attributes: [any AttributeDeclaration] = [
        objectName, vault, keyType, size, curve, operations, ObjectLifetime.enabled, ObjectLifetime.notBefore,
        ObjectLifetime.expires, KeyRotation.attribute, tags, SoftDeletion.whenDeleted, ObjectLifetime.times,
        VaultObjects.id, VaultObjects.version, AzureAttributes.foreignTags,
    ]

    package static let example = AzureExample.spec(
        "key",
        """
        groups:
          demo: {name: example-group}
        vaults:
          demo:
            name: example-keyvault
            group: demo
            authorization: policies
            keys:
              signing: {keyType: EC, curve: P-384, operations: [sign, verify]}

        """)

    let keyVault: KeyVaultClient
    package let objects: VaultObjects

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
        ObjectLifetime.derive(&resource, &diagnostics)
        KeyRotation.check(resource, &diagnostics)
        guard !resource.isExisting, let type = resource.known(keyType.name)?.string.flatMap(KeyType.init) else {
            return
        }
        KeyType.check(resource, at: keyType.name, type, spec, &diagnostics)
        let other = type.isRSA ? curve.name : size.name
        if resource.attributes[other] != nil {
            diagnostics.append(
                .specContradiction, "'\(other)' does not go with a key of type \(type.rawValue)",
                at: resource.range(of: other), hint: "remove it", address: resource.address.description)
        }
        if !type.isRSA, resource.attributes[curve.name] == nil { resource.attributes[curve.name] = .literal("P-256") }
        guard type.isRSA else { return }
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
        guard action == .update, let recorded, let desired else { return nil }
        if !isSameKey(recorded, desired) { return "a key's former version cannot be made the current one again" }
        let isTimed = [ObjectLifetime.notBefore, ObjectLifetime.expires].contains {
            recorded[$0] == nil && desired[$0] != nil
        }
        return isTimed ? "a time that a key has got cannot be taken away again" : nil
    }

    package static func obstacle(to action: Action, recorded: Attributes, desired: Attributes) -> Obstacle? {
        if action == .recover { return SoftDeletion.obstacle(title, recorded) }
        guard action == .update, isSameKey(recorded, desired), ObjectLifetime.drops(recorded, desired) else {
            return nil
        }
        return Obstacle(
            "the vault cannot take a time away that a key has", hint: "write `notBefore` and `expires` with other times"
        )
    }

    package static func cautions(on action: Action, recorded: Attributes?, desired: Attributes?) -> [String] {
        var cautions = SoftDeletion.cautions(title, on: action, desired)
        if action == .update, let recorded, let desired, !isSameKey(recorded, desired) {
            cautions.append("a new version is made; what was encrypted or signed with the former one still needs that")
        }
        return cautions
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
            var found = observed(body, place, known, wanted)
            try await lookAtRotation(place, into: &found, known, wanted)
            return Observation(found, owner: owner)
        }
    }

    /// The policy is looked at only where record or spec say something of it. Who may not see it takes it for what is
    /// recorded.
    private func lookAtRotation(
        _ place: VaultObjects.Place, into found: inout Attributes, _ known: Attributes, _ wanted: Attributes?
    ) async throws {
        let reference = wanted?[KeyRotation.attribute] ?? known[KeyRotation.attribute]
        guard let reference else { return }
        let sight = try await VaultObjects.sight { () async throws(ServiceError) in
            try await keyVault.get(vaultURL: place.vaultURL, path: KeyRotation.path(objects.path(place)))
        }
        switch sight {
        case .hidden: break
        case .absent: found[KeyRotation.attribute] = nil
        case .present(let body):
            found[KeyRotation.attribute] = KeyRotation(answer: body).record(like: reference)
        }
    }

    /// Writes the rotation policy where it is another one.
    private func setRotation(
        _ place: VaultObjects.Place, _ current: Attributes, _ desired: Attributes
    ) async throws {
        guard current[KeyRotation.attribute] != desired[KeyRotation.attribute] else { return }
        let rotation = desired[KeyRotation.attribute].map { KeyRotation(spec: $0) } ?? .usual
        _ = try await keyVault.put(
            vaultURL: place.vaultURL, path: KeyRotation.path(objects.path(place)), body: rotation.json)
    }

    package func make(
        _ desired: Attributes, _ place: VaultObjects.Place, _ operation: Operation
    ) async throws -> Attributes {
        let tags = TagSet.created(desired, owner: operation.owner)
        let body = try await created(desired, tags, place)
        return try await afterWrite {
            try await setRotation(place, Attributes(), desired)
            return observed(body, place, desired, desired)
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
            ? try await described(live, desired, tags, place) : try await created(desired, tags, place)
        return try await afterWrite {
            try await setRotation(place, current, desired)
            return observed(body, place, desired, desired)
        }
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
        guard !ObjectLifetime.hasMore(live, than: former) else {
            throw objects.notRestorable(place, "a time that a key has got cannot be taken away")
        }
        let tags = TagSet(live).updated(from: former, to: former, owner: operation.owner, others: others)
        let body = try await described(live, ObjectLifetime.restoring(former), tags, place)
        var present = former
        // What stands there now is not known: it is written again.
        present[KeyRotation.attribute] = nil
        if former[KeyRotation.attribute] != nil { try await setRotation(place, present, former) }
        return observed(body, place, former, former)
    }

    // MARK: Wire

    /// A new version.
    private func created(
        _ desired: Attributes, _ tags: JSONValue, _ place: VaultObjects.Place
    ) async throws -> JSONValue {
        var body: JSONValue = [
            "kty": .string(desired[Self.keyType] ?? "RSA"), "tags": tags, "attributes": ObjectLifetime.json(desired),
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
        var body: JSONValue = ["tags": tags, "attributes": ObjectLifetime.json(desired)]
        body["key_ops"] = desired[Self.operations].map { .array($0.map(JSONValue.string)) }
        return try await objects.patch(place, version: version, body)
    }

    package func observed(
        _ body: JSONValue, _ place: VaultObjects.Place, _ known: Attributes, _ wanted: Attributes?
    ) -> Attributes {
        var found = known
        objects.observe(body, at: place, into: &found, known: known, wanted: wanted)
        let key = body["key"] ?? [:]
        ObjectLifetime.observe(body, into: &found, known: known, wanted: wanted)
        found[Self.keyType] = key["kty"]?.string ?? known[Self.keyType]
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
        let rotation = attributes[KeyRotation.attribute] == nil ? [] : ["setrotationpolicy"]
        return switch use {
        case .read: Right.vault(.keys, ["get"] + (rotation.isEmpty ? [] : ["getrotationpolicy"]))
        case .create:
            Right.vault(.keys, ["create", "get", SoftDeletion.permission(attributes)] + rotation)
        case .update: Right.vault(.keys, ["create", "update"] + rotation)
        case .delete: Right.vault(.keys, ["delete", "get"])
        }
    }
}
